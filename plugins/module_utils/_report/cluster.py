# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cluster's entry of the report, from what modules returned about it. PRIVATE to the collection.

Any part may be missing: a cluster that gave no answer, or a part that nobody gathered, is said so and is no error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._findings import WARNING, Finding
from .._json import get_int, get_list, get_object, get_objects, get_path, get_text
from .._secrets import mask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._json import Json, JsonObject

# The health of each pair of nodes is kept in full up to this many nodes; above, only the pairs that are not in order:
# the whole would be 40,000 entries for 200 nodes, nearly all of them equal.
FULL_HEALTH_NODES = 25
REACHABLE = "reachable"
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Gathered:
    """What is known of a cluster, each part as its module returns it; empty where it was not gathered.

    Attributes:
        name: of the cluster, for people.
        asked: its settings, as the lookup settings returns them; None if they were not read.
        cluster: what cluster_info returned.
        status: what status_info returned.
        release: what release_info returned, or the release itself.
        verified: what verify_info returned. Its `nodes` stand for those of status_info where that was not asked.
        not_compared: why verify_info has no answer; empty if it has, or was not asked.
        fault: why nothing was gathered; empty if something was.
    """

    name: str
    asked: JsonObject | None = None
    cluster: JsonObject = field(default_factory=dict)
    status: JsonObject = field(default_factory=dict)
    release: JsonObject = field(default_factory=dict)
    verified: JsonObject = field(default_factory=dict)
    not_compared: str = ""
    fault: str = ""

    @property
    def said(self) -> JsonObject:
        """What agents say: `nodes`, and `findings` about those that say nothing."""
        return self.status or self.verified


def gathered(name: str, parts: Mapping[str, Json]) -> Gathered:
    """Return what is known from a mapping of the parts of Gathered, any of which may be missing or null."""
    asked = parts.get("asked")
    return Gathered(
        name=name,
        asked=asked if isinstance(asked, dict) else None,
        cluster=_result(parts.get("cluster")),
        status=_result(parts.get("status")),
        release=_result(parts.get("release")),
        verified=_result(parts.get("verified")),
        not_compared=fault_of(parts.get("not_compared")),
        fault=fault_of(parts.get("no_way")) or fault_of(parts.get("fault")),
    )


def _result(part: Json) -> JsonObject:
    """Return what a task returned; nothing of one that was skipped, or failed before it found anything."""
    found = get_object(part)
    ended = any(found.get(word) is True for word in ("failed", "skipped", "unreachable"))
    return {} if ended and not get_object(found, "nodes") else found


def fault_of(failure: Json) -> str:
    """Return in words why a task failed: its message, or what stands in the message's place."""
    if not isinstance(failure, dict):
        return str(failure or "")
    words = get_text(failure, "msg") or get_text(failure, "censored")
    return words or "a task failed without saying why"


def entry(known: Gathered) -> JsonObject:
    """Return a cluster's entry of the document; values that are credentials are masked."""
    release = get_object(known.release, "release") or known.release
    result: JsonObject = {
        "name": known.name,
        "host": get_text(known.cluster, "server"),
        "release": {key: get_path(release, key) for key in ("chart_version", "app_version", "revision", "status")}
        if release
        else None,
        "kubernetes_version": get_text(known.cluster, "kubernetes_version"),
        "asked": known.asked,
        "nodes": _nodes(known),
        "machines": {name: {"kernel": get_text(fact, "kernel")} for name, fact in _machines(known).items()},
        "summary": get_path(known.status, "summary"),
        "features": get_path(known.verified, "features"),
        "log": get_path(known.verified, "log"),
        "findings": _findings(known),
        "unreachable": _unreachable(known),
    }
    masked = mask(result)
    return masked if isinstance(masked, dict) else {}


def _unreachable(known: Gathered) -> str | None:
    if known.said:
        return None
    return known.fault or "nothing was gathered about it"


def _machines(known: Gathered) -> dict[str, JsonObject]:
    found = get_objects(known.cluster, "nodes")
    return {name: fact for fact in found for name in [get_text(fact, "name")] if name}


def _nodes(known: Gathered) -> JsonObject:
    """Return every node's agent by name; one that did not answer is an empty mapping."""
    told = get_object(known.said, "nodes")
    silent = [get_text(found, "subject", "node") for found in get_objects(known.status, "findings")]
    names = sorted({*told, *_machines(known), *(name for name in silent if name)}, key=natural)
    many = len(names) > FULL_HEALTH_NODES
    return {name: _condensed(get_object(told, name)) if many else get_object(told, name) for name in names}


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts node-2 before node-10."""
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in _DIGITS.split(name) if part]


def _condensed(state: JsonObject) -> JsonObject:
    """Return an agent's state without the pairs of nodes that are in order; they stay counted."""
    health = get_object(state, "health")
    if get_int(health, "total") is None or not get_list(health, "nodes"):
        return state
    left: list[Json] = [peer for peer in get_objects(health, "nodes") if not in_order(peer)]
    return {**state, "health": {**health, "nodes": left, "only_failing": True}}


def in_order(peer: JsonObject) -> bool:
    """Tell whether both sides of a node were reached."""
    return {side_of(peer, side)[0] for side in ("node", "endpoints")} <= {REACHABLE, ""}


# The names of the sides of a node, the newer first.
SIDES = {"node": ("node", "host"), "endpoints": ("endpoints", "endpoint")}


def side_of(peer: JsonObject, side: str) -> tuple[str, str]:
    """Return the state of one side of a node as another sees it (reachable, unreachable, unknown; "" for not told).

    The second is the agent's message, if something failed.
    """
    part = next((get_object(peer, name) for name in SIDES[side] if get_object(peer, name)), {})
    if not part:
        return "", ""
    told = get_text(part, "status")
    if told == REACHABLE:
        return told, ""
    probes = [(kind, get_path(path, kind)) for path in [part, *get_objects(part, "paths")] for kind in ("icmp", "http")]
    answers = [(kind, *_probe(probe)) for kind, probe in probes if probe is not None]
    messages = [f"{kind}: {message or 'no answer'}" for kind, reached, message in answers if reached is False]
    if told is None:
        told = "unreachable" if messages else REACHABLE if answers else "unknown"
    return told, "; ".join(dict.fromkeys(messages))


def _probe(probe: Json) -> tuple[bool | None, str]:
    """Return whether a probe was answered, and the agent's message; a probe without a status succeeded."""
    if isinstance(probe, dict):
        message = get_text(probe, "message") or get_text(probe, "status") or ""
        reached = get_path(probe, "ok")
        return (reached if isinstance(reached, bool) else not message), message
    if isinstance(probe, str):
        return probe in {"", "OK", REACHABLE}, probe
    return (probe if isinstance(probe, bool) else None), ""


def _findings(known: Gathered) -> list[Json]:
    """Return the findings, each once; what verify_info says of a thing comes first."""
    kept: dict[tuple[str, str, str], Json] = {}
    if known.not_compared:
        kept["", "", ""] = _not_compared(known).as_dict()
    for part in (known.verified, known.status):
        for found in get_objects(part, "findings"):
            subject = get_object(found, "subject")
            which = str(sorted((key, str(value)) for key, value in subject.items() if key != "cluster"))
            kept.setdefault((str(found.get("rule")), which, str(found.get("reason"))), found)
    return list(kept.values())


def _not_compared(known: Gathered) -> Finding:
    return Finding(
        rule="not_compared",
        severity=WARNING,
        subject={"cluster": known.name},
        reason=f"What is asked was not compared with what the agents do: {known.not_compared}",
        remedy="Run the playbook verify for this cluster and correct what it says.",
    )
