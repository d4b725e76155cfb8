"""The testbed is what it says: safe for the machine, and its runtime does what a kubelet does."""

from __future__ import annotations

import base64
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from testbed import lifecycle, node, paths, processes, toolchain
from testbed.api import Api, Object
from testbed.fleet import Cluster, Fleet, Node
from testbed.processes import Process
from testbed.runtime.programs import SERVE_ANNOTATION

T = TypeVar("T")
POD_NAMESPACE = "testbed"
PODS = f"/api/v1/namespaces/{POD_NAMESPACE}/pods"
OWN_PLACES = ("/etc/cni", "/opt/cni", "/etc/kubernetes", "/var/run/cilium", "/var/lib/cilium", "/var/log")
LOOPBACK = ("127.", "[::1]", "::1")


@pytest.fixture
def member(fleet: Fleet) -> Node:
    """The first node."""
    return fleet.nodes[0]


@pytest.fixture
def cluster(fleet: Fleet) -> Cluster:
    """The first cluster."""
    return fleet.clusters[0]


@pytest.fixture
def pods(cluster: Cluster) -> Iterator[Api]:
    """A client of a cluster with a namespace for the test's pods, emptied afterwards."""
    api = Api(cluster)
    api.apply("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": POD_NAMESPACE}})
    until(lambda: api.find(f"/api/v1/namespaces/{POD_NAMESPACE}/serviceaccounts/default"), "service account")
    yield api
    for pod in api.get(PODS)["items"]:
        api.delete(f"{PODS}/{pod['metadata']['name']}")
    until(lambda: not api.get(PODS)["items"], "no pods left")


def until(found: Callable[[], T | None], what: str, seconds: float = 30) -> T:
    """Wait until ``found`` returns something true, and return it."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.2)
    return value


def host_pod(name: str, member: Node, **container: object) -> Object:
    """Return a pod in the node's own network, so that it runs without Cilium."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "annotations": {} if "example.org" in str(container) else {SERVE_ANNOTATION: "http"},
        },
        "spec": {
            "nodeName": member.name,
            "hostNetwork": True,
            "terminationGracePeriodSeconds": 1,
            "containers": [{"name": "main", "image": "anything", **container}],
        },
    }


def inside(member: Node, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a node."""
    return subprocess.run([*node.enter(member), *words], capture_output=True, text=True, timeout=30, check=False)


# Safety


def test_a_node_reaches_nothing_outside(member: Node) -> None:
    route = inside(member, "/usr/sbin/ip", "route", "get", "192.0.2.77")
    assert route.returncode != 0
    assert "unreachable" in route.stderr
    assert "default" not in inside(member, "/usr/sbin/ip", "route").stdout


def test_the_machine_does_not_forward(member: Node) -> None:
    assert Path("/proc/sys/net/ipv4/ip_forward").read_text().strip() == "0"
    # What would leave by the machine's own address gets no further than the bridge.
    machine = processes.run(["ip", "-4", "-json", "address", "show", "scope", "global"])
    outside = [a for a in machine.split('"local":"')[1:] if not a.startswith("172.30.")]
    for address in (entry.split('"')[0] for entry in outside):
        assert inside(member, "/usr/sbin/ip", "route", "get", address).returncode != 0


def test_no_program_at_the_machines_control_group() -> None:
    shown = processes.run(["bpftool", "cgroup", "show", str(node.cgroup_root())])
    assert [line for line in shown.splitlines() if not line.startswith("ID")] == []


def test_a_nodes_files_are_its_own(member: Node) -> None:
    before = {place: _listing(Path(place)) for place in OWN_PLACES}
    for place in OWN_PLACES:
        written = inside(member, "/bin/sh", "-c", f"mkdir -p {place} && echo testbed >{place}/testbed-probe")
        assert written.returncode == 0, written.stderr
        assert (node.root(member) / place[1:] / "testbed-probe").exists() or place.startswith("/var/run")
    assert {place: _listing(Path(place)) for place in OWN_PLACES} == before


def test_it_listens_only_at_home(fleet: Fleet) -> None:
    ours = {pid for cluster in fleet.clusters for name in _programs() if (pid := Process(cluster.folder, name).pid)}
    assert ours
    listening = processes.run(["ss", "-H", "-l", "-t", "-u", "-n", "-p"])
    for line in listening.splitlines():
        if any(f"pid={pid}," in line for pid in ours):
            local = line.split()[4]
            assert local.startswith((*LOOPBACK, str(fleet.bridge_address.ip))), line


def _programs() -> tuple[str, ...]:
    return ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "runtime")


def _listing(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*")} if folder.exists() else set()


# Repair


@pytest.mark.parametrize("name", ["kube-apiserver", "kwok", "runtime", "kube-scheduler"])
def test_up_repairs_a_program_that_died(fleet: Fleet, cluster: Cluster, name: str) -> None:
    process = Process(cluster.folder, name)
    killed = process.pid
    assert killed is not None
    processes.end(killed, seconds=0)
    assert processes.start_time(killed) is None
    lifecycle.up(fleet)
    assert process.pid not in {None, killed}
    assert all(lifecycle.status(fleet).values())


def test_up_repairs_a_node(fleet: Fleet) -> None:
    member = fleet.nodes[-1]
    holder = Process(member.folder, "holder").pid
    assert holder is not None
    processes.end(holder, seconds=0)
    lifecycle.up(fleet)
    assert node.is_up(member)
    with socket.create_connection((member.address, 22), timeout=5) as connection:
        assert connection.recv(4) == b"SSH-"


def test_up_again_changes_nothing(fleet: Fleet) -> None:
    before = {path: path.read_text() for cluster in fleet.clusters for path in cluster.folder.rglob("*.pid")}
    lifecycle.up(fleet)
    assert {path: path.read_text() for path in before} == before


# The runtime, as a kubelet


def test_an_unknown_image_is_not_pulled(pods: Api, member: Node) -> None:
    pods.create(PODS, host_pod("unknown", member, image="example.org/nothing:1"))
    waiting = until(lambda: _state(pods, "unknown").get("waiting"), "waiting")
    assert waiting["reason"] == "ImagePullBackOff"
    assert "example.org/nothing:1" in waiting["message"]


def test_a_failing_init_container_is_reported(pods: Api, member: Node) -> None:
    body = host_pod("halting", member, env=[{"name": "PORT", "value": "18085"}])
    wrong = [{"name": "PORT", "value": "no number"}]
    body["spec"]["initContainers"] = [{**body["spec"]["containers"][0], "name": "first", "env": wrong}]
    pods.create(PODS, body)
    entry = until(lambda: next(iter(_init(pods, "halting")), {}).get("state", {}).get("waiting"), "waiting")
    assert entry["reason"] == "CrashLoopBackOff"
    assert "no number" in entry["message"]
    (told,) = _init(pods, "halting")
    assert told["lastState"]["terminated"]["exitCode"] == 1


def test_a_volume_does_not_hide_the_programs(pods: Api, member: Node) -> None:
    """Agents have one at /tmp, below which the cache of the testbed may lie."""
    cover = [{"name": "cover", "mountPath": str(paths.CACHE.parent)}]
    body = host_pod("covered", member, env=[{"name": "PORT", "value": "18086"}], volumeMounts=cover)
    body["spec"]["volumes"] = [{"name": "cover", "emptyDir": {}}]
    pods.create(PODS, body)
    until(lambda: _ready(pods, "covered"), "ready")
    inside = Path(f"/proc/{_pid(pods, member, 'covered')}/root{paths.CACHE.parent}")
    assert [entry.name for entry in inside.iterdir()] == [paths.CACHE.name]


def test_a_killed_container_is_restarted_and_its_exit_reported(pods: Api, member: Node) -> None:
    pods.create(PODS, host_pod("killed", member, env=[{"name": "PORT", "value": "18080"}]))
    until(lambda: _ready(pods, "killed"), "ready")
    processes.end(_pid(pods, member, "killed"), seconds=5)
    status = until(lambda: s if (s := _status(pods, "killed")).get("restartCount") else None, "restart")
    assert status["lastState"]["terminated"]["exitCode"] == 128 + signal.SIGTERM
    until(lambda: _ready(pods, "killed"), "ready again")


def test_a_failing_liveness_probe_restarts(pods: Api, member: Node) -> None:
    probe = {"httpGet": {"path": "/", "port": 1}, "periodSeconds": 1, "failureThreshold": 2}
    pods.create(PODS, host_pod("sick", member, env=[{"name": "PORT", "value": "18081"}], livenessProbe=probe))
    status = until(lambda: s if (s := _status(pods, "sick")).get("restartCount") else None, "restart")
    assert status["lastState"]["terminated"]["reason"] == "LivenessProbeFailed"


def test_readiness_is_the_pods_own_probe(pods: Api, member: Node) -> None:
    probe = {"tcpSocket": {"port": 1}, "periodSeconds": 1}
    pods.create(PODS, host_pod("unready", member, env=[{"name": "PORT", "value": "18082"}], readinessProbe=probe))
    until(lambda: _state(pods, "unready").get("running"), "running")
    time.sleep(2)
    assert not _ready(pods, "unready")


def test_deleting_a_pod_ends_its_process(pods: Api, member: Node) -> None:
    pods.create(PODS, host_pod("gone", member, env=[{"name": "PORT", "value": "18083"}]))
    until(lambda: _ready(pods, "gone"), "ready")
    pid = _pid(pods, member, "gone")
    pods.delete(f"{PODS}/gone")
    until(lambda: pods.find(f"{PODS}/gone") is None, "object gone")
    assert processes.start_time(pid) is None


def test_config_and_secrets_are_files_and_variables(pods: Api, member: Node) -> None:
    base = f"/api/v1/namespaces/{POD_NAMESPACE}"
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"colour": "blue"}}
    pods.apply(f"{base}/configmaps", settings)
    variables = [
        {"name": "PORT", "value": "18084"},
        {"name": "CLUSTER", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "colour"}}},
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    ]
    body = host_pod("configured", member, env=variables, volumeMounts=[{"name": "settings", "mountPath": "/settings"}])
    body["spec"]["volumes"] = [{"name": "settings", "configMap": {"name": "settings"}}]
    pods.create(PODS, body)
    until(lambda: _ready(pods, "configured"), "ready")
    curl = ["curl", "--noproxy", "*", "--silent", "--max-time", "3", f"http://{member.address}:18084/"]
    answer = until(lambda: subprocess.run(curl, capture_output=True, text=True, check=False).stdout, "answer")
    assert '"cluster": "blue"' in answer
    assert '"pod": "configured"' in answer
    mounted = Path(f"/proc/{_pid(pods, member, 'configured')}/root/settings/colour")
    assert mounted.read_text() == "blue"


def test_files_follow_a_secret_that_comes_and_goes(pods: Api, member: Node) -> None:
    base = f"/api/v1/namespaces/{POD_NAMESPACE}/secrets"
    pods.delete(f"{base}/late")
    mount = [{"name": "late", "mountPath": "/late"}]
    body = host_pod("waiting", member, env=[{"name": "PORT", "value": "18087"}], volumeMounts=mount)
    sources = [{"secret": {"name": "late", "optional": True}}]
    body["spec"] |= {"volumes": [{"name": "late", "projected": {"sources": sources}}]}
    body["spec"]["hostAliases"] = [{"ip": "192.0.2.7", "hostnames": ["peer.example.org"]}]
    pods.create(PODS, body)
    until(lambda: _ready(pods, "waiting"), "ready")
    root = Path(f"/proc/{_pid(pods, member, 'waiting')}/root")
    assert "192.0.2.7 peer.example.org" in (root / "etc/hosts").read_text()
    secret: Object = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "late"}}
    for files in ({"a": "one"}, {"a": "two", "b": "three"}, {"b": "three"}):
        data = {name: base64.b64encode(text.encode()).decode() for name, text in files.items()}
        pods.apply(base, {**secret, "data": data})
        deadline = time.monotonic() + 5
        while (found := _texts(root / "late")) != files:
            assert time.monotonic() < deadline, f"expected {files}, found {found}"
            time.sleep(0.1)
    pods.delete(f"{base}/late")
    until(lambda: _texts(root / "late") == {}, "nothing left", seconds=5)


def _texts(folder: Path) -> dict[str, str]:
    """Return the visible files of a folder."""
    try:
        return {path.name: path.read_text() for path in folder.iterdir() if not path.name.startswith("..")}
    except FileNotFoundError:  # changed while it was read
        return {"": ""}


def test_kubectl_logs_shows_what_a_container_printed(pods: Api, cluster: Cluster, member: Node) -> None:
    pods.create(PODS, host_pod("talking", member, env=[{"name": "PORT", "value": "no number"}]))
    kubectl = [str(toolchain.find("kubectl")), f"--kubeconfig={cluster.kubeconfig}", f"--namespace={POD_NAMESPACE}"]

    def printed() -> str:
        done = subprocess.run([*kubectl, "logs", "talking"], capture_output=True, text=True, timeout=30, check=False)
        return done.stdout if "invalid literal" in done.stdout else ""

    assert "no number" in until(printed, "its traceback")


def _status(api: Api, name: str) -> Object:
    entries = (api.get(f"{PODS}/{name}").get("status") or {}).get("containerStatuses") or [{}]
    first: Object = entries[0]
    return first


def _init(api: Api, name: str) -> list[Object]:
    listed: list[Object] = (api.get(f"{PODS}/{name}").get("status") or {}).get("initContainerStatuses") or []
    return listed


def _state(api: Api, name: str) -> Object:
    state: Object = _status(api, name).get("state") or {}
    return state


def _ready(api: Api, name: str) -> bool:
    return bool(_status(api, name).get("ready"))


def _pid(api: Api, member: Node, name: str) -> int:
    """Return the id of a pod's process, from the node's control groups."""
    uid = api.get(f"{PODS}/{name}")["metadata"]["uid"]
    (procs,) = node.cgroup(member).glob(f"{uid}-main/cgroup.procs")
    return int(procs.read_text().split()[0])
