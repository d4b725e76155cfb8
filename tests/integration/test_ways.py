"""A fleet that is reached by the admin.conf of its control-plane nodes: by preflight, and the mesh's first member."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from testbed.fleet import Fleet
from testbed.paths import PROJECT

if TYPE_CHECKING:
    from tests.integration.conftest import Play

pytestmark = pytest.mark.real

DEMO: dict[str, Any] = yaml.safe_load((PROJECT / "testbed" / "demo" / "cilium.yml").read_text())


@pytest.fixture
def by_admin_conf(fleet: Fleet, fleet_inventory: Path, tmp_path: Path) -> Path:
    """The fleet's inventory without kubeconfigs, its clusters' first nodes as control-plane nodes."""
    inventory: dict[str, Any] = yaml.safe_load(fleet_inventory.read_text())
    for cluster in fleet.clusters:
        host = inventory["cilium_clusters"]["hosts"][cluster.name]
        del host["cilium_kubeconfig"], host["cilium_context"]
        host["cilium_apiserver_url"] = cluster.api_url  # the testbed's control planes run beside the nodes
    inventory["kube_control_plane"] = {"hosts": {cluster.nodes[0].name: {} for cluster in fleet.clusters}}
    path = tmp_path / "fleet.yml"
    path.write_text(yaml.safe_dump(inventory, sort_keys=False))
    return path


def test_preflight_asks_each_cluster_by_its_own_node(play: Play, cilium: Fleet, by_admin_conf: Path) -> None:
    played = play("fleet.cilium.preflight", on=by_admin_conf, **DEMO)
    assert played.code == 0, played.output
    found = played.result("Look at the whole fleet")
    assert found["clusters"] == [cluster.name for cluster in cilium.clusters]
    assert "cluster_not_asked" not in [finding["rule"] for finding in found["findings"]]


def test_the_mesh_s_first_member_is_asked_though_it_is_not_in_the_run(
    play: Play, cilium: Fleet, by_admin_conf: Path
) -> None:
    """It has no seed, which is what the role found by asking it."""
    second = cilium.clusters[1].name
    asked = {**DEMO, "cilium_maglev_hash_seed": "auto"}
    played = play("fleet.cilium.converge", "--check", "--limit", second, on=by_admin_conf, **asked)
    assert played.result("Ask it", second)["server"] == cilium.clusters[0].api_url, played.output
    assert "which has none yet and is not in this run" in played.result("Say why that cannot be", second)["msg"]
