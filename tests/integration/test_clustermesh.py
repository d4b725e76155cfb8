"""Module clustermesh on three real clusters, in the order in which a person would use it, judged by agents and helm."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from testbed import global_service, toolchain
from testbed.fleet import Cluster, Fleet
from tests.integration import mesh_site, witness
from tests.integration.conftest import Played, player

pytestmark = pytest.mark.real
Mesh = Callable[..., Played]


def declared(cluster: Cluster, **more: object) -> dict[str, object]:
    """Return a member as a person writes it."""
    return {"name": cluster.name, "id": cluster.id, "kubeconfig": str(cluster.kubeconfig), **more}


def own_values(cluster: Cluster) -> dict[str, Any]:
    """Return what is asked of a cluster beside the mesh."""
    values = mesh_site.values(cluster, [])
    return {key: value for key, value in values.items() if key not in ("clustermesh", "cluster")}


def revision(cluster: Cluster) -> int:
    """Return the newest revision of the release, as helm says it."""
    (found,) = json.loads(mesh_site.helm(cluster, "list", "--output=json"))
    return int(found["revision"])


def revisions(fleet: Fleet) -> list[int]:
    return [revision(cluster) for cluster in fleet.clusters]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mesh")


@pytest.fixture(scope="module")
def mesh(mesh_fleet: Fleet, mesh_inventory: Path, folder: Path) -> Iterator[Mesh]:
    """Return a function that runs clustermesh on members, and hands over options."""
    play = player(mesh_inventory, folder)

    def run(members: list[dict[str, object]], *words: str, **options: object) -> Played:
        task = {"name": "mesh", "fleet.cilium.clustermesh": {"members": members, "wait_timeout": 120, **options}}
        return play([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}], *words)

    mesh_site.remove(mesh_fleet)
    yield run
    mesh_site.remove(mesh_fleet)


@pytest.fixture(scope="module")
def whole(mesh_fleet: Fleet) -> list[dict[str, object]]:
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


def result(played: Played, *, changed: bool | None = None) -> dict[str, Any]:
    assert played.code == 0, played.output
    found = played.result("mesh")
    assert changed is None or found["changed"] is changed, found.get("diff")
    return found


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
    mesh: Mesh, mesh_fleet: Fleet, whole: list[dict[str, object]], forbidden_helm: str
) -> None:
    found = result(mesh(whole, helm_binary=forbidden_helm), changed=False)
    assert {name: one["port"] for name, one in found["members"].items()} == {
        "oslo": 32011,
        "riga": 32012,
        "rome": 32013,
    }
    assert [row["state"] for row in found["waited"]] == ["connected"] * 6
    assert revisions(mesh_fleet) == [1, 1, 1]


def test_no_key_is_in_a_result(mesh: Mesh, whole: list[dict[str, object]]) -> None:
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


def test_a_stale_address_is_repaired(mesh: Mesh, mesh_fleet: Fleet, whole: list[dict[str, object]]) -> None:
    _oslo, riga, _rome = mesh_fleet.clusters
    (moved,) = riga.nodes
    elsewhere = "172.29.2.21"
    before = revisions(mesh_fleet)
    witness.run_in(moved, "ip", "address", "add", f"{elsewhere}/16", "dev", "eth0")
    try:
        stale = [*whole[:1], declared(riga, endpoints=[elsewhere]), *whole[2:]]
        result(mesh(stale), changed=True)
        mesh_site.until_ready(mesh_fleet)
    finally:
        witness.run_in(moved, "ip", "address", "del", f"{elsewhere}/16", "dev", "eth0")
    found = result(mesh(whole), changed=True)
    assert found["members"]["riga"]["endpoints"] == [moved.address]
    mesh_site.until_ready(mesh_fleet)
    # riga itself has nothing that changes: only its peers know its address.
    assert revisions(mesh_fleet) == [before[0] + 2, before[1], before[2] + 2]
    result(mesh(whole), changed=False)


def test_one_leaves_and_comes_back(mesh: Mesh, mesh_fleet: Fleet, whole: list[dict[str, object]]) -> None:
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


def test_pairs(mesh: Mesh, mesh_fleet: Fleet, whole: list[dict[str, object]]) -> None:
    result(mesh(whole, topology="pairs", pairs=[["oslo", "riga"], ["oslo", "rome"]]), changed=True)
    mesh_site.until_ready(mesh_fleet, {"oslo": 2, "riga": 1, "rome": 1})
    result(mesh(whole), changed=True)
    mesh_site.until_ready(mesh_fleet)
