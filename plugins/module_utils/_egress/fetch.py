# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan has to know of a cluster. PRIVATE to the collection."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from .._cluster.run import agent_version
from .._errors import ExecFailed, FleetError, NotFound
from .._json import get_bool, get_list, get_object, get_objects, get_text
from .._release.rollout import CONFIG_MAP
from .._status.agents import SELECTOR, agents, ask
from .._versions import parse
from . import layer7
from .gateways import Node
from .plan import Kind
from .policies import FORMS, GROUP, Form, address_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from .._context import Context
    from .._json import JsonObject
    from .._kubernetes import Client
    from .._status.agents import Agent
    from .._versions import Version

_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_CILIUM = f"/apis/{GROUP}/v2"
_SECONDS = 30.0
_SHOW_ADDRESSES = ["ip", "-o", "address", "show"]
_LAYER7 = ("ciliumnetworkpolicies", "ciliumclusterwidenetworkpolicies")


def kinds(client: Client) -> list[Kind]:
    """Return the kinds of policy that the cluster knows, the one to use first; none while the gateway is off.

    Raises:
        ApiError, ConnectionFailed: as Client.get().
    """
    return [kind for kind in (_kind(client, form) for form in FORMS) if kind is not None]


def _kind(client: Client, form: Form) -> Kind | None:
    try:
        definition = client.get(f"{_DEFINITIONS}/{form.definition}")
    except NotFound:
        return None
    versions = [item for item in get_objects(definition, "spec", "versions") if get_bool(item, "served")]
    stored = [item for item in versions if get_bool(item, "storage")] or versions
    if not stored:
        return None
    version = get_text(stored[0], "name") or ""
    schema = get_object(stored[0], "schema", "openAPIV3Schema", "properties", "spec")
    kind = Kind(form, version, schema)
    listed = get_objects(client.get(kind.path), "items")
    about: JsonObject = {"apiVersion": f"{GROUP}/{version}", "kind": form.kind}  # items of a list do not tell
    objects = {get_text(item, "metadata", "name") or "": {**item, **about} for item in listed}
    return replace(kind, objects=objects)


def nodes(client: Client) -> list[Node]:
    """Return the cluster's nodes with the addresses that Node and CiliumNode tell.

    Raises:
        ApiError, ConnectionFailed: as Client.get().
    """
    told: dict[str, set[str]] = {}
    for item in get_objects(_list(client, f"{_CILIUM}/ciliumnodes"), "items"):
        addresses = (get_text(entry, "ip") for entry in get_objects(item, "spec", "addresses"))
        told[get_text(item, "metadata", "name") or ""] = {address for address in addresses if address}
    found = []
    for item in get_objects(client.get("/api/v1/nodes"), "items"):
        name = get_text(item, "metadata", "name") or ""
        labels = {key: value for key, value in get_object(item, "metadata", "labels").items() if isinstance(value, str)}
        own = (get_text(entry, "address") for entry in get_objects(item, "status", "addresses"))
        found.append(Node(name, labels, frozenset(told.get(name, set()) | {address for address in own if address})))
    return found


def _list(client: Client, path: str) -> JsonObject:
    """Return a list; an empty one where the kind does not exist."""
    try:
        return client.get(path)
    except NotFound:
        return {}


def with_devices(
    client: Client, known: Sequence[Node], *, names: Collection[str], namespace: str, context: Context
) -> list[Node]:
    """Return the nodes, those of these names with all addresses that can be seen from their agents.

    That shows addresses that an administrator has added and that no object tells. An agent that does not answer is a
    warning: its node keeps the addresses that are known.
    """
    if not names:
        return [*known]
    found = {agent.node: agent for agent in agents(client, namespace) if agent.ready and agent.node in names}
    own = {name: _device_addresses(client, agent, context) for name, agent in found.items()}
    return [replace(node, addresses=node.addresses | own.get(node.name, set())) for node in known]


def _device_addresses(client: Client, agent: Agent, context: Context) -> set[str]:
    """Return the addresses of an agent's node, none where it does not answer.

    Asked is the program ip in the agent's image; where that is missing, the agent, which knows its own devices only.
    """
    try:
        with suppress(ExecFailed):
            answer = client.execute(agent.pod, _SHOW_ADDRESSES, timeout=_SECONDS)
            if answer.code == 0:
                words = answer.stdout.split()
                return {word.partition("/")[0] for word in words if address_of(word.partition("/")[0])}
        state = ask(client, agent, timeout=_SECONDS).as_dict()
    except FleetError as error:
        context.warn(f"{agent.node}: the agent does not tell the addresses of its node: {error.message}")
        return set()
    devices = get_objects(state, "kube_proxy_replacement", "devices")
    return {one for device in devices for one in get_list(device, "addresses") if isinstance(one, str)}


def configuration(client: Client, namespace: str) -> dict[str, str]:
    """Return the agents' configuration, an empty one where there is none.

    Raises:
        ApiError, ConnectionFailed: as Client.get().
    """
    found = get_object(_list(client, f"/api/v1/namespaces/{namespace}/configmaps/{CONFIG_MAP}"), "data")
    return {key: value for key, value in found.items() if isinstance(value, str)}


def version(client: Client, namespace: str) -> Version | None:
    """Return the version of the agents, by the tag of their image; None when that tells none."""
    listed = client.get(f"/apis/apps/v1/namespaces/{namespace}/daemonsets", query={"labelSelector": SELECTOR})
    told = (agent_version(item) for item in get_objects(listed, "items"))
    return next((parse(text) for text in told if text), None)


def layer7_policies(client: Client) -> list[layer7.Layer7]:
    """Return the network policies that have rules of layer 7.

    Raises:
        ApiError, ConnectionFailed: as Client.get().
    """
    items = (item for plural in _LAYER7 for item in get_objects(_list(client, f"{_CILIUM}/{plural}"), "items"))
    return [found for found in map(layer7.layer7, items) if found is not None]


def endpoints(client: Client) -> list[layer7.Endpoint]:
    """Return the endpoints of the cluster. Raises what Client.get() does."""
    listed = get_objects(_list(client, f"{_CILIUM}/ciliumendpoints"), "items")
    return [layer7.endpoint(item) for item in listed]
