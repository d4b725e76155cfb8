# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a fleet, before anything is changed. PRIVATE to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .._errors import InputError
from .._findings import WARNING, Finding
from .._validation.cluster import in_order, problems
from .._validation.fleet import between, unreadable
from .._validation.names import misspelt
from .facts import facts_of
from .plan import Asked, intent_of

if TYPE_CHECKING:
    from .._catalogue._model import View
    from .._json import JsonObject

SHOWN_CLUSTERS = 5


@dataclass(frozen=True)
class Cluster:
    """One cluster of the fleet.

    Attributes:
        asked: of it; None if its variables cannot be read.
        told: what cluster_info returned, empty if it was not asked.
        taking_part: whether it is in this run. Of the others only what concerns several clusters is looked at.
        fault: why variables cannot be read, or why the cluster was not asked; empty if all went well.
        variables: the names of all its variables.
    """

    asked: Asked | None
    told: JsonObject
    taking_part: bool
    fault: str = ""
    variables: frozenset[str] = frozenset()


def check(fleet: Mapping[str, Cluster]) -> list[Finding]:
    """Return every finding about the clusters that take part, and about what concerns several, errors first."""
    findings: list[Finding] = []
    views: dict[str, View] = {}
    for name, cluster in fleet.items():
        if cluster.asked is None:
            findings.append(unreadable(name, cluster.fault))
            continue
        if cluster.fault:
            findings.append(_silent(name, cluster.fault))
        if cluster.asked.is_raw_alone:
            findings.append(_unknown_version(name))
            continue
        try:
            intent = intent_of(cluster.asked, facts_of(cluster.told))
        except InputError as error:
            findings.append(unreadable(name, error.message))
            continue
        views[name] = intent.view
        own = [*misspelt(cluster.variables), *problems(intent)] if cluster.taking_part else []
        findings += [replace(found, subject={"cluster": name, **found.subject}) for found in own]
    return in_order([*findings, *between(views)])


def lines(findings: list[Finding]) -> list[str]:
    """Return findings as text, one line for all clusters that share one."""
    clusters: dict[tuple[str, str, str], list[str]] = {}
    for found in findings:
        subject = " ".join(found.subject[key] for key in ("cluster", "node") if found.subject.get(key))
        clusters.setdefault((found.rule, found.reason, found.remedy), []).append(subject)
    return [f"{_several(names)}{rule}: {reason} -> {remedy}" for (rule, reason, remedy), names in clusters.items()]


def _several(names: list[str]) -> str:
    shown = ", ".join(name for name in names[:SHOWN_CLUSTERS] if name)
    more = len(names) - SHOWN_CLUSTERS
    return f"{shown}{f' and {more} more' if more > 0 else ''}: " if shown else ""


def _silent(name: str, why: str) -> Finding:
    return Finding(
        rule="cluster_not_asked",
        severity=WARNING,
        subject={"cluster": name},
        reason=f"nothing is known of its Kubernetes version, nodes and networks, as it was not asked: {why}",
        remedy="correct the way to the cluster; role fleet.cilium.cilium goes the same",
    )


def _unknown_version(name: str) -> Finding:
    return Finding(
        rule="version_not_said",
        severity=WARNING,
        subject={"cluster": name},
        reason="there is no cilium_version, so its raw Helm values were not looked at",
        remedy="set cilium_version",
    )
