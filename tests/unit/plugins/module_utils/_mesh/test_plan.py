"""From a declaration and what clusters hold to what each is to get."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject, get_object, get_path
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.endpoints import Endpoint
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.fetch import Seen
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.peer_secrets import peer_secrets
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.peers import peers_in
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.plan import SECRET, MeshPlan, plan
from ansible_collections.fleet.cilium.plugins.module_utils._versions import parse

from tests.unit.plugins.module_utils._mesh.made import declared, node, seen

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def planned(*clusters: Seen, peers: str = "helm", pairs: tuple[tuple[str, str], ...] | None = None) -> MeshPlan:
    return plan(declared(*clusters, pairs=pairs), clusters, peers=peers)


def entry(number: int) -> JsonObject:
    return {"ips": [f"192.0.{number}.11", f"192.0.{number}.12"], "port": 32000 + number}


def test_each_member_gets_its_server_and_its_peers() -> None:
    found = planned(seen("paris", 1), seen("berlin", 2), seen("rome", 3))
    assert found.findings == ()
    assert found.wanted["berlin"].values == {
        "cluster": {"name": "berlin", "id": 2},
        "clustermesh": {
            "useAPIServer": True,
            "apiserver": {"service": {"type": "NodePort", "nodePort": 32002}},
            "config": {
                "enabled": True,
                "clusters": [{"name": "paris", **entry(1)}, {"name": "rome", **entry(3)}],
            },
        },
    }
    assert found.expected == {"paris": ["berlin", "rome"], "berlin": ["paris", "rome"], "rome": ["paris", "berlin"]}


def test_pairs() -> None:
    found = planned(seen("paris", 1), seen("berlin", 2), seen("rome", 3), pairs=(("rome", "paris"),))
    assert found.expected == {"paris": ["rome"], "berlin": [], "rome": ["paris"]}
    assert get_object(found.wanted["berlin"].values, "clustermesh", "config") == {"enabled": False, "clusters": []}


@pytest.mark.parametrize("form", ["list", "map"])
@pytest.mark.parametrize("pairs", [None, ()])
def test_peers_that_nobody_lists_stay_where_they_are_to(form: str, pairs: tuple[tuple[str, str], ...] | None) -> None:
    """Rome is connected with Paris, which gets or loses Berlin."""
    rome: JsonObject = {"ips": ["192.0.3.11"], "port": 32003, "tls": {"cert": "x"}}
    there: Json = {"rome": rome, "berlin": entry(2)} if form == "map" else [{"name": "rome", **rome}]
    mesh: JsonObject = {"clustermesh": {"config": {"enabled": True, "clusters": there}}}
    clusters = seen("paris", 1, values=mesh, version="1.20.0"), seen("berlin", 2, version="1.20.0")
    declaration = replace(declared(*clusters, pairs=pairs), keeps_others=True)
    found = plan(declaration, clusters)
    peers = get_path(found.wanted["paris"].values, "clustermesh", "config", "clusters")
    assert peers == ({"rome": rome, "berlin": entry(2)} if pairs is None else {"rome": rome})
    assert get_path(
        plan(declared(*clusters), clusters).wanted["paris"].values, "clustermesh", "config", "clusters"
    ) == {"berlin": entry(2)}


@pytest.mark.parametrize("peers", ["helm", SECRET])
def test_peers_that_are_to_stay_stand_where_the_others_are_put(peers: str) -> None:
    there: JsonObject = {"clustermesh": {"config": {"clusters": [{"name": "rome", "ips": ["192.0.3.11"], "port": 1}]}}}
    files: JsonObject = {
        "metadata": {"name": "cilium-clustermesh", "labels": {"app.kubernetes.io/managed-by": "fleet.cilium"}},
        "data": {"rome": ""},
    }
    in_values, in_secrets = seen("paris", 1, values=there), seen("paris", 1, values={})
    in_secrets = replace(in_secrets, secrets={"cilium-clustermesh": files})
    wrong, right = (in_secrets, in_values) if peers == "helm" else (in_values, in_secrets)
    berlin = seen("berlin", 2)
    plan(replace(declared(right, berlin), keeps_others=True), [right, berlin], peers=peers)
    with pytest.raises(InputError, match="paris: its peers rome stand in"):
        plan(replace(declared(wrong, berlin), keeps_others=True), [wrong, berlin], peers=peers)


def test_authorities_that_a_part_of_the_mesh_is_trusted_by_stay() -> None:
    live: JsonObject = {"tls": {"caBundle": {"enabled": True, "content": PEM}}}
    clusters = seen("paris", 1, values=live), seen("berlin", 2)
    found = plan(replace(declared(*clusters), keeps_others=True), clusters)
    assert found.wanted["paris"].settings["cilium_ca_bundle"] == PEM
    assert "cilium_ca_bundle" not in found.wanted["berlin"].settings


@pytest.mark.parametrize(
    ("version", "clusters"),
    [("1.18.12", [{"name": "berlin", **entry(2)}]), ("1.19.6", {"berlin": entry(2)}), ("1.20.0", {"berlin": entry(2)})],
)
def test_the_form_of_peers_is_that_of_the_version(version: str, clusters: object) -> None:
    found = planned(seen("paris", 1, version=version), seen("berlin", 2, version=version))
    assert get_path(found.wanted["paris"].values, "clustermesh", "config", "clusters") == clusters


def test_addresses_in_use_stay_and_those_that_are_gone_are_replaced() -> None:
    mesh: JsonObject = {
        "clustermesh": {"config": {"clusters": [{"name": "berlin", "ips": ["192.0.2.12", "192.0.2.99"]}]}}
    }
    found = planned(seen("paris", 1, values=mesh), seen("berlin", 2, values={}))
    peer = peers_in(found.wanted["paris"].values)["berlin"]
    assert peer["ips"] == ["192.0.2.12", "192.0.2.11"]


@pytest.mark.parametrize("peers", ["helm", SECRET])
def test_a_member_whose_balancer_has_no_address_for_a_moment_stays_a_peer(peers: str) -> None:
    there: JsonObject = {
        "clustermesh": {"config": {"clusters": [{"name": "paris", "ips": ["198.51.100.7"], "port": 2379}]}}
    }
    berlin = seen("berlin", 2, values=there if peers == "helm" else {})
    if peers == SECRET:
        files = peer_secrets(
            {"paris": Endpoint("LoadBalancer", 2379, ("198.51.100.7",))},
            version=parse("1.15.19"),
            namespace="kube-system",
            store=False,
        )
        berlin = replace(berlin, secrets={"cilium-clustermesh": files[0]})
    paris = seen("paris", 1, values={}, service_type="LoadBalancer")
    found = planned(paris, berlin, peers=peers)
    assert found.expected["berlin"] == ["paris"]
    endpoint = found.wanted["paris"].endpoint
    assert endpoint is not None
    assert (endpoint.addresses, endpoint.port) == (("198.51.100.7",), 2379)
    assert [finding.rule for finding in found.findings] == ["mesh_address_pending"]


def test_secret_peers_need_no_values_and_go_by_address() -> None:
    found = planned(seen("paris", 1), seen("berlin", 2), peers=SECRET)
    mesh = get_object(found.wanted["paris"].values, "clustermesh")
    assert "config" not in mesh
    assert get_object(mesh, "apiserver", "tls") == {"server": {"extraIpAddresses": ["192.0.1.11", "192.0.1.12"]}}


@pytest.mark.parametrize(
    ("version", "tls"),
    [
        ("1.15.19", {"server": {"extraIpAddresses": ["192.0.1.11", "192.0.1.12"]}}),
        (
            "1.20.0",
            {"auto": {"server": {"extraIpAddresses": ["192.0.1.11", "192.0.1.12"]}}, "authMode": "legacy"},
        ),
    ],
)
def test_secret_peers_share_a_user(version: str, tls: JsonObject) -> None:
    found = planned(seen("paris", 1, version=version), seen("berlin", 2, version=version), peers=SECRET)
    assert get_object(found.wanted["paris"].values, "clustermesh", "apiserver", "tls") == tls


def test_a_name_as_endpoint_stands_in_the_certificate() -> None:
    found = planned(seen("paris", 1, endpoints=("mesh.example.com",)), seen("berlin", 2))
    assert get_object(found.wanted["paris"].values, "clustermesh", "apiserver", "tls") == {
        "server": {"extraDnsNames": ["mesh.example.com"]}
    }
    assert peers_in(found.wanted["berlin"].values)["paris"] == {"address": "mesh.example.com", "port": 32001}


def test_one_leaves_and_the_others_stay_connected() -> None:
    found = planned(seen("paris", 1, values={}), seen("berlin", 2, values={}), seen("rome", 3, values={}, leaving=True))
    assert found.expected == {"paris": ["berlin"], "berlin": ["paris"], "rome": []}
    assert found.wanted["rome"].values == {
        "cluster": {"name": "rome", "id": 3},
        "clustermesh": {"useAPIServer": False, "config": {"enabled": False, "clusters": []}},
    }


def test_one_that_leaves_may_be_dead() -> None:
    found = planned(seen("paris", 1), seen("berlin", 2), seen("rome", 3, fault="no answer", leaving=True))
    assert [finding.rule for finding in found.findings] == ["mesh_member_unreachable"]
    assert found.wanted["rome"].values == {}


def test_one_that_stays_may_not() -> None:
    with pytest.raises(InputError, match=r"rome: no answer\. .*state: absent"):
        planned(seen("paris", 1), seen("rome", 3, fault="no answer"))


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        (seen("paris", 1, port=32000), seen("berlin", 2, port=32000), "mesh_port_taken"),
        (seen("paris", 1), seen("berlin", 2, version="1.17.5"), "mesh_version_skew"),
        (seen("default", 1), seen("berlin", 2), "cluster_name_default_in_mesh"),
        (seen("paris", 1), seen("berlin", 300), "cluster_id_above_maximum"),
        (
            seen("paris", 1, settings={"cilium_routing_mode": "native", "cilium_native_routing_cidr": "10.1.0.0/16"}),
            seen("berlin", 2),
            "mesh_native_cidr_narrow",
        ),
        (seen("paris", 1, version="1.9.18"), seen("berlin", 2, version="1.9.18"), "not_in_this_version"),
        (
            seen("paris", 200, version="1.16.19", values={"eni": {"enabled": True}, "ipam": {"mode": "eni"}}),
            seen("berlin", 2, version="1.16.19"),
            "cluster_id_in_cloud_marks",
        ),
        (
            seen("paris", 1, values={"identityAllocationMode": "kvstore"}),
            seen("berlin", 2),
            "clustermesh_refuses_kvstore",
        ),
    ],
)
def test_what_cannot_be_is_found(one: Seen, other: Seen, rule: str) -> None:
    found = {finding.rule for finding in planned(one, other).findings if finding.severity == "error"}
    assert rule in found


@pytest.mark.parametrize("values", [{}, {"clustermesh": {"maxConnectedClusters": 511}}])
def test_a_mesh_of_511_has_room_for_more_ids(values: JsonObject) -> None:
    pool: JsonObject = {"cilium_pool_cidr": ["10.3.0.0/16"]}
    room: JsonObject = {} if values else {"cilium_max_connected_clusters": 511}
    version = "1.16.19"
    paris = seen("paris", 3, id=300, version=version, values=values, settings={**pool, **room})
    berlin = seen("berlin", 2, version=version, values=values)
    assert "cluster_id_above_maximum" not in {finding.rule for finding in planned(paris, berlin).findings}


def test_what_else_is_wrong_with_a_cluster_is_no_business_of_the_mesh() -> None:
    odd: JsonObject = {
        "cilium_pool_cidr": ["10.1.0.0/16"],
        "cilium_loadbalancer_algorithm": "maglev",
        "cilium_maglev_table_size": 250,
    }
    assert planned(seen("paris", 1, settings=odd), seen("berlin", 2)).findings == ()


@pytest.mark.parametrize(
    ("peers", "rules"),
    [
        ("helm", {"clustermesh_peer_without_certificate", "clustermesh_peers_without_authority"}),
        (SECRET, {"mesh_peers_need_certificates"}),
    ],
)
def test_before_1_14_each_peer_needs_a_certificate(peers: str, rules: set[str]) -> None:
    def errors(version: str) -> set[str]:
        clusters = [seen(name, number, version=version, values={}) for number, name in enumerate(("paris", "rome"), 1)]
        return {finding.rule for finding in planned(*clusters, peers=peers).findings if finding.severity == "error"}

    assert errors("1.13.18") == rules
    assert errors("1.14.0") == set()


def test_a_node_that_is_away_is_no_address() -> None:
    cluster = seen("berlin", 2)
    nodes = (node("berlin-1", "192.0.2.11", ready="Unknown"), cluster.nodes[1])
    found = planned(seen("paris", 1), Seen(**{**vars(cluster), "nodes": nodes}))
    assert peers_in(found.wanted["paris"].values)["berlin"]["ips"] == ["192.0.2.12"]


def test_peers_whose_addresses_have_to_be_routed() -> None:
    service: JsonObject = {"spec": {"type": "ClusterIP", "clusterIPs": ["10.96.0.9"]}}
    inside = replace(seen("rome", 3, service_type="ClusterIP"), service=service)
    found = planned(seen("paris", 1), seen("berlin", 2), inside).routed
    assert {name: (one.peers, one.view) for name, one in found.items()} == {
        "paris": (("rome",), None),
        "berlin": (("rome",), None),
        "rome": ((), None),
    }
    assert not any(one.peers for one in planned(seen("paris", 1), seen("berlin", 2)).routed.values())
