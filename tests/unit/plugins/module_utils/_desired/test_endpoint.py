"""Where nodes reach the API server, when nobody says it."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._desired import endpoint
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject

KPR = "cilium_kube_proxy_replacement"
HOST = "cilium_k8s_service_host"
CONTROL = {"name": "paris-1", "addresses": ["10.0.0.11"], "control_plane": True}
WORKER = {"name": "paris-2", "addresses": ["10.0.0.12"], "control_plane": False}


@pytest.mark.parametrize(
    ("cluster", "host", "port", "source"),
    [
        (
            {"control_plane_endpoint": "api.example.com:8443", "server": "https://10.0.0.1:6443"},
            "api.example.com",
            8443,
            "kubeadm",
        ),
        ({"control_plane_endpoint": "api.example.com"}, "api.example.com", 6443, "kubeadm"),
        ({"control_plane_endpoint": "[2001:db8::1]:6443"}, "2001:db8::1", 6443, "kubeadm"),
        ({"server": "https://10.0.0.1:6443"}, "10.0.0.1", 6443, "kubeconfig"),
        ({"server": "https://api.example.com"}, "api.example.com", 443, "kubeconfig"),
        ({"server": "https://127.0.0.1:7443", "nodes": [WORKER, CONTROL]}, "10.0.0.11", 7443, "control-plane node"),
        ({"server": "https://[::1]:6443", "nodes": [CONTROL]}, "10.0.0.11", 6443, "control-plane node"),
        ({"server": "https://localhost:6443", "nodes": [CONTROL]}, "10.0.0.11", 6443, "control-plane node"),
    ],
)
def test_first_that_is_there(cluster: JsonObject, host: str, port: int, source: str) -> None:
    found = endpoint.find(cluster)
    assert (found.host, found.port) == (host, port)
    assert source in found.source


@pytest.mark.parametrize("nodes", [[], [WORKER], [{**CONTROL, "addresses": []}]])
def test_none_is_an_error_that_says_what_to_set(nodes: list[JsonObject]) -> None:
    with pytest.raises(InputError, match="set cilium_k8s_service_host and cilium_k8s_service_port"):
        endpoint.find({"server": "https://127.0.0.1:6443", "nodes": [*nodes]})


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, False),
        ({HOST: "auto"}, True),
        ({HOST: "10.0.0.1", KPR: "full"}, False),
        ({KPR: "full"}, True),
        ({KPR: True}, True),
        ({KPR: "strict"}, True),
        ({KPR: "none"}, False),
        ({KPR: "full", HOST: ""}, True),
        ({"cilium_install_mode": "bpf_host_routing"}, True),
        ({"cilium_install_mode": "beside_kube_proxy"}, False),
    ],
)
def test_when_it_is_looked_up(settings: JsonObject, *, wanted: bool) -> None:
    assert endpoint.wanted(settings) is wanted
