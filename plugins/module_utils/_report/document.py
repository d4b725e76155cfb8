# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document of the report: all clusters, counted. Pure. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._findings import ERROR, INFO, WARNING
from .._json import get_int, get_object, get_objects, get_path, get_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._json import Json, JsonObject

SCHEMA = 1
IN_ORDER, WARNINGS, ERRORS, NOT_REACHED = "in_order", "warnings", "errors", "not_reached"
STATES = (IN_ORDER, WARNINGS, ERRORS, NOT_REACHED)
SEVERITIES = (ERROR, WARNING, INFO)

EFFECTIVE, FELL_BACK, OLDER_CONFIG, UNKNOWN = "effective", "fell_back", "older_config", "unknown"
# Worst first: a setting over all nodes is what the worst node is.
OUTCOMES = (FELL_BACK, OLDER_CONFIG, UNKNOWN, EFFECTIVE)
_SOUND = {"ok", ""}


@dataclass(frozen=True)
class About:
    """What the document says about itself: when (ISO 8601), by which collection, and who was not in the run."""

    title: str
    generated: str
    collection: str
    left_out: Sequence[str] = ()


def document(about: About, entries: Iterable[JsonObject]) -> JsonObject:
    """Return the document.

    Args:
        about: of the document itself.
        entries: one per cluster, as cluster.entry() makes them.

    Returns:
        `schema`, `title`, `generated`, `collection`, `left_out`, `clusters` (the entries, each with `state`, one of
        STATES, and `counts`) and `fleet` (the counts of all, and the clusters by state).
    """
    clusters: list[JsonObject] = []
    for one in entries:
        counts = count(one)
        clusters.append({**one, "state": state_of(one, counts), "counts": counts})
    return {
        "schema": SCHEMA,
        "title": about.title,
        "generated": about.generated,
        "collection": about.collection,
        "left_out": list(about.left_out),
        "fleet": _fleet(clusters),
        "clusters": list(clusters),
    }


def count(cluster: JsonObject) -> JsonObject:
    """Return the numbers of one cluster: nodes, answering agents, pairs of nodes, settings by outcome, findings."""
    nodes = get_object(cluster, "nodes")
    severities = [get_text(found, "severity") for found in get_objects(cluster, "findings")]
    return {
        "nodes": len(nodes),
        "answering": sum(1 for state in nodes.values() if state),
        "unsound": sum(1 for state in nodes.values() if state and not is_sound(state)),
        "pairs": _pairs(nodes),
        "settings": _settings(cluster),
        "findings": {severity: severities.count(severity) for severity in SEVERITIES},
    }


def is_sound(state: Json) -> bool:
    """Tell whether an agent that answers calls itself well, or says nothing about that."""
    return (get_text(state, "state") or "").lower() in _SOUND


def _pairs(nodes: JsonObject) -> JsonObject | None:
    """Return how many pairs of nodes were looked at, and how many reach each other; None if no agent tells."""
    known = [get_object(state, "health") for state in nodes.values() if get_int(state, "health", "total") is not None]
    if not known:
        return None
    return {key: sum(get_int(health, key) or 0 for health in known) for key in ("reachable", "total")}


def outcome_of(feature: JsonObject) -> str:
    """Return what came of a setting on all nodes together: that of the worst, unknown where there is no node."""
    found = {get_text(cell, "state") or UNKNOWN for cell in get_object(feature, "nodes").values()}
    return next((outcome for outcome in OUTCOMES if outcome in found), UNKNOWN)


def _settings(cluster: JsonObject) -> JsonObject | None:
    if get_path(cluster, "features") is None:
        return None
    outcomes = [outcome_of(feature) for feature in get_objects(cluster, "features")]
    return {"total": len(outcomes), **{outcome: outcomes.count(outcome) for outcome in OUTCOMES}}


def state_of(cluster: JsonObject, counts: JsonObject) -> str:
    """Return the state of a cluster as a whole, one of STATES."""
    if get_path(cluster, "unreachable") is not None:
        return NOT_REACHED
    silent = (get_int(counts, "nodes") or 0) > (get_int(counts, "answering") or 0)
    if get_int(counts, "findings", ERROR) or silent:
        return ERRORS
    off = get_object(counts, "settings")
    doubts = [get_int(counts, "findings", WARNING), get_int(counts, "unsound")]
    doubts += [get_int(off, outcome) for outcome in (FELL_BACK, OLDER_CONFIG)]
    doubts.append((get_int(counts, "pairs", "total") or 0) - (get_int(counts, "pairs", "reachable") or 0))
    return WARNINGS if any(doubts) else IN_ORDER


def _fleet(clusters: Sequence[JsonObject]) -> JsonObject:
    states = [get_text(cluster, "state") for cluster in clusters]
    counts = [get_object(cluster, "counts") for cluster in clusters]
    return {
        "clusters": {"total": len(clusters), **{state: states.count(state) for state in STATES}},
        **{key: sum(get_int(one, key) or 0 for one in counts) for key in ("nodes", "answering", "unsound")},
        **{key: _sum([get_object(one, key) for one in counts]) for key in ("pairs", "settings", "findings")},
    }


def _sum(parts: Sequence[JsonObject]) -> JsonObject | None:
    """Return the sums of equal keys; None where no part says anything."""
    keys = dict.fromkeys(key for part in parts for key in part)
    return {key: sum(get_int(part, key) or 0 for part in parts) for key in keys} or None
