"""Fleets that may be up side by side have nothing in common."""

from __future__ import annotations

import ipaddress
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from testbed import fleet as fleets
from testbed import inventory, paths
from testbed.bare import BLOCK
from testbed.errors import TestbedError
from testbed.fleet import Fleet

FLEET = """
name: {name}
bridge: {{name: b0, address: 192.0.2.1/24}}
clusters:
  - {{name: c, id: 1, api_port: 6443, pods: 10.0.0.0/16, services: 10.1.0.0/16,
     nodes: [{{name: {node}, address: 192.0.2.2}}]}}
"""


def networks(fleet: Fleet) -> list[ipaddress.IPv4Network]:
    own = [ipaddress.IPv4Network(text) for cluster in fleet.clusters for text in (cluster.pods, cluster.services)]
    return [fleet.bridge_address.network, *own]


def names(fleet: Fleet) -> set[object]:
    """All that two fleets must not share: names in the kernel, folders, ports, ids."""
    found: set[object] = {fleet.bridge, fleet.folder, inventory.folder(fleet.name), Path("cgroup", fleet.name)}
    for cluster in fleet.clusters:
        found |= {cluster.folder, cluster.id, *(cluster.name, cluster.kubeconfig)}
        found |= {f"port {cluster.api_port + offset}" for offset in range(BLOCK)}
    for member in fleet.nodes:
        found |= {member.namespace, member.link, member.folder, member.address, member.name}
    return found


@pytest.fixture
def both() -> tuple[Fleet, Fleet]:
    return fleets.load(), fleets.load(fleets.MESH_FILE)


def test_fleets_share_no_name(both: tuple[Fleet, Fleet]) -> None:
    first, second = both
    assert names(first) & names(second) == set()


def test_no_networks_overlap(both: tuple[Fleet, Fleet]) -> None:
    for one, other in combinations([network for fleet in both for network in networks(fleet)], 2):
        assert not one.overlaps(other)


def test_every_node_is_on_its_bridge(both: tuple[Fleet, Fleet]) -> None:
    for fleet in both:
        assert all(ipaddress.IPv4Address(member.address) in fleet.bridge_address.network for member in fleet.nodes)


def test_the_default_fleets_places() -> None:
    fleet = fleets.load()
    assert fleet.folder == paths.RUNNING
    assert (fleet.nodes[0].namespace, fleet.nodes[0].link) == ("fleet-paris-1", "ve-paris-1")
    assert fleet.nodes[0].folder == paths.RUNNING / "paris" / "paris-1"


def test_another_fleets_places(tmp_path: Path) -> None:
    path = tmp_path / "other.yml"
    path.write_text(FLEET.format(name="other", node="n-1"))
    fleet = fleets.load(path)
    assert fleet.file == path
    assert fleet.folder == paths.CACHE / "testbed-other"
    assert (fleet.nodes[0].namespace, fleet.nodes[0].link) == ("other-n-1", "other-n-1")
    assert inventory.folder(fleet.name).parent == fleet.folder


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FLEET.format(name="other", node="a-long-name"), "other-a-long-name: at most 15 characters"),
        (FLEET.format(name="other", node="n").replace("name: other\n", ""), "KeyError: 'name'"),
        (FLEET.format(name="other", node="n").replace("10.0.0.0", "10.0.0.1"), "has host bits set"),
    ],
)
def test_a_wrong_description(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "fleet.yml"
    path.write_text(text)
    assert yaml.safe_load(text)
    with pytest.raises(TestbedError, match=words):
        fleets.load(path)
