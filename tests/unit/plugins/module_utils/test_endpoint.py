"""The address of the API server that agents use."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._endpoint import SOURCES, resolve
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json

KNOWN: dict[str, Json] = {
    "kubespray": "https://lb.example:8443",
    "kubeadm": "10.0.0.1:6443",
    "kubeconfig": "https://10.0.0.2",
    "node": "10.0.0.3",
}


@pytest.mark.parametrize(
    ("candidates", "host", "port", "source"),
    [
        (KNOWN, "lb.example", 8443, "kubespray"),
        ({**KNOWN, "kubespray": ""}, "10.0.0.1", 6443, "kubeadm"),
        ({**KNOWN, "kubespray": None, "kubeadm": None}, "10.0.0.2", 443, "kubeconfig"),
        ({"kubeconfig": "https://127.0.0.1:6443", "node": "10.0.0.3"}, "10.0.0.3", 6443, "node"),
        ({"kubeconfig": "https://[::1]:6443", "node": "fd00::3"}, "fd00::3", 6443, "node"),
        ({"kubeconfig": "https://0.0.0.0:6443", "node": "[fd00::3]:7443"}, "fd00::3", 7443, "node"),
        ({"kubeconfig": "https://localhost:6443", "node": "n1"}, "n1", 6443, "node"),
        # Kubespray runs a proxy on every node.
        ({"kubespray": "https://localhost:6443"}, "localhost", 6443, "kubespray"),
    ],
)
def test_the_first_that_every_node_can_use(candidates: dict[str, Json], host: str, port: int, source: str) -> None:
    assert resolve(candidates).as_dict() == {"host": host, "port": port, "source": SOURCES[source]}


@pytest.mark.parametrize(
    "candidates",
    [{}, {"kubeconfig": "https://127.0.0.1"}, {"node": "https://"}, {"node": "a:b"}, {"nodes": "10.0.0.3"}],
)
def test_none_is_left(candidates: dict[str, Json]) -> None:
    with pytest.raises(InputError):
        resolve(candidates)
