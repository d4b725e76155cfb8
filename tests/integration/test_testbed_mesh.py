"""The testbed carries a mesh: real mesh API servers with their etcd, and what a kubelet does for them."""

from __future__ import annotations

import base64
import subprocess
import time
from collections.abc import Iterator

import pytest
import yaml

from testbed import global_service, inventory, node, toolchain
from testbed.api import Api
from testbed.fleet import Cluster, Fleet
from tests.integration import mesh_site, witness

pytestmark = [pytest.mark.real, pytest.mark.long]
FILES = "/var/lib/cilium/clustermesh"
_CERTIFICATE = [
    f"--{option}=/var/lib/cilium/etcd-secrets/{file}"
    for option, file in (("cacert", "ca.crt"), ("cert", "tls.crt"), ("key", "tls.key"))
]


@pytest.fixture(scope="module")
def mesh(mesh_fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Three clusters in a mesh, each with both others as peers."""
    with mesh_site.by_hand(mesh_fleet, tmp_path_factory.mktemp("authority")) as made:
        yield made


@pytest.fixture
def home(mesh: Fleet) -> Cluster:
    """The first cluster."""
    return mesh.clusters[0]


@pytest.fixture
def agent(home: Cluster) -> str:
    """The agent's pod on the first node of the first cluster."""
    return witness.agents(home)[home.nodes[0].name]


def execute(cluster: Cluster, pod: str, container: str, *words: str) -> str:
    """Run a command in a container; return what it prints, in which error messages may be."""
    options = [f"--kubeconfig={cluster.kubeconfig}", "--namespace=kube-system"]
    command = [str(toolchain.find("kubectl")), *options, "exec", pod, f"--container={container}", "--", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def test_every_agent_sees_every_other_cluster(mesh: Fleet) -> None:
    assert mesh_site.ready(mesh) == {member.name: (2, 2) for member in mesh.nodes}


def test_the_authority_that_was_there_is_the_clusters(mesh: Fleet) -> None:
    found = {
        str(Api(cluster).get(f"{mesh_site.SECRETS}/{name}")["data"]["ca.crt"])
        for cluster in mesh.clusters
        for name in ("cilium-ca", "clustermesh-apiserver-remote-cert")
    }
    assert len(found) == 1


def test_a_global_service_is_answered_by_another_cluster(mesh: Fleet) -> None:
    clusters = mesh.clusters
    for cluster in clusters:
        global_service.declare(cluster)
    global_service.add_backend(clusters[1])
    for cluster in clusters:
        global_service.wait(cluster)
    for cluster in clusters:
        assert global_service.ask(cluster)["cluster"] == clusters[1].name
    global_service.add_backend(clusters[0])
    global_service.wait(clusters[0])
    global_service.remove_backends(clusters[1])
    deadline = time.monotonic() + 20
    while set(told := global_service.answering(clusters[2])) != {clusters[0].name}:
        assert time.monotonic() < deadline, told
    for cluster in clusters:
        global_service.remove(cluster)


def test_an_agent_has_the_aliases_of_its_pod(mesh: Fleet, home: Cluster, agent: str) -> None:
    text = execute(home, agent, "cilium-agent", "cat", "/etc/hosts")
    for peer in mesh.clusters[1:]:
        for member in peer.nodes:
            assert f"{member.address} {peer.name}.mesh.cilium.io" in text
    assert "mesh.cilium.io" not in (node.root(home.nodes[0]) / "etc/hosts").read_text()


def test_exec_in_the_mesh_pod(home: Cluster) -> None:
    pod = mesh_site.mesh_pod(home)
    said = execute(home, pod, "apiserver", "clustermesh-apiserver", "clustermesh-dbg", "troubleshoot")
    assert "Etcd connection successfully established" in said
    assert "etcd Version: 3.5." in execute(home, pod, "etcd", "etcd", "--version")
    ask = ["etcdctl", "--endpoints=https://127.0.0.1:2379", *_CERTIFICATE, "get", "--prefix", "--keys-only", "cilium/"]
    keys = execute(home, pod, "apiserver", *ask)
    assert f"cilium/cluster-config/{home.name}" in keys
    for member in home.nodes:
        assert f"cilium/state/nodes/v1/{home.name}/{member.name}" in keys


def test_the_mesh_pods_image_has_no_shell(home: Cluster) -> None:
    assert "No such file" in execute(home, mesh_site.mesh_pod(home), "etcd", "sh", "-c", "echo found")


def test_troubleshooting_sees_what_the_agent_sees(mesh: Fleet, home: Cluster, agent: str) -> None:
    said = witness.ask(home, agent, "troubleshoot", "clustermesh")
    for peer in mesh.clusters[1:]:
        assert f"{peer.name}.mesh.cilium.io" in said
    assert said.count("TCP connection successfully established") >= len(mesh.clusters) - 1
    assert "❌" not in said


def test_a_mesh_pod_is_replaced(mesh: Fleet, home: Cluster) -> None:
    before = mesh_site.mesh_pod(home)
    witness.kubectl(home, "delete", "pod", before, "--wait=true", "--timeout=60s")
    witness.kubectl(home, "rollout", "status", "deployment/clustermesh-apiserver", "--timeout=60s")
    assert mesh_site.mesh_pod(home) != before
    mesh_site.until_ready(mesh)


def test_the_inventory_of_the_fleet(mesh: Fleet) -> None:
    path = inventory.write(mesh)
    assert path != inventory.folder() / "fleet.yml"
    content = yaml.safe_load(path.read_text())
    assert set(content["cilium_clusters"]["hosts"]) == {cluster.name for cluster in mesh.clusters}
    assert set(content["cilium_nodes"]["hosts"]) == {member.name for member in mesh.nodes}


def test_with_kvstoremesh(mesh: Fleet, home: Cluster) -> None:
    """Agents ask their own cluster's store, which the other clusters' content is copied into."""
    mesh_site.install(mesh, kvstoremesh=True)
    mesh_site.until_ready(mesh)
    agent = witness.agents(home)[home.nodes[0].name]
    peer = mesh.clusters[1].name
    assert "clustermesh-apiserver.kube-system.svc:2379" in execute(
        home, agent, "cilium-agent", "cat", f"{FILES}/{peer}"
    )
    assert "❌" not in witness.ask(home, agent, "troubleshoot", "clustermesh")


def test_an_agents_files_follow_the_secret(mesh: Fleet, home: Cluster) -> None:
    """Last: helm 4 refuses to change what somebody else has written since."""
    path, peer = f"{mesh_site.SECRETS}/cilium-clustermesh", mesh.clusters[1].name
    api, agent = Api(home), witness.agents(home)[home.nodes[0].name]
    text = api.get(path)["data"][peer]
    assert {peer, "common-etcd-client.crt"} <= set(_files(home, agent))
    api.patch(path, {"data": {peer: None}})
    _until_files(home, agent, peer, there=False)
    mesh_site.until_ready(mesh, {home.name: 1}, seconds=20)
    api.patch(path, {"data": {peer: text}})
    _until_files(home, agent, peer, there=True)
    mesh_site.until_ready(mesh, seconds=30)
    assert execute(home, agent, "cilium-agent", "cat", f"{FILES}/{peer}") == base64.b64decode(text).decode()


def _files(cluster: Cluster, pod: str) -> list[str]:
    return execute(cluster, pod, "cilium-agent", "ls", FILES).split()


def _until_files(cluster: Cluster, pod: str, name: str, *, there: bool) -> None:
    deadline = time.monotonic() + 5
    while (name in (found := _files(cluster, pod))) != there:
        assert time.monotonic() < deadline, f"{name}: expected {'there' if there else 'gone'}, found {found}"
        time.sleep(0.2)
