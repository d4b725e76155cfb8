# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found on a node, what is to be removed, and what stays. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..._json import JsonObject
    from .xtables import Table

IPV4, IPV6 = "ipv4", "ipv6"
LEGACY, NFT = "legacy", "nft"


@dataclass(frozen=True)
class Place:
    """Where rules are: backend ("iptables-legacy", "iptables-nft", "nftables", "ipvs", "ipset"), family, table."""

    backend: str
    family: str
    table: str

    def __str__(self) -> str:
        return " ".join(word for word in (self.backend, self.family, self.table) if word)

    def as_dict(self) -> JsonObject:
        """Return it as it stands in a result; what does not apply is empty."""
        return {"backend": self.backend, "family": self.family, "table": self.table}


@dataclass(frozen=True)
class Left:
    """Something with the looks of kube-proxy's that stays, and why; `lines` are the rules that are the reason."""

    place: Place
    name: str
    reason: str
    lines: tuple[str, ...] = ()

    def as_dict(self) -> JsonObject:
        """Return it as it stands in a result."""
        return {**self.place.as_dict(), "name": self.name, "reason": self.reason, "rules": list(self.lines)}


@dataclass(frozen=True)
class Programs:
    """The two programs of one iptables backend for one family: paths of …-save and …-restore."""

    backend: str
    family: str
    save: str
    restore: str

    @property
    def name(self) -> str:
        """The backend as it stands in results: iptables-legacy or iptables-nft."""
        return f"iptables-{self.backend}"


@dataclass(frozen=True)
class Ruleset:
    """The tables of one iptables backend and family."""

    programs: Programs
    tables: dict[str, Table]
    incompatible: tuple[str, ...] = ()


@dataclass(frozen=True)
class Server:
    """One IPVS virtual server: protocol in capital letters, address in its shortest form, port."""

    protocol: str
    address: str
    port: int
    scheduler: str = ""

    def __str__(self) -> str:
        return f"{self.protocol} {self.endpoint}"

    @property
    def endpoint(self) -> str:
        """Address and port in one word."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True)
class State:
    """What was found on the node.

    Attributes:
        rulesets: iptables, by backend and family.
        nft_tables: the tables of kube-proxy's nftables mode that are there, as (family, name).
        device: the addresses on kube-ipvs0; None if there is no such device.
        servers: the virtual servers of IPVS, whoever made them.
        sets: names of all ipsets.
        set_entries: entries of kube-proxy's ipsets, by name.
        unreadable: what is there but cannot be read with the programs of this node, one sentence each.
    """

    rulesets: tuple[Ruleset, ...] = ()
    nft_tables: tuple[tuple[str, str], ...] = ()
    device: tuple[str, ...] | None = None
    servers: tuple[Server, ...] = ()
    sets: tuple[str, ...] = ()
    set_entries: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True)
class TablePlan:
    """What goes from one table of iptables.

    Attributes:
        place: which table.
        jumps: kube-proxy's rules in the kernel's own chains, as whole lines.
        flush: chains that are emptied.
        delete: those of them that go; the others stay empty, because a rule of somebody else jumps there.
        rules: the rules of the emptied chains, as whole lines.
    """

    place: Place
    jumps: tuple[str, ...] = ()
    flush: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.jumps or self.delete or self.rules)


@dataclass(frozen=True)
class Plan:
    """What is removed from the node, and what stays."""

    tables: tuple[tuple[Programs, TablePlan], ...] = ()
    nft_tables: tuple[tuple[str, str], ...] = ()
    device: tuple[str, ...] | None = None
    servers: tuple[Server, ...] = ()
    sets: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is to be removed."""
        return not (self.tables or self.nft_tables or self.device is not None or self.servers or self.sets)
