"""Module clustermesh on three real clusters, in the order in which a person would use it, judged by agents and helm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from testbed import global_service, toolchain
from testbed.fleet import Cluster, Fleet
from tests.integration import mesh_site
from tests.integration.conftest import player
from tests.integration.mesh_play import Member, Mesh, declared, result, revisions, runner

pytestmark = pytest.mark.real


def own_values(cluster: Cluster) -> dict[str, Any]:
    """Return what is asked of a cluster beside the mesh."""
    values = mesh_site.values(cluster, [])
    return {key: value for key, value in values.items() if key not in ("clustermesh", "cluster")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mesh")


@pytest.fixture(scope="module")
def mesh(mesh_fleet: Fleet, mesh_inventory: Path, folder: Path) -> Iterator[Mesh]:
    """Return a function that runs the module; the clusters are without Cilium at first and in the end."""
    mesh_site.remove(mesh_fleet)
    yield runner(player(mesh_inventory, folder))
    mesh_site.remove(mesh_fleet)


@pytest.fixture(scope="module")
def whole(mesh_fleet: Fleet) -> list[Member]:
    return [declared(cluster) for cluster in mesh_fleet.clusters]


@pytest.fixture
def forbidden_helm(tmp_path: Path) -> Iterator[str]:
    """A program in place of helm that must not be started."""
    ran = tmp_path / "ran"
    program = tmp_path / "helm"
    program.write_text(f"#!/bin/sh\ntouch {ran}\nexit 3\n")
    program.chmod(0o755)
    yield str(program)
    assert not ran.exists(), "helm was started"


@pytest.mark.usefixtures("mesh")
def test_one_pass_installs_the_whole_mesh(mesh_fleet: Fleet, mesh_inventory: Path, folder: Path) -> None:
    chart = str(toolchain.find("chart"))
    members = [
        declared(
            cluster,
            cilium_version="1.15.19",
            settings={"cilium_pool_cidr": [cluster.pods]},
        )
        for cluster in mesh_fleet.clusters
    ]
    installs = [
        {
            "name": f"install {cluster.name}",
            "fleet.cilium.release": {
                "kubeconfig": str(cluster.kubeconfig),
                "chart": chart,
                "values": own_values(cluster),
                "clustermesh_values": f"{{{{ planned.members['{cluster.name}']['values'] }}}}",
                "wait_timeout": 120,
            },
        }
        for cluster in mesh_fleet.clusters
    ]
    share = {"name": "share", "fleet.cilium.clustermesh_ca": {"members": members}}
    planned = {
        "name": "plan",
        "fleet.cilium.clustermesh": {"members": members, "state": "planned"},
        "register": "planned",
    }
    played = player(mesh_inventory, folder)(
        [{"hosts": "localhost", "gather_facts": False, "tasks": [share, planned, *installs]}]
    )
    assert played.code == 0, played.output
    mesh_site.until_ready(mesh_fleet)
    assert revisions(mesh_fleet) == [1, 1, 1]


def test_again_nothing_changes_and_no_helm_runs(
    mesh: Mesh, mesh_fleet: Fleet, whole: list[Member], forbidden_helm: str
) -> None:
    found = result(mesh(whole, helm_binary=forbidden_helm), changed=False)
    assert {name: one["port"] for name, one in found["members"].items()} == {
        "oslo": 32011,
        "riga": 32012,
        "rome": 32013,
    }
    assert [row["state"] for row in found["waited"]] == ["connected"] * 6
    assert revisions(mesh_fleet) == [1, 1, 1]


def test_no_key_is_in_a_result(mesh: Mesh, whole: list[Member]) -> None:
    played = mesh(whole, "-vvv", "--diff", state="planned")
    assert played.code == 0, played.output
    assert "PRIVATE KEY" not in played.output
    assert "ca.key" not in played.output


def test_a_global_service_is_answered_from_the_others(mesh_fleet: Fleet) -> None:
    oslo, riga, rome = mesh_fleet.clusters
    for cluster in mesh_fleet.clusters:
        global_service.declare(cluster)
    for cluster in (riga, rome):
        global_service.add_backend(cluster)
        global_service.wait(cluster)
    global_service.wait(oslo)
    global_service.ask(oslo)
    assert set(global_service.answering(oslo, 24)) == {"riga", "rome"}


def test_affinity_holds_while_local_backends_are_there(mesh_fleet: Fleet, mesh_inventory: Path, folder: Path) -> None:
    oslo = mesh_fleet.clusters[0]
    global_service.add_backend(oslo)
    global_service.wait(oslo)

    def prefer(affinity: str) -> None:
        """Say which backends the first cluster prefers."""
        service = {"namespace": global_service.NAMESPACE, "name": global_service.NAME, "affinity": affinity}
        task = {"fleet.cilium.global_services": {"kubeconfig": str(oslo.kubeconfig), "services": [service]}}
        played = player(mesh_inventory, folder)([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}])
        assert played.code == 0, played.output

    prefer("remote")
    global_service.until_answered_by(oslo, {"riga", "rome"})
    prefer("none")
    global_service.until_answered_by(oslo, {"oslo", "riga", "rome"})
    prefer("local")
    global_service.until_answered_by(oslo, {"oslo"})
    global_service.remove_backends(oslo)
    global_service.until_answered_by(oslo, {"riga", "rome"})


def test_a_stale_address_is_repaired(mesh: Mesh, mesh_fleet: Fleet, whole: list[Member]) -> None:
    """The address that peers know leads nowhere, as when a node was replaced by one with another address."""
    first, second, third = mesh_fleet.clusters
    before = revisions(mesh_fleet)
    gone = declared(second, endpoints=["172.29.2.99"])
    result(mesh([whole[0], gone, whole[2]], wait=False), changed=True)
    mesh_site.until_ready(mesh_fleet, {first.name: (1, 2), second.name: (2, 2), third.name: (1, 2)})
    found = result(mesh(whole), changed=True)
    assert found["members"][second.name]["endpoints"] == [member.address for member in second.nodes]
    mesh_site.until_ready(mesh_fleet)
    # The second cluster has nothing that changes: only its peers know its address.
    assert revisions(mesh_fleet) == [before[0] + 2, before[1], before[2] + 2]
    result(mesh(whole), changed=False)


def test_one_leaves_and_comes_back(mesh: Mesh, mesh_fleet: Fleet, whole: list[Member]) -> None:
    rome = mesh_fleet.clusters[2]
    without = [*whole[:2], declared(rome, state="absent")]
    checked = result(mesh(without, "--check"), changed=True)
    assert checked["members"]["rome"]["leaving"] is True
    mesh_site.until_ready(mesh_fleet)
    result(mesh(without), changed=True)
    mesh_site.until_ready(mesh_fleet, {"oslo": 1, "riga": 1, "rome": 0})
    result(mesh(without), changed=False)
    result(mesh(whole), changed=True)
    mesh_site.until_ready(mesh_fleet)


def test_pairs(mesh: Mesh, mesh_fleet: Fleet, whole: list[Member]) -> None:
    result(mesh(whole, topology="pairs", pairs=[["oslo", "riga"], ["oslo", "rome"]]), changed=True)
    mesh_site.until_ready(mesh_fleet, {"oslo": 2, "riga": 1, "rome": 1})
    result(mesh(whole), changed=True)
    mesh_site.until_ready(mesh_fleet)
