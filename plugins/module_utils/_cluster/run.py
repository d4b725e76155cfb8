# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of cluster_info: what a cluster says of itself. PRIVATE to the collection."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from .. import _kubernetes
from .._arguments import KUBERNETES_ARGUMENTS, ArgumentSpec, merged
from .._errors import Forbidden, NotFound
from .._json import as_json, get_list, get_object, get_objects, get_text
from .._release.rollout import CONFIG_MAP

with suppress(ImportError):  # comes with the package kubernetes, whose absence _kubernetes.py reports
    import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._context import Context, Result
    from .._json import Json, JsonObject
    from .._kubernetes import Client

ARGUMENTS: ArgumentSpec = merged(KUBERNETES_ARGUMENTS, {"release_namespace": {"type": "str", "default": "kube-system"}})
AGENTS = "cilium"
AGENT = "cilium-agent"
CONTROL_PLANE_LABELS = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
_TAG = re.compile(r":v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?)")


def run(params: Mapping[str, Json], context: Context) -> Result:
    """Return what describe() does, and that nothing was changed. Raises FleetError when there is no answer."""
    client = _kubernetes.connect(params)
    result: Result = {"changed": False, **describe(client, str(params["release_namespace"]))}
    for text in client.warnings:
        context.warn(text)
    return result


def describe(client: Client, namespace: str) -> JsonObject:
    """Return what a cluster says of itself, in the form that the documentation of cluster_info tells.

    What the user may not read, or what is not there, is null or empty.

    Args:
        client: of the cluster.
        namespace: of Cilium's release.

    Raises:
        FleetError: no answer.
    """
    known, kubeadm = basics(client), _kubeadm(client)
    live = _optional(client, f"/api/v1/namespaces/{namespace}/configmaps/{CONFIG_MAP}")
    return {
        **known,
        "control_plane_endpoint": get_text(kubeadm, "controlPlaneEndpoint"),
        "service_cidrs": known["service_cidrs"] or _told_service_networks(kubeadm),
        "configuration": get_object(live, "data"),
        "cilium_version": running_version(client, namespace),
    }


def basics(client: Client, found: Sequence[JsonObject] | None = None) -> JsonObject:
    """Return of describe() what rules on settings read: version of Kubernetes, nodes and networks (four requests).

    Args:
        client: of the cluster.
        found: its Node objects, where they are known already, which saves a request.
    """
    version = get_text(client.get("/version"), "gitVersion")
    nodes = [node_facts(node) for node in (node_objects(client) if found is None else found)]
    served = get_objects(_optional(client, "/apis/networking.k8s.io/v1/servicecidrs"), "items")
    return {
        "server": client.server,
        "kubernetes_version": version,
        "nodes": [*nodes],
        "pod_cidrs": [cidr for node in nodes for cidr in get_list(node, "pod_cidrs")],
        "cilium_pod_cidrs": _taken(client),
        # Kubernetes 1.33 and newer says it.
        "service_cidrs": [cidr for item in served for cidr in get_list(item, "spec", "cidrs")],
    }


def running_version(client: Client, namespace: str) -> str | None:
    """Return the version of Cilium that a cluster's agents run; None if there are none, or they do not say."""
    return agent_version(_optional(client, f"/apis/apps/v1/namespaces/{namespace}/daemonsets/{AGENTS}"))


def agent_version(daemonset: JsonObject) -> str | None:
    """Return the version of Cilium that a DaemonSet of agents runs, from its image's tag; None if it does not say."""
    for container in get_objects(daemonset, "spec", "template", "spec", "containers"):
        found = _TAG.search(get_text(container, "image") or "")
        if container.get("name") == AGENT and found:
            return found.group(1)
    return None


def node_facts(node: JsonObject) -> JsonObject:
    """Return what matters of a Node object."""
    spec, labels = get_object(node, "spec"), get_object(node, "metadata", "labels")
    addresses = get_objects(node, "status", "addresses")
    return {
        "name": get_text(node, "metadata", "name"),
        "kernel": get_text(node, "status", "nodeInfo", "kernelVersion"),
        "addresses": [get_text(entry, "address") for entry in addresses if entry.get("type") == "InternalIP"],
        "pod_cidrs": get_list(spec, "podCIDRs"),
        "control_plane": any(label in labels for label in CONTROL_PLANE_LABELS),
    }


def node_objects(client: Client) -> list[JsonObject]:
    """Return the Node objects of a cluster; none where they may not be read."""
    return list(_items(client, "/api/v1/nodes"))


def _taken(client: Client) -> list[Json]:
    """Return the networks that nodes have from Cilium's operator, or by its pools, for pods."""
    found: list[Json] = []
    for node in _items(client, "/apis/cilium.io/v2/ciliumnodes"):
        found += get_list(node, "spec", "ipam", "podCIDRs")
        for pool in get_objects(node, "spec", "ipam", "pools", "allocated"):
            found += get_list(pool, "cidrs")
    return found


def _items(client: Client, path: str) -> Iterator[JsonObject]:
    """Yield every object of a list; none where it may not be read, or is not there."""
    with suppress(NotFound, Forbidden):
        yield from client.items(path)


def _kubeadm(client: Client) -> JsonObject:
    """Return kubeadm's ClusterConfiguration; an empty one where kubeadm did not make the cluster."""
    found = _optional(client, "/api/v1/namespaces/kube-system/configmaps/kubeadm-config")
    text = get_text(found, "data", "ClusterConfiguration") or "{}"
    try:
        parsed = as_json(yaml.safe_load(text))
    except yaml.YAMLError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _told_service_networks(kubeadm: JsonObject) -> list[Json]:
    """Return the networks of Services that kubeadm was told."""
    told = get_text(kubeadm, "networking", "serviceSubnet") or ""
    return [part.strip() for part in told.split(",") if part.strip()]


def _optional(client: Client, path: str) -> JsonObject:
    try:
        return client.get(path)
    except (NotFound, Forbidden):
        return {}
