# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about features that are asked for and not effective. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._catalogue import defaults_at, keys_at
from .._dialects.configmap import configmap
from .._findings import ERROR, INFO, WARNING, Finding
from .._validation.expected import expected
from .features import EFFECTIVE, FELL_BACK, OLDER_CONFIG
from .naming import several, subject, word
from .reasons import Reasons

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._catalogue._model import View
    from .._json import Json
    from .features import Feature
    from .reasons import Why
    from .seen import Seen


def judge(features: list[Feature], view: View, seen: Seen) -> list[Finding]:
    """Return what is wrong with the features of a cluster: fell back, partly effective, older configuration.

    A cluster in which nothing that is asked for is effective gets one finding in place of one for each feature.
    """
    given = [feature for feature in features if feature.given]
    findings = list(_older(given, seen))
    if not seen.nodes:
        return findings
    if not given:
        return [*findings, _nothing_asked(view, seen)]
    lost = _never_reached(given, view, seen)
    if len(lost) > 1:
        return [*findings, _on_defaults(lost, seen)]
    reasons = Reasons(view, seen)
    return [*findings, *(found for feature in given for found in _fallen(feature, seen, reasons))]


def _fallen(feature: Feature, seen: Seen, reasons: Reasons) -> Iterator[Finding]:
    """Yield a finding for each reason why a feature is not effective on some nodes."""
    fallen = feature.of(FELL_BACK)
    by_reason: dict[tuple[Why, str], list[str]] = {}
    for node in fallen:
        key = (reasons.of(feature.name, node), repr(feature.nodes[node].shows))
        by_reason.setdefault(key, []).append(node)
    rule = "partly_effective" if feature.of(EFFECTIVE) else "fell_back"
    for (why, _shows), nodes in by_reason.items():
        shown = feature.nodes[nodes[0]]
        said = f" (the agent's log says: {why.said})" if why.said else ""
        yield Finding(
            rule=rule,
            severity=ERROR,
            subject=subject(seen.cluster, nodes, len(feature.nodes)),
            feature=feature.name,
            asked={feature.setting: feature.asked},
            found={shown.path: shown.shows},
            reason=f"{feature.setting} asks for {word(feature.asked)}, and {_who(nodes, feature)} shows "
            f"{word(shown.shows)}: {why.reason}{said}",
            remedy=why.remedy,
        )


def _who(nodes: list[str], feature: Feature) -> str:
    if len(nodes) == len(feature.nodes):
        return "every agent" if len(nodes) > 1 else "the agent"
    return f"the agent of {several(nodes, len(feature.nodes))}"


def _older(given: list[Feature], seen: Seen) -> Iterator[Finding]:
    """Yield the finding about agents that started before their configuration last changed."""
    stale = [node for node in seen.stale if node in seen.nodes]
    if not stale:
        return
    waiting = [feature for feature in given if feature.of(OLDER_CONFIG)]
    asked: dict[str, Json] = {feature.setting: feature.asked for feature in waiting}
    found: dict[str, Json] = {
        shown.path: shown.shows
        for feature in waiting
        for shown in [feature.nodes[node] for node in feature.of(OLDER_CONFIG)][:1]
    }
    names = ", ".join(asked)
    yield Finding(
        rule=OLDER_CONFIG,
        severity=ERROR if waiting else WARNING,
        subject=subject(seen.cluster, stale, len(seen.nodes)),
        asked=asked or None,
        found=found or None,
        reason="the configuration changed after these agents had read it, which they do at their start only"
        + (f"; not in effect because of it: {names}" if names else ""),
        remedy="run the cluster's play with cilium_rollout set to restart_needed, or restart the agents "
        "(kubectl rollout restart)",
    )


def _never_reached(given: list[Feature], view: View, seen: Seen) -> list[Feature]:
    """Return what is asked beside the defaults, if nothing of it is in effect, nor in the agents' configuration."""
    defaults = defaults_at(view.version)
    asked = [feature for feature in given if defaults.get(feature.setting) != feature.asked]
    if any(feature.of(EFFECTIVE) or feature.of(OLDER_CONFIG) for feature in asked):
        return []
    fallen = [feature for feature in asked if feature.of(FELL_BACK)]
    settings = {feature.setting for feature in fallen}
    keys = {carrier.target for carrier in keys_at(view.version) if carrier.setting in settings}
    wanted = {key: value for key, value in configmap(view).items() if key in keys}
    return [] if any(seen.config.get(key) == value for key, value in wanted.items()) or not wanted else fallen


def _nothing_asked(view: View, seen: Seen) -> Finding:
    return Finding(
        rule="runs_on_defaults",
        severity=INFO,
        subject={"cluster": seen.cluster},
        found={one.setting: one.asked for one in expected(view)},
        reason=f"nothing that agents show is asked of this cluster; it runs on the defaults of Cilium {view.version}",
        remedy="nothing has to be done, if that is meant; else set what the cluster is to do (docs/variables.md)",
    )


def _on_defaults(asked: list[Feature], seen: Seen) -> Finding:
    """Return the finding about values that never reached the agents."""
    settings: dict[str, Json] = {feature.setting: feature.asked for feature in asked}
    found: dict[str, Json] = {
        shown.path: shown.shows for feature in asked for shown in [next(iter(feature.nodes.values()))]
    }
    return Finding(
        rule="runs_on_defaults",
        severity=ERROR,
        subject={"cluster": seen.cluster},
        asked=settings,
        found=found,
        reason=f"nothing of what is asked ({len(asked)} settings) is in effect on any node: the values did not reach "
        "this cluster's release, or not this cluster",
        remedy="look at the drift between settings, release and ConfigMap; run the cluster's play (converge.yml)",
    )
