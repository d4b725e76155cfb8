# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong between the clusters of a fleet. PRIVATE to the collection.

Clusters with an id are members of one mesh, and what a mesh demands is an error for them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from .._catalogue import FEATURES, IN_MESH
from .._catalogue._model import UNIQUE
from .._catalogue.routing import native_networks
from .._findings import ERROR, WARNING, Finding
from .cluster import in_order, problems
from .networks import claims, overlaps, uncovered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._catalogue._model import Feature, FleetRule, View
    from .._intent import Intent
    from .._json import Json

Views = dict[str, "View"]


def fleet_problems(intents: Mapping[str, Intent | str]) -> list[Finding]:
    """Return every finding about a fleet, errors first.

    Args:
        intents: what is asked of each cluster, by its name; or why that is not known, in words.
    """
    findings = [unreadable(cluster, why) for cluster, why in intents.items() if isinstance(why, str)]
    views: Views = {}
    for cluster, intent in intents.items():
        if not isinstance(intent, str):
            views[cluster] = intent.view
            findings += [replace(found, subject={"cluster": cluster, **found.subject}) for found in problems(intent)]
    return in_order([*findings, *between(views)])


def between(views: Views) -> list[Finding]:
    """Return what is wrong between clusters, and with the networks of each, but not what one is asked for by itself."""
    members = {cluster: view for cluster, view in views.items() if IN_MESH(view)}
    return in_order([*_compared(views, members), *_skew(members), *_networks(views, members)])


def unreadable(cluster: str, why: str) -> Finding:
    """Return the finding about a cluster whose settings cannot be read."""
    return Finding(
        rule="member_unreadable",
        severity=ERROR,
        subject={"cluster": cluster},
        reason=f"the settings of {cluster} cannot be read, so it cannot be compared with the others: {why}",
        remedy=f"correct the variables of {cluster}",
    )


def _compared(views: Views, members: Views) -> Iterator[Finding]:
    for feature in FEATURES:
        for rule in feature.fleet:
            taking_part = views if rule.beyond_mesh else members
            values = _values(taking_part, rule)
            if rule.demand == UNIQUE:
                yield from _not_unique(values, members, feature=feature, rule=rule)
            elif len(values) > 1:
                yield _different(values, feature, rule)


def _values(views: Views, rule: FleetRule) -> dict[str, tuple[Json, list[str]]]:
    """Return each value of the rule's setting, by its text, with the clusters that have it."""
    found: dict[str, tuple[Json, list[str]]] = {}
    for cluster, view in views.items():
        if rule.when is None or rule.when(view):
            value = view.effective.get(rule.setting)
            found.setdefault(repr(value), (value, []))[1].append(cluster)
    return found


def _not_unique(
    values: dict[str, tuple[Json, list[str]]], members: Views, *, feature: Feature, rule: FleetRule
) -> Iterator[Finding]:
    for value, clusters in values.values():
        if len(clusters) < 2:
            continue
        both = sum(cluster in members for cluster in clusters) > 1
        yield Finding(
            rule=rule.name,
            severity=ERROR if both else WARNING,
            subject={"cluster": clusters[-1]},
            feature=feature.name,
            asked={rule.setting: value},
            found=list(clusters),
            reason=f"{rule.reason}: {', '.join(clusters)}",
            remedy=rule.remedy,
        )


def _different(values: dict[str, tuple[Json, list[str]]], feature: Feature, rule: FleetRule) -> Finding:
    rarest = min(values.values(), key=lambda entry: len(entry[1]))
    shown = "; ".join(f"{value}: {', '.join(clusters)}" for value, clusters in values.values())
    return Finding(
        rule=rule.name,
        severity=ERROR,
        subject={"cluster": rarest[1][0]},
        feature=feature.name,
        asked={rule.setting: rarest[0]},
        found={str(value): list(clusters) for value, clusters in values.values()},
        reason=f"{rule.reason} ({shown})",
        remedy=rule.remedy,
    )


def _skew(members: Views) -> Iterator[Finding]:
    minors: dict[tuple[int, int], list[str]] = defaultdict(list)
    for cluster, view in members.items():
        minors[(view.version.major, view.version.minor)].append(cluster)
    if not minors:
        return
    oldest, newest = min(minors), max(minors)
    if newest[0] != oldest[0] or newest[1] - oldest[1] > 1:
        versions = {f"{major}.{minor}": list(clusters) for (major, minor), clusters in sorted(minors.items())}
        yield Finding(
            rule="mesh_version_skew",
            severity=ERROR,
            subject={"cluster": minors[oldest][0]},
            asked="one minor version at most between clusters",
            found={minor: list(clusters) for minor, clusters in versions.items()},
            reason=f"clusters of a mesh run from Cilium {oldest[0]}.{oldest[1]} to {newest[0]}.{newest[1]}",
            remedy="upgrade the oldest clusters first, one minor version at a time",
        )


def _networks(views: Views, members: Views) -> Iterator[Finding]:
    """Yield findings on networks: each cluster outside a mesh by itself, the members of the mesh together."""
    for cluster, view in views.items():
        if cluster not in members:
            yield from overlaps(claims(cluster, view))
    found = [claim for cluster, view in members.items() for claim in claims(cluster, view)]
    yield from overlaps(found)
    native = {cluster: native_networks(view) for cluster, view in members.items()}
    yield from uncovered({cluster: networks for cluster, networks in native.items() if networks}, found)
