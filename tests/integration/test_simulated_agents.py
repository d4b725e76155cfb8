"""Simulated agents of other versions than the one that is built: pods of the real chart on nodes of kwok's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from testbed.api import Api, Object
from testbed.bare import bare_cluster
from testbed.fleet import Cluster
from testbed.simulated import install
from testbed.simulated.simulator import simulating
from tests.integration.witness import kubectl

if TYPE_CHECKING:
    from tests.integration.conftest import Play, Played

pytestmark = pytest.mark.simulated
NODES = 12
VERSION = "1.18.2"
VALUES: dict[str, Any] = {
    "kubeProxyReplacement": True,
    "routingMode": "native",
    "loadBalancer": {"mode": "snat", "algorithm": "maglev"},
    "rollOutCiliumPods": False,
    "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": NODES}},
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with bare_cluster("lille", nodes=NODES) as started, simulating(started):
        install.chart(started, VALUES, version=VERSION)
        install.wait(started, 90)
        yield started


def ask(local_play: Play, cluster: Cluster, **options: object) -> Played:
    """Ask the agents in a task called ask."""
    task = {"name": "ask", "fleet.cilium.status_info": {"kubeconfig": str(cluster.kubeconfig), **options}}
    return local_play([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}])


def asked(local_play: Play, cluster: Cluster, **options: object) -> dict[str, Any]:
    """Ask the agents; return the result."""
    played = ask(local_play, cluster, **options)
    assert played.code == 0, played.output
    return played.result("ask")


def answers(result: dict[str, Any], key: str) -> list[tuple[object, int]]:
    (group,) = [each for each in result["summary"]["groups"] if each["key"] == key]
    return [(answer["value"], answer["count"]) for answer in group["answers"]]


def test_kubectl_and_the_collection_read_the_same(local_play: Play, cluster: Cluster) -> None:
    result = asked(local_play, cluster, gather=["status", "health", "services", "log"])
    assert result["findings"] == []
    assert sorted(result["nodes"]) == sorted(node.name for node in cluster.nodes)
    pods = json.loads(kubectl(cluster, "get", "pods", "-l", "k8s-app=cilium", "-o", "json"))["items"]
    for pod in pods[:3]:
        words = ["exec", pod["metadata"]["name"], "-c", "cilium-agent", "--", "cilium-dbg", "status", "-o", "json"]
        said, state = json.loads(kubectl(cluster, *words)), result["nodes"][pod["spec"]["nodeName"]]
        assert said["cilium"]["msg"].startswith(f"{VERSION} ")
        assert state["version"] == VERSION
        assert state["routing"]["mode"] == said["routing"]["inter-host-routing-mode"] == "Native"
        assert state["health"]["reachable"] == state["health"]["total"] == NODES
        log = kubectl(cluster, "logs", pod["metadata"]["name"], "-c", "cilium-agent")
        assert {each["message"]: each["count"] for each in state["log"]} == {
            message: log.count(message) for message in ("A simulated warning", "A simulated error")
        }
        assert all(each["first"] <= each["last"] for each in state["log"])


def test_some_agents_run_with_an_older_configuration(local_play: Play, cluster: Cluster) -> None:
    """Like real ones, they read it when they start: those that are not restarted keep what they had."""
    api, path = Api(cluster), "/api/v1/namespaces/kube-system"
    assert answers(asked(local_play, cluster), "kube_proxy_replacement.load_balancer_mode") == [("SNAT", NODES)]
    install.chart(cluster, {**VALUES, "loadBalancer": {"mode": "dsr", "algorithm": "maglev"}}, version=VERSION)
    pods = api.get(f"{path}/pods?labelSelector=k8s-app=cilium")["items"]
    old = {pod["metadata"]["uid"] for pod in pods}
    restarted = {pod["spec"]["nodeName"] for pod in pods[:3]}
    for pod in pods[:3]:
        api.delete(f"{path}/pods/{pod['metadata']['name']}")

    def replaced(pod: Object) -> bool:
        return pod["spec"]["nodeName"] not in restarted or pod["metadata"]["uid"] not in old

    install.wait(cluster, 60, until=replaced)
    result = asked(local_play, cluster)
    assert answers(result, "kube_proxy_replacement.load_balancer_mode") == [("SNAT", NODES - 3), ("DSR", 3)]
    assert f"load balancing: {NODES - 3} of {NODES} nodes: SNAT; 3: DSR" in result["summary"]["text"]
    failed = ask(local_play, cluster, query="nodes | to_entries(@)")
    assert "column 9: there is no function to_entries" in failed.result("ask")["msg"]


@pytest.mark.parametrize("version", ["1.14.19", "1.20.0"])
def test_agents_of_other_versions(local_play: Play, cluster: Cluster, version: str) -> None:
    """Older ones have another program, and tell of routing in another place."""
    install.chart(cluster, VALUES, version=version)
    install.wait(cluster, 90, until=lambda pod: version in pod["spec"]["containers"][0]["image"])
    result = asked(local_play, cluster, require_all=True)
    assert answers(result, "version") == [(version, NODES)]
    assert answers(result, "routing.mode") == [("Native", NODES)]
    assert answers(result, "kube_proxy_replacement.mode") == [("True", NODES)]


def test_a_query_picks_the_nodes_that_differ(local_play: Play, cluster: Cluster) -> None:
    result = asked(local_play, cluster, query="summary.groups[?key == 'state'] | [0].answers[].[value, count]")
    assert result["query_result"] == [["Ok", NODES]]
    assert "nodes" not in result
