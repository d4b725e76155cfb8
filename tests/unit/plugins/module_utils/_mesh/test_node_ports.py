"""Whether the NodePort of the mesh API server is free."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.node_ports import judge


def service(name: str, *ports: int, namespace: str = "shop", **spec: Json) -> JsonObject:
    listed: list[Json] = [{"port": 80, "nodePort": port} for port in ports]
    return {"metadata": {"namespace": namespace, "name": name}, "spec": {"ports": listed, **spec}}


CASES: list[tuple[JsonObject, str | None]] = [
    (service("cart", 32001), "shop/cart"),
    (service("cart", 32000, 32001), "shop/cart"),
    (service("cart", 32002), None),
    (service("cart"), None),
    (service("cart", 32002, healthCheckNodePort=32001), "shop/cart"),
    (service("clustermesh-apiserver", 32001, namespace="kube-system"), None),
    (service("clustermesh-apiserver", 32001), "shop/clustermesh-apiserver"),
    ({"metadata": {"namespace": "shop", "name": "odd"}, "spec": {"ports": [{"port": 80}]}}, None),
]


@pytest.mark.parametrize(("there", "owner"), CASES)
def test_a_port_of_another_service_is_an_error(there: JsonObject, owner: str | None) -> None:
    found = judge("paris", 32001, [service("first", 30001), there], "kube-system")
    assert [(one.rule, one.severity, one.found) for one in found] == (
        [("mesh_port_in_use", "error", owner)] if owner else []
    )
