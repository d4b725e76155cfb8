# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that should have a CiliumEndpoint and have none. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from .._errors import NotFound
from .._json import get_object, get_objects, get_text
from .._release.store import METADATA_ONLY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._json import JsonObject
    from .._kubernetes import Client


@dataclass(frozen=True)
class Pod:
    """A pod that should have a CiliumEndpoint: it runs, and not in the node's own network namespace.

    Attributes:
        namespace, name: of the pod.
        node: where it runs.
        owner: kind and name of what would make it anew, as "ReplicaSet/web-7d9"; empty for a bare pod.
        uid: tells it from a later pod of the same name.
    """

    namespace: str
    name: str
    node: str
    owner: str = ""
    uid: str = ""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


GROUP, PLURAL = "/apis/cilium.io/v2", "ciliumendpoints"
ENDPOINTS = f"{GROUP}/{PLURAL}"
PODS = "/api/v1/pods"
# So long after its start a pod may still be waiting for its endpoint.
GRACE_SECONDS = 60


def unmanaged(client: Client, nodes: set[str]) -> list[Pod]:
    """Return the pods on these nodes that run in the pods' network and have no CiliumEndpoint, sorted.

    Args:
        client: the way to the cluster.
        nodes: those whose agent answers; of others nothing can be expected.

    Raises:
        Forbidden: the user may not list pods, or endpoints, of all namespaces.
        ApiError, ConnectionFailed: as Client.get().
    """
    managed = {(get_text(item, "metadata", "namespace"), get_text(item, "metadata", "name")) for item in _all(client)}
    before = _before(datetime.now(timezone.utc))
    found = [pod for item in client.items(PODS) for pod in of_pod(item, nodes=nodes, before=before)]
    return sorted(
        (pod for pod in found if (pod.namespace, pod.name) not in managed), key=lambda pod: (pod.namespace, pod.name)
    )


def _all(client: Client) -> Iterator[JsonObject]:
    """Yield every CiliumEndpoint; none where Cilium's kinds do not exist."""
    try:
        yield from client.items(ENDPOINTS, accept=METADATA_ONLY)
    except NotFound:
        return


def _before(now: datetime) -> str:
    return (now - timedelta(seconds=GRACE_SECONDS)).strftime("%Y-%m-%dT%H:%M:%SZ")


def of_pod(item: JsonObject, *, nodes: set[str], before: str) -> Iterator[Pod]:
    """Yield the pod if it should have an endpoint. Pure.

    Args:
        item: the Pod object.
        nodes: those whose agent answers.
        before: it started before that (RFC 3339, UTC).
    """
    spec, status, metadata = get_object(item, "spec"), get_object(item, "status"), get_object(item, "metadata")
    node = get_text(spec, "nodeName") or ""
    runs = get_text(status, "phase") == "Running" and get_text(status, "podIP")
    if spec.get("hostNetwork") or not runs or node not in nodes or metadata.get("deletionTimestamp"):
        return
    if (get_text(status, "startTime") or "") > before:
        return
    yield Pod(
        namespace=get_text(metadata, "namespace") or "",
        name=get_text(metadata, "name") or "",
        node=node,
        owner=owner_of(item),
        uid=get_text(metadata, "uid") or "",
    )


def owner_of(item: JsonObject) -> str:
    """Return what would make a pod anew, as "ReplicaSet/web-7d9"; empty for a bare pod. Pure."""
    for owner in get_objects(item, "metadata", "ownerReferences"):
        if owner.get("controller"):
            return f"{get_text(owner, 'kind')}/{get_text(owner, 'name')}"
    return ""
