"""kube-proxy on real nodes: it serves, Cilium takes over, it goes behind gates, its rules go, and it comes back.

One cluster is made anew for it, without Cilium, and gets the demo's Cilium back at the end. The tests are steps of one
story and run in this order.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from testbed import inventory, kube_proxy, lifecycle, node, paths, processes, toolchain
from testbed.api import Api, Object
from testbed.demo import playbook as demo
from testbed.demo import requests
from testbed.fleet import Cluster, Fleet
from testbed.runtime.programs import SERVE_ANNOTATION
from tests.integration import client_loop, witness
from tests.integration.kube_proxy_site import BACKUP, Site
from tests.integration.witness import kubectl

if TYPE_CHECKING:
    from tests.integration.conftest import Play, Played

pytestmark = pytest.mark.real
HOST_PORT, NODE_PORT = 18080, 30180
NAMESPACE = "kube-proxy-test"
# What only kube-proxy makes.
RULES = re.compile(r"KUBE-(?:SVC|SEP|SERVICES|NODEPORTS|EXT|PROXY|FORWARD)")
DEMO = yaml.safe_load(demo.VARIABLES.read_text())
BESIDE = {
    **{key: value for key, value in DEMO.items() if "loadbalancer" not in key and "maglev" not in key},
    "cilium_install_mode": "beside_kube_proxy",
}
GATES = "agents_ready agents_replace_kube_proxy api_endpoint nodeport_range agents_current socket_lb_scope".split()


@pytest.fixture(scope="module")
def cluster(fleet: Fleet) -> Iterator[Cluster]:
    """The first cluster with new nodes, without Cilium; it gets the demo's Cilium back."""
    found = fleet.clusters[0]
    make_anew(fleet, found)
    yield found
    kubectl(found, "delete", BACKUP, "--ignore-not-found")
    kube_proxy.remove(found)
    make_anew(fleet, found)
    demo.converge()


@pytest.fixture
def site(cluster: Cluster, tmp_path: Path) -> Site:
    return Site(cluster, tmp_path)


def make_anew(fleet: Fleet, cluster: Cluster) -> None:
    """Remove Cilium from a cluster, and give it new nodes: what programs leave in the kernel goes with a node."""
    for name in (NAMESPACE, requests.NAMESPACE):
        kubectl(cluster, "delete", "namespace", name, "--ignore-not-found", "--timeout=60s")
    words = ["-n", "kube-system", "uninstall", "cilium", "--ignore-not-found", "--kubeconfig", str(cluster.kubeconfig)]
    processes.run([toolchain.find("helm"), *words])
    until(lambda: not witness.agents(cluster), "no agents left")
    for member in cluster.nodes:
        node.stop(member)
    lifecycle.up(fleet)
    # Files of pods went with their nodes.
    kubectl(cluster, "delete", "pods", "-l", "k8s-app=kube-proxy")


def until(found: Callable[[], object], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.3)


def converge(play: Play, cluster: Cluster, variables: dict[str, Any]) -> None:
    played = play(str(paths.PROJECT / "playbooks" / "converge.yml"), "--limit", cluster.name, **variables)
    assert played.code == 0, played.output


def playbook(play: Play, cluster: Cluster, name: str, *words: str, **variables: object) -> Played:
    """Play one of the collection's playbooks on one cluster and its nodes."""
    names = ",".join([cluster.name, *(member.name for member in cluster.nodes)])
    played = play(str(paths.PROJECT / "playbooks" / name), "--limit", names, *words, **variables)
    assert played.code == 0, played.output
    return played


def rules_on(cluster: Cluster) -> dict[str, list[str]]:
    """What of kube-proxy the nodes' own programs show, by node."""
    found = {}
    for member in cluster.nodes:
        lines = [line for name in ("iptables-save", "ip6tables-save") for line in tables(member, name)]
        nft = witness.run_in(member, "nft", "list", "tables").splitlines()
        found[member.name] = [line for line in lines if RULES.search(line)] + [
            line for line in nft if line.endswith(" kube-proxy")
        ]
    return found


def tables(member: Any, program: str) -> list[str]:
    both = [
        witness.run_in(member, f"{program.replace('tables', 'tables-' + backend)}") for backend in ("nft", "legacy")
    ]
    return [line for text in both for line in text.splitlines()]


def deploy_in_host_network(cluster: Cluster) -> list[tuple[str, int]]:
    """A server in each node's own network behind a NodePort; return whom to ask so that the other node's answers."""
    api = Api(cluster)
    api.apply("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    until(lambda: api.find(f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/default"), "service account")
    for number, member in enumerate(cluster.nodes):
        name = f"host-{member.name}"
        variables = [{"name": "PORT", "value": str(HOST_PORT)}, {"name": "NODE", "value": member.name}]
        metadata = {"name": name, "labels": {"app": name}, "annotations": {SERVE_ANNOTATION: "http"}}
        container = {"name": "web", "image": "testbed/web", "env": variables}
        spec: Object = {"nodeName": member.name, "hostNetwork": True, "containers": [container]}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        if api.find(f"/api/v1/namespaces/{NAMESPACE}/pods/{name}") is None:
            api.create(f"/api/v1/namespaces/{NAMESPACE}/pods", pod)
        ports = [{"port": 80, "targetPort": HOST_PORT, "nodePort": NODE_PORT + number}]
        service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}}
        service["spec"] = {"type": "NodePort", "selector": {"app": name}, "ports": ports}
        api.apply(f"/api/v1/namespaces/{NAMESPACE}/services", service)
    count = len(cluster.nodes)
    return [(member.address, NODE_PORT + (number + 1) % count) for number, member in enumerate(cluster.nodes)]


def answers(targets: Sequence[tuple[str, int]]) -> bool:
    return not [reason for target in targets if (reason := client_loop.answer(*target))]


@pytest.mark.parametrize("mode", ["nftables", "iptables"])
def test_it_serves_a_nodeport_without_cilium(play: Play, cluster: Cluster, mode: str) -> None:
    targets = deploy_in_host_network(cluster)
    assert not answers(targets)
    kube_proxy.install(cluster, mode)
    until(lambda: answers(targets), f"NodePorts answer with kube-proxy in mode {mode}")
    rules = rules_on(cluster)
    word = "table ip kube-proxy" if mode == "nftables" else "KUBE-SVC"
    assert all(any(word in line for line in lines) for lines in rules.values()), rules
    kube_proxy.remove(cluster)
    assert answers(targets), "kube-proxy leaves its rules when it ends"
    task = {"name": "clean", "fleet.cilium.kube_proxy_rules": {}}
    names = [member.name for member in cluster.nodes]
    played = play([{"hosts": names, "gather_facts": False, "become": True, "tasks": [task]}])
    assert played.code == 0, played.output
    assert rules_on(cluster) == {name: [] for name in names}
    assert not answers(targets)


def test_a_cluster_without_a_network_passes(cluster: Cluster, site: Site) -> None:
    requests_pods = Api(cluster)
    requests_pods.delete(f"/api/v1/namespaces/{requests.NAMESPACE}")
    until(lambda: own_network(cluster) == [], "no pod with a network of its own", 120)
    kube_proxy.install(cluster)
    result = site.do("absent", "--check")
    assert [finding["rule"] for finding in result["findings"]] == ["connections_break", "no_network_yet"]


def own_network(cluster: Cluster) -> list[str]:
    pods = Api(cluster).get("/api/v1/pods")["items"]
    return [pod["metadata"]["name"] for pod in pods if not pod["spec"].get("hostNetwork")]


def closed(result: dict[str, Any]) -> set[str]:
    """The gates that refused, which the message has to name as well."""
    assert result.get("failed") is True, result
    found = {finding["rule"] for finding in result["findings"]}
    assert all(f"{rule}: " in result["msg"] for rule in found)
    return found


def test_agents_beside_kube_proxy_close_the_gate(play: Play, cluster: Cluster, site: Site) -> None:
    converge(play, cluster, BESIDE)
    requests.deploy(cluster)
    requests.wait(cluster)
    assert requests.ask(cluster)
    before = site.objects()
    assert "agents_replace_kube_proxy" in closed(site.do("absent"))
    config = json.dumps({"data": {"some-new-key": "1"}})
    kubectl(cluster, "patch", "configmap", "cilium-config", "--type=merge", "-p", config)
    assert "agents_current" in closed(site.do("absent"))
    assert site.objects() == before
    assert not site.has_backup()


def test_cilium_takes_over_with_a_client_at_work(
    play: Play, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    ports = [answer.port for answer in requests.ask(cluster)]
    targets = [(member.address, port) for member, port in zip(cluster.nodes, ports, strict=True)]
    with client_loop.asking(targets) as count:
        time.sleep(3)
        assert not count.failed
        converge(play, cluster, DEMO)
        time.sleep(3)
    with capsys.disabled():
        sys.stdout.write(f"\nconverge to replacement: {count}\n")
    assert answers(targets)


@contextmanager
def there(cluster: Cluster, body: Object) -> Iterator[None]:
    """An object while the block runs."""
    text = json.dumps(body)
    kubectl(cluster, "apply", "-f", "-", stdin=text)
    try:
        yield
    finally:
        kubectl(cluster, "delete", "-f", "-", "--ignore-not-found", stdin=text)


def broken(cluster: Cluster) -> dict[str, Object]:
    """What closes each gate of a cluster in which all is well, as an object that is put there."""
    ranges = {"extraArgs": [{"name": "service-node-port-range", "value": "20000-40000"}]}
    configuration = {"apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "ClusterConfiguration", "apiServer": ranges}
    return {
        # Without the label for Linux no DaemonSet puts a pod there.
        "agents_ready": {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "ghost"}},
        "api_endpoint": {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "ServiceCIDR",
            "metadata": {"name": "around-the-api-server"},
            "spec": {"cidrs": [network_of(cluster)]},
        },
        "nodeport_range": {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "kubeadm-config", "namespace": "kube-system"},
            "data": {"ClusterConfiguration": yaml.safe_dump(configuration)},
        },
        "socket_lb_scope": {
            "apiVersion": "node.k8s.io/v1",
            "kind": "RuntimeClass",
            "metadata": {"name": "kata"},
            "handler": "kata-qemu",
        },
    }


def network_of(cluster: Cluster) -> str:
    return ".".join([*cluster.api_host.split(".")[:3], "0"]) + "/24"


@pytest.mark.parametrize("gate", ["agents_ready", "api_endpoint", "nodeport_range", "socket_lb_scope"])
def test_each_gate_closes_alone(cluster: Cluster, site: Site, gate: str) -> None:
    before = site.objects()
    with there(cluster, broken(cluster)[gate]):
        assert closed(site.do("absent")) == {gate}
        skipped = site.do("absent", "--check", skip_gates=[gate])
        assert (skipped["changed"], skipped.get("failed", False)) == (True, False)
    kube_proxy.install(cluster)  # kubeadm's configuration is part of that
    assert site.objects() == before
    assert not site.has_backup()


def test_a_node_without_a_way_to_the_api_server_closes_the_gate(cluster: Cluster, site: Site) -> None:
    """The connections that its agent has stay, so its status says that all is well."""
    member = cluster.nodes[0]
    rule = ["-p", "tcp", "-d", cluster.api_host, "--dport", str(cluster.api_port), "--syn", "-j", "REJECT"]
    inside = [*node.enter(member), "/usr/sbin/iptables", "-w"]
    processes.run([*inside, "-I", "OUTPUT", *rule])
    try:
        refused = site.do("absent")
    finally:
        processes.run([*inside, "-D", "OUTPUT", *rule])
    assert closed(refused) == {"api_endpoint"}
    assert f"api_endpoint: {member.name}: A new connection" in refused["msg"]
    assert cluster.nodes[1].name not in refused["msg"]
    assert site.do("absent", "--check").get("failed", False) is False


def test_it_goes_with_a_client_at_work(
    play: Play, cluster: Cluster, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    ports = [answer.port for answer in requests.ask(cluster)]
    targets = [(member.address, port) for member, port in zip(cluster.nodes, ports, strict=True)]
    assert all(rules_on(cluster).values())
    with client_loop.asking(targets) as count:
        time.sleep(1)
        checked = playbook(play, cluster, "remove_kube_proxy.yml", "--check")
        assert checked.changed
        assert len(site.objects()) == 6
        playbook(play, cluster, "remove_kube_proxy.yml", cilium_kube_proxy_serial=1)
        time.sleep(2)
    with capsys.disabled():
        sys.stdout.write(f"\nremove_kube_proxy.yml: {count}\n")
    assert count.failed == []
    assert rules_on(cluster) == {member.name: [] for member in cluster.nodes}
    assert site.objects() == {}
    assert kube_proxy.ready_pods(cluster) == []
    assert playbook(play, cluster, "remove_kube_proxy.yml").changed == 0


def test_it_comes_back(play: Play, cluster: Cluster, site: Site) -> None:
    playbook(play, cluster, "restore_kube_proxy.yml")
    assert kube_proxy.ready_pods(cluster) == [member.name for member in cluster.nodes]
    until(lambda: all(rules_on(cluster).values()), "its rules are back")
    assert playbook(play, cluster, "restore_kube_proxy.yml").changed == 0
    assert not site.has_backup()


def test_one_node_after_the_other(play: Play, cluster: Cluster, site: Site) -> None:
    first, second = (member.name for member in cluster.nodes)
    alone = site.do("absent", strategy="node", nodes=[first])
    assert (alone["nodes_left"], alone["removed"]) == ([second], [])
    assert kube_proxy.ready_pods(cluster) == [second]
    assert site.do("absent", strategy="node", nodes=[first])["changed"] is False
    played = playbook(play, cluster, "remove_kube_proxy.yml", cilium_kube_proxy_strategy="node")
    assert played.changed
    assert rules_on(cluster) == {first: [], second: []}
    assert site.objects() == {}
    labels = kubectl(cluster, "get", "nodes", "--show-labels")
    assert "fleet.cilium/kube-proxy" not in labels


def test_over_an_inventory_of_kubespray(play: Play, cluster: Cluster, site: Site) -> None:
    kubespray = inventory.folder() / f"kubespray-{cluster.name}" / "hosts.yml"
    folder = paths.PROJECT / "playbooks"
    assert play(str(folder / "restore_kube_proxy.yml"), on=kubespray).code == 0
    assert kube_proxy.ready_pods(cluster) == [member.name for member in cluster.nodes]
    played = play(str(folder / "remove_kube_proxy.yml"), on=kubespray)
    assert played.code == 0, played.output
    assert set(played.stats) == {member.name for member in cluster.nodes}
    assert (site.objects(), rules_on(cluster)) == ({}, {member.name: [] for member in cluster.nodes})


def test_what_was_restored_serves_by_itself(play: Play, fleet: Fleet, cluster: Cluster, site: Site) -> None:
    """On new nodes without Cilium, so that nobody else can have answered."""
    playbook(play, cluster, "restore_kube_proxy.yml")
    assert len(site.objects()) == 6
    make_anew(fleet, cluster)
    targets = deploy_in_host_network(cluster)
    until(lambda: answers(targets), "NodePorts answer", 90)
