"""Members' clusters as they are read, made up for tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.fetch import Seen
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.members import Declaration, Member
from ansible_collections.fleet.cilium.plugins.module_utils._release.store import Revision, Stored

VERSION = "1.15.19"


def node(
    name: str, *addresses: str, ready: str = "True", taints: tuple[str, ...] = (), provider: str = ""
) -> JsonObject:
    """Return a Node object."""
    entries: list[Json] = [{"type": "InternalIP", "address": address} for address in addresses]
    return {
        "metadata": {"name": name},
        "spec": {"taints": [{"key": key} for key in taints], **({"providerID": provider} if provider else {})},
        "status": {"addresses": entries, "conditions": [{"type": "Ready", "status": ready}]},
    }


def member(name: str, number: int, **more: Any) -> Member:
    """Return a member as it is declared; more are fields of every type."""
    return replace(Member(place=number, name=name, id=number), **more)


def seen(
    name: str, number: int, *, values: JsonObject | None = None, version: str = VERSION, fault: str = "", **more: Any
) -> Seen:
    """Return a cluster whose two nodes are at 192.0.<number>.11 and .12; with values it has a release."""
    facts: JsonObject = {
        "pod_cidrs": [f"10.{number % 250}.0.0/16"],
        "service_cidrs": [f"172.{number % 250}.0.0/16"],
        "node_cidrs": [f"192.0.{number}.11/32", f"192.0.{number}.12/32"],
    }
    newest = None
    if values is not None:
        body: JsonObject = {
            "config": values,
            "info": {"status": "deployed"},
            "chart": {"metadata": {"name": "cilium", "version": version, "appVersion": version}},
        }
        newest = Revision(1, "deployed", body, {})
    pool: JsonObject = {"cilium_pool_cidr": [f"10.{number % 250}.0.0/16"]}
    return Seen(
        member(name, number, **{"settings": pool, **more}),
        stored=Stored(newest),
        nodes=(node(f"{name}-1", f"192.0.{number}.11"), node(f"{name}-2", f"192.0.{number}.12")),
        facts=facts,
        configuration={} if values is None else {"cluster-name": name, "cluster-id": str(number)},
        version=None if fault else version,
        fault=fault,
    )


def declared(*clusters: Seen, pairs: tuple[tuple[str, str], ...] | None = None) -> Declaration:
    """Return the declaration of these members."""
    return Declaration(tuple(one.member for one in clusters), pairs)
