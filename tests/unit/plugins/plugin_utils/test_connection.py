"""How an inventory leads to an API server."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.plugin_utils._connection import (
    apiserver_url,
    cluster_nodes,
    control_plane_node,
)


@pytest.mark.parametrize(
    ("node", "url"),
    [
        ({"inventory_hostname": "paris-1"}, "https://paris-1:6443"),
        ({"inventory_hostname": "paris-1", "ansible_host": "192.0.2.1"}, "https://192.0.2.1:6443"),
        ({"ansible_host": "192.0.2.1", "ip": "10.0.0.1"}, "https://10.0.0.1:6443"),
        ({"ip": "10.0.0.1", "access_ip": "198.51.100.1"}, "https://198.51.100.1:6443"),
        ({"ip": "10.0.0.1", "access_ip": ""}, "https://10.0.0.1:6443"),
        ({"ip": "10.0.0.1", "kube_apiserver_port": 8443}, "https://10.0.0.1:8443"),
        ({"ip": "10.0.0.1", "kube_apiserver_port": "8443"}, "https://10.0.0.1:8443"),
        ({"ip": "2001:db8::1"}, "https://[2001:db8::1]:6443"),
    ],
)
def test_apiserver_url(node: dict[str, object], url: str) -> None:
    assert apiserver_url(node) == url


def test_port_must_be_a_number() -> None:
    with pytest.raises(InputError, match="kube_apiserver_port: found 'https'"):
        apiserver_url({"ip": "10.0.0.1", "kube_apiserver_port": "https"})


@pytest.mark.parametrize(
    ("cluster", "group", "clusters", "expected"),
    [
        pytest.param("n1", ["n1", "n2"], {}, "n1", id="kubespray"),
        pytest.param("n2", ["n1", "n2"], {}, "n1", id="kubespray, another node"),
        pytest.param("paris", ["n1", "n2"], {}, "n1", id="one cluster"),
        pytest.param("berlin", ["n1", "n2"], {"n1": "paris", "n2": "berlin"}, "n2", id="several clusters"),
        pytest.param("n2", ["n1", "n2"], {"n1": "paris", "n2": "berlin"}, "n2", id="a node that stands for a cluster"),
    ],
)
def test_control_plane_node(cluster: str, group: list[str], clusters: dict[str, str], expected: str) -> None:
    hosts = {name: {"cilium_cluster": clusters[name]} if name in clusters else {} for name in group}
    assert control_plane_node(cluster, {"kube_control_plane": group}, hosts) == expected


@pytest.mark.parametrize(
    ("groups", "found"),
    [
        ({}, "found: none"),
        ({"kube_control_plane": ["n1"]}, r"found: n1 \(paris\)"),
    ],
)
def test_no_way_is_an_error_that_says_what_to_do(groups: dict[str, list[str]], found: str) -> None:
    with pytest.raises(InputError, match=found) as caught:
        control_plane_node("berlin", groups, {"n1": {"cilium_cluster": "paris"}})
    assert "set cilium_kubeconfig" in caught.value.message


def test_nodes_of_a_fleet_name_their_cluster() -> None:
    hosts = {
        "h1": {"cilium_cluster": "paris", "cilium_node_name": "paris-1"},
        "h2": {"cilium_cluster": "berlin"},
        "h3": {"cilium_cluster": "paris"},
    }
    groups = {"cilium_nodes": ["h3", "h2", "h1"]}
    assert cluster_nodes("paris", groups, hosts) == {"h3": "h3", "h1": "paris-1"}


def test_nodes_of_kubespray_are_one_cluster() -> None:
    groups = {"k8s_cluster": ["n1", "n2"]}
    hosts: dict[str, dict[str, object]] = {"n1": {"kube_override_hostname": "one"}, "n2": {}}
    assert cluster_nodes("n1", groups, hosts) == {"n1": "one", "n2": "n2"}
    assert cluster_nodes("n1", {}, hosts) == {}
