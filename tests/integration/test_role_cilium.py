"""The role on a real cluster, in the order of a user: check, run, run again, change, and each way to roll out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from testbed import toolchain
from testbed.fleet import Cluster, Fleet
from testbed.paths import PROJECT

if TYPE_CHECKING:
    from tests.integration.conftest import Play, Played

CLUSTER = "berlin"
RELEASE = "Bring the release to what is asked"
Converge = Callable[..., "Played"]


@pytest.fixture
def cluster(fleet: Fleet) -> Cluster:
    return fleet.cluster(CLUSTER)


@pytest.fixture
def converge(play: Play) -> Converge:
    return partial(_converge, play)


def _converge(play: Play, *options: str, interval: str = "5m0s", **variables: object) -> Played:
    """Play the demo's settings, with an interval that nothing else depends on as the value to change."""
    demo = yaml.safe_load((PROJECT / "testbed" / "demo" / "cilium.yml").read_text())
    demo["cilium_helm_values"] = {"conntrackGCInterval": interval}
    return play("fleet.cilium.converge", "--limit", CLUSTER, *options, **{**demo, **variables})


def kubectl(cluster: Cluster, *words: str) -> str:
    command = [str(toolchain.find("kubectl")), "--kubeconfig", str(cluster.kubeconfig), "-n", "kube-system", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def agents(cluster: Cluster) -> dict[str, str]:
    """The agents' pods by node, as kubectl sees them."""
    listed = json.loads(kubectl(cluster, "get", "pods", "-l", "k8s-app=cilium", "-o", "json"))
    return {pod["spec"]["nodeName"]: pod["metadata"]["name"] for pod in listed["items"]}


def intervals(cluster: Cluster) -> set[str]:
    """The interval that each agent runs with, in its own words (nanoseconds)."""
    found = set()
    for pod in agents(cluster).values():
        told = kubectl(cluster, "exec", pod, "-c", "cilium-agent", "--", "cilium-dbg", "config", "--all")
        found |= {line.split(":")[1].strip() for line in told.splitlines() if line.startswith("ConntrackGCInterval")}
    return found


def revision(cluster: Cluster) -> int:
    """The newest revision, as helm sees it; 0 without one."""
    command = [str(toolchain.find("helm")), "--kubeconfig", str(cluster.kubeconfig), "-n", "kube-system", "list"]
    listed = subprocess.run([*command, "-o", "json"], capture_output=True, text=True, timeout=60, check=True).stdout
    found = [release for release in json.loads(listed) if release["name"] == "cilium"]
    assert all(release["status"] == "deployed" for release in found)
    return int(found[0]["revision"]) if found else 0


def rules(played: Played) -> list[str]:
    findings: list[dict[str, Any]] = played.result(RELEASE)["findings"]
    return [finding["rule"] for finding in findings]


def test_check_then_run_then_run_again(converge: Converge, cluster: Cluster) -> None:
    before, pods = revision(cluster), agents(cluster)
    checked = converge("--check", "--diff", interval="6m0s")
    assert checked.code == 0, checked.output
    assert checked.changed == 1
    assert "6m0s" in json.dumps(checked.result(RELEASE)["diff"])
    assert revision(cluster) == before

    ran = converge(interval="6m0s")
    assert ran.code == 0, ran.output
    assert ran.changed == 1
    assert revision(cluster) == before + 1
    assert set(agents(cluster)) == {node.name for node in cluster.nodes}
    assert not set(pods.values()) & set(agents(cluster).values()), "auto: every agent restarts"
    assert intervals(cluster) == {"360000000000"}
    assert "restart_needed" not in rules(ran)

    again = converge(interval="6m0s")
    assert again.changed == 0
    assert revision(cluster) == before + 1


def test_manual_leaves_agents_and_restart_needed_restarts_those_that_need_it(
    converge: Converge, cluster: Cluster
) -> None:
    first, second = (node.name for node in cluster.nodes)
    assert converge(interval="6m0s", cilium_rollout="manual").code == 0
    before = agents(cluster)

    manual = converge(interval="8m0s", cilium_rollout="manual")
    assert manual.code == 0, manual.output
    assert "restart_needed" in rules(manual)
    assert agents(cluster) == before
    assert intervals(cluster) == {"360000000000"}

    kubectl(cluster, "delete", "pod", before[first])
    kubectl(cluster, "rollout", "status", "daemonset/cilium", "--timeout=120s")
    before = agents(cluster)
    assert intervals(cluster) == {"360000000000", "480000000000"}

    checked = converge("--check", interval="8m0s", cilium_rollout="restart_needed")
    assert checked.changed == 1
    assert agents(cluster) == before

    restarted = converge(interval="8m0s", cilium_rollout="restart_needed")
    assert restarted.code == 0, restarted.output
    named = {entry["pod"] for entry in restarted.result(RELEASE)["restarted"]}
    assert before[second] in named
    assert before[first] not in named
    after = agents(cluster)
    assert after[first] == before[first]
    assert after[second] != before[second]
    assert intervals(cluster) == {"480000000000"}

    again = converge(interval="8m0s", cilium_rollout="restart_needed")
    assert again.changed == 0
    assert rules(again) == []


def test_an_agent_that_does_not_start_is_named_with_its_last_words(converge: Converge, cluster: Cluster) -> None:
    """The agent wants 12 bytes; as a setting that would be refused, so it comes past the settings."""
    values = {"conntrackGCInterval": "8m0s", "extraConfig": {"bpf-lb-maglev-hash-seed": "c2hvcnQ="}}
    failed = converge(cilium_helm_values=values, cilium_wait_timeout=20)
    message = failed.result(RELEASE)["msg"]
    assert failed.code != 0
    assert "daemonset cilium in kube-system is not up to date after 20 s" in message
    pods = agents(cluster)
    assert [node for node, pod in pods.items() if f"pod {pod} on node {node}" in message], message
    assert "hash seed" in message.partition("last log lines:")[2].lower(), message

    repaired = converge(interval="8m0s")
    assert repaired.code == 0, repaired.output
    assert set(agents(cluster)) == {node.name for node in cluster.nodes}


def test_mistyped_value_changes_nothing(converge: Converge, cluster: Cluster) -> None:
    before = revision(cluster)
    played = converge(cilium_helm_values={"kubeProxyReplacment": "true"})
    assert played.code != 0
    assert "kubeProxyReplacment" in played.output
    assert revision(cluster) == before


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"cilium_rollout": "soon"}, "cilium_rollout"),
        ({"cilium_wait_timeout": "long"}, "cilium_wait_timeout"),
        ({"cilium_context": "rome"}, "rome"),
        ({"cilium_chart": "/nowhere/chart"}, "/nowhere/chart"),
        ({"cilium_helm_values": "text"}, "cilium_helm_values"),
    ],
)
def test_bad_input_is_named(converge: Converge, variables: dict[str, object], message: str) -> None:
    played = converge(**variables)
    assert played.code != 0
    assert message in played.output


def test_status_of_every_node(play: Play, fleet: Fleet) -> None:
    played = play("fleet.cilium.status", "--limit", CLUSTER)
    assert played.code == 0, played.output
    nodes = played.result("Ask every agent", CLUSTER)["nodes"]
    assert set(nodes) == {node.name for node in fleet.cluster(CLUSTER).nodes}
