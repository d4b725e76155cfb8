"""status_info on a real cluster, through both doors, judged by kubectl and by the agent's own text form."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from testbed import toolchain
from testbed.fleet import Cluster, Fleet
from tests.integration.witness import agents, wait_for_health
from tests.integration.witness import ask as ask_agent

if TYPE_CHECKING:
    from tests.integration.conftest import Play, Played

pytestmark = pytest.mark.real
DOORS = ["controller", "host"]
READER = "fleet-cilium-test-reader"


@pytest.fixture
def cluster(cilium: Fleet) -> Cluster:
    return cilium.clusters[0]


def kubectl(cluster: Cluster, *words: str) -> str:
    command = [str(toolchain.find("kubectl")), "--kubeconfig", str(cluster.kubeconfig), "-n", "kube-system", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def ask(play: Play, cluster: Cluster, door: str, **options: object) -> Played:
    """Ask the agents of one cluster in a task called ask."""
    task = {
        "name": "ask",
        "fleet.cilium.status_info": {"kubeconfig": str(cluster.kubeconfig), **options},
        "vars": {"cilium_run_on": door},
    }
    return play([{"hosts": cluster.name, "gather_facts": False, "tasks": [task]}])


def text_of(cluster: Cluster, node: str) -> dict[str, str]:
    """The agent's own text form: what stands behind each label of the first two levels."""
    selection = ["-l", "k8s-app=cilium", "--field-selector", f"spec.nodeName={node}", "-o", "name"]
    pod = kubectl(cluster, "get", "pods", *selection).strip()
    text = kubectl(cluster, "exec", pod, "-c", "cilium-agent", "--", "cilium-dbg", "status", "--verbose")
    lines = re.findall(r"^ {0,4}(?:- )?([^:\n]+):[ \t]*(.*)$", text, re.MULTILINE)
    return {label: value.strip() for label, value in lines}


def sentences(state: dict[str, Any]) -> dict[str, str]:
    """Our result in the words of the agent's text form (Cilium 1.15, pkg/client FormatStatusResponse)."""
    replacement, ipam, hidden = state["kube_proxy_replacement"], state["ipam"]["ipv4"], state["masquerading"]
    devices = ", ".join(
        f"{one['name']} {' '.join(one['addresses'])}{' (Direct Routing)' if one['direct_routing'] else ''}"
        for one in replacement["devices"]
    )
    flag = {True: "Enabled", False: "Disabled"}
    return {
        "Cilium": f"{state['state']} {state['version']}",
        "Kubernetes": f"{state['kubernetes']['state']} ({state['kubernetes']['version']})",
        "KubeProxyReplacement": f"{replacement['mode']} [{devices}]",
        "Mode": replacement["load_balancer_mode"],
        "DSR Dispatch Mode": replacement["dsr_dispatch"],
        "Backend Selection": f"{replacement['algorithm']} (Table Size: {replacement['maglev_table_size']})",
        "Session Affinity": flag[replacement["session_affinity"]],
        "Socket LB": flag[replacement["socket_lb"]],
        "Socket LB Coverage": replacement["socket_lb_coverage"],
        "XDP Acceleration": replacement["acceleration"],
        "NodePort": f"Enabled (Range: {replacement['nodeport_range']})",
        "HostPort": flag[replacement["services"]["host_port"]],
        "externalIPs": flag[replacement["services"]["external_ips"]],
        "Host Routing": state["routing"]["host"],
        "Masquerading": f"{hidden['mode']} [{', '.join(hidden['devices'])}] {hidden['cidr_v4']}",
        "IPAM": f"{ipam['used']}/{ipam['total']} allocated from {ipam['cidr']}",
        "CNI Chaining": state["cni"]["chaining"],
        "BandwidthManager": flag[state["bandwidth_manager"]["enabled"]],
        "Encryption": state["encryption"]["mode"],
        "Cilium health daemon": state["health"]["daemon"],
        "Clock Source for BPF": state["clock_source"]["mode"],
        "Global Identity Range": f"min {state['identity_range']['min']}, max {state['identity_range']['max']}",
        "Controller Status": f"{state['controllers']['total']} healthy",
    }


def words(text: str) -> set[str]:
    """The words of a text, without what varies: a controller that has just failed, commas, the family of addresses."""
    text = re.sub(r"\d+/(\d+) healthy", r"\1 healthy", text)
    return set(text.replace("IPv4: ", "").replace(",", " ").split())


@pytest.mark.parametrize("door", DOORS)
def test_it_says_what_the_agents_say(play: Play, cluster: Cluster, door: str) -> None:
    wait_for_health(cluster)
    played = ask(play, cluster, door, require_all=True)
    assert played.code == 0, played.output
    result = played.result("ask")
    assert result["findings"] == []
    assert result["changed"] is False
    assert sorted(result["nodes"]) == sorted(node.name for node in cluster.nodes)
    for node, state in result["nodes"].items():
        said = text_of(cluster, node)
        for label, sentence in sentences(state).items():
            assert words(sentence) <= words(said[label]), f"{node}: {label}: {said[label]!r}, not {sentence!r}"


@pytest.mark.parametrize("door", DOORS)
def test_routing_is_what_the_agents_run_with(play: Play, cluster: Cluster, door: str) -> None:
    """The status of 1.15 does not tell it; the ConfigMap that the agents have read does."""
    asked = kubectl(cluster, "get", "configmap", "cilium-config", "-o", "jsonpath={.data.routing-mode}")
    nodes = ask(play, cluster, door).result("ask")["nodes"]
    assert {state["routing"]["mode"].lower() for state in nodes.values()} == {asked}


def log_of(cluster: Cluster, pod: str) -> Counter[tuple[str, str]]:
    """How often each warning and error stands in an agent's log, by level and message, as kubectl shows it."""
    text = kubectl(cluster, "logs", pod, "-c", "cilium-agent")
    return Counter(re.findall(r'level=(warning|error) msg="((?:[^"\\]|\\.)*)"', text))


@pytest.mark.parametrize("door", DOORS)
def test_what_else_is_gathered(play: Play, cluster: Cluster, door: str) -> None:
    """Health, services and log, each beside what the agent's own programs and kubectl show as text."""
    wait_for_health(cluster)
    pods = agents(cluster)
    before = {node: log_of(cluster, pod) for node, pod in pods.items()}
    played = ask(play, cluster, door, gather=["health", "services", "log"], probe=True, require_all=True)
    assert played.code == 0, played.output
    for node, state in played.result("ask")["nodes"].items():
        said = kubectl(cluster, "exec", pods[node], "-c", "cilium-agent", "--", "cilium-health", "status", "--probe")
        names = re.findall(rf"^ +{cluster.name}/(\S+?)(?: \(localhost\))?:$", said, re.MULTILINE)
        assert sorted(names) == sorted(each["name"].partition("/")[2] for each in state["health"]["nodes"])
        assert state["health"]["reachable"] == state["health"]["total"] == len(names)
        frontends = re.findall(r"^\d+ +(\S+:\d+) ", ask_agent(cluster, pods[node], "service", "list"), re.MULTILINE)
        assert sorted(f"{each['ip']}:{each['port']}" for each in state["services"]) == sorted(frontends)
        after = log_of(cluster, pods[node])
        ours = Counter({(each["level"], each["message"]): each["count"] for each in state["log"]})
        assert before[node] <= Counter({key: ours[key[0], json.loads(f'"{key[1]}"')] for key in before[node]}) <= after


@pytest.fixture
def reader(cluster: Cluster) -> Iterator[str]:
    """A user who may list pods and nothing else."""
    kubectl(cluster, "create", "role", READER, "--verb=list", "--resource=pods")
    try:
        kubectl(cluster, "create", "rolebinding", READER, f"--role={READER}", f"--user={READER}")
        yield READER
    finally:
        kubectl(cluster, "delete", "role,rolebinding", READER, "--ignore-not-found")


@pytest.mark.parametrize("door", DOORS)
def test_a_user_who_may_not_exec(play: Play, cluster: Cluster, reader: str, door: str) -> None:
    result = ask(play, cluster, door, impersonate_user=reader).result("ask")
    assert result["nodes"] == {}
    assert {finding["subject"]["node"] for finding in result["findings"]} == {node.name for node in cluster.nodes}
    assert {finding["rule"] for finding in result["findings"]} == {"exec_refused"}
    assert reader in result["findings"][0]["reason"]
    failed = ask(play, cluster, door, impersonate_user=reader, require_all=True)
    assert failed.code != 0
    assert f"{len(cluster.nodes)} of {len(cluster.nodes)} agents gave no answer" in failed.result("ask")["msg"]


@pytest.mark.parametrize("door", DOORS)
def test_a_user_who_may_not_even_list(play: Play, cluster: Cluster, door: str) -> None:
    failed = ask(play, cluster, door, impersonate_user="nobody-at-all")
    assert failed.code != 0
    assert 'User "nobody-at-all" cannot list resource "pods"' in failed.result("ask")["msg"]
