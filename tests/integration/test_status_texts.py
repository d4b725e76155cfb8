"""Each real agent in three ways: our model of its JSON, our model of its text, and its own program."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING, cast

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject, get_path
from ansible_collections.fleet.cilium.plugins.module_utils._status import reading

from testbed import toolchain

if TYPE_CHECKING:
    from testbed.fleet import Cluster, Fleet

pytestmark = pytest.mark.real
# What goes on between two questions, and what one of the two forms does not tell (Cilium 1.15, pkg/client): the JSON
# has no health of nodes, whether a cluster is connected is not in the text, nor are the clock's ticks beside jiffies.
MOVING = {"hubble.flows", "controllers", "node_monitor.lost", "node_monitor.unknown"}
ONLY_JSON = {"cluster", "clock_source.hertz", "masquerading.cidr_v6"}
ONLY_TEXT = {"health", "modules_health", "unparsed"}


def agent(cluster: Cluster, node: str, *words: str) -> str:
    """What a program in the agent's pod on a node prints."""
    base = [str(toolchain.find("kubectl")), "--kubeconfig", str(cluster.kubeconfig), "-n", "kube-system"]
    selection = ["-l", "k8s-app=cilium", "--field-selector", f"spec.nodeName={node}", "-o", "name"]
    pod = run([*base, "get", "pods", *selection]).strip()
    return run([*base, "exec", pod, "-c", "cilium-agent", "--", *words])


def run(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def leaves(value: Json, path: str = "") -> dict[str, Json]:
    """Every value that is no mapping, by its path."""
    if not isinstance(value, dict) or not value:
        return {path: value}
    return {
        key: leaf for name, part in value.items() for key, leaf in leaves(part, f"{path}.{name}".strip(".")).items()
    }


def without(found: dict[str, Json], *groups: set[str]) -> dict[str, Json]:
    left_out = set().union(*groups)
    return {
        path: value
        for path, value in found.items()
        if not any(path == one or path.startswith(f"{one}.") for one in left_out)
    }


def nodes(cilium: Fleet) -> list[tuple[Cluster, str]]:
    return [(cluster, node.name) for cluster in cilium.clusters for node in cluster.nodes]


def test_status_in_both_forms(cilium: Fleet) -> None:
    for cluster, node in nodes(cilium):
        told = json.loads(agent(cluster, node, "cilium-dbg", "status", "-o", "json"))
        text = reading.read(reading.STATUS, agent(cluster, node, "cilium-dbg", "status", "--verbose"))
        assert text["unparsed"] == []
        ours = without(leaves(reading.read(reading.STATUS, told)), MOVING, ONLY_JSON, ONLY_TEXT)
        theirs = without(leaves(text), MOVING, ONLY_TEXT)
        if theirs.get("cluster_mesh.global_services") == 0:  # the JSON leaves 0 out, and newer agents do not count them
            ours.setdefault("cluster_mesh.global_services", 0)
        assert theirs == ours, node
        as_the_agent_says(told, text)


def as_the_agent_says(told: JsonObject, text: JsonObject) -> None:
    """The agent's own JSON, by the names that it has there, against our model of its text."""
    replacement = "kube-proxy-replacement"
    pairs = {
        "kube_proxy_replacement.mode": (replacement, "mode"),
        "kube_proxy_replacement.load_balancer_mode": (replacement, "features", "nodePort", "mode"),
        "kube_proxy_replacement.algorithm": (replacement, "features", "nodePort", "algorithm"),
        "kube_proxy_replacement.acceleration": (replacement, "features", "nodePort", "acceleration"),
        "routing.host": ("host-routing", "mode"),
        "ipam.allocated": ("ipam", "allocations"),
        "identity_range.max": ("identity-range", "max-identity"),
        "cni.chaining": ("cni-chaining", "mode"),
        "proxy.ip": ("proxy", "ip"),
        "encryption.mode": ("encryption", "mode"),
        "hubble.state": ("hubble", "state"),
    }
    for ours, theirs in pairs.items():
        assert get_path(text, *ours.split(".")) == get_path(told, *theirs), ours
    maps = {entry["name"]: entry["size"] for entry in cast("list[JsonObject]", get_path(told, "bpf-maps", "maps"))}
    assert get_path(text, "bpf_maps", "maps") == maps
    assert str(get_path(told, "cilium", "msg")).startswith(str(text["version"]))


def test_health_in_both_forms(cilium: Fleet) -> None:
    """Round trips move between two questions; who reaches whom does not."""
    for cluster, node in nodes(cilium):
        for attempt in range(3):
            text = reading.read(reading.HEALTH, agent(cluster, node, "cilium-health", "status", "--verbose"))
            told = reading.read(reading.HEALTH, agent(cluster, node, "cilium-health", "status", "-o", "json"))
            if shape(told) == shape(text):
                break
            time.sleep(attempt)
        assert shape(told) == shape(text), node
        assert text["unparsed"] == []
        assert told["local"] == text["local"]


def shape(health: JsonObject) -> Json:
    """Who reaches whom, without times."""
    found = []
    for node in cast("list[JsonObject]", health["nodes"]):
        sides = {side: get_path(node, side, "status") for side in ("node", "endpoints")}
        paths = [
            path.get("ip")
            for side in ("node", "endpoints")
            for path in cast("list[JsonObject]", get_path(node, side, "paths") or [])
        ]
        found.append({"name": node["name"], "local": node["local"], **sides, "paths": cast("Json", paths)})
    ordered = sorted(found, key=lambda node: str(node["name"]))
    return {"reachable": health["reachable"], "total": health["total"], "nodes": cast("Json", ordered)}


def test_services_in_both_forms(cilium: Fleet) -> None:
    for cluster, node in nodes(cilium):
        text = reading.read(reading.SERVICES, agent(cluster, node, "cilium-dbg", "service", "list"))
        told = reading.read(reading.SERVICES, agent(cluster, node, "cilium-dbg", "service", "list", "-o", "json"))
        assert text["unparsed"] == []
        assert [frontend(service) for service in services(text)] == [frontend(service) for service in services(told)]
        assert services(text), node


def services(found: JsonObject) -> list[JsonObject]:
    return cast("list[JsonObject]", found["services"])


def frontend(service: JsonObject) -> list[object]:
    backends = cast("list[JsonObject]", service["backends"])
    return [
        *(service.get(key) for key in ("id", "ip", "port", "scope", "type", "remote")),
        sorted(f"{backend['ip']}:{backend['port']} {backend.get('state')}" for backend in backends),
    ]


def test_maps_in_both_forms(cilium: Fleet) -> None:
    cluster, node = nodes(cilium)[0]
    words = ["cilium-dbg", "bpf", "lb", "list"]
    text = reading.read(reading.LB_MAPS, agent(cluster, node, *words))
    told = reading.read(reading.LB_MAPS, agent(cluster, node, *words, "-o", "json"))
    assert text["unparsed"] == []
    assert frontends(text) == frontends(told)
    assert services(text)
    words = ["cilium-dbg", "bpf", "lb", "maglev", "list"]
    tables = reading.read(reading.MAGLEV, agent(cluster, node, *words))
    assert tables["unparsed"] == []
    again = reading.read(reading.MAGLEV, agent(cluster, node, *words, "-o", "json"))
    assert digests(tables) == digests(again)


def frontends(found: JsonObject) -> list[str]:
    """The maps are walked in any order."""
    return sorted(
        f"{service['ip']}:{service['port']} {service.get('rev_nat')} {service.get('flags')}"
        for service in services(found)
    )


def digests(found: JsonObject) -> list[str]:
    tables = cast("list[JsonObject]", found["tables"])
    return sorted(f"{table['service_id']} {table.get('family')} {table['digest']}" for table in tables)
