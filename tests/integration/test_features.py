"""Each preset and feature that this kernel allows, on real agents: asked for as settings, judged by their own words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue import FEATURES
from ansible_collections.fleet.cilium.plugins.module_utils._intent import read
from ansible_collections.fleet.cilium.plugins.module_utils._json import get_path, plain_object

from testbed.demo import playbook as demo
from testbed.fleet import Cluster, Fleet
from tests.integration import witness
from tests.integration.feature_groups import GROUPS, UNPROVEN, Group, settings_of
from tests.integration.rollout import VERSION, converge

if TYPE_CHECKING:
    from tests.integration.conftest import Play

pytestmark = pytest.mark.real
CLUSTER = "berlin"


@pytest.fixture(scope="module")
def cluster(cilium: Fleet) -> Iterator[Cluster]:
    """One cluster, which has the demo's values again afterwards."""
    yield cilium.cluster(CLUSTER)
    demo.converge()


def contradictions(settings: dict[str, object], state: dict[str, Any]) -> list[str]:
    """Where an agent's state is not what the catalogue says it shows."""
    view = read(plain_object(settings), VERSION).view
    expectations = [(feature.name, one) for feature in FEATURES for one in feature.expectations]
    found = []
    for feature, expected in expectations:
        asked = view.effective.get(expected.setting)
        applies = expected.at.holds(view.version) and (expected.when is None or expected.when(view))
        if applies and isinstance(asked, bool | int | str):
            shows = (asked,) if expected.shows is None else expected.shows.get(asked)
            shown = get_path(state, *expected.path.split("."))
            if shows and shown not in shows:
                found.append(f"{feature}: {expected.path} is {shown!r}, not {shows} for {expected.setting} {asked!r}")
    return found


def silences(cluster: Cluster, pod: str, group: Group) -> list[str]:
    """Where an agent does not say what the group names."""
    status, options = witness.status(cluster, pod), witness.configuration(cluster, pod)
    said = {
        **{
            label: (status.get(label), text, f"{status.get(label)} ".startswith(text))
            for label, text in group.status.items()
        },
        **{label: (options.get(label), text, options.get(label) == text) for label, text in group.options.items()},
    }
    for command, text in group.tables.items():
        answer = witness.ask(cluster, pod, *command.split())
        said[command] = (answer, text, text in answer)
    return [f"{label}: {found!r}, not {text!r}" for label, (found, text, right) in said.items() if not right]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_agents_show_what_was_asked_for(play: Play, cluster: Cluster, group: Group) -> None:
    settings = settings_of(group, cluster)
    states = converge(play, cluster, settings)
    pods = witness.agents(cluster)
    assert set(states) == set(pods) == {member.name for member in cluster.nodes}
    wrong: dict[str, list[str]] = {}
    for member in cluster.nodes:
        found = silences(cluster, pods[member.name], group) + contradictions(settings, states[member.name])
        for command, text in group.node.items():
            said = witness.run_in(member, *command.split())
            found += [] if text in said else [f"{command}: {said!r}, not {text!r}"]
        if found:
            wrong[member.name] = found
    assert not wrong, "\n".join(f"{node}: {line}" for node, lines in wrong.items() for line in lines)


def test_every_feature_is_in_a_group_or_says_why_not(cluster: Cluster) -> None:
    asked = {name for group in GROUPS for name in settings_of(group, cluster)}
    proven = {feature.name for feature in FEATURES if asked & {setting.name for setting in feature.settings}}
    assert {feature.name for feature in FEATURES} - proven == set(UNPROVEN)
