"""Which pods go together, and which should have an endpoint at all."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._pods.plan import left_alone, plan
from ansible_collections.fleet.cilium.plugins.module_utils._pods.unmanaged import Pod, of_pod
from hypothesis import given, settings
from hypothesis import strategies as st

NODES, BEFORE = {"n1"}, "2026-01-01T00:01:00Z"


def pods(*owners: str) -> list[Pod]:
    return [Pod("a", f"p{number}", "n1", owner, f"u{number}") for number, owner in enumerate(owners)]


@pytest.mark.parametrize(
    ("owners", "batch", "expected", "left"),
    [
        ((), 2, [], 0),
        (("x", "y", "z"), 10, [["p0", "p1", "p2"]], 0),
        (("x", "y", "z"), 2, [["p0", "p1"], ["p2"]], 0),
        (("x", "x", "x"), 10, [["p0"], ["p1"], ["p2"]], 0),
        (("x", "x", "y"), 10, [["p0", "p2"], ["p1"]], 0),
        (("x", "", "y"), 10, [["p0", "p2"]], 1),
        (("",), 1, [], 1),
    ],
)
def test_batches(owners: tuple[str, ...], batch: int, expected: list[list[str]], left: int) -> None:
    found = plan(pods(*owners), batch=batch)
    assert [[pod.name for pod in one] for one in found.batches] == expected
    assert len(found.left) == left


def test_workloads_of_two_namespaces_may_have_one_name() -> None:
    both = [Pod("a", "p", "n1", "ReplicaSet/x", "u1"), Pod("b", "p", "n1", "ReplicaSet/x", "u2")]
    assert len(plan(both, batch=10).batches) == 1


@settings(max_examples=200, derandomize=True)
@given(st.lists(st.sampled_from(["", "x", "y", "z", "w"]), max_size=30), st.integers(1, 6))
def test_every_pod_goes_once_and_no_workload_loses_two_at_a_time(owners: list[str], batch: int) -> None:
    found = plan(pods(*owners), batch=batch)
    gone = [pod for one in found.batches for pod in one]
    assert sorted(pod.uid for pod in (*gone, *found.left)) == sorted(f"u{number}" for number in range(len(owners)))
    for one in found.batches:
        assert 1 <= len(one) <= batch
        assert len({pod.owner for pod in one}) == len(one)
    assert all(not pod.owner for pod in found.left)


def test_what_is_left_is_named() -> None:
    (found,) = left_alone(pods(""), "paris")
    assert (found.rule, found.subject["pod"]) == ("pod_without_owner", "a/p0")


OWNER: Json = [{"kind": "Other", "name": "o"}, {"kind": "ReplicaSet", "name": "web-1", "controller": True}]


def item(
    *, spec: JsonObject | None = None, status: JsonObject | None = None, metadata: JsonObject | None = None
) -> JsonObject:
    return {
        "metadata": {"namespace": "a", "name": "p", "uid": "u", "ownerReferences": OWNER, **(metadata or {})},
        "spec": {"nodeName": "n1", **(spec or {})},
        "status": {
            "phase": "Running",
            "podIP": "10.0.0.1",
            "startTime": "2026-01-01T00:00:00Z",
            **(status or {}),
        },
    }


def test_a_pod_that_should_have_an_endpoint() -> None:
    assert list(of_pod(item(), nodes=NODES, before=BEFORE)) == [Pod("a", "p", "n1", "ReplicaSet/web-1", "u")]
    (bare,) = of_pod(item(metadata={"ownerReferences": []}), nodes=NODES, before=BEFORE)
    assert bare.owner == ""


@pytest.mark.parametrize(
    "other",
    [
        item(spec={"hostNetwork": True}),
        item(spec={"nodeName": "n2"}),
        item(status={"phase": "Succeeded"}),
        item(status={"phase": "Pending"}),
        item(status={"podIP": None}),
        item(status={"startTime": "2026-01-01T00:01:01Z"}),
        item(metadata={"deletionTimestamp": "2026-01-01T00:00:30Z"}),
    ],
    ids=["host network", "node without agent", "done", "not started", "no address", "just started", "leaving"],
)
def test_pods_that_need_none(other: JsonObject) -> None:
    assert list(of_pod(other, nodes=NODES, before=BEFORE)) == []
