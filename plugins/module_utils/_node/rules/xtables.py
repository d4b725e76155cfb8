# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text form of iptables: reading what iptables-save -c writes. PRIVATE to the collection."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field

# Options whose value is free text, which may look like an option.
_TEXTS = frozenset({"--comment", "--log-prefix", "--nflog-prefix", "--string", "--hex-string", "--name", "--label"})
_COUNTERS = re.compile(r"\[\d+:\d+\] ")


@dataclass
class Table:
    """One table of one family, as iptables-save shows it.

    Attributes:
        name: such as "nat".
        chains: the line that declares each chain, by its name, in order.
        rules: the rules of each chain that has any, as whole lines ("[packets:bytes] -A CHAIN …"), in order.
    """

    name: str
    chains: dict[str, str] = field(default_factory=dict)
    rules: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Saved:
    """What iptables-save wrote: tables by name, and the names of tables that it cannot show."""

    tables: dict[str, Table]
    incompatible: tuple[str, ...] = ()


def parse(text: str) -> Saved:
    """Return the tables in the output of iptables-save, with or without counters.

    Lines of no known form are ignored; there are none but comments.
    """
    tables: dict[str, Table] = {}
    incompatible: list[str] = []
    table = Table("")
    for line in text.splitlines():
        if line.startswith(("[", "-A ")):
            chain = line.partition("-A ")[2].partition(" ")[0]
            table.rules.setdefault(chain, []).append(line)
        elif line.startswith(":"):
            table.chains[line[1:].partition(" ")[0]] = line
        elif line.startswith("*"):
            table = tables.setdefault(line[1:], Table(line[1:]))
        elif line.startswith("# Table `") and "' is incompatible" in line:
            incompatible.append(line.partition("`")[2].partition("'")[0])
    return Saved(tables, tuple(incompatible))


def specification(line: str) -> str:
    """Return a rule without counters and "-A": its chain and what follows, in iptables' own quoting."""
    return _COUNTERS.sub("", line, count=1)[len("-A ") :]


def words(line: str) -> list[str]:
    """Return the words of a rule after its chain, quotes resolved."""
    text = specification(line)
    try:
        return shlex.split(text)[1:]
    except ValueError:  # a match that prints its text raw; its words are good enough to look for a target
        return text.split()[1:]


def target(parts: list[str]) -> str | None:
    """Return where a rule jumps or goes to, from its words; None for a rule that only counts."""
    before = ""
    for position, word in enumerate(parts[:-1]):
        if word in {"-j", "-g"} and before not in _TEXTS:
            return parts[position + 1]
        before = word
    return None


def matched_sets(parts: list[str]) -> set[str]:
    """Return the names of the ipsets that a rule asks, from its words."""
    return {
        parts[position + 1]
        for position, word in enumerate(parts[:-1])
        if word in {"--match-set", "--add-set", "--del-set", "--map-set"} and parts[position - 1] not in _TEXTS
    }
