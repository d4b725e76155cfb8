"""The page's packed data says the same as the document."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject, get_object, get_objects
from ansible_collections.fleet.cilium.plugins.module_utils._report.cluster import entry, gathered
from ansible_collections.fleet.cilium.plugins.module_utils._report.document import document
from ansible_collections.fleet.cilium.plugins.module_utils._report.view import runs, view
from ansible_collections.fleet.cilium.plugins.module_utils._report.words import LONGEST, leaves, words
from hypothesis import given
from hypothesis import strategies as st

from tests import made_up_report as made_up

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=4)


def packed(*entries: JsonObject) -> Any:
    return view(document(made_up.ABOUT, entries))


def unpacked(numbers: list[int]) -> list[int]:
    return [which for at in range(0, len(numbers), 2) for which in [numbers[at + 1]] * numbers[at]]


@given(st.lists(st.integers(-1, 3)))
def test_runs_say_the_same(numbers: list[int]) -> None:
    found = cast("list[int]", runs(numbers))
    assert unpacked(found) == numbers
    assert all(one != other for one, other in zip(found[1::2], found[3::2], strict=False))


def test_columns_say_what_agents_say() -> None:
    known = entry(made_up.cluster("berlin", 4, "silent"))
    page = packed(known)
    (cluster,) = page["clusters"]
    assert cluster["nodes"] == ["berlin-1", "berlin-2", "berlin-3", "berlin-4"]
    columns = {page["texts"][path]: unpacked(numbers) for path, numbers in cluster["columns"]}
    for at, node in enumerate(cluster["nodes"]):
        told = leaves(get_object(known, "nodes", node))
        for path, numbers in columns.items():
            assert (page["texts"][numbers[at]] if numbers[at] >= 0 else None) == told.get(path)


def test_cells_say_what_came_of_settings() -> None:
    page = packed(entry(made_up.cluster("berlin", 4, "fell_back")))
    (cluster,) = page["clusters"]
    rows = {page["texts"][row[1]]: row for row in cluster["features"]}
    _feature, _setting, asked, given_, outcome, numbers = rows["cilium_enable_bandwidth_manager"]
    assert (page["texts"][asked], given_, outcome) == ("true", True, "fell_back")
    state, shows, path = page["cells"][unpacked(numbers)[3]]
    assert (state, page["texts"][shows], page["texts"][path]) == ("fell_back", "false", "bandwidth_manager.enabled")


@pytest.mark.parametrize("size", [4, 30])
def test_pairs_say_who_does_not_reach_whom(size: int) -> None:
    page = packed(entry(made_up.cluster("oslo", size, "cut")))
    (cluster,) = page["clusters"]
    assert cluster["pairs"]["targets"] == cluster["nodes"]
    for row in cluster["pairs"]["rows"]:
        kinds = [page["kinds"][number] for number in unpacked(row)]
        assert [kind[:2] for kind in kinds[:-1]] == [["reachable", "reachable"]] * (size - 1)
        host, endpoints, message = kinds[-1]
        assert (host, endpoints) == ("reachable", "unreachable")
        assert page["texts"][message] == f"endpoints icmp: {made_up.CUT}"


def test_log_by_message() -> None:
    page = packed(entry(made_up.cluster("paris", 2)))
    first, second = page["clusters"][0]["log"]
    assert (first["level"], first["count"], first["nodes"], first["means"], first["harmless"]) == (
        "error",
        6,
        2,
        -1,
        False,
    )
    assert page["texts"][second["means"]] == "It waits."
    assert second["harmless"] is True
    assert packed(entry(gathered("paris", {})))["clusters"][0]["log"] is None


def test_nodes_of_other_clusters_are_columns_of_their_own() -> None:
    peers: list[Json] = [
        {"name": "paris/n1", "node": {"status": "reachable"}},
        {"name": "berlin/n1", "node": {"status": "unreachable"}},
        {"name": "berlin/m1", "node": {"status": "reachable"}},
    ]
    status: JsonObject = {"nodes": {"n1": {"health": {"reachable": 2, "total": 3, "nodes": peers}}}}
    page = packed(entry(gathered("paris", {"status": status})))
    (cluster,) = page["clusters"]
    assert set(cluster["pairs"]["targets"]) >= {"n1", "berlin/m1"}


def test_agents_that_do_not_name_whom_they_reach() -> None:
    status: JsonObject = {"nodes": {"n1": {"health": {"reachable": 2, "total": 3}}}}
    (cluster,) = packed(entry(gathered("paris", {"status": status})))["clusters"]
    assert cluster["pairs"] is None
    assert cluster["counts"]["pairs"] == {"reachable": 2, "total": 3}


def test_an_unnamed_node_is_reached_only_where_all_were_looked_at() -> None:
    names = [f"n{number}" for number in range(30)]
    health: JsonObject = {"reachable": 9, "total": 10, "nodes": [{"name": "n3", "node": {"status": "unreachable"}}]}
    status: JsonObject = {"nodes": {name: {"health": health} for name in names}}
    page = packed(entry(gathered("paris", {"status": status})))
    first = unpacked(page["clusters"][0]["pairs"]["rows"][0])
    assert [number for number in first if number >= 0] == [first[3]]


def test_it_is_small_for_equal_nodes() -> None:
    two, many = (len(json.dumps(packed(entry(made_up.cluster("a", size))))) for size in (30, 300))
    assert many < 8 * two


@given(OBJECTS, OBJECTS, st.lists(OBJECTS, max_size=2), st.lists(OBJECTS, max_size=2))
def test_nothing_that_json_holds_breaks_it(
    status: JsonObject, verified: JsonObject, features: list[JsonObject], findings: list[JsonObject]
) -> None:
    parts: JsonObject = {
        "status": {"nodes": {"n1": status, "n2": {"health": status}}},
        "verified": {**verified, "features": list(features), "findings": list(findings)},
        "cluster": status,
        "asked": verified,
        "release": status,
    }
    page = packed(entry(gathered("paris", parts)))
    assert len(get_objects(page, "clusters")) == 1


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "none"),
        (True, "true"),
        (0, "0"),
        ("", ""),
        ([], "nothing"),
        ({}, "nothing"),
        (["a", 1, ["b"]], "a, 1, (b)"),
        ({"a": 1, "b": {"c": False}}, "a: 1, b: (c: false)"),
        ("x" * 2000, "x" * (LONGEST - 1) + "…"),
    ],
)
def test_values_in_words(value: Json, said: str) -> None:
    assert words(value) == said


def test_leaves_of_an_agent() -> None:
    state: JsonObject = {
        "version": "1.15.19",
        "routing": {"mode": "Native", "host": None},
        "devices": [{"name": "eth0"}, {"name": "eth1"}],
        "failing": [],
        "health": {"daemon": "Ok", "nodes": [{"name": "n1"}]},
        "ipam": {"allocated": {"10.0.0.1": "router"}},
        "unparsed": ["?"],
    }
    assert leaves(state) == {
        "version": "1.15.19",
        "routing.mode": "Native",
        "devices": "eth0, eth1",
        "failing": "none",
        "health.daemon": "Ok",
    }
