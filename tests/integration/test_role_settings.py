"""The role's settings on real clusters: check, run, run again, change; the endpoint and the seed that are looked up."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from testbed import inventory, toolchain
from testbed.demo import playbook
from testbed.fleet import Cluster, Fleet
from testbed.paths import PROJECT
from tests.integration import witness

if TYPE_CHECKING:
    from tests.integration.conftest import Play, Played

pytestmark = pytest.mark.real

RELEASE = "Bring the release to what is asked"
LOOKED_UP, CAUTIONS = "Say what was looked up", "Say what to know about it"
DEMO: dict[str, Any] = yaml.safe_load((PROJECT / "testbed" / "demo" / "cilium.yml").read_text())
Converge = Callable[..., "Played"]


@pytest.fixture(scope="module", autouse=True)
def _as_the_demo_installs(fleet: Fleet) -> Iterator[None]:
    """Begin with what the demo installs, and leave that behind."""
    assert fleet.clusters
    playbook.converge()
    yield
    playbook.converge()


@pytest.fixture
def converge(play: Play) -> Converge:
    return partial(_converge, play)


def _converge(play: Play, *options: str, **variables: object) -> Played:
    return play("fleet.cilium.converge", *options, **{**DEMO, **variables})


def run(cluster: Cluster, program: str, *words: str) -> str:
    command = [str(toolchain.find(program)), f"--kubeconfig={cluster.kubeconfig}", "--namespace=kube-system", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def agents_say(cluster: Cluster, name: str) -> set[str]:
    """What every agent says in its own words behind a name of `cilium-dbg status --verbose`."""
    pods = json.loads(run(cluster, "kubectl", "get", "pods", "--selector=k8s-app=cilium", "--output=json"))["items"]
    found = set()
    for pod in pods:
        words = ("exec", pod["metadata"]["name"], "--container=cilium-agent", "--", "cilium-dbg", "status", "--verbose")
        (line,) = re.findall(rf"^\s*{name}:\s+(.*?)\s*$", run(cluster, "kubectl", *words), re.MULTILINE)
        found.add(line)
    return found


def configuration(cluster: Cluster) -> dict[str, str]:
    found: dict[str, str] = json.loads(run(cluster, "kubectl", "get", "configmap", "cilium-config", "--output=json"))[
        "data"
    ]
    return found


def revision(cluster: Cluster) -> int:
    (release,) = json.loads(run(cluster, "helm", "list", "--output=json"))
    assert release["status"] == "deployed"
    return int(release["revision"])


def test_check_run_again_and_change(converge: Converge, fleet: Fleet) -> None:
    cluster = fleet.cluster("berlin")
    before = revision(cluster)
    asked = {"cilium_loadbalancer_mode": "hybrid", "cilium_maglev_table_size": 509}

    checked = converge("--check", "--diff", "--limit", cluster.name, **asked)
    assert checked.code == 0, checked.output
    assert checked.changed == 1
    assert "hybrid" in json.dumps(checked.result(RELEASE)["diff"])
    assert (revision(cluster), agents_say(cluster, "Mode")) == (before, {"DSR"})

    ran = converge("--limit", cluster.name, **asked)
    assert ran.code == 0, ran.output
    assert (ran.changed, revision(cluster)) == (1, before + 1)
    assert agents_say(cluster, "Mode") == {"Hybrid"}
    assert agents_say(cluster, "Backend Selection") == {"Maglev (Table Size: 509)"}

    again = converge("--limit", cluster.name, **asked)
    assert (again.changed, revision(cluster)) == (0, before + 1)

    backends = {"cilium_loadbalancer_mode": "snat", "cilium_maglev_table_size": None, "cilium_maglev_backends": 9}
    changed = converge("--limit", cluster.name, **backends)
    assert changed.changed == 1, changed.output
    assert agents_say(cluster, "Mode") == {"SNAT"}
    assert agents_say(cluster, "Backend Selection") == {"Maglev (Table Size: 1021)"}


def test_endpoint_is_looked_up_and_named(converge: Converge, fleet: Fleet) -> None:
    cluster = fleet.cluster("paris")
    # kubeadm's endpoint would come first; the demo and others leave its configuration there with kube-proxy.
    witness.kubectl(cluster, "--namespace=kube-system", "delete", "configmap", "kubeadm-config", "--ignore-not-found")
    played = converge("--check", "--diff", "--limit", cluster.name, cilium_k8s_service_host=None)
    assert played.code == 0, played.output
    found = played.result(RELEASE)["diff"]["after"]["values"]
    assert (found["k8sServiceHost"], found["k8sServicePort"]) == (cluster.api_host, cluster.api_port)
    assert "(the kubeconfig's server)" in " ".join(played.result(LOOKED_UP)["__cilium_desired.notes"])


def test_members_of_a_mesh_share_a_seed_that_stays(converge: Converge, fleet: Fleet) -> None:
    asked = {"cilium_maglev_hash_seed": "auto"}
    assert not [cluster for cluster in fleet.clusters if "bpf-lb-maglev-hash-seed" in configuration(cluster)]
    ran = converge(**asked)
    assert ran.code == 0, ran.output
    seeds = {configuration(cluster)["bpf-lb-maglev-hash-seed"] for cluster in fleet.clusters}
    (seed,) = seeds
    assert len(base64.b64decode(seed)) == 12

    again = converge(**asked)
    assert again.changed == 0, again.output
    alone = converge("--limit", fleet.clusters[1].name, **asked)
    assert alone.changed == 0, alone.output
    assert "the seed of the mesh's first member" in alone.output
    assert {configuration(cluster)["bpf-lb-maglev-hash-seed"] for cluster in fleet.clusters} == seeds


def test_raw_values_win_and_are_reported(converge: Converge, fleet: Fleet) -> None:
    cluster = fleet.cluster("paris")
    played = converge("--check", "--diff", "--limit", cluster.name, cilium_helm_values={"maglev": {"tableSize": 1021}})
    assert played.code == 0, played.output
    assert played.result(RELEASE)["diff"]["after"]["values"]["maglev"]["tableSize"] == 1021
    cautions = played.result(CAUTIONS)["__cilium_desired.cautions"]
    (over,) = [text for text in cautions if text.startswith("setting_overridden")]
    assert "maglev.tableSize: 251, but cilium_helm_values says 1021" in over


def test_credentials_are_in_no_output(converge: Converge, fleet: Fleet) -> None:
    """A key in raw values reaches the release (its diff names the path), and no line of what is printed."""
    cluster = fleet.cluster("berlin")
    secret = base64.b64encode(b"nothing that anybody may see").decode()
    values = {"tls": {"ca": {"key": secret}}}
    played = converge("--check", "--diff", "-vvv", "--limit", cluster.name, cilium_helm_values=values)
    assert played.code == 0, played.output
    assert played.result(RELEASE)["diff"]["after"]["values"]["tls"]["ca"]["key"].startswith("********")
    assert secret not in played.output


@pytest.mark.parametrize(
    ("variables", "rule"),
    [
        ({"cilium_cluster_id": 1}, "mesh_id_taken"),
        ({"cilium_routing_mode": "tunnel"}, "dsr"),
        ({"cilium_pool_cidr": ["172.30.0.0/16"]}, "networks_overlap"),
        ({"cilium_version": "1.16.1", "cilium_kube_proxy_replacement": "partial"}, "not_in_this_version"),
    ],
)
def test_preflight_refuses_before_anything_is_changed(
    converge: Converge, fleet: Fleet, variables: dict[str, object], rule: str
) -> None:
    before = [revision(cluster) for cluster in fleet.clusters]
    played = converge("--limit", "berlin", **variables)
    assert played.code != 0
    assert rule in played.result("Look at the whole fleet")["msg"]
    assert not [name for name, _host, _result in played.results if name.endswith(RELEASE)]
    assert [revision(cluster) for cluster in fleet.clusters] == before


def test_kubesprays_cilium_is_compared_and_not_changed(play: Play, fleet: Fleet, fleet_inventory: Path) -> None:
    cluster = fleet.clusters[0]
    assert fleet_inventory.exists()
    before = revision(cluster)
    hosts = inventory.folder() / f"kubespray-{cluster.name}" / "hosts.yml"
    played = play("fleet.cilium.converge", on=hosts, cilium_loadbalancer_mode="snat")
    assert played.code == 0, played.output
    assert (played.changed, revision(cluster)) == (0, before)
    advice = played.result("Show the variables for the other owner's inventory")["msg"]
    assert advice[-1]["cilium_extra_values"]["loadBalancer"] == {"mode": "snat"}
    shown = played.result("Show what the agents are given now and should not be")["__cilium_desired.differences"]
    told = {entry["subject"]["key"]: (entry["asked"], entry["found"]) for entry in shown}
    assert told["bpf-lb-mode"] == ("snat", "dsr")
