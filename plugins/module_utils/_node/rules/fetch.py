# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what is on the node; nothing is changed. PRIVATE to the collection."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..._errors import NodeError
from .. import netfilter, programs
from . import ipvs, names, xtables
from .model import IPV4, IPV6, LEGACY, NFT, Programs, Ruleset, State

if TYPE_CHECKING:
    from .model import Plan, Server

_PREFIXES = {IPV4: "iptables", IPV6: "ip6tables"}
# Tables that the legacy backend has in the kernel. Asking the program for others would create them.
_LEGACY_TABLES = {IPV4: Path("/proc/net/ip_tables_names"), IPV6: Path("/proc/net/ip6_tables_names")}
_NFT_FAMILIES = {IPV4: "ip", IPV6: "ip6"}
_IPVS = Path("/proc/net/ip_vs")
BACKENDS = (LEGACY, NFT)


def fetch(backends: Sequence[str] | None, *, timeout: float) -> State:
    """Return what of kube-proxy, and what like it, is on the node.

    Args:
        backends: the backends of iptables to look at; None for those that are installed.
        timeout: seconds that one program may take.

    Raises:
        NodeError: neither iptables nor nft is installed, a named backend is not, or a program failed.
        Timeout: a program took too long.
    """
    found = _programs(backends, timeout=timeout)
    if not found and programs.find("nft") is None:
        raise NodeError(
            "Neither iptables nor nft is installed on this node, so the rules in its kernel, which kube-proxy may have "
            "made with the programs in its container, cannot be read. Install the package iptables or nftables."
        )
    tables = netfilter.tables()
    rulesets = tuple(ruleset for each in found for ruleset in _read(each, tables, timeout=timeout))
    servers = _servers()
    sets = _sets(timeout=timeout)
    return State(
        rulesets=rulesets,
        nft_tables=tuple(pair for pair in names.NFT_TABLES if pair in tables),
        device=_device(timeout=timeout),
        servers=servers,
        sets=sets,
        set_entries=_entries(sets, servers, timeout=timeout),
        unreadable=(*_unreadable(found), *_incompatible(rulesets)),
    )


def fetch_again(before: State, touched: Plan, *, timeout: float) -> State:
    """Return the state after a plan was carried out, well or badly; what it did not touch is not read again.

    Raises:
        NodeError, Timeout: as fetch() does.
    """
    tables = netfilter.tables()
    programs_touched = {each for each, _table in touched.tables}
    rulesets: list[Ruleset] = []
    for ruleset in before.rulesets:
        same = ruleset.programs not in programs_touched
        rulesets += [ruleset] if same else _read(ruleset.programs, tables, timeout=timeout)
    return replace(
        before,
        rulesets=tuple(rulesets),
        nft_tables=tuple(pair for pair in names.NFT_TABLES if pair in tables),
        device=_device(timeout=timeout),
        servers=_servers(),
        sets=_sets(timeout=timeout) if touched.sets else before.sets,
    )


def _programs(backends: Sequence[str] | None, *, timeout: float) -> list[Programs]:
    found = []
    for backend in BACKENDS if backends is None else backends:
        for family, prefix in _PREFIXES.items():
            pair = _pair(prefix, backend, timeout=timeout)
            if pair is not None:
                found.append(Programs(backend, family, *pair))
        if backends is not None and not any(each.backend == backend for each in found):
            raise NodeError(
                f"Option backends: {backend}: iptables-{backend}-save is not installed on this node, and its "
                "iptables-save is not of that backend. Install it, or leave the backend out."
            )
    return found


def _pair(prefix: str, backend: str, *, timeout: float) -> tuple[str, str] | None:
    """Return the paths of …-save and …-restore of one backend and family."""
    save, restore = programs.find(f"{prefix}-{backend}-save"), programs.find(f"{prefix}-{backend}-restore")
    if save and restore:
        return save, restore
    save, restore = programs.find(f"{prefix}-save"), programs.find(f"{prefix}-restore")
    if save and restore:
        # "iptables-save v1.8.9 (nf_tables)"; before 1.8 there was only what is called legacy now.
        version = programs.output_of([save, "--version"], timeout=timeout)
        if backend == (NFT if "nf_tables" in version else LEGACY):
            return save, restore
    return None


def _read(each: Programs, tables: set[tuple[str, str]], *, timeout: float) -> list[Ruleset]:
    """Return the rules of one backend and family; none if the kernel has no table of it."""
    if not (_legacy_tables(each.family) if each.backend == LEGACY else _nft_tables(each.family, tables)):
        return []
    saved = xtables.parse(programs.output_of([each.save, "-c"], timeout=timeout))
    return [Ruleset(each, saved.tables, saved.incompatible)]


def _legacy_tables(family: str) -> list[str]:
    try:
        return _LEGACY_TABLES[family].read_text(encoding="ascii").split()
    except OSError:  # the kernel, or what of it is loaded, has no such tables
        return []


def _nft_tables(family: str, tables: set[tuple[str, str]]) -> list[str]:
    """Return the tables that iptables' newer backend has in nftables."""
    return [name for name in names.TABLES if (_NFT_FAMILIES[family], name) in tables]


def nft_listing(tables: Sequence[tuple[str, str]], *, timeout: float) -> list[str]:
    """Return the lines of tables of nftables, as nft lists them."""
    nft = programs.find("nft")
    lines: list[str] = []
    for family, name in tables if nft else ():
        lines += programs.output_of([str(nft), "list", "table", family, name], timeout=timeout).splitlines()
    return lines


def _servers() -> tuple[Server, ...]:
    return ipvs.parse(_IPVS.read_text(encoding="ascii")) if _IPVS.exists() else ()


def _sets(*, timeout: float) -> tuple[str, ...]:
    ipset = programs.find("ipset")
    return tuple(programs.output_of([ipset, "list", "-n"], timeout=timeout).split()) if ipset else ()


def _device(*, timeout: float) -> tuple[str, ...] | None:
    if names.DEVICE not in {name for _index, name in socket.if_nameindex()}:
        return None
    ip = programs.need("ip", purpose=f"look at the device {names.DEVICE}", package="iproute2")
    lines = programs.output_of([ip, "-o", "address", "show", "dev", names.DEVICE], timeout=timeout).splitlines()
    parts = [line.split() for line in lines]  # such as "9: kube-ipvs0    inet 10.96.0.1/32 scope global kube-ipvs0 …"
    found = [words[3].partition("/")[0] for words in parts if len(words) > 3 and words[2] in {"inet", "inet6"}]
    return tuple(address for address in found if not address.startswith("fe80:"))


def _entries(sets: Sequence[str], servers: Sequence[Server], *, timeout: float) -> dict[str, tuple[str, ...]]:
    """Return the entries of kube-proxy's sets; they only matter where there are virtual servers."""
    if not sets or not servers:
        return {}
    ipset = programs.need("ipset", purpose="read kube-proxy's sets", package="ipset")
    found: dict[str, tuple[str, ...]] = {}
    for name in sets:
        if name in names.SETS:
            lines = programs.output_of([ipset, "save", name], timeout=timeout).splitlines()
            parts = [line.split() for line in lines]  # such as "add KUBE-CLUSTER-IP 10.96.0.1,tcp:443"
            found[name] = tuple(words[2] for words in parts if len(words) > 2 and words[0] == "add")
    return found


def _unreadable(found: Sequence[Programs]) -> list[str]:
    texts = []
    for family, prefix in _PREFIXES.items():
        there = {each.backend for each in found if each.family == family}
        tables = _legacy_tables(family)
        if LEGACY not in there and tables:
            texts.append(
                f"The kernel has tables of {prefix}'s legacy backend ({', '.join(tables)}), which were not looked at."
            )
    return texts


def _incompatible(rulesets: Sequence[Ruleset]) -> list[str]:
    """Return the tables of nftables that iptables cannot show, because nft put more into them than iptables knows."""
    return [
        f"{each.programs.save} cannot show table {table}; look at it with nft."
        for each in rulesets
        for table in each.incompatible
    ]
