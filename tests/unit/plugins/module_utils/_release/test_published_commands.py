"""helm commands as people publish them: what the linter has to say of their values.

Each is the set of ``--set`` options of one install guide, as helm reads them, with the version that the guide shows.
"""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue import _paths as paths
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._release.lint import judge
from ansible_collections.fleet.cilium.plugins.module_utils._release.values import merge

# Two virtual machines, everything in BPF, no masquerading. The guide shows 1.12.0 running, but names no version, so
# that its command means another one every day.
VIRTUAL_MACHINES: JsonObject = {
    "tunnel": "disabled",
    "autoDirectNodeRoutes": True,
    "loadBalancer": {"mode": "dsr", "algorithm": "maglev"},
    "kubeProxyReplacement": "strict",
    "enableIPv4Masquerade": False,
    "devices": "enp1s0",
    "k8sServiceHost": "192.168.31.100",
    "k8sServicePort": 6443,
    "hubble": {"relay": {"enabled": True}, "ui": {"enabled": True}},
}
# Three ways to install on one laptop, for 1.13.0-rc5.
BESIDE_KUBE_PROXY: JsonObject = {
    "k8sServiceHost": "172.18.0.3",
    "k8sServicePort": 6443,
    "debug": {"enabled": True, "verbose": "datapath"},
    "monitorAggregation": "none",
    "ipam": {"mode": "cluster-pool"},
    "cluster": {"name": "laptop"},
    "tunnel": "disabled",
    "autoDirectNodeRoutes": True,
    "ipv4NativeRoutingCIDR": "10.0.0.0/8",
}
REPLACEMENT = merge(BESIDE_KUBE_PROXY, {"kubeProxyReplacement": "strict"})
REPLACEMENT_BPF = merge(REPLACEMENT, {"bpf": {"masquerade": True}})
# The first replacement of kube-proxy that anybody tries.
FIRST_TRY: JsonObject = {"kubeProxyReplacement": "strict", "k8sServiceHost": "192.168.49.2", "k8sServicePort": 8443}
# A list of single features, each with its options; for about 1.12 and 1.13.
MAGLEV: JsonObject = {
    "loadBalancer": {"algorithm": "maglev"},
    "maglev": {"tableSize": 65521, "hashSeed": "JLfvgnHc2kaSUFaI"},
}
DIRECT: JsonObject = {"tunnel": "disabled", "autoDirectNodeRoutes": True}
DSR = merge(DIRECT, {"loadBalancer": {"mode": "dsr"}})
HYBRID = merge(DIRECT, {"loadBalancer": {"mode": "hybrid"}})
XDP: JsonObject = {"loadBalancer": {"acceleration": "native"}}
SOCKET_LB = merge(DIRECT, {"socketLB": {"hostNamespaceOnly": True}})
TOPOLOGY: JsonObject = {"loadBalancer": {"serviceTopology": True}}
NEIGHBOURS: JsonObject = {"--arping-refresh-period": "30s"}
CLUSTER_IP: JsonObject = {"bpf": {"lbExternalClusterIP": True}}
MESH: JsonObject = {"cluster": {"name": "x1", "id": 1}}

Expected = dict[str, tuple[str, str]]
TUNNEL = ("removed_value", "use routingMode (native or tunnel) and tunnelProtocol (vxlan or geneve)")
AGGREGATION = ("unknown_value", "did you mean bpf.monitorAggregation?")
REFRESH = ("unknown_value", "did you mean l2NeighDiscovery.refreshPeriod?")

COMMANDS: list[tuple[str, JsonObject, str, Expected]] = [
    ("virtual machines, as shown", VIRTUAL_MACHINES, "1.12.0", {}),
    ("virtual machines, 1.15", VIRTUAL_MACHINES, "1.15.19", {"tunnel": TUNNEL}),
    ("virtual machines, today", VIRTUAL_MACHINES, "1.20.0", {"tunnel": TUNNEL}),
    ("beside kube-proxy", BESIDE_KUBE_PROXY, "1.13.0-rc5", {"monitorAggregation": AGGREGATION}),
    ("replacement", REPLACEMENT, "1.13.0-rc5", {"monitorAggregation": AGGREGATION}),
    ("replacement, BPF", REPLACEMENT_BPF, "1.13.0-rc5", {"monitorAggregation": AGGREGATION}),
    ("first try", FIRST_TRY, "1.9.18", {}),
    ("Maglev", MAGLEV, "1.12.19", {}),
    ("DSR", DSR, "1.12.19", {}),
    ("DSR, later", DSR, "1.16.19", {"tunnel": TUNNEL}),
    ("hybrid", HYBRID, "1.12.19", {}),
    ("XDP", XDP, "1.12.19", {}),
    ("socket load balancer", SOCKET_LB, "1.12.19", {}),
    (
        "socket load balancer, earlier",
        SOCKET_LB,
        "1.11.20",
        {"socketLB.hostNamespaceOnly": ("future_value", "use hostServices")},
    ),
    ("topology", TOPOLOGY, "1.12.19", {}),
    ("neighbours", NEIGHBOURS, "1.12.19", {"--arping-refresh-period": REFRESH}),
    (
        "neighbours, later",
        NEIGHBOURS,
        "1.18.12",
        {
            "--arping-refresh-period": (
                "unknown_value",
                "an option of the agent that no value stands for is set by extraConfig.arping-refresh-period",
            )
        },
    ),
    ("external ClusterIP", CLUSTER_IP, "1.12.19", {}),
    ("mesh", MESH, "1.12.19", {}),
]


@pytest.mark.parametrize(
    ("values", "version", "expected"), [case[1:] for case in COMMANDS], ids=[c[0] for c in COMMANDS]
)
def test_commands(values: JsonObject, version: str, expected: Expected) -> None:
    found = {
        finding.subject["value"]: (finding.rule, finding.remedy) for finding in judge(values, paths.known(version))
    }
    assert found == expected
