# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agents' logs in short: one entry for each message, with what is known of it. PRIVATE to the collection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._catalogue._messages import known
from .._findings import WARNING, Finding
from .._json import get_int, get_text
from .naming import subject

if TYPE_CHECKING:
    from .._json import JsonObject
    from .seen import Seen

_LEVELS = {"fatal": 0, "panic": 0, "error": 1, "warning": 2, "warn": 2}
_SAME = {"warn": "warning", "err": "error"}
# What makes a message of one event differ from that of another: addresses, numbers, times, identifiers.
_VARIES = re.compile(
    r"\b\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d+)?\b"
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b"
    r"|\b(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}\b"
    r"|\b0x[0-9a-f]+\b"
    r"|\b\d+(?:\.\d+)?(?:ns|µs|us|ms|s|m|h)?\b",
    re.IGNORECASE,
)
_SHOWN = 200


@dataclass
class Entry:
    """One message of all agents.

    Attributes:
        level, subsys: as the agents write them; "warn" is warning.
        message: an example of it.
        count: how often it came, on all nodes together.
        first, last: when, as the agents write it; empty where that is not told.
        nodes: how often on each node.
    """

    level: str
    subsys: str
    message: str
    count: int = 0
    first: str = ""
    last: str = ""
    nodes: dict[str, int] = field(default_factory=dict)

    @property
    def harmless(self) -> bool:
        """Whether it is known to need nobody."""
        entry = known(self.message)
        return entry is not None and entry.harmless

    def add(self, node: str, entry: JsonObject) -> None:
        """Count what one agent says."""
        count = get_int(entry, "count")
        count = 1 if count is None else count
        self.count += count
        self.nodes[node] = self.nodes.get(node, 0) + count
        first, last = get_text(entry, "first") or "", get_text(entry, "last") or ""
        self.first = min(self.first or first, first or self.first)
        self.last = max(self.last, last)

    def as_dict(self) -> JsonObject:
        """Return the form that stands in a result."""
        entry = known(self.message)
        return {
            "level": self.level,
            "subsys": self.subsys,
            "message": self.message,
            "count": self.count,
            "first": self.first or None,
            "last": self.last or None,
            "nodes": {**dict(sorted(self.nodes.items()))},
            "known": None if entry is None else entry.name,
            "means": None if entry is None else entry.means,
            "harmless": self.harmless,
        }


def summary(log: Mapping[str, list[JsonObject]]) -> list[Entry]:
    """Return the messages of all agents: what needs a person first, then by level and by how often they came.

    Args:
        log: by node, entries of {level, subsys, message, count, first, last}; anything but level and message may be
            missing. Messages that differ in numbers and addresses only are one.
    """
    found: dict[tuple[str, str, str], Entry] = {}
    for node, entries in sorted(log.items()):
        for entry in entries:
            level = (get_text(entry, "level") or "").lower()
            level, subsys = _SAME.get(level, level), get_text(entry, "subsys") or ""
            message = (get_text(entry, "message") or "").strip()
            key = (level, subsys, _VARIES.sub("…", message))
            found.setdefault(key, Entry(level, subsys, message)).add(node, entry)
    return sorted(
        found.values(), key=lambda one: (one.harmless, _LEVELS.get(one.level, 3), -one.count, one.subsys, one.message)
    )


def log_findings(entries: list[Entry], seen: Seen) -> list[Finding]:
    """Return a finding for each message that needs a person: one of level error that is not known to be harmless,
    or one whose meaning is known and that has a remedy.

    What tells why a feature is not effective is left to the finding about the feature.
    """
    return [_finding(entry, seen) for entry in entries if _needs_person(entry)]


def _needs_person(entry: Entry) -> bool:
    message = known(entry.message)
    if message is not None:
        return not message.harmless and not message.features
    return _LEVELS.get(entry.level, 3) <= 1


def _finding(entry: Entry, seen: Seen) -> Finding:
    message = known(entry.message)
    means = f": {message.means}" if message else ""
    return Finding(
        rule="agent_log",
        severity=WARNING,
        subject=subject(seen.cluster, entry.nodes, len(seen.log)),
        found={"level": entry.level, "message": entry.message[:_SHOWN], "count": entry.count},
        reason=f"agents logged {entry.count} times ({entry.level}, {entry.subsys or 'no subsystem'}): "
        f"{entry.message[:_SHOWN]}{means}",
        remedy=message.remedy if message and message.remedy else "look at the agent's log around it",
    )
