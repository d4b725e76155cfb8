"""status_info against a small API server on loopback."""

from __future__ import annotations

import json
import threading

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._context import Context
from ansible_collections.fleet.cilium.plugins.module_utils._errors import FleetError, Forbidden, InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject, as_json, get_list, get_path
from ansible_collections.fleet.cilium.plugins.module_utils._status.run import run

from tests.stub_api import Answer, Exec, exit_status, kubeconfig, refusal, serve
from tests.unit.plugins.module_utils._status.asked import NO_PROGRAM, STATUS, healthy, play, pod, rules


def test_every_agent_answers() -> None:
    result, requests = play([pod("n2"), pod("n1")])
    state = {"version": "1.15.19", "state": "Ok", "routing": {"mode": "Native", "host": "BPF"}}
    assert {**result, "summary": None} == {
        "changed": False,
        "nodes": {"n1": state, "n2": state},
        "summary": None,
        "findings": [],
    }
    assert get_path(as_json(result), "summary", "agents") == {"total": 2, "answered": 2, "ready": 2}
    assert "version: all 2 nodes: 1.15.19" in get_list(as_json(result), "summary", "text")
    assert requests[0].query == {"labelSelector": ["k8s-app=cilium"], "limit": ["100"]}
    assert {tuple(request.query["container"]) for request in requests[1:]} == {("cilium-agent",)}


def test_older_agents_have_another_program() -> None:
    def old(name: str, command: list[str]) -> Exec:
        return healthy(name, command) if command[0] == "cilium" else Exec((), NO_PROGRAM)

    result, _requests = play([pod("n1")], old)
    assert rules(result) == []
    assert result["nodes"]


def test_a_shell_that_finds_no_program() -> None:
    def old(name: str, command: list[str]) -> Exec:
        return healthy(name, command) if command[0] == "cilium" else Exec(((2, b"not found"),), exit_status(127))

    assert play([pod("n1")], old)[0]["findings"] == []


def test_newer_agents_are_asked_once() -> None:
    status: JsonObject = {**STATUS, "routing": {"inter-host-routing-mode": "Native"}}
    result, requests = play(
        [pod("n1")], lambda _pod, _command: Exec(((1, json.dumps(status).encode()),), exit_status(0))
    )
    assert len(requests) == 2
    assert result["findings"] == []


FAILURES = [
    pytest.param(
        Exec(((2, b"cannot connect"),), exit_status(1)), "agent_no_answer", "exit code 1: cannot connect", id="exit"
    ),
    pytest.param(Exec(((1, b"<html>"),), exit_status(0)), "agent_no_answer", "something else than JSON", id="no JSON"),
    pytest.param(Exec((), NO_PROGRAM), "agent_no_answer", "executable file not found", id="no program"),
    pytest.param(refusal(403, "Forbidden", "cannot create pods/exec"), "exec_refused", "pods/exec", id="403"),
    pytest.param(refusal(401, "Unauthorized", "who?"), "exec_refused", "who?", id="401"),
    pytest.param(refusal(404, "NotFound", "pod is gone"), "agent_no_answer", "pod is gone", id="404"),
    pytest.param(Exec((), exit_status(0), hang=2), "agent_timeout", "not done within 1 seconds", id="timeout"),
]


@pytest.mark.parametrize(("answer", "rule", "reason"), FAILURES)
def test_one_agent_that_does_not_answer(answer: Answer | Exec, rule: str, reason: str) -> None:
    def command(name: str, words: list[str]) -> Answer | Exec:
        return answer if name == "cilium-n2" else healthy(name, words)

    result, _requests = play([pod("n1"), pod("n2")], command, timeout=1)
    assert rules(result) == [(rule, "n2")]
    assert reason in str(result["findings"])
    assert list(result["nodes"]) == ["n1"]  # type: ignore[call-overload]  # -- the form is fixed


def waiting(reason: str) -> list[Json]:
    return [{"name": "cilium-agent", "state": {"waiting": {"reason": reason, "message": "back-off"}}}]


NOT_READY = [
    pytest.param(pod("n1", ready=False), "agent_not_ready", "phase Running", id="no reason told"),
    pytest.param(
        pod("n1", ready=False, containerStatuses=waiting("CrashLoopBackOff")),
        "agent_not_ready",
        "container cilium-agent: CrashLoopBackOff: back-off",
        id="waiting",
    ),
    pytest.param(
        pod("n1", ready=False, initContainerStatuses=waiting("ImagePullBackOff")),
        "agent_not_ready",
        "ImagePull",
        id="init",
    ),
    pytest.param(
        pod(None, ready=False, conditions=[{"type": "PodScheduled", "status": "False", "message": "0/3 nodes"}]),
        "agent_not_scheduled",
        "0/3 nodes",
        id="pending",
    ),
]


@pytest.mark.parametrize(("agent", "rule", "reason"), NOT_READY)
def test_agents_that_are_not_ready_are_not_asked(agent: JsonObject, rule: str, reason: str) -> None:
    result, requests = play([agent])
    assert [found for found, _node in rules(result)] == [rule]
    assert reason in str(result["findings"])
    assert len(requests) == 1


def test_pods_on_their_way_out_do_not_count() -> None:
    leaving = pod("n1", ready=False)
    leaving["metadata"] = {"name": "cilium-old", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    result, _requests = play([leaving, pod("n1")])
    assert rules(result) == []


def test_no_agents() -> None:
    assert rules(play([])[0]) == [("no_agents", None)]


def test_require_all() -> None:
    with pytest.raises(FleetError, match="1 of 2 agents gave no answer") as caught:
        play([pod("n1"), pod("n2", ready=False)], require_all=True)
    assert set(caught.value.details) == {"nodes", "summary", "findings"}
    assert play([pod("n1")], require_all=True)[0]["findings"] == []


@pytest.mark.parametrize("option", ["timeout", "parallel"])
def test_numbers_that_mean_nothing(option: str) -> None:
    with pytest.raises(InputError, match=f"Option {option}: found 0"):
        play([], healthy, None, **{option: 0})


def test_no_right_to_list_pods() -> None:
    context = Context(check_mode=False, diff=False, warn=print, progress=print, door="module", holder="test/1/1")
    params: JsonObject = {"namespace": "kube-system", "timeout": 5, "parallel": 4, "gather": ["status"]}
    answer = refusal(403, "Forbidden", "cannot list pods")
    with serve(lambda _request: answer) as stub, pytest.raises(Forbidden, match="cannot list pods"):
        run({**params, "kubeconfig": kubeconfig(stub.url)}, context)


def test_bounded_and_parallel() -> None:
    lock, now, most = threading.Lock(), [0], [0]

    def command(name: str, words: list[str]) -> Exec:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.05)
        with lock:
            now[0] -= 1
        return healthy(name, words)

    result, _requests = play([pod(f"n{index:02}") for index in range(20)], command, parallel=4)
    assert len(result["nodes"]) == 20  # type: ignore[arg-type]  # -- the form is fixed
    assert 2 <= most[0] <= 4
