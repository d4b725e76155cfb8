"""One cluster's entry of the report, from whatever is known."""

from __future__ import annotations

from typing import cast

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject, get_list, get_object, get_path
from ansible_collections.fleet.cilium.plugins.module_utils._report.cluster import (
    FULL_HEALTH_NODES,
    entry,
    fault_of,
    gathered,
    natural,
    side_of,
)

from tests import made_up_report as made_up


def test_nothing_known_is_said_so() -> None:
    known = entry(gathered("paris", {}))
    assert known["unreachable"] == "nothing was gathered about it"
    assert known["features"] is None
    assert known["release"] is None
    assert known["asked"] is None
    assert known["nodes"] == {}
    assert known["findings"] == []


@pytest.mark.parametrize(
    "part",
    [
        pytest.param({"failed": True, "msg": "no"}, id="failed"),
        pytest.param({"skipped": True, "changed": False}, id="skipped"),
        pytest.param({"unreachable": True}, id="unreachable"),
        pytest.param(None, id="null"),
    ],
)
def test_a_task_that_found_nothing_is_a_missing_part(part: Json) -> None:
    known = entry(gathered("paris", {"status": part, "cluster": part, "fault": {"msg": "no way there"}}))
    assert known["unreachable"] == "no way there"


def test_why_there_is_no_way_comes_before_what_followed() -> None:
    known = entry(gathered("paris", {"fault": {"censored": "hidden"}, "no_way": "no SSH to n1"}))
    assert known["unreachable"] == "no SSH to n1"


def test_agents_that_answered_count_though_the_task_failed() -> None:
    status: JsonObject = {"failed": True, "msg": "require_all", "nodes": {"n1": {"version": "1.15.19"}}}
    known = entry(gathered("paris", {"status": status}))
    assert known["unreachable"] is None


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        ("", ""),
        (None, ""),
        ("no", "no"),
        ({"msg": "no", "rc": 1}, "no"),
        ({"censored": "hidden", "changed": False}, "hidden"),
        ({"rc": 1}, "a task failed without saying why"),
    ],
)
def test_faults_are_told_in_words(failure: Json, said: str) -> None:
    assert fault_of(failure) == said


def test_every_node_is_there_and_sorted_as_people_count() -> None:
    known = entry(
        gathered(
            "paris",
            {
                "cluster": {"nodes": [{"name": "n10", "kernel": "6.1"}, {"name": "n2"}, {"kernel": "nameless"}]},
                "status": {"nodes": {"n2": {"state": "Ok"}}, "findings": [{"rule": "x", "subject": {"node": "n3"}}]},
            },
        )
    )
    assert known["nodes"] == {"n2": {"state": "Ok"}, "n3": {}, "n10": {}}
    assert list(get_object(known, "nodes")) == ["n2", "n3", "n10"]
    assert known["machines"] == {"n10": {"kernel": "6.1"}, "n2": {"kernel": None}}


@pytest.mark.parametrize(
    "names", [["a2", "a10"], ["2", "a"], ["a", "a1", "a1b", "a1b2", "a1b10", "b"], ["n-²", "n-1"], [""], ["-", "1"]]
)
def test_any_names_can_be_sorted(names: list[str]) -> None:
    assert sorted(sorted(names, reverse=True), key=natural) == sorted(sorted(names), key=natural)


def test_a_finding_of_two_parts_is_told_once() -> None:
    found: JsonObject = {"rule": "agent_timeout", "subject": {"cluster": "paris", "node": "n1"}, "reason": "no answer"}
    other: JsonObject = {**found, "subject": {"cluster": "admin@paris", "node": "n1"}}
    parts: JsonObject = {"verified": {"nodes": {}, "findings": [found]}, "status": {"nodes": {}, "findings": [other]}}
    assert entry(gathered("paris", parts))["findings"] == [found]


def test_agents_as_verify_info_saw_them() -> None:
    verified: JsonObject = {"nodes": {"n1": {"state": "Ok"}}, "features": [], "findings": []}
    known = entry(gathered("paris", {"verified": verified}))
    assert known["unreachable"] is None
    assert known["nodes"] == {"n1": {"state": "Ok"}}
    assert known["features"] == []


def test_a_comparison_that_failed_is_a_finding() -> None:
    parts: JsonObject = {"status": {"nodes": {"n1": {}}}, "not_compared": {"msg": "dsr cannot work"}}
    (found,) = cast("list[JsonObject]", entry(gathered("paris", parts))["findings"])
    assert (found["rule"], found["severity"]) == ("not_compared", "warning")
    assert "dsr cannot work" in str(found["reason"])


def test_credentials_are_masked() -> None:
    asked: JsonObject = {"cilium_thing_password": "hush-hush", "cilium_cluster_name": "paris"}
    known = entry(gathered("paris", {"asked": asked}))
    assert known["asked"] == {"cilium_thing_password": "********", "cilium_cluster_name": "paris"}


@pytest.mark.parametrize("release", [{"release": {"chart_version": "1.15.19"}}, {"chart_version": "1.15.19"}])
def test_the_release_as_release_info_returns_it_or_alone(release: Json) -> None:
    known = entry(gathered("paris", {"release": release}))
    assert known["release"] == {"chart_version": "1.15.19", "app_version": None, "revision": None, "status": None}


@pytest.mark.parametrize(
    ("peer", "node", "endpoints"),
    [
        pytest.param({"name": "a"}, ("", ""), ("", ""), id="nothing told"),
        pytest.param({"node": {"status": "reachable"}}, ("reachable", ""), ("", ""), id="one side"),
        pytest.param(
            {"endpoints": {"status": "unreachable", "paths": [{"icmp": {"ok": True}, "http": {"ok": False}}]}},
            ("", ""),
            ("unreachable", "http: no answer"),
            id="a probe without a message",
        ),
        pytest.param(
            {"host": {"icmp": {"latency": 5}, "http": {"status": "refused"}}, "endpoint": {"icmp": True}},
            ("unreachable", "http: refused"),
            ("reachable", ""),
            id="probes of the agent's own JSON",
        ),
        pytest.param(
            {"node": {"icmp": "Connection timed out", "http": ""}, "endpoints": {"ip": "10.0.0.1"}},
            ("unreachable", "icmp: Connection timed out"),
            ("unknown", ""),
            id="words, and nothing",
        ),
        pytest.param(
            {"node": {"status": "unknown", "paths": [{"ip": "10.0.0.1"}, 7]}}, ("unknown", ""), ("", ""), id="not yet"
        ),
    ],
)
def test_sides_of_a_pair(peer: JsonObject, node: tuple[str, str], endpoints: tuple[str, str]) -> None:
    assert side_of(peer, "node") == node
    assert side_of(peer, "endpoints") == endpoints


@pytest.mark.parametrize(("size", "kept"), [(FULL_HEALTH_NODES, FULL_HEALTH_NODES), (FULL_HEALTH_NODES + 1, 1)])
def test_of_many_nodes_only_failing_pairs_are_kept(size: int, kept: int) -> None:
    known = entry(made_up.cluster("oslo", size, "cut"))
    health = get_path(known, "nodes", "oslo-3", "health")
    assert len(get_list(health, "nodes")) == kept
    assert get_path(health, "total") == size
    assert get_path(health, "reachable") == size - 1
