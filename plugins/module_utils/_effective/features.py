# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every feature that is asked for, on every node: is it effective? PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._json import get_path
from .._validation.expected import expected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._catalogue._model import View
    from .._json import Json, JsonObject
    from .._validation.expected import Expected
    from .seen import Seen

EFFECTIVE = "effective"
FELL_BACK = "fell_back"
OLDER_CONFIG = "older_config"
UNKNOWN = "unknown"
# Where a setting shows at several places, the first of these that one of them has is the node's.
_ORDER = (FELL_BACK, OLDER_CONFIG, EFFECTIVE, UNKNOWN)


@dataclass(frozen=True)
class Shown:
    """What one agent shows of one setting.

    Attributes:
        state: EFFECTIVE, FELL_BACK, OLDER_CONFIG or UNKNOWN.
        shows: what stands at the path; None where nothing does.
        path: into the agent's state.
    """

    state: str
    shows: Json
    path: str


@dataclass(frozen=True)
class Feature:
    """One setting on all nodes.

    Attributes:
        name: of the feature in the catalogue.
        setting: that asks for it.
        asked: its effective value.
        given: whether somebody asked; else it is the chart's default.
        wanted: any of these would be effective, at the path of the first expectation.
        nodes: what each agent shows.
    """

    name: str
    setting: str
    asked: Json
    given: bool
    wanted: tuple[Json, ...]
    nodes: dict[str, Shown]

    def of(self, state: str) -> list[str]:
        """Return the nodes that are in a state."""
        return sorted(node for node, shown in self.nodes.items() if shown.state == state)

    def as_dict(self) -> JsonObject:
        """Return the form that stands in a result."""
        nodes: JsonObject = {
            node: {"state": shown.state, "shows": shown.shows, "path": shown.path}
            for node, shown in sorted(self.nodes.items())
        }
        return {
            "feature": self.name,
            "setting": self.setting,
            "asked": self.asked,
            "given": self.given,
            "expected": list(self.wanted),
            "nodes": nodes,
        }


def features(view: View, seen: Seen) -> list[Feature]:
    """Return what is asked for, and whether it is effective; a default only where agents show it and nothing else.

    A default from which agents differ was set by somebody in a way that no setting says, so it is nobody's wish.

    Args:
        view: the settings of the cluster, at the version that its agents run.
        seen: the cluster.
    """
    found: dict[str, Feature] = {}
    for want in expected(view):
        before, now = found.get(want.setting), _on_all_nodes(want, view, seen)
        found[want.setting] = now if before is None else _joined(before, now)
    return [one for one in found.values() if one.given or _is_shown_default(one)]


def _is_shown_default(one: Feature) -> bool:
    return bool(one.of(EFFECTIVE)) and not one.of(FELL_BACK) and not one.of(OLDER_CONFIG)


def _on_all_nodes(want: Expected, view: View, seen: Seen) -> Feature:
    shown = {node: _shown(want, state, stale=node in seen.stale) for node, state in seen.nodes.items()}
    shown.update({node: Shown(UNKNOWN, None, want.path) for node in seen.silent})
    return Feature(want.feature, want.setting, want.asked, want.setting in view.given, want.shows, shown)


def _shown(want: Expected, state: JsonObject, *, stale: bool) -> Shown:
    value = get_path(state, *want.path.split("."))
    if value is None:
        return Shown(UNKNOWN, None, want.path)
    if any(_same(value, one) for one in want.shows):
        return Shown(EFFECTIVE, value, want.path)
    return Shown(OLDER_CONFIG if stale else FELL_BACK, value, want.path)


def _same(one: Json, other: Json) -> bool:
    """Tell whether two values are the same; the case of words changes between versions of agents."""
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _joined(one: Feature, other: Feature) -> Feature:
    """Return one setting's two places as one: of each node the state that matters more."""
    nodes = {node: _worse([one.nodes[node], other.nodes[node]]) for node in one.nodes}
    return Feature(one.name, one.setting, one.asked, one.given, one.wanted, nodes)


def _worse(places: Iterable[Shown]) -> Shown:
    return min(places, key=lambda shown: _ORDER.index(shown.state))
