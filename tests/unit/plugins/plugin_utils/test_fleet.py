"""How preflight reads the variables of a fleet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._desired.fleet import Cluster
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json
from ansible_collections.fleet.cilium.plugins.plugin_utils._desired import first_member, mesh_seed, version_of_chart
from ansible_collections.fleet.cilium.plugins.plugin_utils._fleet import Reader, clusters, told, way

SEED = "dHdlbHZlIGJ5dGVz"


class Plain:
    """Templates nothing, as nothing here is a template."""

    def template(self, variables: Mapping[str, object], names: Sequence[str]) -> Mapping[str, object]:
        return {name: variables[name] for name in names}


class Hosts(dict[str, dict[str, object]]):
    def raw_get(self, host_name: str) -> Mapping[str, object]:
        return self[host_name]


def test_the_fleet_is_the_group_and_the_play_takes_part() -> None:
    assert clusters({"cilium_clusters": ["a", "b"]}, ["b"]) == {"a": False, "b": True}
    assert clusters({"kube_control_plane": ["n1"]}, ["n1"]) == {"n1": True}


@pytest.mark.parametrize(
    ("variables", "artifact", "found"),
    [
        ({"cilium_kubeconfig": "/a", "cilium_context": "c"}, "/b", {"kubeconfig": "/a", "context": "c"}),
        ({}, "/b", {"kubeconfig": "/b", "context": None}),
        ({"__cilium_connection": {"host": "https://a"}, "cilium_kubeconfig": "/a"}, None, {"host": "https://a"}),
        ({}, None, None),
    ],
)
def test_way_to_a_cluster(variables: dict[str, object], artifact: str | None, found: object) -> None:
    assert way(variables, artifact) == found  # type: ignore[arg-type]  # -- JSON in a table of JSON


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "found no cilium_kubeconfig, and no kubeconfig beside the inventory or of a control-plane node"),
        ({"__preflight_no_way": "n1: admin.conf cannot be read"}, "n1: admin.conf cannot be read"),
    ],
)
def test_why_there_is_no_way(variables: dict[str, Json], words: str) -> None:
    assert told(Cluster(None, {}, taking_part=True), variables, None).fault == words


def test_a_cluster_is_read_with_what_the_play_says_if_it_takes_part() -> None:
    host: dict[str, object] = {"cilium_version": "1.15.19", "cilium_helm_values": {"x": 1}}
    reader = Reader(Plain(), Hosts(a=host), lambda name: {**host, "cilium_mtu": {"a": 9000}[name]})
    cluster, _variables = reader.read("a", taking_part=True)
    assert cluster.asked is not None
    assert (cluster.asked.version, cluster.asked.raw) == ("1.15.19", {"x": 1})
    assert cluster.asked.settings["cilium_mtu"] == 9000
    other, _variables = reader.read("a", taking_part=False)
    assert other.asked is not None
    assert "cilium_mtu" not in other.asked.settings


@pytest.mark.parametrize(("more", "name"), [({}, None), ({"cilium_clustermesh": {}}, "a")])
def test_a_member_of_a_declared_mesh_is_called_as_its_host(more: dict[str, object], name: str | None) -> None:
    host = {"cilium_version": "1.15.19", "cilium_cluster_id": 1, **more}
    cluster, _variables = Reader(Plain(), Hosts(a=host), lambda _name: host).read("a", taking_part=True)
    assert cluster.asked is not None
    assert cluster.asked.settings.get("cilium_cluster_name") == name


def test_a_cluster_that_cannot_be_read_says_why() -> None:
    cluster, _variables = Reader(Plain(), Hosts(), lambda _name: {"cilium_debug": object()}).read("a", taking_part=True)
    assert cluster.asked is None
    assert "cilium_debug" in cluster.fault


@pytest.mark.parametrize("chart", [None, "", "cilium", "oci://example.com/cilium"])
def test_a_chart_elsewhere_says_no_version(chart: str | None) -> None:
    assert version_of_chart(chart) is None


def test_first_member_and_its_seed() -> None:
    groups = {"cilium_clusters": ["rome", "paris", "berlin"]}
    hosts: dict[str, dict[str, object]] = {
        "rome": {},
        "paris": {"cilium_cluster_id": "1", "cilium_maglev_hash_seed": "auto"},
        "berlin": {"cilium_cluster_id": 2},
    }
    assert first_member("berlin", groups, hosts) == "paris"
    assert first_member("rome", groups, hosts) == ""
    live = {"configuration": {"bpf-lb-maglev-hash-seed": SEED}}
    assert mesh_seed("paris", hosts, "fresh", live) == SEED
    hosts["paris"]["__cilium_cluster"] = {"configuration": {}}
    assert mesh_seed("paris", hosts, "fresh", None) == "fresh"
    hosts["paris"]["__cilium_desired"] = {"settings": {"cilium_maglev_hash_seed": SEED}}
    assert mesh_seed("paris", hosts, "fresh", None) == SEED, "what this run has looked up for it"
