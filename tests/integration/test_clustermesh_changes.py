"""What happens to a mesh that lives: another authority, a cluster that dies, one that joins late, peers as Secrets."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from testbed import global_service, lifecycle, pki, toolchain
from testbed.fleet import Cluster, Fleet
from testbed.runtime.programs import SERVE_ANNOTATION
from tests.integration import client_loop, mesh_site, witness
from tests.integration.conftest import player
from tests.integration.mesh_play import Member, Mesh, declared, result, revisions, rules, runner, started
from tests.integration.release_site import kill, until

pytestmark = [pytest.mark.real, pytest.mark.long]
PORT = 30123
WORKLOAD = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "default"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}, "annotations": {SERVE_ANNOTATION: "http"}},
            "spec": {
                "terminationGracePeriodSeconds": 1,
                "containers": [
                    {
                        "name": "web",
                        "image": "testbed/web",
                        "env": [{"name": name, "value": "web"} for name in ("POD", "NODE", "CLUSTER")],
                    }
                ],
            },
        },
    },
}


@pytest.fixture(scope="module")
def mesh(mesh_fleet: Fleet, mesh_inventory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """Return a function that runs the module on a mesh that somebody made by hand, with helm."""
    folder = tmp_path_factory.mktemp("changes")
    with mesh_site.by_hand(mesh_fleet, folder):
        yield runner(player(mesh_inventory, folder))


@pytest.fixture(scope="module")
def whole(mesh_fleet: Fleet) -> list[Member]:
    return [declared(cluster) for cluster in mesh_fleet.clusters]


def secret(cluster: Cluster, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(witness.kubectl(cluster, "get", "secret", name, "-o", "json"))
    return found


def test_a_mesh_made_by_hand_is_taken_over_as_it_is(mesh: Mesh, mesh_fleet: Fleet, whole: list[Member]) -> None:
    before = revisions(mesh_fleet)
    result(mesh(whole))
    result(mesh(whole), changed=False)
    assert revisions(mesh_fleet) == before


@pytest.fixture
def shop(mesh_fleet: Fleet) -> list[tuple[str, int]]:
    """A Service of all clusters with its pods in the second one; give where a client of the first one asks it."""
    first, second, _third = mesh_fleet.clusters
    for cluster in mesh_fleet.clusters:
        global_service.declare(cluster, node_port=PORT)
    global_service.add_backend(second)
    for cluster in mesh_fleet.clusters:
        global_service.wait(cluster)
    global_service.ask(first)
    return [(member.address, PORT) for member in first.nodes]


def new_authority(folder: Path) -> dict[str, str]:
    """Make an authority in a folder; return it as a person gives it."""
    pki.Authority.create(folder, "another-ca")
    return {"certificate": (folder / "ca.crt").read_text(), "key": (folder / "ca.key").read_text()}


def has_come(fleet: Fleet, folder: Path) -> bool:
    """All certificates are signed by the authority in a folder, and no other one is trusted any more."""
    return all(
        _verifies(secret(cluster, "clustermesh-apiserver-server-cert"), folder)
        and "caBundle" not in witness.helm(cluster, "get", "values", "cilium", "--output=json")
        for cluster in fleet.clusters
    )


def test_another_authority_while_a_client_is_at_work(
    mesh: Mesh, mesh_fleet: Fleet, whole: list[Member], shop: list[tuple[str, int]], tmp_path: Path
) -> None:
    given = new_authority(tmp_path)
    refused = mesh(whole, ca=given)
    assert refused.code != 0
    with client_loop.asking(shop) as count:
        found = result(mesh(whole, ca=given, ca_policy="replace"), changed=True)
    assert len(found["steps"]) == 3
    assert count.asked > 50
    assert count.failed == [], str(count)
    assert has_come(mesh_fleet, tmp_path)
    mesh_site.until_ready(mesh_fleet)
    result(mesh(whole), changed=False)


@pytest.mark.parametrize("moment", ["everybody is told whom to trust", "the first one signs anew"])
def test_a_change_of_authority_that_is_killed_is_taken_up(
    mesh: Mesh, mesh_fleet: Fleet, whole: list[Member], shop: list[tuple[str, int]], tmp_path: Path, moment: str
) -> None:
    given = new_authority(tmp_path)
    before = secret(mesh_fleet.clusters[0], "cilium-ca")["data"]

    def has_moment_come() -> bool:
        if moment == "the first one signs anew":
            return any(secret(cluster, "cilium-ca")["data"] != before for cluster in mesh_fleet.clusters)
        return all("caBundle" in witness.helm(one, "get", "values", "cilium") for one in mesh_fleet.clusters)

    with client_loop.asking(shop) as count:
        run = started(whole, tmp_path, ca=given, ca_policy="replace")
        until(has_moment_come, moment, 120)
        assert run.poll() is None, "it has ended by itself"
        kill(run)
        found = result(mesh(whole, ca=given, ca_policy="replace"), changed=True)
    assert found["steps"][-1] == "trust the new authority only"
    assert count.failed == [], str(count)
    assert has_come(mesh_fleet, tmp_path)
    mesh_site.until_ready(mesh_fleet)


def _verifies(leaf: dict[str, Any], folder: Path) -> bool:
    certificate = folder / "leaf.crt"
    certificate.write_bytes(base64.b64decode(leaf["data"]["tls.crt"]))
    done = subprocess.run(
        ["openssl", "verify", "-CAfile", str(folder / "ca.crt"), str(certificate)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return done.returncode == 0


def test_peers_as_secrets_come_and_go_without_helm(
    mesh: Mesh, mesh_fleet: Fleet, whole: list[Member], shop: list[tuple[str, int]]
) -> None:
    third = mesh_fleet.clusters[2]
    with client_loop.asking(shop) as count:
        result(mesh(whole, peers="secret"), changed=True)
        mesh_site.until_ready(mesh_fleet)
    assert count.failed == [], str(count)
    before = revisions(mesh_fleet)
    without = [*whole[:2], declared(third, state="absent")]
    result(mesh(without, peers="secret"), changed=True)
    mesh_site.until_ready(mesh_fleet, {mesh_fleet.clusters[0].name: 1, mesh_fleet.clusters[1].name: 1, third.name: 0})
    result(mesh(whole, peers="secret"), changed=True)
    mesh_site.until_ready(mesh_fleet)
    assert revisions(mesh_fleet)[:2] == before[:2]
    result(mesh(whole, peers="secret"), changed=False)
    with client_loop.asking(shop) as count:
        result(mesh(whole), changed=True)
        mesh_site.until_ready(mesh_fleet)
    assert count.failed == [], str(count)


def test_a_cluster_that_is_dead_is_removed(mesh: Mesh, mesh_fleet: Fleet, whole: list[Member]) -> None:
    first, second, third = mesh_fleet.clusters
    lifecycle.cluster_down(third)
    refused = mesh(whole)
    assert refused.code != 0
    assert "state: absent" in refused.output
    gone = declared(third, state="absent")
    found = result(mesh([*whole[:2], {key: gone[key] for key in ("name", "id", "state")}]), changed=True)
    assert rules(found) >= {"mesh_member_unreachable"}
    mesh_site.until_ready(replace(mesh_fleet, clusters=(first, second)))


def test_a_live_cluster_named_default_joins(mesh: Mesh, mesh_fleet: Fleet, whole: list[Member]) -> None:
    third = mesh_fleet.clusters[2]
    lifecycle.up(mesh_fleet)
    values = {key: value for key, value in mesh_site.values(third, []).items() if key not in ("cluster", "clustermesh")}
    chart = str(toolchain.find("chart"))
    witness.helm(third, "upgrade", "--install", "cilium", chart, "--values=-", stdin=json.dumps(values))
    witness.kubectl(third, "rollout", "status", "daemonset/cilium", "--timeout=110s")
    witness.kubectl(third, "apply", "-f", "-", "--namespace=default", stdin=json.dumps(WORKLOAD))
    witness.kubectl(third, "rollout", "status", "deployment/web", "--namespace=default", "--timeout=60s")
    old = _pods(third)
    refused = mesh(whole, ca_policy="adopt_first")
    assert refused.code != 0
    assert all(f"default/{name}" in refused.output for name in old.values())
    assert _pods(third) == old
    result(mesh(whole, ca_policy="adopt_first", allow_identity_change=True), changed=True)
    mesh_site.until_ready(mesh_fleet)
    assert len(_pods(third)) == len(old)
    assert not set(_pods(third)) & set(old)
    result(mesh(whole), changed=False)


def _pods(cluster: Cluster) -> dict[str, str]:
    """Return the names of the workload's pods by their uid."""
    listed = json.loads(witness.kubectl(cluster, "get", "pods", "--namespace=default", "-l", "app=web", "-o", "json"))
    return {
        pod["metadata"]["uid"]: pod["metadata"]["name"]
        for pod in listed["items"]
        if "deletionTimestamp" not in pod["metadata"]
    }
