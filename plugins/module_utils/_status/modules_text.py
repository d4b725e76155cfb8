# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The health of the agent's own parts: from "Modules Health" of its text to the model. PRIVATE to the collection.

Either three counts, or a tree with a line for each part, drawn with the signs of tree(1).
"""

from __future__ import annotations

import re
from collections import Counter

from .model import ModulesHealth, ReportingModule

_COUNTS = re.compile(r"(?P<state>Stopped|Degraded|OK|Unknown) ?\((?P<count>\d{1,9})\)", re.IGNORECASE)
_SIGNS = re.compile(r"[\s│├└─]*")
_STATE = re.compile(r"\[(?P<state>OK|DEGRADED|STOPPED|UNKNOWN)\]")
_SINCE = re.compile(r"\((?P<since>[^()]{1,40}), x\d{1,9}\)$")
_WIDTH = 4  # columns of a level
_ROOT = "agent"


def read(value: str, rows: list[str]) -> tuple[ModulesHealth | None, list[str]]:
    """Return what stands behind "Modules Health:" and below it, and the lines that do not belong to it."""
    counts = {found.group("state").upper(): int(found.group("count")) for found in _COUNTS.finditer(value)}
    if counts:
        return ModulesHealth(counts.get("STOPPED"), counts.get("DEGRADED"), counts.get("OK"), None), rows
    return _tree(([value] if value else []) + rows)


def _tree(rows: list[str]) -> tuple[ModulesHealth | None, list[str]]:
    states: Counter[str] = Counter()
    failing: list[ReportingModule] = []
    unread: list[str] = []
    path: list[str] = []
    base: int | None = None
    for line in rows:
        signs = _SIGNS.match(line)
        drawn = signs.group() if signs else ""
        text = line[len(drawn) :].strip()
        if text == _ROOT and "─" not in drawn:
            base, path = None, []
            continue
        if "─" not in drawn:
            unread.append(line)
            continue
        if base is None:  # the first part below the root is of the first level, wherever the columns begin
            base = len(drawn) - _WIDTH
        level = max(len(drawn) - base, 0) // _WIDTH
        found = _STATE.search(text)
        name = text[: found.start()].strip() if found else text
        path = [*path[: max(level - 1, 0)], name][:64]
        if found:
            states[found.group("state")] += 1
            if found.group("state") == "DEGRADED":
                failing.append(_failing(".".join(path), text[found.end() :].strip()))
    if not states:
        return None, unread
    return ModulesHealth(states["STOPPED"], states["DEGRADED"], states["OK"], failing), unread


def _failing(name: str, words: str) -> ReportingModule:
    since = _SINCE.search(words)
    message = words[: since.start()].strip() if since else words
    return ReportingModule(name, message or None, since.group("since") if since else None)
