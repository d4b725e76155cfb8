"""Where agents agree, and where they differ."""

from __future__ import annotations

import dataclasses
import re

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject, get_list, get_object, get_path
from ansible_collections.fleet.cilium.plugins.module_utils._status import model
from ansible_collections.fleet.cilium.plugins.module_utils._status.summary import COMPARED, MOST_NODES, summary


def balancing(mode: str | None) -> JsonObject:
    return {"kube_proxy_replacement": {"load_balancer_mode": mode} if mode else {"mode": "False"}}


def summarised(nodes: dict[str, Json]) -> JsonObject:
    return summary(nodes, total=len(nodes) + 2, ready=len(nodes) + 1)


def test_most_say_one_thing_and_some_another() -> None:
    nodes: dict[str, Json] = {f"n{number:02}": balancing("SNAT" if number in {3, 7} else "DSR") for number in range(40)}
    found = summarised(nodes)
    assert found["agents"] == {"total": 42, "answered": 40, "ready": 41}
    assert found["text"] == ["load balancing: 38 of 40 nodes: DSR; 2: SNAT"]
    (group,) = get_list(found, "groups")
    assert get_path(group, "key") == "kube_proxy_replacement.load_balancer_mode"
    most, few = get_list(group, "answers")
    assert (get_path(most, "value"), get_path(most, "count"), len(get_list(most, "nodes"))) == ("DSR", 38, MOST_NODES)
    assert few == {"value": "SNAT", "count": 2, "nodes": ["n03", "n07"]}


SENTENCES: list[tuple[list[JsonObject], str]] = [
    ([balancing("DSR")], "load balancing: 1 of 1 node: DSR"),
    ([balancing("DSR"), balancing("DSR")], "load balancing: all 2 nodes: DSR"),
    ([balancing("DSR"), balancing(None), balancing("DSR")], "load balancing: 2 of 3 nodes: DSR; 1: not told"),
    ([{"big_tcp": {"ipv4": True}}, {"big_tcp": {"ipv4": False}}], "BIG TCP for IPv4: 1 of 2 nodes: off; 1: on"),
    (
        [{"cluster_mesh": {"ready": 0}}, {"cluster_mesh": {"ready": 0}}],
        "clusters of the mesh that are ready: all 2 nodes: 0",
    ),
]


@pytest.mark.parametrize(("states", "expected"), SENTENCES)
def test_sentences(states: list[JsonObject], expected: str) -> None:
    nodes: dict[str, Json] = {f"n{number}": state for number, state in enumerate(states)}
    assert expected in get_list(summarised(nodes), "text")


def test_false_is_not_zero() -> None:
    nodes: dict[str, Json] = {"a": {"big_tcp": {"ipv4": False}}, "b": {"big_tcp": {"ipv4": 0}}}
    assert len(get_list(get_list(summarised(nodes), "groups")[0], "answers")) == 2


def test_what_nobody_tells_is_left_out() -> None:
    assert summarised({"n1": {}}) == {"agents": {"total": 3, "answered": 1, "ready": 2}, "groups": [], "text": []}
    assert get_object(summarised({}), "agents") == {"total": 2, "answered": 0, "ready": 1}


@pytest.mark.parametrize("path", [path for path, _label in COMPARED])
def test_what_is_compared_is_in_the_model(path: str) -> None:
    owner: type = model.AgentStatus
    *parents, last = path.split(".")
    for part in parents:
        name = re.sub(r"\s*\|.*", "", str(owner.__annotations__[part]))
        owner = getattr(model, name)
    assert last in {field.name for field in dataclasses.fields(owner)}


def test_labels_are_distinct() -> None:
    assert len({label for _path, label in COMPARED}) == len(COMPARED) == len({path for path, _label in COMPARED})
