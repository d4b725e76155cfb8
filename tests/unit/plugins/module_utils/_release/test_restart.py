"""Which pods have not seen the newest configuration, and their restart."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import NotFound, Timeout
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._release import restart
from ansible_collections.fleet.cilium.plugins.module_utils._release.task import Task

CREATED, CHANGED, LATER = "2026-01-01T10:00:00Z", "2026-01-01T12:00:00Z", "2026-01-01T12:00:01Z"


def config_map(changed: str = CHANGED) -> JsonObject:
    return {
        "metadata": {
            "creationTimestamp": CREATED,
            "managedFields": [
                {"manager": "helm", "time": changed, "fieldsV1": {"f:data": {}}},
                {"manager": "kubectl", "time": "2027-01-01T00:00:00Z", "fieldsV1": {"f:metadata": {}}},
            ],
        }
    }


def pod(
    name: str, *, read: str, main: str = LATER, laid_out: bool = True, ready: bool = True, born: str = CREATED
) -> JsonObject:
    initial: list[Any] = [{"name": "config", "state": {"terminated": {"startedAt": read}}}] if laid_out else []
    return {
        "metadata": {"name": name, "creationTimestamp": born},
        "spec": {"nodeName": f"node-{name}"},
        "status": {
            "initContainerStatuses": initial,
            "containerStatuses": [{"name": "cilium-agent", "state": {"running": {"startedAt": main}}}],
            "conditions": [{"type": "Ready", "status": str(ready)}],
        },
    }


@pytest.mark.parametrize(
    ("body", "changed", "stale"),
    [
        pytest.param(pod("a", read="2026-01-01T11:59:59Z"), CHANGED, True, id="before"),
        pytest.param(pod("a", read=LATER), CHANGED, False, id="after"),
        pytest.param(pod("a", read=CHANGED), CHANGED, True, id="in the second of the change"),
        pytest.param(pod("a", read=CHANGED, born=CHANGED), CHANGED, False, id="born and read in that second"),
        pytest.param(pod("a", read=CHANGED, born=CREATED), CHANGED, True, id="born before it"),
        pytest.param(pod("a", read=CREATED), CREATED, False, id="in the second of the creation"),
        pytest.param(pod("a", read="", main="2026-01-01T11:00:00Z", laid_out=False), CHANGED, True, id="no init"),
        pytest.param(pod("a", read="", main=LATER, laid_out=False), CHANGED, False, id="no init, after"),
        pytest.param({"metadata": {"name": "a"}, "status": {}}, CHANGED, False, id="not started"),
        pytest.param({**pod("a", read=CREATED), "metadata": {"deletionTimestamp": "x"}}, CHANGED, False, id="leaving"),
    ],
)
def test_is_stale(body: JsonObject, changed: str, *, stale: bool) -> None:
    assert restart.is_stale(body, config_map(changed)) is stale


@pytest.mark.parametrize(
    ("kind", "most", "wanted", "expected"),
    [
        ("DaemonSet", 2, 9, 2),
        ("DaemonSet", 0, 9, 1),
        ("DaemonSet", "25%", 9, 2),
        ("DaemonSet", "10%", 3, 1),
        ("DaemonSet", None, 3, 1),
        ("Deployment", 5, 3, 1),
    ],
)
def test_at_a_time(kind: str, most: int | str | None, wanted: int, expected: int) -> None:
    body: JsonObject = {
        "kind": kind,
        "spec": {"updateStrategy": {"rollingUpdate": {"maxUnavailable": most}}},
        "status": {"desiredNumberScheduled": wanted},
    }
    assert restart.at_a_time(body) == expected


@dataclass
class Cluster:
    """Stands for the API: a DaemonSet whose deleted pods come back as new ones, ready or not."""

    pods: dict[str, JsonObject]
    comes_ready: bool = True
    deleted: list[str] = field(default_factory=list)
    most_away: int = 0

    def get(self, path: str, *, query: object = None) -> JsonObject:
        if path.endswith("/configmaps/cilium-config"):
            return config_map()
        if path.endswith("/daemonsets/cilium"):
            strategy: JsonObject = {"rollingUpdate": {"maxUnavailable": 2}}
            labels: JsonObject = {"matchLabels": {"k8s-app": "cilium"}}
            return {"kind": "DaemonSet", "spec": {"updateStrategy": strategy, "selector": labels}}
        if path.endswith("/pods"):
            assert query == {"labelSelector": "k8s-app=cilium"}
            away = len(self.deleted) - sum(name.startswith("new") for name in self.pods)
            self.most_away = max(self.most_away, away)
            for name in self.deleted[len(self.deleted) - away :] if away else []:
                self.pods[f"new-{name}"] = pod(f"new-{name}", read=LATER, ready=self.comes_ready)
            return {"items": list(self.pods.values())}
        raise NotFound("none", status=404, reason="NotFound")

    def delete(self, path: str) -> None:
        name = path.rpartition("/")[2]
        del self.pods[name]
        self.deleted.append(name)


def task(cluster: Cluster, *, check_mode: bool = False, timeout: int = 30) -> Task:
    options = SimpleNamespace(namespace="kube-system", wait_timeout=timeout)
    context = SimpleNamespace(check_mode=check_mode, progress=lambda _text: None)
    return cast("Task", SimpleNamespace(client=cluster, options=options, context=context, subject="release cilium"))


def cluster_of(*, stale: int, fresh: int, comes_ready: bool = True) -> Cluster:
    names = [(f"old-{number}", CREATED) for number in range(stale)] + [
        (f"ok-{number}", LATER) for number in range(fresh)
    ]
    return Cluster({name: pod(name, read=read) for name, read in names}, comes_ready)


RESULT: dict[str, object] = {
    "changed": False,
    "waited": [],
    "findings": [
        {"rule": "restart_needed", "subject": {"object": "daemonset cilium"}},
        {"rule": "restart_needed", "subject": {"object": "deployment cilium-operator"}},
        {"rule": "unknown_value", "subject": {"path": "a"}},
    ],
}


def test_only_stale_pods_are_restarted_and_few_at_a_time() -> None:
    cluster = cluster_of(stale=3, fresh=2)
    result = restart.settle(task(cluster), RESULT)
    assert cluster.deleted == ["old-0", "old-1", "old-2"]
    assert cluster.most_away == 2
    assert result["changed"] is True
    assert [entry["pod"] for entry in cast("list[dict[str, str]]", result["restarted"])] == cluster.deleted
    assert cast("list[dict[str, str]]", result["waited"])[0]["state"] == "3 pods restarted"
    assert [entry["rule"] for entry in cast("list[dict[str, str]]", result["findings"])] == [
        "restart_needed",
        "unknown_value",
    ]


def test_check_mode_only_names_them() -> None:
    cluster = cluster_of(stale=1, fresh=1)
    result = restart.settle(task(cluster, check_mode=True), RESULT)
    assert not cluster.deleted
    assert result["changed"] is True
    assert result["restarted"] == [{"object": "daemonset cilium", "pod": "old-0", "node": "node-old-0"}]


def test_nothing_stale_changes_nothing() -> None:
    assert restart.settle(task(cluster_of(stale=0, fresh=2)), RESULT) == {**RESULT, "restarted": []}


def test_a_pod_that_does_not_come_back_stops_the_restart() -> None:
    cluster = cluster_of(stale=3, fresh=0, comes_ready=False)
    with pytest.raises(Timeout, match="daemonset cilium: not ready 0 s after a restart; node node-new-old-0"):
        restart.restart(task(cluster, timeout=0), restart.find(cast("Any", cluster), "kube-system"))
    assert cluster.deleted == ["old-0", "old-1"]


FIVE = ", ".join(f"node-old-{number}" for number in range(5))
ON_NODES = "ConfigMap cilium-config changed after {} pods of daemonset cilium started (on {})"


@pytest.mark.parametrize(
    ("left", "stale", "told"),
    [
        (("daemonset cilium",), 7, [ON_NODES.format(7, f"{FIVE} and 2 more")]),
        (("daemonset cilium", "deployment cilium-operator"), 1, [ON_NODES.format(1, "node-old-0")]),
        (("daemonset cilium",), 0, []),
    ],
)
def test_pods_that_were_left_are_told_of_each_time(left: tuple[str, ...], stale: int, told: list[str]) -> None:
    cluster = cluster_of(stale=stale, fresh=1)
    found = restart.left_behind(task(cluster), left)
    assert [finding.reason for finding in restart.remind(found)] == told
    assert cluster.deleted == []


def test_nothing_is_asked_where_none_was_left() -> None:
    nobody = cast("Task", SimpleNamespace(options=SimpleNamespace(namespace="n"), client=None))
    assert restart.left_behind(nobody, ()) == []
