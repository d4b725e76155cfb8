"""unmanaged_pods against a small API server that plays the controller: an evicted pod is replaced by a managed one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._context import Context, Result
from ansible_collections.fleet.cilium.plugins.module_utils._errors import Forbidden, InputError, Timeout
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._pods import run as work

from tests.stub_api import Answer, Request, kubeconfig, refusal, serve

READY: Json = [{"type": "Ready", "status": "True"}]
AGENT: JsonObject = {
    "metadata": {"namespace": "kube-system", "name": "cilium-n1"},
    "spec": {"nodeName": "n1", "containers": [{"name": "cilium-agent"}]},
    "status": {"conditions": READY},
}


def pod(name: str, owner: str = "") -> JsonObject:
    owners: list[Json] = [{"kind": "ReplicaSet", "name": owner, "controller": True}] if owner else []
    return {
        "metadata": {"namespace": "shop", "name": name, "uid": f"uid-{name}", "ownerReferences": owners},
        "spec": {"nodeName": "n1"},
        "status": {
            "phase": "Running",
            "podIP": "10.0.0.9",
            "startTime": "2020-01-01T00:00:00Z",
            "conditions": READY,
        },
    }


@dataclass
class Cluster:
    """Pods by name, which of them have an endpoint, and what happens to evictions."""

    pods: dict[str, JsonObject]
    managed: set[str] = field(default_factory=set)
    evicted: list[str] = field(default_factory=list)
    refusals: list[Answer] = field(default_factory=list)
    replaces: bool = True

    def answer(self, request: Request) -> Answer:
        path = request.path
        if path.endswith("/eviction"):
            return self.evict(path.split("/")[-2], json.loads(request.body))
        if path == "/api/v1/namespaces/kube-system/pods":
            return Answer(200, {"items": [AGENT]})
        if path.endswith("/ciliumendpoints"):
            return Answer(200, {"items": [{"metadata": {"namespace": "shop", "name": name}} for name in self.managed]})
        if "/ciliumendpoints/" in path:
            return (
                Answer(200, {"metadata": {}})
                if path.rpartition("/")[2] in self.managed
                else refusal(404, "NotFound", "-")
            )
        return Answer(200, {"items": list(self.pods.values())})

    def evict(self, name: str, body: JsonObject) -> Answer:
        if self.refusals:
            return self.refusals.pop(0)
        gone = self.pods.pop(name)
        assert body["deleteOptions"] == {"preconditions": {"uid": f"uid-{name}"}}
        self.evicted.append(name)
        owner = gone["metadata"]["ownerReferences"][0]["name"]  # type: ignore[index,call-overload]  # -- made above
        if self.replaces:
            self.pods[f"{name}-new"] = pod(f"{name}-new", str(owner))
            self.managed.add(f"{name}-new")
        return Answer(201, {"status": "Success"})


def play(cluster: Cluster, *, check_mode: bool = False, **options: Json) -> Result:
    context = Context(
        check_mode=check_mode, diff=False, warn=print, progress=lambda _text: None, door="module", holder="test/1/1"
    )
    with serve(cluster.answer) as stub:
        params: JsonObject = {"kubeconfig": kubeconfig(stub.url), "release_namespace": "kube-system"}
        return work.run({**params, "batch": 10, "wait_timeout": 5, **options}, context)


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "POLL_SECONDS", 0.01)


def shop() -> Cluster:
    return Cluster({name: pod(name, owner) for name, owner in (("a", "x"), ("b", "x"), ("c", "y"), ("alone", ""))})


def test_restarts_in_batches_and_a_second_run_changes_nothing() -> None:
    cluster = shop()
    first = play(cluster)
    assert (first["changed"], first["pods"]) == (True, ["shop/a", "shop/c", "shop/b"])
    assert cluster.evicted == ["a", "c", "b"]
    assert [finding["subject"]["pod"] for finding in first["findings"]] == ["shop/alone"]  # type: ignore[attr-defined]  # -- the form is fixed
    assert "diff" in first
    second = play(cluster)
    assert (second["changed"], second["pods"], len(cluster.evicted)) == (False, [], 3)


def test_check_mode_names_and_does_nothing() -> None:
    cluster = shop()
    found = play(cluster, check_mode=True)
    assert (found["changed"], len(found["pods"]), cluster.evicted) == (True, 3, [])  # type: ignore[arg-type]  # -- a list


def test_nothing_to_do() -> None:
    cluster = Cluster({"a": pod("a", "x")}, managed={"a"})
    assert play(cluster) == {"changed": False, "pods": [], "findings": []}


def test_waits_for_a_budget() -> None:
    cluster = Cluster({"a": pod("a", "x")}, refusals=[refusal(429, "TooManyRequests", "budget")] * 2)
    assert play(cluster)["pods"] == ["shop/a"]
    assert cluster.evicted == ["a"]


def test_a_budget_that_never_allows_it() -> None:
    cluster = Cluster({"a": pod("a", "x")}, refusals=[refusal(429, "TooManyRequests", "budget")] * 10_000)
    with pytest.raises(Timeout, match="pod shop/a: not evicted in time, a budget for disruption forbids it"):
        play(cluster, wait_timeout=1)


def test_a_pod_that_nothing_replaces() -> None:
    cluster = Cluster({"a": pod("a", "x")}, replaces=False)
    with pytest.raises(Timeout, match="nothing stands in for pod shop/a yet"):
        play(cluster, wait_timeout=1)


def test_no_right_to_evict() -> None:
    cluster = Cluster({"a": pod("a", "x")}, refusals=[refusal(403, "Forbidden", "cannot create pods/eviction")])
    with pytest.raises(Forbidden, match="pods/eviction"):
        play(cluster)


@pytest.mark.parametrize("option", ["batch", "wait_timeout"])
def test_numbers_that_mean_nothing(option: str) -> None:
    with pytest.raises(InputError, match="whole numbers"):
        play(shop(), check_mode=False, **{option: 0})
