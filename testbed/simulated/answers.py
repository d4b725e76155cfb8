"""What a simulated agent answers: the form is that of its version, the content follows from its configuration.

The forms are those of Cilium's api/v1/models: fields that are false, 0 or empty are left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from testbed.api import Object

Config = Mapping[str, str]
_NEVER = "0001-01-01T00:00:00.000Z"
_APIS = (
    "EndpointSliceOrEndpoint cilium/v2::CiliumClusterwideNetworkPolicy cilium/v2::CiliumEndpoint "
    "cilium/v2::CiliumNetworkPolicy cilium/v2::CiliumNode cilium/v2alpha1::CiliumCIDRGroup core/v1::Namespace "
    "core/v1::Pods core/v1::Service networking.k8s.io/v1::NetworkPolicy"
).split()
_MAPS = {
    "Auth": 524288,
    "Endpoint policy": 65535,
    "IP cache": 512000,
    "Metrics": 1024,
    "NAT": 131072,
    "Neighbor table": 131072,
    "Non-TCP connection tracking": 65536,
    "Service": 65536,
    "Session affinity": 65536,
    "TCP connection tracking": 131072,
}
_WORDS = {"snat": "SNAT", "dsr": "DSR", "hybrid": "Hybrid", "random": "Random", "maglev": "Maglev"}
_DISPATCH = {"opt": "IP Option/Extension", "ipip": "IPIP", "geneve": "Geneve"}
_CONTROLLERS = 46  # as many as a small node has


@dataclass(frozen=True)
class Agent:
    """A simulated agent: its node, the node's number and address, its version, and the nodes of its cluster."""

    node: str
    number: int
    address: str
    version: tuple[int, int, int]
    peers: tuple[tuple[str, str], ...] = ()

    @property
    def pods(self) -> str:
        """The network of its pods."""
        return f"10.{128 + self.number // 256}.{self.number % 256}.0/24"


def answers(agent: Agent, config: Config) -> dict[str, str]:
    """Return what an agent prints, by the command that makes it print so."""
    programs = ("cilium-dbg", "cilium") if agent.version >= (1, 15, 0) else ("cilium",)
    said: dict[str, object] = {
        "status -o json": status(agent, config),
        "config --read-only -o json": running(config),
        "service list -o json": [],
    }
    found = {f"{program} {words}": json.dumps(each) for program in programs for words, each in said.items()}
    if agent.peers:
        text = json.dumps(health(agent, config))
        found |= {f"cilium-health status {words}": text for words in ("-o json", "--probe -o json")}
    return found


def status(agent: Agent, config: Config) -> Object:
    """Return the JSON of ``cilium-dbg status -o json``."""
    version = ".".join(str(part) for part in agent.version)
    whole: Object = {
        "attach-mode": "tc",
        "bandwidth-manager": _bandwidth(config),
        "bpf-maps": {
            "dynamic-size-ratio": float(config.get("bpf-map-dynamic-size-ratio") or 0.0025),
            "maps": [{"name": name, "size": size} for name, size in _MAPS.items()],
        },
        "cilium": {"state": "Ok", "msg": f"{version} (v{version}-simulated)"},
        "clock-source": {"mode": "ktime"},
        "cluster": {"ciliumHealth": {"state": "Ok"}, "self": _name(config, agent.node)},
        "cluster-mesh": {"clusters": None},
        "cni-chaining": {"mode": config.get("cni-chaining-mode", "none")},
        "cni-file": {"state": "Ok", "msg": "successfully wrote CNI configuration file"},
        "controllers": [_controller(number) for number in range(_CONTROLLERS)],
        "datapath-mode": "veth",
        "encryption": {"mode": "Wireguard" if _on(config, "enable-wireguard") else "Disabled"},
        "host-firewall": {"mode": "Enabled" if _on(config, "enable-host-firewall") else "Disabled"},
        "hubble": _hubble(config),
        "identity-range": {"min-identity": 256, "max-identity": 65535},
        "ipam": {"status": f"IPv4: 2/254 allocated from {agent.pods}, ", "allocations": _allocations(agent)},
        "kube-proxy-replacement": _replacement(agent, config),
        "kubernetes": {"state": "Ok", "msg": "1.36 (v1.36.3) [linux/amd64]", "k8s-api-versions": _APIS},
        "kvstore": {"state": "Ok", "msg": "Disabled"},
        "masquerading": _masquerading(config),
        "nodeMonitor": {"cpus": 2, "npages": 64, "pagesize": 4096},
        "proxy": {"ip": agent.pods.replace("0/24", "1"), "port-range": "10000-20000"},
    }
    return whole | _routing(agent, config)


def running(config: Config) -> Object:
    """Return what matters of ``cilium-dbg config --read-only -o json``."""
    mode = config.get("routing-mode", "tunnel")
    return {"RoutingMode": mode, "TunnelProtocol": config.get("tunnel-protocol", "vxlan"), "EnableIPv4": True}


def health(agent: Agent, config: Config) -> Object:
    """Return the JSON of ``cilium-health status -o json``: every node reaches every other."""
    return {
        "local": {"name": _name(config, agent.node)},
        "timestamp": "2026-01-01T00:00:00Z",
        "probeInterval": "1m40s",
        "nodes": [
            {
                "name": _name(config, name),
                "host": {"primary-address": _reached(address)},
                "health-endpoint": {"primary-address": _reached(address)},
            }
            for name, address in agent.peers
        ],
    }


def _reached(address: str) -> Object:
    return {"ip": address, "icmp": {"latency": 250_000}, "http": {"latency": 500_000}}


def _on(config: Config, key: str) -> bool:
    return config.get(key) == "true"


def _name(config: Config, node: str) -> str:
    return f"{config.get('cluster-name', 'default')}/{node}"


def _bandwidth(config: Config) -> Object:
    if not _on(config, "enable-bandwidth-manager"):
        return {"devices": None}
    return {"enabled": True, "congestionControl": "cubic", "devices": ["eth0"]}


def _controller(number: int) -> Object:
    return {
        "configuration": {"error-retry": True, "interval": "1m0s"},
        "name": f"simulated-controller-{number}",
        "status": {
            "last-failure-timestamp": _NEVER,
            "last-success-timestamp": "2026-01-01T00:00:00.000Z",
            "success-count": 1,
        },
        "uuid": f"00000000-0000-4000-8000-{number:012}",
    }


def _hubble(config: Config) -> Object:
    if not _on(config, "enable-hubble"):
        return {"state": "Disabled", "metrics": {"state": "Disabled"}}
    return {"state": "Ok", "observer": {"current-flows": 4095, "max-flows": 4095}, "metrics": {"state": "Disabled"}}


def _allocations(agent: Agent) -> Object:
    return {agent.pods.replace("0/24", "1"): "router", agent.pods.replace("0/24", "2"): "health"}


def _is_full(config: Config) -> bool:
    return config.get("kube-proxy-replacement") in {"true", "strict"}


def _replacement(agent: Agent, config: Config) -> Object:
    full = _is_full(config)
    newer = agent.version >= (1, 14, 0)
    on: Object = {"enabled": True} if full else {}
    features: Object = {
        "nodePort": _node_port(config) if full else {},
        **dict.fromkeys(("externalIPs", "hostPort", "socketLB", "sessionAffinity"), on),
        "gracefulTermination": {"enabled": True},
        "nat46X64": {},
    }
    if _on(config, "bpf-lb-sock-hostns-only"):
        features["bpfSocketLBHostnsOnly"] = True
    return {
        "mode": (str(full) if newer else "Strict" if full else "Disabled"),
        "devices": ["eth0"],
        "deviceList": [{"name": "eth0", "ip": [agent.address]}],
        "directRoutingDevice": "eth0",
        "features": features,
    }


def _node_port(config: Config) -> Object:
    mode, algorithm = config.get("bpf-lb-mode", "snat"), config.get("bpf-lb-algorithm", "random")
    low, _comma, high = config.get("node-port-range", "30000,32767").partition(",")
    port: Object = {
        "enabled": True,
        "mode": _WORDS[mode],
        "algorithm": _WORDS[algorithm],
        "acceleration": config.get("bpf-lb-acceleration", "disabled").capitalize(),
        "portMin": int(low),
        "portMax": int(high),
    }
    if mode != "snat":
        port["dsrMode"] = _DISPATCH[config.get("bpf-lb-dsr-dispatch", "opt")]
    if algorithm == "maglev":
        port["lutSize"] = int(config.get("bpf-lb-maglev-table-size", "16381"))
    return port


def _masquerading(config: Config) -> Object:
    ipv4, ipv6 = (config.get(f"enable-ipv{family}-masquerade", "true") == "true" for family in (4, 6))
    return {
        "enabled": ipv4 or ipv6,
        "mode": "BPF" if _on(config, "enable-bpf-masquerade") else "iptables",
        "enabledProtocols": {"ipv4": ipv4, "ipv6": ipv6},
        "snat-exclusion-cidr-v4": config.get("ipv4-native-routing-cidr", ""),
    }


def _routing(agent: Agent, config: Config) -> Object:
    """Return how packets travel; up to 1.15 the status tells the node's side only."""
    past_the_host = _is_full(config) and _on(config, "enable-bpf-masquerade")
    host = "BPF" if past_the_host and not _on(config, "enable-host-legacy-routing") else "Legacy"
    if agent.version < (1, 16, 0):
        return {"host-routing": {"mode": host}}
    native = config.get("routing-mode") == "native"
    part = {"intra-host-routing-mode": host, "inter-host-routing-mode": "Native" if native else "Tunnel"}
    return {"routing": part if native else {**part, "tunnel-protocol": config.get("tunnel-protocol", "vxlan")}}
