# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that a chart does not know, or not of this type. PRIVATE to the collection.

Helm accepts any value and ignores one that no template reads, so a misspelt path, or one of another version, is lost
in silence. What a chart knows comes from the chart (``known.py``) or from the table of all charts
(``_catalogue/_paths.py``); both give the same findings.

Rules: ``unknown_value``, ``removed_value`` (of an earlier version), ``future_value`` (of a later one),
``value_not_a_map`` (a value stands where the chart has a map with keys), ``value_type``.
"""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from .._catalogue._known import BOOLEAN, INTEGER, LIST, MAP, NUMBER, TEXT, Keys, Known, Node, kind_of
from .._catalogue._moved import OPTIONS, also, moved
from .._findings import ERROR, WARNING, Finding
from .._versions import parse
from .known import is_named_below, is_read, known
from .values import join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .._json import Json
    from .._versions import Version
    from .chart import Chart

_NAMES = {
    MAP: "a map",
    LIST: "a list",
    TEXT: "text",
    BOOLEAN: "a boolean",
    INTEGER: "a whole number",
    NUMBER: "a number",
}
LOUD = frozenset({"value_not_a_map", "value_type"})
"""Rules of values that make helm or the templates fail, where others are lost in silence."""
# More paths than these end alike by chance.
_MAX_TAILS = 3


class Doubt(NamedTuple):
    """A value that the chart may not take; ``node`` is what the chart has there, None for nothing."""

    keys: Keys
    value: Json
    node: Node | None


def lint(values: Mapping[str, Json], chart: Chart, *, severity: str = ERROR) -> list[Finding]:
    """Return a finding for each value that the chart does not know or take; ``severity`` is the highest.

    All templates are read (20 ms) only if neither the defaults nor a quick look into them explain every value.
    """
    first = known(chart, templates=False)
    version = parse(first.version)
    if all(_is_explained(doubt, chart, version) for doubt in _doubts(values, (), first.root, version, wary=True)):
        return []
    return judge(values, known(chart), severity=severity)


def _is_explained(doubt: Doubt, chart: Chart, version: Version) -> bool:
    """Tell whether a look into the templates shows that a value is all right; if not, it may be nevertheless."""
    if moved(doubt.keys, version) is not None:
        return False
    if doubt.node is None:
        return is_read(chart.templates, doubt.keys)
    return doubt.node.is_open and _fits(doubt.value, doubt.node, "") and not is_named_below(chart.templates, doubt.keys)


def judge(values: Mapping[str, Json], chart: Known, *, severity: str = ERROR) -> list[Finding]:
    """Return a finding for each value that is not known or not of its type; ``severity`` is the highest."""
    version = parse(chart.version)
    findings: list[Finding] = []
    names: list[str] = []
    for doubt in _doubts(values, (), chart.root, version):
        if doubt.node is not None:
            found = _wrong_type(doubt, doubt.node, chart)
        else:
            found = _absent(doubt.keys, chart, version)
            if found is None:
                names = names or [join(keys) for keys in chart.paths()]
                found = _unknown(doubt.keys, chart, names)
        if found is not None:
            findings.append(replace(found, severity=severity) if found.severity == ERROR else found)
    return findings


def _doubts(
    values: Mapping[str, Json], prefix: Keys, node: Node, version: Version, *, wary: bool = False
) -> Iterator[Doubt]:
    """Yield what is doubtful; whoever is wary doubts what is below an empty map too, as templates may name its keys."""
    for key, value in values.items():
        keys = (*prefix, key)
        child = node.children.get(key)
        if child is None:
            yield from (Doubt(path, leaf, None) for path, leaf in _leaves(keys, value))
        elif not _fits(value, child, also(keys, version)):
            yield Doubt(keys, value, child)
        elif isinstance(value, dict) and value and not child.is_open:
            yield from _doubts(value, keys, child, version, wary=wary)
        elif wary and isinstance(value, dict) and value and not child.free:
            yield Doubt(keys, value, child)
        else:
            gone = [(path, leaf) for path, leaf in _leaves(keys, value) if moved(path, version) is not None]
            yield from (Doubt(path, leaf, None) for path, leaf in gone)


def _leaves(keys: Keys, value: Json) -> Iterator[tuple[Keys, Json]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves((*keys, key), item)
    else:
        yield keys, value


def _fits(value: Json, node: Node, more: str) -> bool:
    kind = kind_of(value)
    return not node.kinds or not kind or kind in node.kinds + more or (kind == INTEGER and NUMBER in node.kinds)


def _wrong_type(doubt: Doubt, node: Node, chart: Known) -> Finding | None:
    """Return what is wrong with a value's type; None where a chart without a schema prints it as meant."""
    path, kind = join(doubt.keys), kind_of(doubt.value)
    wanted = " or ".join(_NAMES[letter] for letter in node.kinds)
    finding = Finding(
        rule="value_type",
        severity=ERROR,
        subject={"value": path},
        asked=_NAMES[kind],
        reason=f"{path} is {wanted} in the values of {chart.name}, not {_NAMES[kind]}",
        remedy=f"give {wanted}",
    )
    if node.kinds == MAP and not node.is_open:
        return replace(finding, rule="value_not_a_map", remedy=f"set the keys below {path}")
    if chart.strict:
        return replace(finding, reason=f"{finding.reason}: helm refuses it")
    if MAP in {kind, node.kinds}:
        return finding
    if doubt.value == "" or (TEXT in node.kinds and kind != LIST):
        return None
    if node.kinds == BOOLEAN and kind == TEXT:
        finding = replace(finding, reason=f'{finding.reason}: to a template any text is true, "false" too')
    return replace(finding, severity=WARNING)


def _absent(keys: Keys, chart: Known, version: Version) -> Finding | None:
    """Return the finding for a value that other versions know; None if none is known to."""
    entry = moved(keys, version)
    if entry is not None:
        removed = bool(entry.last) and parse(entry.last) < version
        return _of_another(keys, chart, (entry.first, entry.last if removed else ""), entry.remedy(version))
    for length in range(len(keys), 0, -1):
        span = chart.gone.get(keys[:length])
        if span is not None:
            return _of_another(keys, chart, span, "remove it, or choose a version that has it")
    return None


def _of_another(keys: Keys, chart: Known, span: tuple[str, str], remedy: str) -> Finding:
    path, (first, last) = join(keys), span
    when = f"after {last}" if last else f"before {first}"
    return Finding(
        rule="removed_value" if last else "future_value",
        severity=ERROR,
        subject={"value": path},
        reason=f"no chart {when} obeys {path}, and this is {chart.name}: Helm would ignore it, or the chart refuse it",
        remedy=remedy,
    )


def _unknown(keys: Keys, chart: Known, names: list[str]) -> Finding:
    path = join(keys)
    option = keys[0].lstrip("-")
    guess = OPTIONS.get(option)
    if guess not in names:
        guess = nearest(path, names)
    remedy = "remove it, or set lint to off if a template reads it"
    if guess:
        remedy = f"did you mean {guess}?"
    elif "-" in option:
        remedy = f"an option of the agent that no value stands for is set by extraConfig.{option}"
    return Finding(
        rule="unknown_value",
        severity=ERROR,
        subject={"value": path},
        reason=f"{chart.name} knows no value {path}, so Helm would ignore it",
        remedy=remedy,
    )


def nearest(path: str, known_paths: Iterable[str]) -> str | None:
    """Return the known path that the writer most likely meant, or None."""
    candidates = list(known_paths)
    tails = [other for other in candidates if path.endswith(f".{other}") or other.endswith(f".{path}")]
    if tails:
        return max(tails, key=len) if len(tails) <= _MAX_TAILS else None
    lowered = {other.lower(): other for other in candidates}
    close = difflib.get_close_matches(path.lower(), lowered, n=1, cutoff=0.75)
    return lowered[close[0]] if close else None
