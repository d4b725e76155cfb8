"""What stands in a mesh store; keys and values are as Cilium 1.15 writes them."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.stored import KINDS, Filter, entries, prefixes

LABELS = "k8s:app=cart;k8s:io.cilium.k8s.policy.cluster=paris;k8s:io.kubernetes.pod.namespace=shop;"
CASES: dict[str, tuple[str, str, str, JsonObject]] = {
    "identity": (
        "identities",
        "cilium/state/identities/v1/id/65540",
        LABELS,
        {
            "cluster": "paris",
            "id": 65540,
            "namespace": "shop",
            "labels": {
                "k8s:app": "cart",
                "k8s:io.cilium.k8s.policy.cluster": "paris",
                "k8s:io.kubernetes.pod.namespace": "shop",
            },
        },
    ),
    "copy of an identity": (
        "identities",
        "cilium/cache/identities/v1/berlin/id/131080",
        "k8s:app=cart;",
        {"cluster": "berlin", "id": 131080, "namespace": None, "labels": {"k8s:app": "cart"}},
    ),
    "address": (
        "ips",
        "cilium/state/ip/v1/default/10.0.1.17",
        (
            '{"IP":"10.0.1.17","Mask":null,"HostIP":"10.1.0.1","ID":65540,"Key":0,"Metadata":"cilium-global:paris:n1:1",'
            '"K8sNamespace":"shop","K8sPodName":"cart-1"}'
        ),
        {
            "cluster": "paris",
            "ip": "10.0.1.17",
            "host_ip": "10.1.0.1",
            "identity": 65540,
            "namespace": "shop",
            "pod": "cart-1",
        },
    ),
    "network": (
        "ips",
        "cilium/cache/ip/v1/berlin/10.0.0.0/8",
        "{}",
        {"cluster": "berlin", "ip": "10.0.0.0/8", "host_ip": None, "identity": None, "namespace": None, "pod": None},
    ),
    "node": (
        "nodes",
        "cilium/state/nodes/v1/paris/paris-1",
        (
            '{"Name":"paris-1","Cluster":"paris","IPAddresses":[{"Type":"InternalIP","IP":"10.1.0.1"}],"IPv4AllocCIDR":'
            '{"IP":"10.0.1.0","Mask":"////AA=="},"IPv6AllocCIDR":null,"ClusterID":1,"WireguardPubKey":"secret"}'
        ),
        {
            "cluster": "paris",
            "name": "paris-1",
            "cluster_id": 1,
            "addresses": [{"type": "InternalIP", "ip": "10.1.0.1"}],
            "pod_cidrs": ["10.0.1.0/24"],
        },
    ),
    "service": (
        "services",
        "cilium/state/services/v1/paris/shop/cart",
        (
            '{"cluster":"paris","namespace":"shop","name":"cart","frontends":{"10.96.0.9":{"http":{"protocol":"TCP",'
            '"port":80}}},"backends":{"10.0.1.17":{"http":{"protocol":"TCP","port":8080}}},"includeExternal":true,'
            '"shared":true,"clusterID":1}'
        ),
        {
            "cluster": "paris",
            "namespace": "shop",
            "name": "cart",
            "shared": True,
            "include_external": True,
            "frontends": ["10.96.0.9"],
            "backends": {"10.0.1.17": {"http": {"protocol": "TCP", "port": 8080}}},
        },
    ),
    "a value that is nothing": (
        "services",
        "cilium/cache/services/v1/berlin/berlin/shop/cart",
        "\x00",
        {
            "cluster": "berlin",
            "namespace": "shop",
            "name": "cart",
            "shared": False,
            "include_external": False,
            "frontends": [],
            "backends": {},
        },
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_entry(name: str) -> None:
    kind, key, value, entry = CASES[name]
    assert entries(kind, [(key, value)], own="paris", wanted=Filter()) == [entry]
    others = [other for other in KINDS if other != kind]
    assert all(entries(other, [(key, value)], own="paris", wanted=Filter()) == [] for other in others)


@pytest.mark.parametrize("kind", KINDS)
def test_bare_prefixes_and_strange_keys_raise_nothing(kind: str) -> None:
    for prefix in prefixes(kind):
        for rest in ("", "/", "a", "a/b", "//", "a/b/c/d"):
            entries(kind, [(prefix + rest, "{}"), (prefix + rest, "")], own="paris", wanted=Filter())


def test_namespaces_and_clusters() -> None:
    keys = [
        ("cilium/state/services/v1/paris/shop/cart", "{}"),
        ("cilium/state/services/v1/paris/bank/till", "{}"),
        ("cilium/cache/services/v1/berlin/berlin/shop/cart", "{}"),
    ]

    def names(wanted: Filter) -> list[tuple[object, object]]:
        return [(entry["cluster"], entry["name"]) for entry in entries("services", keys, own="paris", wanted=wanted)]

    assert names(Filter()) == [("berlin", "cart"), ("paris", "till"), ("paris", "cart")]
    assert names(Filter(namespaces=frozenset({"shop"}))) == [("berlin", "cart"), ("paris", "cart")]
    assert names(Filter(clusters=frozenset({"paris"}))) == [("paris", "till"), ("paris", "cart")]
    nodes = [("cilium/state/nodes/v1/paris/paris-1", "{}")]
    assert len(entries("nodes", nodes, own="paris", wanted=Filter(namespaces=frozenset({"shop"})))) == 1
