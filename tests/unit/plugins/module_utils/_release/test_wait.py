"""Waiting goes on through a request that fails, and tells what it knows in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._context import Context, Telling
from ansible_collections.fleet.cilium.plugins.module_utils._errors import (
    ApiError,
    FleetError,
    Forbidden,
    NotFound,
    Timeout,
    TlsFailed,
    Unreachable,
)
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._kubernetes import Client
from ansible_collections.fleet.cilium.plugins.module_utils._release import wait
from ansible_collections.fleet.cilium.plugins.module_utils._release.workloads import Workload

AGENTS = Workload("DaemonSet", "cilium", "kube-system")
AWAY = Unreachable("no connection")
PASSING = [
    AWAY,
    Timeout("no answer"),
    ApiError("busy", status=429, reason="x"),
    ApiError("bad", status=502, reason="x"),
]
LASTING = [TlsFailed("no trust"), Forbidden("no", status=403, reason="x"), ApiError("bad", status=400, reason="x")]


def daemonset(updated: int) -> JsonObject:
    status: JsonObject = {
        "observedGeneration": 1,
        "desiredNumberScheduled": 2,
        "numberAvailable": 2,
        "updatedNumberScheduled": updated,
    }
    spec: JsonObject = {"selector": {"matchLabels": {"k8s-app": "cilium"}}}
    return {"kind": "DaemonSet", "metadata": {"generation": 1}, "spec": spec, "status": status}


LATE: JsonObject = {
    "metadata": {"name": "cilium-x"},
    "spec": {"nodeName": "paris-2"},
    "status": {"containerStatuses": [{"name": "cilium-agent", "ready": False, "state": {"running": {}}}]},
}


@dataclass
class Api:
    """Answers for the DaemonSet one after the other, the last one for ever; an error is raised."""

    answers: list[JsonObject | FleetError]
    pods: list[Json] | FleetError = field(default_factory=list)
    events: FleetError | None = None
    asked: list[str] = field(default_factory=list)

    def get(self, path: str, *, query: object = None) -> JsonObject:
        assert path.endswith("cilium") or query
        kind = path.rpartition("/")[2]
        self.asked.append(kind)
        if kind == "pods":
            if isinstance(self.pods, FleetError):
                raise self.pods
            return {"items": self.pods}
        if kind == "events":
            raise self.events or NotFound("none", status=404, reason="NotFound")
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, FleetError):
            raise answer
        return answer

    def text(self, _path: str, *, query: object) -> str:
        assert query
        return "last words"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wait, "POLL_SECONDS", 0)


def context(said: list[Telling]) -> Context:
    return Context(False, False, print, said.append, "action", "h/1/2")


def until_updated(api: Api, *, timeout: int = 60) -> tuple[list[wait.Waited], list[Telling]]:
    said: list[Telling] = []
    return wait.until_updated(cast(Client, api), [AGENTS], timeout=timeout, context=context(said)), said


@pytest.mark.parametrize("error", PASSING, ids=str)
def test_a_request_that_fails_for_the_moment_is_made_again(error: FleetError) -> None:
    found, said = until_updated(Api([daemonset(1), error, error, daemonset(1), daemonset(2)]))
    assert [item.state for item in found] == ["2 of 2 updated"]
    assert [text for text in said if isinstance(text, str)] == [error.message, error.message]


@pytest.mark.parametrize("error", LASTING, ids=str)
def test_what_will_not_pass_ends_the_wait(error: FleetError) -> None:
    with pytest.raises(type(error)):
        until_updated(Api([daemonset(1), error, daemonset(2)]))


def test_pods_are_not_listed_as_long_as_nobody_looks() -> None:
    api = Api([daemonset(1), daemonset(1), daemonset(2)], pods=[LATE])
    _found, said = until_updated(api)
    assert api.asked == ["cilium"] * 3
    assert len(said) == 2


def test_a_line_on_progress_is_made_when_it_is_asked_for() -> None:
    api = Api([daemonset(1)], pods=[LATE])
    assert wait.tell(cast(Client, api), AGENTS).startswith(
        "daemonset cilium 1 of 2 updated, node paris-2: cilium-agent"
    )
    api.pods = AWAY
    assert wait.tell(cast(Client, api), AGENTS) == "daemonset cilium: no connection"


def test_an_api_server_that_stays_away_is_named_in_the_end() -> None:
    with pytest.raises(Timeout, match="not up to date after 0 s: no connection") as failure:
        until_updated(Api([AWAY]), timeout=0)
    assert failure.value.details["waited"]


@pytest.mark.parametrize(
    ("api", "words"),
    [
        (Api([daemonset(1)], pods=[LATE], events=Forbidden("no", status=403, reason="x")), "last words"),
        (Api([daemonset(1)], pods=AWAY), "why is not known: no connection"),
    ],
)
def test_the_end_is_told_though_not_all_can_be_asked(api: Api, words: str) -> None:
    with pytest.raises(Timeout, match=words) as failure:
        until_updated(api, timeout=0)
    assert failure.value.details["waited"]


@pytest.mark.parametrize("error", PASSING, ids=str)
def test_what_is_to_go_is_waited_for_through_failing_requests(error: FleetError) -> None:
    said: list[Telling] = []
    gone = NotFound("none", status=404, reason="NotFound")
    api = Api([daemonset(2), error, gone])
    found = wait.until_gone(cast(Client, api), {AGENTS: "k8s-app=cilium"}, timeout=60, context=context(said))
    assert [item.state for item in found] == ["gone"]
    assert any(error.message in str(text) for text in said)
