"""What status_info reads beside the status, and what it makes of parts that are not told."""

from __future__ import annotations

import json

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._context import Result
from ansible_collections.fleet.cilium.plugins.module_utils._errors import FleetError, InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, as_json, get_list, get_object, get_path

from tests.stub_api import Answer, Exec, exit_status, refusal
from tests.unit.plugins.module_utils._status.asked import NO_PROGRAM, healthy, play, pod, rules

HEALTH: Json = {
    "local": {"name": "alpha/n1"},
    "nodes": [
        {"name": "alpha/n1", "host": {"primary-address": {"ip": "192.0.2.1", "icmp": {}, "http": {}}}},
        {
            "name": "alpha/n2",
            "host": {"primary-address": {"ip": "192.0.2.2", "icmp": {"status": "timed out"}, "http": {}}},
        },
    ],
}
SERVICES: Json = [
    {"status": {"realized": {"id": 1, "frontend-address": {"ip": "10.0.0.1", "port": 443}, "flags": {"name": "api"}}}}
]
LOG = b"""2026-01-01T00:00:00.5Z level=info msg="All good" subsys=daemon
2026-01-01T00:00:01Z level=warning msg="Session affinity needs kernel 5.7" subsys=daemon
2026-01-01T00:00:09Z level=warning msg="Session affinity needs kernel 5.7" subsys=daemon
2026-01-01T00:00:02Z level=error msg="Unable to sync" subsys=ipcache
"""
ALL: Json = ["status", "health", "services", "log"]


def everything(name: str, command: list[str]) -> Answer | Exec:
    """An agent that answers all there is to ask."""
    if command == ["log"]:
        return Answer(200, LOG)
    if command[0] == "cilium-health":
        return Exec(((1, json.dumps(HEALTH).encode()),), exit_status(0))
    if "service" in command:
        return Exec(((1, json.dumps(SERVICES).encode()),), exit_status(0))
    return healthy(name, command)


def at(result: Result, *path: str) -> Json:
    return get_path(as_json(result), *path)


def test_all_parts() -> None:
    result, requests = play([pod("n1")], everything, gather=ALL)
    assert rules(result) == []
    state = get_object(as_json(result), "nodes", "n1")
    assert state["version"] == "1.15.19"
    assert (get_path(state, "health", "reachable"), get_path(state, "health", "total")) == (1, 2)
    assert [get_path(each, "name") for each in get_list(state, "services")] == ["api"]
    assert [get_path(each, "message") for each in get_list(state, "log")] == [
        "Unable to sync",
        "Session affinity needs kernel 5.7",
    ]
    assert get_list(state, "log")[1] == {
        "level": "warning",
        "subsys": "daemon",
        "message": "Session affinity needs kernel 5.7",
        "count": 2,
        "first": "2026-01-01T00:00:01Z",
        "last": "2026-01-01T00:00:09Z",
    }
    assert requests[-1].query == {"container": ["cilium-agent"], "timestamps": ["true"]}


def test_both_tell_of_health() -> None:
    """The status says whether the health daemon runs, the daemon says whom it reaches."""

    def command(name: str, words: list[str]) -> Answer | Exec:
        if "status" in words and words[0] != "cilium-health":
            status = {"cluster": {"ciliumHealth": {"state": "Ok"}}, "routing": {"inter-host-routing-mode": "Native"}}
            return Exec(((1, json.dumps(status).encode()),), exit_status(0))
        return everything(name, words)

    result, _requests = play([pod("n1")], command, gather=["health", "status"])
    assert (at(result, "nodes", "n1", "health", "daemon"), at(result, "nodes", "n1", "health", "total")) == ("Ok", 2)


@pytest.mark.parametrize(("probe", "words"), [(False, "status -o json"), (True, "status --probe -o json")])
def test_a_fresh_probe(probe: bool, words: str) -> None:
    _result, requests = play([pod("n1")], everything, gather=["health"], probe=probe)
    assert " ".join(requests[-1].query["command"]) == f"cilium-health {words}"


def test_a_probe_is_read_without_asking_for_health() -> None:
    result, _requests = play([pod("n1")], everything, gather=["status"], probe=True)
    assert at(result, "nodes", "n1", "health", "total") == 2


def test_only_what_is_asked_for_is_read() -> None:
    result, requests = play([pod("n1")], everything, gather=["log"])
    assert list(get_object(as_json(result), "nodes", "n1")) == ["log"]
    assert len(requests) == 2


def test_nothing_to_gather() -> None:
    with pytest.raises(InputError, match="Option gather: found an empty list, expected some of status, health"):
        play([pod("n1")], everything, gather=[])


def test_a_command_that_fails_costs_its_own_part() -> None:
    def command(name: str, words: list[str]) -> Answer | Exec:
        if words[0] == "cilium-health":
            return Exec(((2, b"no such socket"),), exit_status(1))
        return everything(name, words)

    result, _requests = play([pod("n1")], command, gather=ALL)
    assert rules(result) == [("agent_no_answer", "n1")]
    assert get_path(get_list(as_json(result), "findings")[0], "asked") == "health"
    assert sorted(get_object(as_json(result), "nodes", "n1")) == ["log", "routing", "services", "state", "version"]
    assert at(result, "summary", "agents") == {"total": 1, "answered": 1, "ready": 1}


def test_a_right_that_is_missing_is_not_tried_again() -> None:
    result, requests = play(
        [pod("n1")], lambda _pod, _words: refusal(403, "Forbidden", "cannot create pods/exec"), gather=ALL
    )
    assert rules(result) == [("exec_refused", "n1")]
    assert len(requests) == 2


def test_no_right_to_read_logs() -> None:
    def command(name: str, words: list[str]) -> Answer | Exec:
        return refusal(403, "Forbidden", "cannot get pods/log") if words == ["log"] else everything(name, words)

    result, _requests = play([pod("n1")], command, gather=ALL)
    assert rules(result) == [("exec_refused", "n1")]
    assert "pods/log" in str(result["findings"])
    assert at(result, "nodes", "n1", "health", "total") == 2


def test_silent_agents_are_counted_not_their_parts() -> None:
    def command(name: str, words: list[str]) -> Answer | Exec:
        return Exec((), NO_PROGRAM) if name == "cilium-n2" else everything(name, words)

    with pytest.raises(FleetError, match="1 of 2 agents gave no answer") as caught:
        play([pod("n1"), pod("n2")], command, gather=["status", "health"], require_all=True)
    assert len(get_list(as_json(caught.value.details), "findings")) == 2


def test_a_query_reduces_the_result() -> None:
    result, _requests = play([pod("n1"), pod("n2", ready=False)], query="nodes.*.version")
    assert list(result) == ["changed", "findings", "query_result"]
    assert result["query_result"] == ["1.15.19"]
    assert rules(result) == [("agent_not_ready", "n2")]


def test_a_bad_query_fails_before_anything_is_read() -> None:
    asked: list[str] = []

    def command(name: str, _words: list[str]) -> Exec:
        asked.append(name)
        return healthy(name, _words)

    with pytest.raises(InputError, match=r"Option query: .* column 18: it ends too early"):
        play([pod("n1")], command, query="nodes.*.version |", kubeconfig="/nowhere")
    assert asked == []


def test_require_all_with_a_query() -> None:
    with pytest.raises(FleetError, match="1 of 1 agents") as caught:
        play([pod("n1", ready=False)], require_all=True, query="summary.agents.total")
    assert caught.value.details["query_result"] == 1
    assert set(caught.value.details) == {"findings", "query_result"}


def test_pods_are_listed_page_by_page() -> None:
    pages = {"": ("2", [pod("n1")]), "2": ("", [pod("n2")])}

    def script(token: str) -> Answer:
        following, items = pages[token]
        return Answer(200, {"metadata": {"continue": following}, "items": items})

    result, requests = play([], pages=script)
    assert sorted(get_object(as_json(result), "nodes")) == ["n1", "n2"]
    assert [request.query.get("continue") for request in requests if "exec" not in request.path] == [None, ["2"]]
