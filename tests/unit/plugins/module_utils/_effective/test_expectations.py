"""A person's own expectations."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._effective.expectations import read, unmet
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject

from tests.unit.plugins.module_utils._effective.seeing import state

RESULT: JsonObject = {
    "nodes": {"n1": state(ipam={"ipv4": {"used": 7}}), "n2": state(state="Warning", ipam={"ipv4": {"used": 3}})},
    "summary": {"nodes": {"answered": 2}},
}


def judged(*entries: Json) -> list[tuple[JsonObject, Json]]:
    return [({**found.subject}, found.found) for found in unmet(read([*entries], where="own"), RESULT, cluster="paris")]


CASES: dict[str, tuple[JsonObject, list[tuple[JsonObject, Json]]]] = {
    "equals, met": ({"query": "kube_proxy_replacement.algorithm", "equals": "Maglev"}, []),
    "equals, on one node not": ({"query": "state", "equals": "Ok"}, [({"cluster": "paris", "node": "n2"}, "Warning")]),
    "equals, on no node": (
        {"query": "bandwidth_manager.enabled", "equals": True},
        [({"cluster": "paris", "nodes": "n1, n2"}, False)],
    ),
    "equals, one is not true": (
        {"query": "`1`", "equals": True, "per": "cluster"},
        [({"cluster": "paris"}, 1)],
    ),
    "equals null": ({"query": "no.such.thing", "equals": None}, []),
    "equals a list": (
        {"query": "[state, version]", "equals": ["Warning", "1.15.19"]},
        [({"cluster": "paris", "node": "n1"}, ["Ok", "1.15.19"])],
    ),
    "min": ({"query": "ipam.ipv4.used", "min": 5}, [({"cluster": "paris", "node": "n2"}, 3)]),
    "min of nothing": ({"query": "no.such.thing", "min": 0}, [({"cluster": "paris", "nodes": "n1, n2"}, None)]),
    "min for the cluster": ({"query": "summary.nodes.answered", "min": 2, "per": "cluster"}, []),
    "matches": ({"query": "version", "matches": r"^1\.1[56]\."}, []),
    "matches no number": (
        {"query": "ipam.ipv4.used", "matches": "7"},
        [({"cluster": "paris", "node": "n2"}, 3), ({"cluster": "paris", "node": "n1"}, 7)],
    ),
}


@pytest.mark.parametrize(("entry", "expected"), CASES.values(), ids=CASES)
def test_met_or_not(entry: JsonObject, expected: list[tuple[JsonObject, Json]]) -> None:
    assert judged(entry) == expected


def test_what_the_finding_says() -> None:
    entries: list[Json] = [{"query": "state", "equals": "Ok", "name": "agents are well"}]
    (found,) = unmet(read(entries, where="own"), RESULT, cluster="paris")
    assert (found.rule, found.severity) == ("expectation_unmet", "error")
    assert found.reason == "agents are well: found Warning, expected it to be Ok"
    assert found.asked == {"query": "state", "equals": "Ok"}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("state", r"own\[0\]: found 'state', expected a mapping"),
        ({"equals": 1}, "expected query and exactly one of equals, min, matches"),
        ({"query": "a"}, "found no test"),
        ({"query": "a", "equals": 1, "min": 1}, "found equals, min"),
        ({"query": "a", "equal": 1}, "expected a mapping with query"),
        ({"query": "a", "min": "5"}, "expected a number"),
        ({"query": "a", "min": True}, "expected a number"),
        ({"query": "a", "matches": "("}, "no regular expression"),
        ({"query": "a", "equals": 1, "per": "pod"}, "expected node or cluster"),
        ({"query": "a[", "equals": 1}, r"own\[0\]: .*column"),
        ({"query": "nosuch(a)", "equals": 1}, "column 1: there is no function nosuch"),
    ],
)
def test_what_means_nothing(entry: Json, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read([entry], where="own")


def test_a_function_that_does_not_take_what_was_read() -> None:
    with pytest.raises(InputError, match="does not fit what was read"):
        judged({"query": "length(ipam.ipv4.used)", "min": 1})
