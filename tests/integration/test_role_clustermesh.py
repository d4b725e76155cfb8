"""Roles cilium and clustermesh on three real clusters: one declaration, and the same step by step, as one story.

Judged by helm, by the agents' own status, and by a client.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from testbed import global_service, inventory, paths
from testbed.fleet import Cluster, Fleet
from tests.integration import mesh_site, witness
from tests.integration.conftest import Played, player
from tests.integration.mesh_play import revisions

pytestmark = [pytest.mark.real, pytest.mark.long]
Run = Callable[..., Played]

# What is asked of every cluster, beside the mesh; tunnels, so that the nodes' addresses suffice.
ASKED = {
    "cilium_chart": "{{ testbed_chart }}",
    "cilium_helm_binary": "{{ testbed_helm }}",
    "cilium_cluster_name": "{{ inventory_hostname }}",
    "cilium_cluster_id": "{{ testbed_id }}",
    "cilium_install_mode": "kube_proxy_replacement",
    "cilium_k8s_service_host": "auto",
    "cilium_devices": ["eth0"],
    "cilium_pool_cidr": ["{{ testbed_pods }}"],
    "cilium_operator_replicas": 1,
    "cilium_wait_timeout": 180,
}
# What a certificate's Secret has; all of it is new in each life of a cluster.
CERTIFICATES = ("ca.crt", "ca.key", "tls.crt", "tls.key")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("role")


@pytest.fixture(scope="module")
def run(mesh_fleet: Fleet, mesh_inventory: Path, folder: Path) -> Iterator[Run]:
    """Return a function that plays a playbook, or plays, with what is asked of every cluster."""
    mesh_site.remove(mesh_fleet)
    play = player(mesh_inventory, folder)

    def go(what: str | list[dict[str, Any]], *words: str, **variables: object) -> Played:
        named = str(paths.PROJECT / "playbooks" / what) if isinstance(what, str) else what
        played = play(named, *words, **{**ASKED, **variables})
        assert played.code == 0, played.output
        return played

    yield go
    mesh_site.remove(mesh_fleet)


def step(name: str, *hosts: str, **variables: object) -> dict[str, Any]:
    """Return a play of one of the steps on some clusters."""
    role = {"name": "fleet.cilium.clustermesh", "tasks_from": name}
    task = {"name": name, "ansible.builtin.include_role": role, "vars": variables}
    return {"hosts": list(hosts), "gather_facts": False, "tasks": [task]}


def values(cluster: Cluster) -> dict[str, Any]:
    """What the release was given, as helm says it."""
    return dict(json.loads(witness.helm(cluster, "get", "values", "cilium", "--output=json")))


def secrets(cluster: Cluster) -> dict[str, dict[str, str]]:
    """The Secrets by name without certificates' content; those in which programs note something are left out."""
    found = json.loads(witness.kubectl(cluster, "get", "secrets", "-o", "json"))["items"]
    return {
        item["metadata"]["name"]: {
            key: "" if key.endswith(CERTIFICATES) else text for key, text in item.get("data", {}).items()
        }
        for item in found
        if not item["type"].startswith(("helm.sh/", "fleet.cilium/"))
    }


def authorities(fleet: Fleet) -> set[str]:
    """The authorities that the clusters have and that have signed the mesh API servers."""
    path = "jsonpath={.items[*].data.ca\\.crt}"
    names = ["secret/cilium-ca", "secret/clustermesh-apiserver-server-cert"]
    return {text for cluster in fleet.clusters for text in witness.kubectl(cluster, "get", *names, "-o", path).split()}


@pytest.fixture(scope="module")
def declared() -> dict[str, Any]:
    """What the first way ended with, for the second one to be compared with."""
    return {}


def test_every_cluster_is_installed_as_a_member(run: Run, mesh_fleet: Fleet, declared: dict[str, Any]) -> None:
    run("converge.yml", cilium_clustermesh={})
    mesh_site.until_ready(mesh_fleet)
    assert revisions(mesh_fleet) == [1, 1, 1]
    assert len(authorities(mesh_fleet)) == 1
    declared.update({one.name: (values(one), secrets(one)) for one in mesh_fleet.clusters})


def test_again_nothing_changes(run: Run, mesh_fleet: Fleet) -> None:
    assert run("converge.yml", cilium_clustermesh={}).changed == 0
    assert run("converge.yml", "--limit", "riga", cilium_clustermesh={}).changed == 0
    mesh = run("mesh.yml", cilium_clustermesh={})
    assert mesh.changed == 0
    pairs = mesh.result("Wait until all agents are connected with all peers")["pairs"]
    assert [pair["connected"] for pair in pairs] == [True] * 6
    assert run("verify.yml", cilium_clustermesh={}).changed == 0
    assert revisions(mesh_fleet) == [1, 1, 1]


def test_without_the_variable_a_mesh_stays_as_it_is(run: Run, mesh_fleet: Fleet) -> None:
    assert run("converge.yml").changed == 0
    assert run("mesh.yml").changed == 0
    assert revisions(mesh_fleet) == [1, 1, 1]


def test_services_are_made_global(run: Run, mesh_fleet: Fleet) -> None:
    oslo, riga, rome = mesh_fleet.clusters
    for cluster in mesh_fleet.clusters:
        global_service.declare(cluster, annotations={})
    global_service.add_backend(riga)
    services = [{"namespace": global_service.NAMESPACE, "name": global_service.NAME}]
    given = {"cilium_clustermesh": {}, "cilium_global_services": services}
    assert run("mesh.yml", **given).changed == 3
    assert run("mesh.yml", **given).changed == 0
    for cluster in mesh_fleet.clusters:
        global_service.wait(cluster)
    assert global_service.ask(oslo)["cluster"] == "riga"
    assert global_service.ask(rome)["cluster"] == "riga"
    assert run([step("global_services", "riga", cilium_global_services=[])]).changed == 1


@pytest.mark.usefixtures("run")
def test_an_inventory_of_kubespray_shows_what_its_owner_has_to_set(mesh_fleet: Fleet, folder: Path) -> None:
    """The inventory is one cluster; the others are named with their kubeconfigs."""
    oslo, riga, _rome = mesh_fleet.clusters
    on = inventory.write(mesh_fleet).parent / f"kubespray-{oslo.name}" / "hosts.yml"
    elsewhere = {"name": "riga", "kubeconfig": str(riga.kubeconfig), "managed_by": "external"}
    played = player(on, folder)(
        str(paths.PROJECT / "playbooks" / "converge.yml"),
        cilium_cluster_name="oslo",
        cilium_cluster_id="11",
        cilium_pool_cidr=[oslo.pods],
        cilium_clustermesh={"members": ["oslo", elsewhere]},
    )
    assert played.code == 0, played.output
    assert played.changed == 0
    shown = played.result("Show the variables for the other owner's inventory")["msg"][-1]["cilium_extra_values"]
    peer = {"name": "riga", "ips": ["172.29.2.11"], "port": 32012}
    assert shown["clustermesh"]["config"]["clusters"] == [peer]
    assert shown["cluster"] == {"name": "oslo", "id": 11}


def test_step_by_step_ends_in_the_same_state(
    run: Run, mesh_fleet: Fleet, folder: Path, declared: dict[str, Any]
) -> None:
    mesh_site.remove(mesh_fleet)
    key = folder / "authority.yml"
    run("converge.yml", "--limit", "oslo")
    run(
        [
            step("ca_export", "oslo", cilium_clustermesh_ca_path=str(key)),
            step("ca_import", "riga", "rome", cilium_clustermesh_ca_path=str(key)),
        ]
    )
    assert key.stat().st_mode & 0o777 == 0o600
    run("converge.yml", "--limit", "riga,rome")
    assert revisions(mesh_fleet) == [1, 1, 1]
    run([step("enable", "oslo", "riga", "rome")])
    run([step("connect", "rome", cilium_clustermesh_connect=["riga", "oslo"])])
    mesh_site.until_ready(mesh_fleet, {"oslo": 1, "riga": 1, "rome": 2})
    run([step("connect", "oslo", cilium_clustermesh_connect=["riga"])])
    mesh_site.until_ready(mesh_fleet)
    assert {one.name: (values(one), secrets(one)) for one in mesh_fleet.clusters} == declared
    assert len(authorities(mesh_fleet)) == 1
    assert run("mesh.yml", cilium_clustermesh={}).changed == 0
    again = [
        step("enable", "oslo", "riga", "rome"),
        step("connect", "riga", cilium_clustermesh_connect=["oslo", "rome"]),
    ]
    assert run(again).changed == 0


def test_one_is_disconnected_from_two_that_stay_connected(run: Run, mesh_fleet: Fleet) -> None:
    leave = [step("disconnect", "rome", cilium_clustermesh_disconnect=["oslo", "riga"])]
    assert run(leave).changed == 2
    mesh_site.until_ready(mesh_fleet, {"oslo": 1, "riga": 1, "rome": 0})
    assert run(leave).changed == 0


def test_an_authority_goes_from_cluster_to_cluster_without_a_file(run: Run) -> None:
    played = run(
        [
            step("ca_export", "oslo"),
            step("ca_import", "rome", cilium_clustermesh_ca="{{ hostvars.oslo.cilium_clustermesh_authority }}"),
        ],
        "-vvv",
    )
    assert played.changed == 0
    assert "PRIVATE KEY" not in played.output
