# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From `bpf lb list`, `bpf lb maglev list` and `bpf egress list` to the model. PRIVATE to the collection.

The JSON of the first two has the texts of the table's cells: by the first column a list of what stands in the second.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field, replace

from .._json import Json, JsonObject, get_objects, get_text
from .cleaning import lines_of, sort_out
from .health_text import LONGEST
from .model_maps import (
    EgressEntries,
    EgressEntry,
    LbMaps,
    MaglevTable,
    MaglevTables,
    MapBackend,
    MapService,
    NumberedBackend,
)
from .splitting import address, collapsed, items

_LB_HEADS = ("SERVICE ADDRESS ", "ID BACKEND ADDRESS")
_CELL = re.compile(
    r"(?P<address>\S+:\d{1,5}\S*) \((?P<rev_nat>\d{1,6})\)(?: \((?P<slot>\d{1,6})\))?(?: \[(?P<flags>[^\]]*)\])?"
    r"(?: \(L7LB Proxy Port: (?P<l7>\d{1,6})\))?"
)
_MISSING = re.compile(r"backend (?P<id>\d{1,10}) not found")
_FRONTEND = re.compile(r"(?P<address>\S+:\d{1,5}\S*)(?: \(\d{1,6}\))?")
_BACKEND_ROW = re.compile(r"(?P<id>\d{1,10}) (?P<protocol>\w{1,10})://(?P<address>\S+)")
_NOWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 -- what the map has for "no backend", nothing is bound
_MAGLEV_HEAD = "SVC ID LOOKUP TABLE"
_MAGLEV = re.compile(r"\s*\[?(?P<id>\d{1,6})\]?(?:/(?P<family>v[46]))?\s+\[(?P<table>[\d\s]*)\]")
# A table has 131071 places at most, each a number and a space.
_LONGEST_TABLE = 131_071 * 11
_EGRESS_HEAD = "Source IP Destination CIDR Egress IP Gateway IP"
_EGRESS = re.compile(
    r"(?P<source>[0-9a-fA-F:.]{2,45}) (?P<destination>[0-9a-fA-F:.]{2,45}/\d{1,3}) (?P<egress>[0-9a-fA-F:.]{2,45}) "
    r"(?P<gateway>[0-9a-fA-F:.]{2,45}|Not Found|Excluded CIDR)"
)
_EMPTY = "No entries found."
_NO_MAP = "Cannot find egress gateway bpf maps"


@dataclass
class _Growing:
    """A service while its cells are read."""

    frontend: tuple[str, int, str | None, str | None]
    rev_nat: int | None = None
    flags: list[str] | None = None
    l7: int | None = None
    backends: list[MapBackend] = field(default_factory=list)

    def done(self) -> MapService:
        """Return the service as far as it was told."""
        ip, port, protocol, scope = self.frontend
        kind = self.flags[0] if self.flags else None
        rest = self.flags[1:] if self.flags else None
        return MapService(ip, port, protocol, scope, self.rev_nat, kind, rest, self.l7, self.backends)


@dataclass
class _Lists:
    """What was read of the load balancer's maps."""

    services: dict[tuple[str, int, str | None, str | None], _Growing] = field(default_factory=dict)
    backends: list[NumberedBackend] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    last: _Growing | None = None

    def done(self, error: str | None, unparsed: list[str] | None) -> LbMaps:
        """Return what is known."""
        known = [service.done() for service in self.services.values()]
        return LbMaps(known, self.backends or None, self.missing or None, error, unparsed)


def parse_lb(text: str) -> LbMaps:
    """Return what the load balancer's maps hold.

    Args:
        text: what `bpf lb list` prints, also with --backends, in any version of Cilium.
    """
    lists, unread = _Lists(), []
    for line in lines_of(text):
        words = collapsed(line) if len(line) < LONGEST else ""
        if not words.startswith(_LB_HEADS) and not _lb_row(lists, words):
            unread.append(line)
    left = sort_out(unread)
    return lists.done(left.error, left.unparsed)


def parse_lb_json(content: JsonObject) -> LbMaps:
    """Return what the load balancer's maps hold, from the JSON of `bpf lb list -o json`."""
    lists, unread = _Lists(), []
    for first, cells in content.items():
        for index, cell in enumerate(cells if isinstance(cells, list) else []):
            words = collapsed(f"{first} {cell}" if index == 0 or not lists.last else str(cell))
            if not _lb_row(lists, words):
                unread.append(words)
    left = sort_out(unread)
    return lists.done(left.error, left.unparsed)


def _lb_row(lists: _Lists, words: str) -> bool:
    """Take in a line; return whether it is one of these tables."""
    backend = _BACKEND_ROW.fullmatch(words)
    there = address(backend["address"]) if backend else None
    if backend and there:
        protocol = None if backend["protocol"] in {"ANY", "NONE"} else backend["protocol"]
        lists.backends.append(NumberedBackend(int(backend["id"]), there[0], there[1], protocol))
        return True
    if _cell(lists, words):
        return True
    frontend = _FRONTEND.match(words)
    where = address(frontend["address"]) if frontend else None
    if not frontend or where is None:
        return False
    before = lists.last
    lists.last = lists.services.get(where) or _Growing(where)
    if not _cell(lists, words[frontend.end() :].strip()):
        lists.last = before
        return False
    lists.services[where] = lists.last
    return True


def _cell(lists: _Lists, words: str) -> bool:
    """Take in what stands in the second column; return whether it is that."""
    missing, found = _MISSING.fullmatch(words), _CELL.fullmatch(words)
    if missing and lists.last:
        lists.missing.append(int(missing["id"]))
        return True
    there = address(found["address"]) if found else None
    service = lists.last
    if not found or there is None or service is None:
        return False
    slot = int(found["slot"]) if found["slot"] else None
    if there[0] in _NOWHERE and not there[1]:
        service.flags = items(found["flags"]) if found["flags"] is not None else service.flags
        service.rev_nat = int(found["rev_nat"]) if service.rev_nat is None else service.rev_nat
        service.l7 = int(found["l7"]) if found["l7"] else service.l7
    else:
        service.rev_nat = int(found["rev_nat"])
        service.backends.append(MapBackend(slot, there[0], there[1], there[2]))
    return True


def parse_maglev(text: str) -> MaglevTables:
    """Return the look-up tables.

    Args:
        text: what `bpf lb maglev list` prints, in any version of Cilium.
    """
    tables: list[MaglevTable] = []
    unread: list[str] = []
    known: dict[str, MaglevTable] = {}  # many services have the same backends, and so the same table
    for line in lines_of(text):
        found = _MAGLEV.fullmatch(line) if len(line) < _LONGEST_TABLE else None
        if found:
            table = known.get(found["table"]) or _table(found["table"])
            known[found["table"]] = table
            tables.append(replace(table, service_id=int(found["id"]), family=found["family"]))
        elif len(line) > LONGEST or collapsed(line) != _MAGLEV_HEAD:
            unread.append(line)
    left = sort_out(unread)
    return MaglevTables(tables, left.error, left.unparsed)


def parse_maglev_json(content: JsonObject) -> MaglevTables:
    """Return the look-up tables from the JSON of `bpf lb maglev list -o json`."""
    lines = [f"{key} {cell}" for key, cells in content.items() for cell in (cells if isinstance(cells, list) else [])]
    return parse_maglev("\n".join(lines))


def _table(text: str) -> MaglevTable:
    places = text.split()
    digest = hashlib.sha256(" ".join(places).encode()).hexdigest()
    counts = Counter(places)
    backends = {name: counts[name] for name in sorted(counts, key=lambda name: (len(name), name))}
    return MaglevTable(size=len(places), backends=backends, digest=digest)


def parse_egress(text: str) -> EgressEntries:
    """Return the policy map of the egress gateway.

    Args:
        text: what `bpf egress list` prints, in any version of Cilium.
    """
    entries: list[EgressEntry] = []
    unread: list[str] = []
    error = None
    for line in lines_of(text):
        words = collapsed(line) if len(line) < LONGEST else ""
        found = _EGRESS.fullmatch(words)
        if found:
            entries.append(EgressEntry(found["source"], found["destination"], found["egress"], found["gateway"]))
        elif words.startswith(_NO_MAP):
            error = words
        elif words not in {_EGRESS_HEAD, _EMPTY}:
            unread.append(line)
    left = sort_out(unread)
    return EgressEntries(entries, error or left.error, left.unparsed)


def parse_egress_json(content: Json) -> EgressEntries:
    """Return the policy map of the egress gateway from the JSON of `bpf egress list -o json`."""
    return EgressEntries(
        [
            EgressEntry(*(get_text(entry, key) for key in ("SourceIP", "DestCIDR", "EgressIP", "GatewayIP")))
            for entry in get_objects(content)
        ]
    )
