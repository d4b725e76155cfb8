# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A live cluster that gets another name or id: its pods keep their old identity until they start anew.

PRIVATE to the collection. That this is going on stands in a ConfigMap from before the change until the last pod has
been restarted, so a run that is killed in between is taken up by the next.
Source: Cilium's documentation, Setting up Cluster Mesh ("changing the cluster ID or name").
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from .._catalogue.mesh import ID, NAME
from .._errors import NotFound
from .._findings import ERROR, WARNING, Finding
from .._json import get_text
from .._pods.plan import plan
from .._pods.run import restart
from .._pods.unmanaged import PODS, of_pod
from .fetch import MARK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._context import Context
    from .._json import Json, JsonObject
    from .._kubernetes import Client
    from .._pods.unmanaged import Pod
    from .fetch import Seen

# Pods that are away at a time, of which no two are of one workload.
BATCH = 10
SHOWN = 10
_SINCE = "since"


def changes(one: Seen) -> bool:
    """Tell whether a cluster that lives gets another name or id, or has got it and is not done with its pods. Pure."""
    name, number = one.identity
    if not one.configuration:
        return False
    return bool(one.mark) or (name, number) != (one.member.name, one.member.id)


def judge(one: Seen, *, allowed: bool) -> Finding:
    """Return the finding about such a cluster: an error unless it is allowed. It lists pods of the cluster."""
    name, number = one.identity
    pods = [] if one.client is None else workloads(one.client, before=_now())
    listed = ", ".join(map(str, pods[:SHOWN])) + (" and more" if len(pods) > SHOWN else "")
    return Finding(
        "mesh_identity_change",
        WARNING if allowed else ERROR,
        {"cluster": one.name},
        f"its agents run as {name or 'default'} with id {number or 0}, and are to be {one.member.name} with id "
        f"{one.member.id}; {len(pods)} pods keep their old identity until they are restarted: {listed or 'none'}",
        "they are restarted in batches"
        if allowed
        else "set allow_identity_change at a time when all its pods may be restarted",
        asked={NAME: one.member.name, ID: one.member.id},
        found=[str(pod) for pod in pods],
    )


def workloads(client: Client, *, before: str) -> list[Pod]:
    """Return the pods in the pods' network that started before a moment (RFC 3339, UTC), sorted by name."""
    items = list(client.items(PODS))
    nodes = {get_text(item, "spec", "nodeName") or "" for item in items}
    found = [pod for item in items for pod in of_pod(item, nodes=nodes, before=before)]
    return sorted(found, key=lambda pod: (pod.namespace, pod.name))


def begin(client: Client, namespace: str) -> None:
    """Note that the change begins; a note that is there stays."""
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    try:
        client.get(f"{path}/{MARK}")
    except NotFound:
        client.create(path, _mark(namespace, {}))


def finish(client: Client, namespace: str, context: Context, *, seconds: int) -> list[Finding]:
    """Restart every pod that is older than the new agents, then take the note away.

    Args:
        client: of the cluster, whose agents run under the new name and id.
        namespace: of the agents.
        context: the task's side.
        seconds: that each batch may take.

    Returns:
        A finding for each pod that nothing would make anew, so it was left.

    Raises:
        Timeout, ApiError, ConnectionFailed: as restart(); the next run goes on from there.
    """
    path = f"/api/v1/namespaces/{namespace}/configmaps/{MARK}"
    since = get_text(client.get(path), "data", _SINCE)
    if since is None:
        since = _now()
        client.replace(path, _mark(namespace, {_SINCE: since}))
    todo = plan(workloads(client, before=since), batch=BATCH)
    context.progress(f"{len(todo.pods)} pods are restarted for the new identity")
    restart(client, todo, context, seconds=seconds)
    with suppress(NotFound):
        client.delete(path)
    return [_left(pod) for pod in todo.left]


def _left(pod: Pod) -> Finding:
    return Finding(
        "mesh_pod_keeps_identity",
        WARNING,
        {"node": pod.node, "pod": str(pod)},
        f"{pod} keeps its old identity, as nothing would make it anew, so it was not restarted",
        "delete it and create it again by hand",
    )


def _mark(namespace: str, data: Mapping[str, Json]) -> JsonObject:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": MARK, "namespace": namespace},
        "data": dict(data),
    }


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
