"""What a cluster says of itself, by a small API server."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._cluster.run import agent_version, describe
from ansible_collections.fleet.cilium.plugins.module_utils._errors import FleetError
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._kubernetes import connect

from tests.stub_api import Answer, Request, kubeconfig, refusal, serve

NODE: JsonObject = {
    "metadata": {"name": "n1", "labels": {"node-role.kubernetes.io/control-plane": ""}},
    "spec": {"podCIDRs": ["10.1.0.0/24"]},
    "status": {
        "nodeInfo": {"kernelVersion": "6.1.0-13-amd64"},
        "addresses": [{"type": "Hostname", "address": "n1"}, {"type": "InternalIP", "address": "10.0.0.1"}],
    },
}
KUBEADM = "controlPlaneEndpoint: api.example.com:6443\nnetworking:\n  serviceSubnet: 10.96.0.0/12, fd00::/108\n"
OBJECTS: dict[str, JsonObject] = {
    "/version": {"gitVersion": "v1.31.2"},
    "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": {"data": {"ClusterConfiguration": KUBEADM}},
    "/api/v1/namespaces/kube-system/configmaps/cilium-config": {"data": {"routing-mode": "native"}},
    "/apis/apps/v1/namespaces/kube-system/daemonsets/cilium": {
        "spec": {
            "template": {
                "spec": {"containers": [{"name": "cilium-agent", "image": "q.io/cilium/cilium:v1.16.4@sha256:00"}]}
            }
        }
    },
}


def ask(objects: dict[str, JsonObject], code: int = 404) -> JsonObject:
    def script(request: Request) -> Answer:
        if request.path == "/api/v1/nodes" and "nodes" not in objects:
            page = request.query.get("continue", ["1"])[0]
            following = {"continue": "2"} if page == "1" else {}
            return Answer(body={"metadata": following, "items": [{**NODE, "metadata": {"name": f"n{page}"}}]})
        if request.path in objects:
            return Answer(body=objects[request.path])
        return refusal(code, "NotFound" if code == 404 else "Forbidden", "no")

    with serve(script) as stub:
        found = describe(connect({"kubeconfig": kubeconfig(stub.url)}), "kube-system")
        assert found["server"] == stub.url
    return found


def test_all_that_is_there() -> None:
    found = ask(OBJECTS)
    assert found["kubernetes_version"] == "v1.31.2"
    assert found["control_plane_endpoint"] == "api.example.com:6443"
    assert found["service_cidrs"] == ["10.96.0.0/12", "fd00::/108"]
    assert found["configuration"] == {"routing-mode": "native"}
    assert found["cilium_version"] == "1.16.4"
    nodes = found["nodes"]
    assert isinstance(nodes, list)
    assert [node["name"] for node in nodes if isinstance(node, dict)] == ["n1", "n2"], "every page is read"
    assert found["pod_cidrs"] == ["10.1.0.0/24", "10.1.0.0/24"]


def test_networks_of_services_as_the_api_has_them() -> None:
    served: JsonObject = {"items": [{"spec": {"cidrs": ["10.101.0.0/16"]}}]}
    found = ask({**OBJECTS, "/apis/networking.k8s.io/v1/servicecidrs": served})
    assert found["service_cidrs"] == ["10.101.0.0/16"]


def test_networks_that_nodes_have_from_cilium() -> None:
    pools: JsonObject = {"allocated": [{"pool": "default", "cidrs": ["10.3.0.0/27", "fd00::/123"]}]}
    nodes: JsonObject = {
        "items": [
            {"spec": {"ipam": {"podCIDRs": ["10.2.0.0/24"]}}},
            {"spec": {"ipam": {"pools": pools}}},
            {"spec": {"ipam": {"pool": {"192.0.2.9": {}}}}},
        ]
    }
    found = ask({**OBJECTS, "/apis/cilium.io/v2/ciliumnodes": nodes})
    assert found["cilium_pod_cidrs"] == ["10.2.0.0/24", "10.3.0.0/27", "fd00::/123"]


@pytest.mark.parametrize("code", [403, 404])
def test_what_may_not_be_read_is_empty(code: int) -> None:
    found = ask({"/version": {"gitVersion": "v1.31.2"}, "nodes": {}}, code)
    assert {name: value for name, value in found.items() if value} == {
        "server": found["server"],
        "kubernetes_version": "v1.31.2",
    }


def test_a_server_that_says_nothing_is_an_error() -> None:
    with pytest.raises(FleetError):
        ask({})


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("quay.io/cilium/cilium:v1.15.19", "1.15.19"),
        ("registry:5000/cilium/cilium:1.13.0-rc5@sha256:aa", "1.13.0-rc5"),
        ("quay.io/cilium/cilium:latest", None),
        ("quay.io/cilium/cilium@sha256:aa", None),
    ],
)
def test_version_of_the_agents(image: str, version: str | None) -> None:
    containers: list[JsonObject] = [{"name": "other", "image": "x:v9.9.9"}, {"name": "cilium-agent", "image": image}]
    assert agent_version({"spec": {"template": {"spec": {"containers": [*containers]}}}}) == version
