"""From the agent's JSON to the model, field by field."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject, get_path
from ansible_collections.fleet.cilium.plugins.module_utils._status.agents import with_configuration
from ansible_collections.fleet.cilium.plugins.module_utils._status.json import parse
from ansible_collections.fleet.cilium.plugins.module_utils._status.model import Routing

# Forms of 1.15: what is false, 0 or empty is left out by the agent.
NODE_PORT: JsonObject = {
    "enabled": True,
    "mode": "DSR",
    "dsrMode": "IP Option/Extension",
    "algorithm": "Maglev",
    "lutSize": 251,
    "acceleration": "Disabled",
    "portMin": 30000,
    "portMax": 32767,
}
FEATURES: JsonObject = {
    "nodePort": NODE_PORT,
    "externalIPs": {"enabled": True},
    "hostPort": {},
    "socketLB": {"enabled": True},
    "sessionAffinity": {"enabled": True},
    "gracefulTermination": {"enabled": True},
    "nat46X64": {},
}
KPR: JsonObject = {
    "mode": "True",
    "devices": ["eth0", "eth1"],
    "deviceList": [{"name": "eth0", "ip": ["192.0.2.1", ""]}, {"name": "eth1", "ip": None}],
    "directRoutingDevice": "eth0",
    "features": FEATURES,
}


def kpr(**changes: Json) -> JsonObject:
    return {"kube-proxy-replacement": {**KPR, **changes}}


def node_port(**changes: Json) -> JsonObject:
    return kpr(features={**FEATURES, "nodePort": {**NODE_PORT, **changes}})


def masquerading(**part: Json) -> JsonObject:
    return {"masquerading": {key.replace("_", "-"): value for key, value in part.items()}, **kpr()}


FIELDS: list[tuple[JsonObject, str, Json]] = [
    ({"cilium": {"state": "Ok", "msg": "1.15.19 (v1.15.19-28c0f2a1)"}}, "version", "1.15.19"),
    ({"cilium": {"state": "Ok", "msg": "1.16.0-rc.1 (v1.16.0-rc.1-28c0f2a1)"}}, "version", "1.16.0-rc.1"),
    ({"cilium": {"state": "Ok", "msg": "1.15.19 (v1.15.19-28c0f2a1)"}}, "message", None),
    ({"cilium": {"state": "Failure", "msg": "kvstore service is not ready"}}, "version", None),
    (
        {"cilium": {"state": "Failure", "msg": "kvstore service is not ready"}},
        "message",
        "kvstore service is not ready",
    ),
    ({"cilium": {"state": "Failure", "msg": "x"}}, "state", "Failure"),
    ({"cluster": {"self": "paris/paris-1"}}, "cluster", "paris"),
    ({"cluster": {"self": "paris-1"}}, "cluster", None),
    (
        {"kubernetes": {"state": "Ok", "msg": "1.30+ (v1.30.5-eks-1) [linux/amd64]"}},
        "kubernetes.version",
        "v1.30.5-eks-1",
    ),
    (
        {"kubernetes": {"state": "Ok", "msg": "1.30+ (v1.30.5-eks-1) [linux/amd64]"}},
        "kubernetes.platform",
        "linux/amd64",
    ),
    ({"kubernetes": {"state": "Ok", "k8s-api-versions": ["b", "a"]}}, "kubernetes.apis", ["a", "b"]),
    ({"kubernetes": {"state": "Disabled"}}, "kubernetes.state", "Disabled"),
    (kpr(), "kube_proxy_replacement.mode", "True"),
    (
        kpr(),
        "kube_proxy_replacement.devices",
        [
            {"name": "eth0", "addresses": ["192.0.2.1"], "direct_routing": True},
            {"name": "eth1", "addresses": [], "direct_routing": False},
        ],
    ),
    (
        {"kube-proxy-replacement": {"mode": "Strict", "devices": ["eth0"]}},
        "kube_proxy_replacement.devices",
        [{"name": "eth0", "direct_routing": False}],
    ),
    (kpr(), "kube_proxy_replacement.load_balancer_mode", "DSR"),
    (kpr(), "kube_proxy_replacement.dsr_dispatch", "IP Option/Extension"),
    (node_port(mode="SNAT"), "kube_proxy_replacement.dsr_dispatch", None),
    (kpr(), "kube_proxy_replacement.algorithm", "Maglev"),
    (kpr(), "kube_proxy_replacement.maglev_table_size", 251),
    (node_port(algorithm="Random"), "kube_proxy_replacement.maglev_table_size", None),
    (node_port(enabled=False), "kube_proxy_replacement.load_balancer_mode", None),
    (node_port(enabled=False), "kube_proxy_replacement.services.node_port", False),
    (kpr(), "kube_proxy_replacement.acceleration", "Disabled"),
    (kpr(), "kube_proxy_replacement.socket_lb", True),
    (kpr(), "kube_proxy_replacement.socket_lb_coverage", "Full"),
    (
        kpr(features={**FEATURES, "bpfSocketLBHostnsOnly": True}),
        "kube_proxy_replacement.socket_lb_coverage",
        "Hostns-only",
    ),
    (
        kpr(features={"hostReachableServices": {"enabled": True, "protocols": ["TCP"]}}),
        "kube_proxy_replacement.socket_lb",
        True,
    ),
    (
        kpr(features={"hostReachableServices": {"enabled": True, "protocols": ["TCP"]}}),
        "kube_proxy_replacement.socket_lb_protocols",
        ["TCP"],
    ),
    (kpr(), "kube_proxy_replacement.nat46x64", False),
    (kpr(features={}), "kube_proxy_replacement.nat46x64", None),
    (kpr(), "kube_proxy_replacement.services.host_port", False),
    (kpr(), "kube_proxy_replacement.services.load_balancer", True),
    (kpr(), "kube_proxy_replacement.nodeport_range", "30000-32767"),
    ({"host-routing": {"mode": "BPF"}}, "routing", {"host": "BPF"}),
    (
        {
            "routing": {
                "inter-host-routing-mode": "Tunnel",
                "intra-host-routing-mode": "Legacy",
                "tunnel-protocol": "vxlan",
            }
        },
        "routing",
        {"mode": "Tunnel", "tunnel_protocol": "vxlan", "host": "Legacy"},
    ),
    (
        {
            "routing": {
                "inter-host-routing-mode": "Native",
                "intra-host-routing-mode": "BPF",
                "tunnel-protocol": "vxlan",
            }
        },
        "routing",
        {"mode": "Native", "host": "BPF"},
    ),
    (masquerading(enabled=True, mode="BPF", enabledProtocols={"ipv4": True}), "masquerading.mode", "BPF"),
    (masquerading(enabled=True, mode="BPF", enabledProtocols={"ipv4": True}), "masquerading.devices", ["eth0", "eth1"]),
    (masquerading(enabled=True, mode="BPF", enabledProtocols={"ipv4": True}), "masquerading.ipv4", True),
    (masquerading(enabled=True, mode="BPF", enabledProtocols={"ipv4": True}), "masquerading.ipv6", False),
    (masquerading(enabled=True, mode="iptables", enabledProtocols={"ipv6": True}), "masquerading.mode", "iptables"),
    (masquerading(enabled=True, mode="iptables", enabledProtocols={"ipv6": True}), "masquerading.devices", None),
    (masquerading(mode="BPF", enabledProtocols={}), "masquerading.mode", "Disabled"),
    (masquerading(enabled=True, mode="BPF"), "masquerading.mode", "BPF"),
    (masquerading(enabled=True, mode="BPF"), "masquerading.ipv4", None),
    (masquerading(mode="BPF", snat_exclusion_cidr="10.0.0.0/8"), "masquerading.cidr_v4", "10.0.0.0/8"),
    (
        {"ipam": {"status": "IPv4: 5/254 allocated from 10.0.0.0/24, ", "allocations": {"10.0.0.1": "router"}}},
        "ipam",
        {"ipv4": {"used": 5, "total": 254, "cidr": "10.0.0.0/24"}, "allocated": {"10.0.0.1": "router"}},
    ),
    ({"ipam": {"status": "IPv4: 11 allocated, "}}, "ipam.ipv4", {"used": 11}),
    (
        {"ipam": {"status": "IPv4: 1/2 allocated from 10.0.0.0/30, IPv6: 3/4 allocated from f00d::/126"}},
        "ipam.ipv6",
        {"used": 3, "total": 4, "cidr": "f00d::/126"},
    ),
    ({"bandwidth-manager": {"devices": None}}, "bandwidth_manager", {"enabled": False}),
    (
        {"bandwidth-manager": {"enabled": True, "congestionControl": "cubic", "devices": ["eth0"]}},
        "bandwidth_manager",
        {"enabled": True, "congestion_control": "cubic", "devices": ["eth0"]},
    ),
    ({"ipv4-big-tcp": {"maxGRO": 65536}, "ipv6-big-tcp": {"enabled": True}}, "big_tcp", {"ipv4": False, "ipv6": True}),
    ({"host-firewall": {"mode": "Disabled", "devices": ["eth0"]}}, "host_firewall", {"mode": "Disabled"}),
    ({"host-firewall": {"mode": "Enabled", "devices": ["eth0"]}}, "host_firewall.devices", ["eth0"]),
    (
        {"cni-chaining": {"mode": "none"}, "cni-file": {"msg": "written"}},
        "cni",
        {"chaining": "none", "config_file": "written"},
    ),
    ({"encryption": {"mode": "Disabled"}}, "encryption", {"mode": "Disabled"}),
    (
        {"encryption": {"mode": "Wireguard", "wireguard": {"interfaces": [{"name": "cilium_wg0", "peer-count": 2}]}}},
        "encryption",
        {"mode": "Wireguard", "interfaces": ["cilium_wg0"], "peers": 2},
    ),
    (
        {"encryption": {"mode": "IPsec", "ipsec": {"keys-in-use": 1, "decrypt-interfaces": ["eth0"]}}},
        "encryption",
        {"mode": "IPsec", "interfaces": ["eth0"], "keys_in_use": 1, "errors": 0},
    ),
    ({"cluster-mesh": {"clusters": None}}, "cluster_mesh", {"ready": 0, "total": 0, "clusters": []}),
    (
        {"cluster-mesh": {"clusters": [{"name": "b", "ready": True, "num-nodes": 3, "config": {"cluster-id": 2}}]}},
        "cluster_mesh.clusters",
        [
            {
                "name": "b",
                "ready": True,
                "connected": False,
                "cluster_id": 2,
                "nodes": 3,
                "endpoints": 0,
                "identities": 0,
                "services": 0,
                "failures": 0,
                "expected": False,
                "retrieved": False,
                "kvstoremesh": False,
                "sync_canaries": False,
            }
        ],
    ),
    (
        {"hubble": {"state": "Ok", "observer": {"max-flows": 4095}, "metrics": {"state": "Disabled"}}},
        "hubble",
        {"state": "Ok", "flows": 0, "capacity": 4095, "metrics": "Disabled"},
    ),
    (
        {
            "controllers": [
                {"name": "a"},
                {"name": "b", "status": {"consecutive-failure-count": 2, "last-failure-msg": "x"}},
            ]
        },
        "controllers",
        {"healthy": 1, "total": 2, "failing": [{"name": "b", "failures": 2, "message": "x"}]},
    ),
    ({"cluster": {"ciliumHealth": {"state": "Ok"}}}, "health", {"daemon": "Ok"}),
    (
        {"nodeMonitor": {"cpus": 2, "npages": 64, "pagesize": 4096}},
        "node_monitor",
        {"enabled": True, "cpus": 2, "pages": 64, "page_size": 4096, "lost": 0, "unknown": 0},
    ),
    ({"clock-source": {"mode": "jiffies", "hertz": 250}}, "clock_source", {"mode": "jiffies", "hertz": 250}),
    ({"identity-range": {"min-identity": 256, "max-identity": 65535}}, "identity_range", {"min": 256, "max": 65535}),
    (
        {"proxy": {"ip": "10.0.0.1", "port-range": "10000-20000", "envoy-deployment-mode": "embedded"}},
        "proxy",
        {"ip": "10.0.0.1", "port_range": "10000-20000", "redirects": 0, "envoy": "embedded"},
    ),
    (
        {"bpf-maps": {"dynamic-size-ratio": 0.25, "maps": [{"name": "NAT", "size": 131072}]}},
        "bpf_maps",
        {"dynamic_size_ratio": 0.25, "maps": {"NAT": 131072}},
    ),
    ({"kvstore": {"state": "Ok", "msg": "Disabled"}}, "kvstore", {"state": "Ok", "message": "Disabled"}),
]


@pytest.mark.parametrize(("status", "path", "expected"), FIELDS)
def test_fields(status: JsonObject, path: str, expected: Json) -> None:
    assert get_path(parse(status).as_dict(), *path.split(".")) == expected


def test_what_is_not_told_is_absent() -> None:
    assert parse({}).as_dict() == {}


@pytest.mark.parametrize("value", [None, [], "text", 7, {"mode": 5, "clusters": {}, "devices": "eth0", "features": []}])
@pytest.mark.parametrize("key", sorted({key for status, _path, _expected in FIELDS for key in status}))
def test_other_shapes_do_not_disturb(key: str, value: Json) -> None:
    parse({key: value}).as_dict()


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ({"RoutingMode": "native", "TunnelProtocol": "vxlan"}, {"mode": "Native", "host": "BPF"}),
        (
            {"RoutingMode": "tunnel", "TunnelProtocol": "vxlan"},
            {"mode": "Tunnel", "tunnel_protocol": "vxlan", "host": "BPF"},
        ),
        ({"Tunnel": "disabled"}, {"mode": "Native", "host": "BPF"}),
        ({"Tunnel": "geneve"}, {"mode": "Tunnel", "tunnel_protocol": "geneve", "host": "BPF"}),
        ({}, {"host": "BPF"}),
    ],
)
def test_routing_from_the_running_configuration(configuration: JsonObject, expected: JsonObject) -> None:
    assert with_configuration(Routing(host="BPF"), configuration).as_dict() == expected
