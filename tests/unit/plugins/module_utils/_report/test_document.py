"""The document counts what its clusters say."""

from __future__ import annotations

import json

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject, get_objects, get_path
from ansible_collections.fleet.cilium.plugins.module_utils._report.cluster import entry, gathered
from ansible_collections.fleet.cilium.plugins.module_utils._report.document import document, outcome_of

from tests import made_up_report as made_up


def made(size: int, *troubles: str) -> JsonObject:
    return document(made_up.ABOUT, [entry(made_up.cluster(f"c{at}", size, one)) for at, one in enumerate(troubles)])


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        ("", "in_order"),
        ("fell_back", "warnings"),
        ("cut", "warnings"),
        ("hostile", "warnings"),
        ("silent", "errors"),
        ("unreachable", "not_reached"),
    ],
)
def test_state_of_a_cluster(trouble: str, state: str) -> None:
    (cluster,) = get_objects(made(4, trouble), "clusters")
    assert cluster["state"] == state


def test_the_fleet_is_the_sum() -> None:
    fleet = made(4, "", "fell_back", "cut", "silent", "unreachable")["fleet"]
    assert fleet == {
        "clusters": {"total": 5, "in_order": 1, "warnings": 2, "errors": 1, "not_reached": 1},
        "nodes": 16,
        "answering": 15,
        "unsound": 0,
        "pairs": {"reachable": 16 + 16 + 12 + 12, "total": 16 + 16 + 16 + 12},
        "settings": {"total": 40, "fell_back": 1, "older_config": 1, "unknown": 0, "effective": 38},
        "findings": {"error": 1, "warning": 1, "info": 0},
    }


def test_a_fleet_without_clusters() -> None:
    empty = made(1)
    assert get_path(empty, "fleet", "clusters", "total") == 0
    assert get_path(empty, "fleet", "pairs") is None
    assert get_path(empty, "fleet", "findings") is None


def test_parts_that_nobody_gathered_are_not_counted_as_none() -> None:
    status: JsonObject = {"nodes": {"n1": {"state": "Ok"}}, "findings": []}
    only = document(made_up.ABOUT, [entry(gathered("paris", {"status": status}))])
    assert get_path(only, "fleet", "settings") is None
    assert get_path(only, "fleet", "pairs") is None
    assert get_path(only, "fleet", "answering") == 1


def test_a_setting_is_what_its_worst_node_is() -> None:
    cells: JsonObject = {"a": {"state": "effective"}, "b": {"state": "unknown"}, "c": {"state": "older_config"}}
    assert outcome_of({"nodes": cells}) == "older_config"
    assert outcome_of({"nodes": {**cells, "d": {"state": "fell_back"}}}) == "fell_back"
    assert outcome_of({"nodes": {"a": {}}}) == "unknown"
    assert outcome_of({}) == "unknown"


def test_schema_one_has_its_keys() -> None:
    whole = made(2, "")
    assert {"schema", "generated", "collection", "clusters"} <= set(whole)
    assert whole["schema"] == 1
    (cluster,) = get_objects(whole, "clusters")
    assert {
        "name",
        "host",
        "release",
        "kubernetes_version",
        "asked",
        "nodes",
        "summary",
        "features",
        "findings",
        "unreachable",
    } <= set(cluster)
    assert json.loads(json.dumps(whole)) == whole
