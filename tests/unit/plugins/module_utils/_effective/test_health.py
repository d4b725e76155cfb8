"""Nodes that others do not reach, and which side of them."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._effective.health import unreachable
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject

from tests.unit.plugins.module_utils._effective.seeing import health, seen, state

OK, BAD, UNKNOWN = ("reachable", "reachable"), ("unreachable", "unreachable"), ("unknown", "unknown")
BEHIND = ("reachable", "unreachable")


def judged(**observers: JsonObject) -> list[tuple[str, str, object]]:
    nodes = {name: state(health=told) for name, told in observers.items()}
    return [(found.rule, found.subject["node"], found.found) for found in unreachable(seen(nodes))]


CASES: dict[str, tuple[dict[str, JsonObject], list[tuple[str, str]]]] = {
    "all well": ({"n1": health(n1=OK, n2=OK), "n2": health(n1=OK, n2=OK)}, []),
    "not known yet": ({"n1": health(n1=OK, n2=UNKNOWN)}, []),
    "1/2, the node": ({"n1": health(n1=OK, n2=BAD), "n2": health(n1=OK, n2=OK)}, [("node_unreachable", "n2")]),
    "1/2, the endpoint": ({"n1": health(n1=OK, n2=BEHIND)}, [("endpoint_unreachable", "n2")]),
    "its own endpoint": ({"n1": health(n1=BEHIND, n2=OK)}, [("endpoint_unreachable", "n1")]),
    "from both": (
        {"n1": health(n1=OK, n2=OK, n3=BAD), "n2": health(n1=OK, n2=OK, n3=BAD)},
        [("node_unreachable", "n3")],
    ),
    "reaches nobody": (
        {"n1": health(n1=OK, n2=BAD, n3=BAD), "n2": health(n1=OK, n2=OK, n3=OK)},
        [("node_isolated", "n1")],
    ),
    "a number only": ({"n1": {"daemon": "Ok", "reachable": 1, "total": 3}}, [("nodes_unreachable", "n1")]),
    "a number, all": ({"n1": {"daemon": "Ok", "reachable": 3, "total": 3}}, []),
    "nothing told": ({"n1": {"daemon": "Ok"}}, []),
}


@pytest.mark.parametrize(("observers", "expected"), CASES.values(), ids=CASES)
def test_who_is_not_reached(observers: dict[str, JsonObject], expected: list[tuple[str, str]]) -> None:
    assert [(rule, node) for rule, node, _found in judged(**observers)] == expected


def test_who_sees_it_and_what_they_say() -> None:
    nodes = {"n1": state(health=health(n1=OK, n2=BAD)), "n2": state(health=health(n1=OK, n2=OK))}
    (found,) = unreachable(seen(nodes))
    assert found.found == {"side": "node", "seen_by": ["n1"], "of": 2}
    assert found.reason == "1 of 2 nodes (n1) do not reach the node itself: icmp no route"
