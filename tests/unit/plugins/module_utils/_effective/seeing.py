"""What tests of verify share: a cluster as it was seen, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ansible_collections.fleet.cilium.plugins.module_utils._catalogue._model import View
from ansible_collections.fleet.cilium.plugins.module_utils._effective.seen import Seen
from ansible_collections.fleet.cilium.plugins.module_utils._intent import read
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject

from tests.unit.asking import Settings, long

ASKED: Settings = {
    "kube_proxy_replacement": "full",
    "k8s_service_host": "192.0.2.1",
    "routing_mode": "native",
    "loadbalancer_mode": "dsr",
    "loadbalancer_algorithm": "maglev",
    "enable_bpf_masquerade": True,
}
NO_FQ = "BPF bandwidth manager could not read procfs. Disabling the feature."


def view(version: str = "1.15.19", facts: JsonObject | None = None, /, **asked: Json) -> View:
    """What is asked, by short names."""
    return read(long({**ASKED, **asked}), version, facts).view


def state(**parts: Json) -> JsonObject:
    """What a healthy agent of ASKED says, with parts replaced."""
    return {
        "version": "1.15.19",
        "state": "Ok",
        "kube_proxy_replacement": {
            "mode": "True",
            "load_balancer_mode": "DSR",
            "algorithm": "Maglev",
            "session_affinity": True,
        },
        "routing": {"mode": "Native", "host": "BPF"},
        "masquerading": {"mode": "BPF"},
        "cni": {"chaining": "none"},
        "bandwidth_manager": {"enabled": False},
        **parts,
    }


def side(status: str, message: str = "") -> JsonObject:
    """One side of a node, as status_info tells its health."""
    probe: JsonObject = {"ok": False, "message": message} if message else {"ok": True}
    return {"status": status, "paths": [{"icmp": probe}]}


def health(**nodes: tuple[str, str]) -> JsonObject:
    """The health of nodes: of each the status of the node and of its endpoint."""
    entries: list[Json] = []
    for name, (node, endpoints) in nodes.items():
        entries.append(
            {
                "name": f"paris/{name}",
                "node": side(node, "no route" if node == "unreachable" else ""),
                "endpoints": side(endpoints, "timeout" if endpoints == "unreachable" else ""),
            }
        )
    reachable = sum("unreachable" not in sides for sides in nodes.values())
    return {"reachable": reachable, "total": len(nodes), "nodes": entries}


def seen(nodes: Mapping[str, JsonObject] | None = None, /, **parts: object) -> Seen:
    """A cluster of two nodes on which everything is well, with parts replaced."""
    base = Seen(cluster="paris", nodes=nodes if nodes is not None else {"n1": state(), "n2": state()})
    return replace(base, **parts)  # type: ignore[arg-type]  # -- tests name the fields


def logged(*messages: str, level: str = "warning") -> list[JsonObject]:
    """A log as status_info tells it."""
    return [{"level": level, "subsys": "daemon", "message": message, "count": 1} for message in messages]
