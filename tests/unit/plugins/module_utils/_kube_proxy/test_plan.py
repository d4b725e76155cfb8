"""What is to be done, in which order, for every state that a cluster may be in."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject, get_text
from ansible_collections.fleet.cilium.plugins.module_utils._kube_proxy import kubeadm
from ansible_collections.fleet.cilium.plugins.module_utils._kube_proxy.backup import Backup, read
from ansible_collections.fleet.cilium.plugins.module_utils._kube_proxy.objects import (
    BACKUP_REF,
    DAEMON_SET_REF,
    KUBEADM_REF,
    LABEL,
    REFS,
    held_back,
    is_held_back,
    kept,
    released,
)
from ansible_collections.fleet.cilium.plugins.module_utils._kube_proxy.plan import Live, Plan, absent, present
from hypothesis import given
from hypothesis import strategies as st

TEXT = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nproxy: {}\n"
OLD_TEXT = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n"


def live_object(kind: str, name: str) -> JsonObject:
    """An object as the API server gives it."""
    metadata: JsonObject = {"name": name, "uid": "1-2-3", "resourceVersion": "7", "creationTimestamp": "now"}
    body: JsonObject = {"kind": kind, "metadata": metadata, "status": {"seen": True}}
    if kind == "DaemonSet":
        body["spec"] = {"template": {"spec": {"nodeSelector": {"kubernetes.io/os": "linux"}, "containers": []}}}
    return body


def config_map(text: str) -> JsonObject:
    return {"metadata": {"name": "kubeadm-config", "resourceVersion": "9"}, "data": {kubeadm.KEY: text}}


OBJECTS = {ref.path: live_object(ref.kind, ref.name) for ref in REFS}
NODES: dict[str, str | None] = {"n1": None, "n2": None}
WHOLE = Live(OBJECTS, config_map(TEXT), kept_off=NODES, running=("n1", "n2"))


def verbs(planned: Plan) -> list[str]:
    return [f"{step.verb} {step.title}" for step in planned.steps]


def after(live: Live, planned: Plan) -> Live:
    """What is in the cluster when a plan has been done: a small model of the API server."""
    objects, labels = dict(live.objects), dict(live.kept_off)
    secret, config = live.secret, live.kubeadm
    for step in planned.steps:
        if step.path.startswith("/api/v1/nodes/"):
            labels[step.path.rpartition("/")[2]] = get_text(step.body, "metadata", "labels", LABEL)
        elif step.title == str(BACKUP_REF):
            secret = None if step.verb == "delete" else step.body
        elif step.title == str(KUBEADM_REF):
            config = step.body
        elif step.verb == "delete":
            objects.pop(step.path, None)
        elif step.verb in {"create", "replace"}:
            objects[next(ref.path for ref in REFS if str(ref) == step.title)] = step.body
    daemon_set = objects.get(DAEMON_SET_REF.path)
    free = [node for node, value in labels.items() if value is None or not daemon_set or not is_held_back(daemon_set)]
    return Live(objects, config, secret, read(secret), labels, tuple(free) if daemon_set else ())


def test_removal_begins_with_the_backup_and_the_daemon_set() -> None:
    planned = absent(WHOLE)
    assert verbs(planned) == [
        "create Secret fleet-cilium.kube-proxy",
        "replace ConfigMap kubeadm-config",
        *(f"delete {ref}" for ref in reversed(REFS)),
        "gone all nodes",
    ]
    assert planned.takes_away
    assert planned.nodes_left == ()


def test_removal_and_return_are_a_circle() -> None:
    gone = after(WHOLE, absent(WHOLE))
    assert gone.objects == {}
    assert not absent(gone).changed
    back = after(gone, present(gone))
    assert {path: kept(body) for path, body in back.objects.items()} == {p: kept(b) for p, b in OBJECTS.items()}
    assert kubeadm.text_of(back.kubeadm) == TEXT
    assert back.secret is None
    assert not present(back).changed


def test_a_removal_killed_anywhere_ends_the_same() -> None:
    """The first steps of a plan, then a plan from there: the same end, and the same backup."""
    for strategy in ("all", "node"):
        planned = absent(WHOLE, strategy=strategy)
        end = after(WHOLE, planned)
        for number in range(len(planned.steps)):
            cut = after(WHOLE, Plan(planned.steps[:number]))
            again = after(cut, absent(cut, strategy=strategy))
            assert (again.objects, again.backup, again.kept_off) == (end.objects, end.backup, end.kept_off)
            back = after(cut, present(cut))
            assert {path: kept(body) for path, body in back.objects.items()} == {p: kept(b) for p, b in OBJECTS.items()}
            assert set(back.kept_off.values()) == {None}
            assert not is_held_back(back.objects[DAEMON_SET_REF.path])


def test_nodes_are_taken_one_after_the_other() -> None:
    planned = absent(WHOLE, strategy="node")
    assert verbs(planned)[2:8] == [
        "replace DaemonSet kube-proxy",
        "merge Node n1",
        "gone node n1",
        "merge Node n2",
        "gone node n2",
        "delete DaemonSet kube-proxy",
    ]
    assert verbs(planned)[-3:] == ["gone all nodes", "merge Node n1", "merge Node n2"]
    assert set(after(WHOLE, planned).kept_off.values()) == {None}


def test_one_node_only_leaves_the_objects() -> None:
    first = absent(WHOLE, strategy="node", nodes=["n2"])
    assert (first.nodes_left, first.removed) == (("n1",), ())
    halfway = after(WHOLE, first)
    assert halfway.running == ("n1",)
    assert not absent(halfway, strategy="node", nodes=["n2"]).changed
    last = absent(halfway, strategy="node", nodes=["n1"])
    assert (last.nodes_left, len(last.removed)) == ((), len(REFS))
    assert after(halfway, last).objects == {}


def test_an_unknown_node_is_refused() -> None:
    with pytest.raises(InputError, match="n9"):
        absent(WHOLE, strategy="node", nodes=["n9"])


@pytest.mark.parametrize("text", [OLD_TEXT, TEXT.replace("{}", "{disabled: true}")])
def test_kubeadms_configuration_is_left_alone(text: str) -> None:
    live = Live(OBJECTS, config_map(text), kept_off=NODES)
    assert "replace ConfigMap kubeadm-config" not in verbs(absent(live))
    gone = after(live, absent(live))
    assert kubeadm.text_of(after(gone, present(gone)).kubeadm) == text


def test_a_cluster_that_kubeadm_did_not_make() -> None:
    live = Live(OBJECTS, kept_off=NODES)
    gone = after(live, absent(live))
    assert set(after(gone, present(gone)).objects) == set(OBJECTS)


def test_a_cluster_that_never_had_it() -> None:
    assert absent(Live(kept_off=NODES)).steps == ()
    with pytest.raises(InputError, match="kubeadm init phase"):
        present(Live(kept_off=NODES))


def test_the_newest_is_kept() -> None:
    gone = after(WHOLE, absent(WHOLE))
    newer = copy.deepcopy(OBJECTS)
    newer[DAEMON_SET_REF.path]["metadata"] = {"name": "kube-proxy", "labels": {"version": "new"}}
    again = Live(newer, gone.kubeadm, gone.secret, gone.backup, NODES)
    assert isinstance(again.backup, Backup)
    twice = after(again, absent(again))
    assert twice.backup is not None
    assert twice.backup.objects[DAEMON_SET_REF.path] == kept(newer[DAEMON_SET_REF.path])
    assert twice.backup.kubeadm == TEXT


def test_a_backup_that_is_none_is_said() -> None:
    with pytest.raises(InputError, match="found no backup"):
        read({"data": {"backup": "bm90aGluZw=="}})


EXPRESSIONS = st.lists(
    st.fixed_dictionaries({"key": st.sampled_from(["zone", "arch"]), "operator": st.just("Exists")}), min_size=1
)
TERMS = st.lists(
    st.one_of(
        st.fixed_dictionaries({"matchExpressions": EXPRESSIONS}),
        st.fixed_dictionaries({"matchFields": EXPRESSIONS}),
    ),
    min_size=1,
)
REQUIRED = st.fixed_dictionaries(
    {"requiredDuringSchedulingIgnoredDuringExecution": st.fixed_dictionaries({"nodeSelectorTerms": TERMS})}
)
AFFINITIES = st.one_of(
    st.fixed_dictionaries({"nodeAffinity": REQUIRED}),
    st.fixed_dictionaries({"podAffinity": st.just({"x": 1})}),
    st.fixed_dictionaries({"nodeAffinity": REQUIRED, "podAffinity": st.just({"x": 1})}),
)


@given(st.one_of(st.just({}), st.fixed_dictionaries({"affinity": AFFINITIES})))
def test_holding_back_leaves_no_trace(extra: JsonObject) -> None:
    body: JsonObject = {"spec": {"template": {"spec": {"containers": [], **extra}}}}
    before = copy.deepcopy(body)
    held = held_back(body)
    assert is_held_back(held)
    assert held_back(held) == held
    assert released(held) == before
    assert body == before
