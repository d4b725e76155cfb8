# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document as the page carries it: small enough for 10,000 nodes. Pure. PRIVATE to the collection.

Nodes of a cluster say nearly the same, so what they say is kept by column, not by node: a column is a list of runs
(how many nodes in a row, which value), and every text stands once in a table. roles/report/files/data.js reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from .._findings import INFO
from .._json import get_int, get_object, get_objects, get_path, get_text
from .cluster import REACHABLE, natural, side_of
from .document import UNKNOWN, outcome_of
from .words import leaves, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._json import Json, JsonObject

NOTHING = -1
# What the table of cells and pairs holds: words for people, and numbers of texts.
Row = tuple[Union[str, int], ...]
Item = Union[str, Row]


class Table:
    """Values that are kept once and known by their number."""

    def __init__(self) -> None:
        self._numbers: dict[Item, int] = {}

    def number(self, value: Item) -> int:
        """Return the number of a value."""
        return self._numbers.setdefault(value, len(self._numbers))

    def text(self, value: str | None) -> int:
        """Return the number of a text; NOTHING for none."""
        return NOTHING if value is None else self.number(value)

    def values(self) -> list[Json]:
        """Return the values in the order of their numbers."""
        return [value if isinstance(value, str) else list(value) for value in self._numbers]


def runs(numbers: Iterable[int]) -> list[Json]:
    """Return numbers as runs: how many, of which, how many, of which, …."""
    packed: list[int] = []
    for number in numbers:
        if packed and packed[-1] == number:
            packed[-2] += 1
        else:
            packed += [1, number]
    return list(packed)


def view(document: JsonObject) -> JsonObject:
    """Return what the page carries.

    Returns:
        The head of the document (`title`, `generated`, …), `texts`, `cells` (of settings: state, shown text, path),
        `kinds` (of pairs: state of the node's side, of its endpoints' side, message) and `clusters`.
    """
    tables = _Tables()
    clusters: list[Json] = [tables.cluster(one) for one in get_objects(document, "clusters")]
    head = {key: document.get(key) for key in ("schema", "title", "generated", "collection", "left_out", "fleet")}
    return {
        **head,
        "texts": tables.texts.values(),
        "cells": tables.cells.values(),
        "kinds": tables.kinds.values(),
        "clusters": clusters,
    }


class _Tables:
    """Packs one cluster after the other into shared tables."""

    def __init__(self) -> None:
        self.texts = Table()
        self.cells = Table()
        self.kinds = Table()

    def cluster(self, one: JsonObject) -> JsonObject:
        nodes = get_object(one, "nodes")
        names = sorted(nodes, key=natural)
        states = [get_object(nodes, name) for name in names]
        plain = ("name", "host", "release", "kubernetes_version", "state", "counts", "unreachable")
        asked = get_path(one, "asked")
        return {
            **{key: one.get(key) for key in plain},
            "asked": {name: words(value) for name, value in asked.items()} if isinstance(asked, dict) else None,
            "nodes": list(names),
            "kernels": runs(self.texts.text(get_text(one, "machines", name, "kernel")) for name in names),
            "columns": self._columns(states),
            "features": self._features(one, names),
            "log": self._log(one),
            "findings": [self._finding(found) for found in get_objects(one, "findings")],
            "pairs": self._pairs(names, states),
        }

    def _columns(self, states: Sequence[JsonObject]) -> list[Json]:
        """Return the columns of what agents say: the path's number, and the runs over all nodes."""
        told = [leaves(state) for state in states]
        paths = dict.fromkeys(path for one in told for path in one)
        return [[self.texts.number(path), runs(self.texts.text(one.get(path)) for one in told)] for path in paths]

    def _features(self, one: JsonObject, names: Sequence[str]) -> Json:
        """Return a row per setting: feature, setting, asked, by whom, outcome, runs of cells; None if nobody compared.

        By whom is true for somebody, false for the chart's default.
        """
        if get_path(one, "features") is None:
            return None
        rows: list[Json] = []
        for feature in get_objects(one, "features"):
            cells = get_object(feature, "nodes")
            asked = get_path(feature, "asked")
            rows.append(
                [
                    self.texts.number(words(feature.get("feature"))),
                    self.texts.number(words(feature.get("setting"))),
                    self.texts.text(None if asked is None else words(asked)),
                    feature.get("given") is not False,
                    outcome_of(feature),
                    runs(self._cell(get_object(cells, name)) for name in names),
                ]
            )
        return rows

    def _cell(self, cell: JsonObject) -> int:
        if not cell:
            return NOTHING
        shows = get_path(cell, "shows")
        shown = self.texts.text(None if shows is None else words(shows))
        return self.cells.number((get_text(cell, "state") or UNKNOWN, shown, self.texts.text(get_text(cell, "path"))))

    def _finding(self, found: JsonObject) -> JsonObject:
        subject = get_object(found, "subject")
        other = {key: value for key, value in subject.items() if key not in {"cluster", "node", "nodes", "pod"}}
        asked, there = found.get("asked"), found.get("found")
        return {
            "severity": get_text(found, "severity") or INFO,
            "rule": words(found.get("rule")),
            "node": get_text(subject, "node"),
            "nodes": get_text(subject, "nodes"),
            "pod": get_text(subject, "pod"),
            "about": words(other) if other else None,
            "asked": None if asked is None else words(asked),
            "found": None if there is None else words(there),
            "reason": self.texts.number(words(found.get("reason"))),
            "remedy": self.texts.number(words(found.get("remedy"))),
        }

    def _log(self, one: JsonObject) -> Json:
        """Return what agents logged, by message; None if nobody read it."""
        if get_path(one, "log") is None:
            return None
        return [
            {
                "level": words(line.get("level")),
                "message": self.texts.number(words(line.get("message"))),
                "count": get_int(line, "count") or 0,
                "nodes": len(get_object(line, "nodes")),
                "last": get_text(line, "last"),
                "means": self.texts.text(get_text(line, "means")),
                "harmless": line.get("harmless") is True,
            }
            for line in get_objects(one, "log")
        ]

    def _pairs(self, names: Sequence[str], states: Sequence[JsonObject]) -> Json:
        """Return whom each node reaches: `targets`, and `rows` of runs of kinds, null for a node that does not say.

        None where no agent names the nodes that it reaches.
        """
        told = [_peers(state, len(names)) for state in states]
        if not any(one is not None for one in told):
            return None
        own = set(names)
        further = {_short(peer, own) for one in told for peer in one or {} if peer} - own
        targets = [*names, *sorted(further, key=natural)]
        return {"targets": list(targets), "rows": [self._row(one, targets, own) for one in told]}

    def _row(self, peers: dict[str, JsonObject] | None, targets: Sequence[str], own: set[str]) -> Json:
        if peers is None:
            return None
        by_name = {_short(name, own): peer for name, peer in peers.items()}
        rest = self.kinds.number((REACHABLE, REACHABLE, NOTHING)) if "" in peers else NOTHING
        return runs(
            self._kind(by_name[target]) if target in by_name else rest if target in own else NOTHING
            for target in targets
        )

    def _kind(self, peer: JsonObject) -> int:
        (host, said), (endpoints, also) = side_of(peer, "node"), side_of(peer, "endpoints")
        parts = [f"{name} {text}" for name, text in (("node", said), ("endpoints", also)) if text]
        message = self.texts.number("; ".join(parts)) if parts else NOTHING
        return self.kinds.number((host, endpoints, message))


def _peers(state: JsonObject, own: int) -> dict[str, JsonObject] | None:
    """Return the nodes that an agent names, as it sees them; with a "" among them, nodes not named are in order.

    None if it names none.
    """
    health = get_object(state, "health")
    if not isinstance(health.get("nodes"), list):
        return None
    peers = {name: peer for peer in get_objects(health, "nodes") for name in [get_text(peer, "name")] if name}
    if health.get("only_failing") and (get_int(health, "total") or 0) >= own:
        return {**peers, "": {}}
    return peers


def _short(name: str, own: set[str]) -> str:
    """Return a node's name without its cluster's where it is one of our own; agents in a mesh say both."""
    node = name.rpartition("/")[2]
    return node if node in own else name
