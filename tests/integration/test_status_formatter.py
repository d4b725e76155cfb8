"""What Cilium's own program makes of any status: it is asked through a socket of ours, so every branch can be had.

The program is the real one of the tool chain (1.15); what answers it is a stub with a status that we made up.
"""

from __future__ import annotations

import json
import os
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, cast

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._status import reading

from testbed import toolchain
from tests.integration.test_status_texts import leaves, without

# What the text form of 1.15 does not tell of the JSON (pkg/client, FormatStatusResponse), and the other way round.
ONLY_JSON = {"cluster", "masquerading.cidr_v6", "kube_proxy_replacement.socket_lb_protocols"}
ONLY_TEXT = {"health.reachable", "health.total", "modules_health", "unparsed"}


class Handler(BaseHTTPRequestHandler):
    """Answers each path with its JSON."""

    def do_GET(self) -> None:
        answers: dict[str, Json] = self.server.answers  # type: ignore[attr-defined]  # -- set below
        body = json.dumps(answers.get(self.path.partition("?")[0], {})).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name of the base class
        """Say nothing."""

    def address_string(self) -> str:
        return "socket"


@contextmanager
def answering(path: Path, answers: dict[str, Json]) -> Iterator[str]:
    with socketserver.ThreadingUnixStreamServer(str(path), Handler) as server:
        server.answers = answers  # type: ignore[attr-defined]  # -- read by the handler
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"unix://{path}"
        finally:
            server.shutdown()
            path.unlink()


def printed(tmp_path: Path, status: JsonObject, *words: str) -> str:
    """What cilium-dbg prints for a status (or with other words, for services), with the real formatter."""
    answers: dict[str, Json] = {"/v1/healthz": status, "/v1beta/status": HEALTH, "/v1/service": SERVICES}
    with answering(tmp_path / "agent.sock", answers) as host:
        command = [str(toolchain.find("cilium-dbg")), "-H", host, *words]
        environment = {**os.environ, "CILIUM_HEALTH_SOCK": host}
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert done.stdout, done.stderr
    return done.stdout


HEALTH: JsonObject = {
    "local": {"name": "a/n1"},
    "timestamp": "2026-01-02T03:04:05Z",
    "nodes": [
        {
            "name": "a/n1",
            "host": {"primary-address": {"ip": "192.0.2.1", "icmp": {"latency": 315254}, "http": {"latency": 12}}},
            "health-endpoint": {"primary-address": {"ip": "10.0.0.4", "icmp": {}, "http": {"status": "refused"}}},
        }
    ],
}
FRONTENDS: list[tuple[int, str, JsonObject]] = [
    (7, "", {"ip": "192.0.2.5", "port": 30000, "protocol": "TCP", "scope": "internal"}),
    (8, "far", {"ip": "2001:db8::5", "port": 443, "protocol": "TCP", "scope": "external"}),
]
SERVICES: Json = [
    {
        "spec": {"id": number, "flags": {"type": "NodePort", "cluster": cluster}, "frontend-address": frontend},
        "status": {
            "realized": {
                "id": number,
                "flags": {"type": "NodePort", "cluster": cluster},
                "frontend-address": frontend,
                "backend-addresses": [
                    {"ip": "10.0.0.9", "port": 80, "state": "active", "protocol": "TCP"},
                    {"ip": "fd00::9", "port": 8080, "state": "terminating", "protocol": "TCP", "preferred": True},
                ],
            }
        },
    }
    for number, cluster, frontend in FRONTENDS
]
BARE: JsonObject = {"cilium": {"state": "Ok", "msg": "1.15.19 (v1.15.19-28c0f2a1)"}}
REPLACEMENT: JsonObject = {
    "mode": "True",
    "deviceList": [{"name": "eth0", "ip": ["192.0.2.1", "2001:db8::1"]}, {"name": "eth1.7", "ip": ["198.51.100.1"]}],
    "devices": ["eth0", "eth1.7"],
    "directRoutingDevice": "eth1.7",
    "features": {
        "nodePort": {
            "enabled": True,
            "mode": "DSR",
            "dsrMode": "IPIP",
            "algorithm": "Maglev",
            "lutSize": 251,
            "acceleration": "Native",
            "portMin": 30000,
            "portMax": 32767,
        },
        "socketLB": {"enabled": True},
        "socketLBTracing": {"enabled": True},
        "bpfSocketLBHostnsOnly": True,
        "sessionAffinity": {"enabled": True},
        "hostPort": {},
        "externalIPs": {"enabled": True},
        "gracefulTermination": {"enabled": True},
        "nat46X64": {
            "enabled": True,
            "service": {"enabled": True},
            "gateway": {"enabled": True, "prefixes": ["64:ff9b::/96", "2001:db8::/96"]},
        },
    },
}
OFF: JsonObject = {
    "mode": "False",
    "features": {
        "nodePort": {},
        "socketLB": {},
        "socketLBTracing": {},
        "sessionAffinity": {},
        "hostPort": {},
        "externalIPs": {},
        "gracefulTermination": {},
        "nat46X64": {},
    },
}
KUBERNETES: JsonObject = {
    "state": "Ok",
    "msg": "1.30+ (v1.30.5-x) [linux/arm64]",
    "k8s-api-versions": ["core/v1::Pods", "a/v2::B"],
}
REMOTE: JsonObject = {
    "name": "far",
    "ready": True,
    "status": "etcd: 1/1 connected, ID: 1",
    "num-nodes": 3,
    "num-endpoints": 4,
    "num-identities": 5,
    "num-shared-services": 6,
    "num-failures": 7,
    "config": {"required": True, "retrieved": True, "cluster-id": 9, "kvstoremesh": True, "sync-canaries": True},
    "synced": {"nodes": True, "services": True},
}
STATUSES: dict[str, JsonObject] = {
    "bare": BARE,
    "replacement": {**BARE, "kubernetes": KUBERNETES, "kube-proxy-replacement": REPLACEMENT},
    "no replacement": {**BARE, "kubernetes": {"state": "Failure", "msg": "no answer"}, "kube-proxy-replacement": OFF},
    "masquerading": {
        **BARE,
        "kubernetes": KUBERNETES,
        "kube-proxy-replacement": REPLACEMENT,
        "host-routing": {"mode": "BPF"},
        "masquerading": {
            "enabled": True,
            "mode": "BPF",
            "ip-masq-agent": True,
            "snat-exclusion-cidr-v4": "10.0.0.0/8",
            "enabledProtocols": {"ipv4": True},
        },
    },
    "iptables": {**BARE, "masquerading": {"enabled": True, "mode": "iptables", "enabledProtocols": {"ipv6": True}}},
    "mesh": {**BARE, "cluster-mesh": {"clusters": [REMOTE], "num-global-services": 8}},
    "parts": {
        **BARE,
        "kvstore": {"state": "Ok", "msg": "etcd: 1/1 connected"},
        "container-runtime": {"state": "Ok", "msg": "fine"},
        "host-firewall": {"mode": "Enabled", "devices": ["eth0", "eth1"]},
        "srv6": {"enabled": True, "srv6EncapMode": "reduced"},
        "cni-chaining": {"mode": "aws-cni"},
        "cni-file": {"msg": "successfully wrote CNI configuration file to /x/05-cilium.conflist"},
        "stale": {"kvstore": "2026-01-02T03:04:05.000Z"},
        "nodeMonitor": {"cpus": 4, "npages": 64, "pagesize": 4096, "lost": 12, "unknown": 3},
        "cluster": {"ciliumHealth": {"state": "Failure", "msg": "no answer"}},
        "ipam": {
            "status": "IPv4: 5/254 allocated from 10.0.0.0/24, ",
            "allocations": {"10.0.0.7": "a/b", "f00d::1": "router"},
        },
        "ipv4-big-tcp": {"enabled": True, "maxGRO": 65536, "maxGSO": 196608},
        "ipv6-big-tcp": {"enabled": True, "maxGRO": 196608, "maxGSO": 196608},
        "bandwidth-manager": {"enabled": True, "congestionControl": "bbr", "devices": ["eth0"]},
        "clock-source": {"mode": "jiffies", "hertz": 250},
        "identity-range": {"min-identity": 256, "max-identity": 65535},
        "proxy": {
            "ip": "10.0.0.7",
            "port-range": "10000-20000",
            "total-redirects": 1,
            "envoy-deployment-mode": "embedded",
            "redirects": [{"name": "7:egress:UDP:53:", "proxy": "cilium-dns-egress", "proxy-port": 41223}],
        },
        "hubble": {
            "state": "Warning",
            "msg": "Server not initialized",
            "metrics": {"state": "Ok"},
            "observer": {"current-flows": 12, "max-flows": 4095, "seen-flows": 12, "uptime": "1s"},
        },
        "bpf-maps": {"dynamic-size-ratio": 0.0025, "maps": [{"name": "Non-TCP connection tracking", "size": 72407}]},
        "encryption": {
            "mode": "Wireguard",
            "wireguard": {
                "node-encryption": "OptedOut",
                "interfaces": [{"name": "cilium_wg0", "public-key": "x=", "listen-port": 51871, "peer-count": 4}],
            },
        },
        "controllers": [
            {"name": "cilium-health-ep", "status": {"last-success-timestamp": "2026-01-02T03:04:05.000Z"}},
            {
                "name": "sync (7)",
                "status": {"consecutive-failure-count": 3, "last-failure-msg": "map is full (7): no room"},
            },
        ],
    },
    "off": {
        **BARE,
        "bandwidth-manager": {},
        "ipv4-big-tcp": {},
        "ipv6-big-tcp": {},
        "srv6": {},
        "hubble": {"state": "Disabled"},
        "masquerading": {"enabledProtocols": {}},
        "encryption": {"mode": "Disabled"},
        "host-firewall": {"mode": "Disabled", "devices": ["eth0"]},
        "cluster-mesh": {},
        "controllers": [],
        "clock-source": {"mode": "ktime"},
        "bpf-maps": {"maps": []},
        "kvstore": {"state": "Failure", "msg": "Err: quorum check failed 9 times in a row: [1/1] timed out"},
    },
}


@pytest.mark.parametrize("name", STATUSES)
def test_the_text_of_any_status_says_what_its_json_says(tmp_path: Path, name: str) -> None:
    told = reading.read(reading.STATUS, printed(tmp_path, STATUSES[name], "status", "-o", "json"))
    text = reading.read(reading.STATUS, printed(tmp_path, STATUSES[name], "status", "--verbose"))
    assert text["unparsed"] == []
    ours = {path: leaf for path, leaf in without(leaves(told), ONLY_JSON).items() if leaf not in ([], {})}
    for cluster in cast("list[JsonObject]", ours.get("cluster_mesh.clusters", [])):
        del cluster["connected"]  # which the text does not tell
    theirs = without(leaves(text), ONLY_TEXT)
    missing = {path: (leaf, theirs.get(path)) for path, leaf in ours.items() if theirs.get(path) != leaf}
    assert not missing


def test_services_of_any_kind(tmp_path: Path) -> None:
    words = ["service", "list", "--clustermesh-affinity"]
    text = reading.read(reading.SERVICES, printed(tmp_path, BARE, *words))
    told = reading.read(reading.SERVICES, printed(tmp_path, BARE, *words, "-o", "json"))
    assert text["unparsed"] == []
    for ours, theirs in zip(listed(text), listed(told), strict=True):
        assert shape(ours) == shape(theirs)


def listed(found: JsonObject) -> list[JsonObject]:
    return cast("list[JsonObject]", found["services"])


def shape(service: JsonObject) -> list[object]:
    """What both forms tell of a service."""
    backends = cast("list[JsonObject]", service["backends"])
    return [
        *(service.get(key) for key in ("id", "ip", "port", "scope", "type", "remote")),
        *([one.get(key) for key in ("ip", "port", "state", "preferred")] for one in backends),
    ]
