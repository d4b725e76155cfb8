"""A made-up fleet for tests of the report, of any size, with what goes wrong in fleets at known places."""

from __future__ import annotations

import zlib

from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._report.cluster import Gathered, entry
from ansible_collections.fleet.cilium.plugins.module_utils._report.document import About, document

ABOUT = About("Cilium fleet report", "2026-11-21T10:45:03Z", "0.1.0")
# What could break a page, if it were not escaped.
HOSTILE = "</script><script>alert(1)</script><!-- & \u2028 \"'"
CUT = "Connection timed out"
# Setting → what is asked, the path in the agent's state, and what it shows.
ASKED: dict[str, tuple[str, Json, str, str]] = {
    "cilium_loadbalancer_mode": ("load_balancing_mode", "dsr", "kube_proxy_replacement.load_balancer_mode", "DSR"),
    "cilium_loadbalancer_algorithm": ("maglev", "maglev", "kube_proxy_replacement.algorithm", "Maglev"),
    "cilium_maglev_table_size": ("maglev", 251, "kube_proxy_replacement.maglev_table_size", "251"),
    "cilium_routing_mode": ("routing_mode", "native", "routing.mode", "Native"),
    "cilium_kube_proxy_replacement": ("kube_proxy_replacement", True, "kube_proxy_replacement.mode", "True"),
    "cilium_enable_bpf_masquerade": ("masquerading", True, "masquerading.mode", "BPF"),
    "cilium_enable_bandwidth_manager": ("bandwidth_manager", True, "bandwidth_manager.enabled", "true"),
    "cilium_enable_host_firewall": ("host_firewall", False, "host_firewall.mode", "Disabled"),
    "cilium_encryption_enabled": ("encryption", False, "encryption.mode", "Disabled"),
    "cilium_enable_hubble": ("hubble", True, "hubble.state", "Ok"),
}


def agent(node: str, peers: list[JsonObject], cut: int = 0) -> JsonObject:
    """What a sound agent says, which does not reach some of its peers."""
    own = zlib.crc32(node.encode()) % 50_000  # what no two nodes have in common
    return {
        "version": "1.15.19",
        "state": "Ok",
        "kubernetes": {"state": "Ok", "version": "v1.36.0", "apis": ["networking.k8s.io/v1::NetworkPolicy"]},
        "kube_proxy_replacement": {
            "mode": "True",
            "devices": [{"name": "eth0", "addresses": ["172.30.1.11"], "direct_routing": True}],
            "load_balancer_mode": "DSR",
            "algorithm": "Maglev",
            "maglev_table_size": 251,
            "socket_lb": True,
            "session_affinity": True,
        },
        "routing": {"mode": "Native", "host": "BPF"},
        "masquerading": {"mode": "BPF", "ipv4": True, "ipv6": False},
        "ipam": {"ipv4": {"used": own % 200, "total": 254, "cidr": f"10.{own % 251}.{own // 251}.0/24"}},
        "bandwidth_manager": {"enabled": True, "congestion_control": "Cubic"},
        "host_firewall": {"mode": "Disabled"},
        "encryption": {"mode": "Disabled"},
        "hubble": {"state": "Ok", "flows": own % 4096, "capacity": 4095},
        "controllers": {"healthy": 42, "total": 42, "failing": []},
        "health": {
            "daemon": "Ok",
            "reachable": len(peers) - cut,
            "total": len(peers),
            "nodes": list(peers),
        },
    }


def peer(name: str, *, cut: bool = False) -> JsonObject:
    """A node as another sees it; cut off on the side of its endpoints, if so."""
    good: JsonObject = {"status": "reachable"}
    failed: JsonObject = {"status": "unreachable", "paths": [{"ip": "10.1.0.9", "icmp": {"ok": False, "message": CUT}}]}
    return {"name": name, "node": good, "endpoints": failed if cut else good}


def features(nodes: list[str], *, fell_back: str = "", older: str = "") -> list[Json]:
    """What was asked against what agents show; two nodes may differ."""
    rows: list[Json] = []
    for setting, (feature, asked, path, shows) in ASKED.items():
        cells: JsonObject = {node: {"state": "effective", "shows": shows, "path": path} for node in nodes}
        if fell_back and setting == "cilium_enable_bandwidth_manager":
            cells[fell_back] = {"state": "fell_back", "shows": "false", "path": path}
        if older and setting == "cilium_maglev_table_size":
            cells[older] = {"state": "older_config", "shows": "16381", "path": path}
        rows.append({"feature": feature, "setting": setting, "asked": asked, "nodes": cells})
    return rows


def finding(rule: str, severity: str, node: str, reason: str) -> JsonObject:
    """A finding about a node."""
    return {
        "rule": rule,
        "severity": severity,
        "subject": {"cluster": "whatever", "node": node, "pod": f"cilium-{node}"},
        "feature": None,
        "asked": {"cilium_enable_bandwidth_manager": True} if rule == "fell_back" else None,
        "found": {"bandwidth_manager.enabled": False} if rule == "fell_back" else None,
        "reason": reason,
        "remedy": "Look at the agent's log." if severity == "error" else "Load the kernel module sch_fq.",
    }


def logged(nodes: list[str], **more: Json) -> JsonObject:
    """A message that every agent logged."""
    return {
        "level": "error",
        "subsys": "daemon",
        "message": f"Unable to do something {HOSTILE}",
        "count": 3 * len(nodes),
        "first": "2026-11-21T10:00:00Z",
        "last": "2026-11-21T10:40:00Z",
        "nodes": dict.fromkeys(nodes, 3),
        "known": None,
        "means": None,
        "harmless": False,
        **more,
    }


def quiet(nodes: list[str]) -> JsonObject:
    """A message that means nothing."""
    return logged(
        nodes, level="warning", message="Waiting for something", known="waiting", means="It waits.", harmless=True
    )


def cluster(name: str, size: int, trouble: str = "") -> Gathered:
    """A cluster with one kind of trouble: none, fell_back, silent, cut, hostile, or unreachable."""
    nodes = [f"{name}-{number}" for number in range(1, size + 1)]
    facts: list[Json] = [{"name": node, "kernel": f"6.{index % 2 + 1}.0-18-amd64"} for index, node in enumerate(nodes)]
    described: JsonObject = {
        "server": f"https://{name}.example.com:6443",
        "kubernetes_version": "v1.36.0",
        "nodes": facts,
    }
    settings: JsonObject = {setting: asked for setting, (_feature, asked, _path, _shows) in ASKED.items()}
    if trouble == "unreachable":
        return Gathered(name, asked=settings, fault=f"https://{name}.example.com:6443: no connection: timed out")
    odd, found = nodes[-1], list[Json]()
    peers = [peer(other, cut=trouble == "cut" and other == odd) for other in nodes]
    states: JsonObject = {node: agent(node, peers, int(trouble == "cut")) for node in nodes}
    if trouble == "silent":
        del states[odd]
        found.append(finding("agent_timeout", "error", odd, f"cilium-{odd}: no answer within 30 s"))
    if trouble == "hostile":
        states[odd] = {**agent(odd, []), "state": "Warning", "message": HOSTILE, "health": {"daemon": HOSTILE}}
        found.append(finding("fell_back", "warning", HOSTILE, HOSTILE))
    if trouble == "fell_back":
        found.append(finding("fell_back", "warning", odd, "the kernel has no sch_fq"))
    rows = features(
        nodes, fell_back=odd if trouble == "fell_back" else "", older=nodes[0] if trouble == "fell_back" else ""
    )
    return Gathered(
        name=name,
        asked=settings,
        cluster=described,
        status={"nodes": states, "findings": found if trouble == "silent" else []},
        release={"chart_version": "1.15.19", "app_version": "1.15.19", "revision": 3, "status": "deployed"},
        verified={
            "features": rows,
            "findings": [] if trouble == "silent" else found,
            "log": [logged(nodes), quiet(nodes)],
        },
    )


TROUBLES = {3: "fell_back", 7: "silent", 11: "cut", 13: "unreachable", 17: "fell_back"}


def fleet(clusters: int, nodes: int) -> JsonObject:
    """The document of a fleet in which the clusters of TROUBLES (counted from 1) are in trouble."""
    made = (cluster(f"site-{number:02}", nodes, TROUBLES.get(number, "")) for number in range(1, clusters + 1))
    return document(ABOUT, [entry(one) for one in made])
