# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who guards a node: its firewall manager, and the rules that keep a port closed. PRIVATE to the collection. Pure.

Read is what iptables-save and nft print in the node's network; which program manages the rules shows in the names of
its chains and tables (firewalld: src/firewall/core/{ipXtables,nftables}.py; ufw: conf/*.rules).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._node.rules.xtables import parse, target, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FIREWALLD, UFW, NFTABLES, IPTABLES = "firewalld", "ufw", "nftables", "iptables"
MARK = "## "  # before the name of the program whose output follows
_FIREWALLD = re.compile(
    r"(INPUT|FORWARD|FORWARD_IN|PREROUTING|POSTROUTING)_(ZONES|direct)(_SOURCE)?|(FWDI|FWDO|IN)_\w+"
)
_UFW = re.compile(r"ufw6?-.*")
# Chains of others, who drop what concerns them only.
_OTHERS = re.compile(r"(KUBE-|CILIUM_|OLD_CILIUM_|cali-|DOCKER|LIBVIRT_|CNI-|FLANNEL-|f2b-).*")
_TABLE = re.compile(r"table (\w+) (\S+) \{")
_OWN_TABLES = re.compile(r"(filter|nat|mangle|raw|security|kube-proxy|cilium.*)")
_CHAIN = re.compile(r"chain (\S+) \{")
_COMES_IN = re.compile(r"\bhook (input|prerouting|ingress)\b")
_SAYS_NO = re.compile(r"\b(drop|reject)\b")
_ENDS = frozenset({"DROP", "REJECT"})
# Tables and chains of iptables that decide on what comes to a node.
_DECIDE = ("raw", "mangle", "filter")


@dataclass(frozen=True)
class Guard:
    """What keeps packets off a node.

    Attributes:
        manager: FIREWALLD, UFW, NFTABLES or IPTABLES; None if no rule says no.
        rules: those that say no to the port by its number, as they are printed.
        seen: whether any rules could be read.
    """

    manager: str | None = None
    rules: tuple[str, ...] = ()
    seen: bool = False


def guard(text: str, protocol: str, number: int | None) -> Guard:
    """Return who guards a node.

    Args:
        text: what the programs printed, each after a line "## NAME".
        protocol: of the port.
        number: of the port.
    """
    managers: set[str] = set()
    rules: list[str] = []
    sections = list(_sections(text))
    for program, lines in sections:
        found = list(_of_nftables(lines) if program == "nft" else _of_iptables("\n".join(lines)))
        managers |= {manager for manager, _rule in found}
        rules += [rule for _manager, rule in found if rule and _is_for(rule, protocol, number)]
    first = next((one for one in (FIREWALLD, UFW, NFTABLES, IPTABLES) if one in managers), None)
    return Guard(first, tuple(dict.fromkeys(rules)), bool(sections))


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each program's name and its lines; those that printed nothing are left out."""
    for part in f"\n{text}".split(f"\n{MARK}")[1:]:
        name, _end, rest = part.partition("\n")
        if rest.strip():
            yield name.strip().partition(" ")[0], rest.splitlines()


def _of_iptables(text: str) -> Iterator[tuple[str, str]]:
    """Yield the managers that the chains tell, and those of rules that say no with the rule."""
    for name, table in parse(text).tables.items():
        chains = set(table.chains) | set(table.rules)
        yield from ((FIREWALLD, "") for chain in chains if _FIREWALLD.fullmatch(chain))
        yield from ((UFW, "") for chain in chains if _UFW.fullmatch(chain))
        if name not in _DECIDE:
            continue
        if name == "filter" and table.chains.get("INPUT", "").partition(" ")[2].startswith("DROP"):
            yield IPTABLES, ""
        for chain, lines in table.rules.items():
            if chain in ("OUTPUT", "POSTROUTING") or _OTHERS.fullmatch(chain):
                continue
            owner = FIREWALLD if _FIREWALLD.fullmatch(chain) else UFW if _UFW.fullmatch(chain) else IPTABLES
            yield from ((owner, line) for line in lines if target(words(line)) in _ENDS)


def _of_nftables(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the manager of each table that says no to what comes in, with the rule or an empty text for a policy."""
    owner, decides = "", True
    for line in map(str.strip, lines):
        table, begins = _TABLE.match(line), _CHAIN.match(line)
        if table:
            owner = FIREWALLD if table[2] == "firewalld" else "" if _is_translated(table[1], table[2]) else NFTABLES
            if owner == FIREWALLD:
                yield owner, ""
        elif begins:
            decides = True
        elif line.startswith("type ") and not _COMES_IN.search(line):
            decides = False
        elif owner and decides and _SAYS_NO.search(line):
            yield owner, "" if line.startswith("type ") else line


def _is_translated(family: str, name: str) -> bool:
    """Tell whether a table is one of iptables-nft, whose rules iptables-save prints, or of Kubernetes or Cilium."""
    return family in ("ip", "ip6") and _OWN_TABLES.fullmatch(name) is not None


def _is_for(rule: str, protocol: str, number: int | None) -> bool:
    """Tell whether a rule names the port."""
    if number is None or not re.search(rf"\b{protocol}\b", rule):
        return False
    for named in re.findall(r"dports? (?:!= )?\{? ?([\d:,\- ]+)", rule):
        for part in re.split(r"[, ]+", named.strip()):
            low, _sign, high = part.replace("-", ":").partition(":")
            if low.isdigit() and int(low) <= number <= int(high if high.isdigit() else low):
                return True
    return False


_REMEDIES = {
    FIREWALLD: "firewall-cmd --permanent --add-port={port}/{protocol} && firewall-cmd --reload",
    UFW: "ufw allow {port}/{protocol}",
    NFTABLES: "nft list ruleset, and a rule that accepts {protocol} dport {port} before the one that says no",
    IPTABLES: "iptables -S, and a rule that accepts -p {protocol} --dport {port} before the one that says no",
}


def opens(found: Guard, protocol: str, number: int | None) -> str:
    """Return in words what opens the port at a node with a guard."""
    return _REMEDIES[found.manager].format(protocol=protocol, port=number) if found.manager else ""
