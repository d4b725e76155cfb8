# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that a chart does not know. PRIVATE to the collection.

Helm accepts any value and ignores one that no template reads, so a misspelt path is lost in silence. A path is known
when the chart's defaults have it, when it lies below a default that is free in form (an empty map, null, a list), or
when a template reads it: charts have settings that stand in values.yaml as comments only.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .._findings import ERROR, Finding
from .values import Keys, join, leaves

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .._json import Json
    from .chart import Chart

_REFERENCE = re.compile(r"\.Values((?:\.[A-Za-z_][A-Za-z0-9_]*)+)")


def references(templates: Iterable[str]) -> frozenset[Keys]:
    """Return every path that a template reads as ``.Values.a.b``."""
    found = (match.group(1) for text in templates for match in _REFERENCE.finditer(text))
    return frozenset(tuple(path[1:].split(".")) for path in found)


def lint(values: Mapping[str, Json], chart: Chart, *, severity: str = ERROR) -> list[Finding]:
    """Return a finding for each value whose path the chart does not know, with the nearest known one."""
    suspects = [(keys, _judge(keys, value, chart.defaults)) for keys, value in leaves(values).items()]
    suspects = [(keys, problem) for keys, problem in suspects if problem]
    if not suspects:
        return []
    read = references(chart.templates.values())
    free = {*chart.dependencies, "global"}
    known: list[str] | None = None
    findings: list[Finding] = []
    for keys, problem in suspects:
        if keys[0] in free or (problem == "unknown" and _is_read(keys, read, chart.defaults)):
            continue
        if known is None:
            known = [join(path) for path in (*_paths((), chart.defaults), *read)]
        findings.append(replace(_finding(keys, problem=problem, known=known, chart=chart), severity=severity))
    return findings


def _judge(keys: Keys, value: Json, defaults: Mapping[str, Json]) -> str:
    """Return ``""`` for a path that the defaults allow, else ``unknown`` or ``shape``."""
    level: Mapping[str, Json] = defaults
    for position, key in enumerate(keys):
        if key not in level:
            return "unknown"
        default = level[key]
        if not isinstance(default, dict):
            free = default is None or isinstance(default, list)
            return "" if free or position == len(keys) - 1 else "unknown"
        if not default:
            return ""
        level = default
    return "" if value is None or value == {} else "shape"


def _is_read(keys: Keys, read: frozenset[Keys], defaults: Mapping[str, Json]) -> bool:
    """Tell whether a template reads the path, or a map above it whose keys the defaults do not list."""
    return any(
        keys[:length] in read and (length == len(keys) or not _has(keys[:length], defaults))
        for length in range(1, len(keys) + 1)
    )


def _has(keys: Keys, defaults: Mapping[str, Json]) -> bool:
    level: Json = dict(defaults)
    for key in keys:
        if not isinstance(level, dict) or key not in level:
            return False
        level = level[key]
    return True


def _paths(prefix: Keys, tree: Mapping[str, Json]) -> list[Keys]:
    found: list[Keys] = []
    for key, value in tree.items():
        found.append((*prefix, key))
        if isinstance(value, dict):
            found += _paths((*prefix, key), value)
    return found


def nearest(path: str, known: Iterable[str]) -> str | None:
    """Return the known path that the writer most likely meant, or None."""
    candidates = list(known)
    tails = [other for other in candidates if path.endswith(f".{other}") or other.endswith(f".{path}")]
    if tails:
        return max(tails, key=len)
    lowered = {other.lower(): other for other in candidates}
    close = difflib.get_close_matches(path.lower(), lowered, n=1, cutoff=0.75)
    return lowered[close[0]] if close else None


def _finding(keys: Keys, *, problem: str, known: list[str], chart: Chart) -> Finding:
    path = join(keys)
    if problem == "shape":
        return Finding(
            rule="value_not_a_map",
            severity=ERROR,
            subject={"value": path},
            reason=f"{path} is a map in the values of chart {chart.name} {chart.version}",
            remedy=f"set the keys below {path}",
        )
    guess = nearest(path, known)
    return Finding(
        rule="unknown_value",
        severity=ERROR,
        subject={"value": path},
        reason=f"chart {chart.name} {chart.version} knows no value {path}, so Helm would ignore it",
        remedy=f"did you mean {guess}?" if guess else "remove it, or set lint to off if a template reads it",
    )
