# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of unmanaged_pods: find, plan, evict in batches. PRIVATE to the collection."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import _kubernetes
from .._diff import difference
from .._errors import ApiError, Conflict, InputError, NotFound, Timeout
from .._json import get_objects, get_text
from .._release.wait import POLL_SECONDS
from .._release.workloads import is_ready
from .._status.agents import agents
from .plan import left_alone, plan
from .unmanaged import GROUP, PLURAL, owner_of, unmanaged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._context import Context, Result
    from .._json import Json, JsonObject
    from .._kubernetes import Client
    from .plan import Plan
    from .unmanaged import Pod

# A budget for disruption is spent: try again later.
_TOO_MANY_REQUESTS = 429


def run(params: Mapping[str, Json], context: Context) -> Result:
    """Restart the pods without a CiliumEndpoint; return `pods`, `findings`, `changed` and `diff`.

    Args:
        params: the options of ARGUMENTS.
        context: the task's side.

    Raises:
        InputError: an option that means nothing.
        Timeout: the pods of a batch were not evicted, or not replaced by managed ones, in time; it names one.
        FleetError: what may not be done, or no answer.
    """
    batch, seconds = int(str(params["batch"])), int(str(params["wait_timeout"]))
    if min(batch, seconds) < 1:
        raise InputError("Options batch and wait_timeout: found less than 1, expected whole numbers of at least 1.")
    client = _kubernetes.connect(params)
    namespace = str(params["release_namespace"])
    nodes = {agent.node for agent in agents(client, namespace) if agent.ready}
    todo = plan(unmanaged(client, nodes), batch=batch)
    if not context.check_mode:
        restart(client, todo, context, seconds=seconds)
    for text in client.warnings:
        context.warn(text)
    pods: list[Json] = [*todo.pods]
    result: Result = {
        "changed": bool(pods),
        "pods": pods,
        "findings": [finding.as_dict() for finding in left_alone(todo.left, client.context)],
    }
    if pods:
        result["diff"] = difference({"without a CiliumEndpoint": pods}, {}, title="pods")
    return result


def restart(client: Client, todo: Plan, context: Context, *, seconds: int) -> None:
    """Evict pods batch by batch, each replaced before the next.

    Args:
        client: of the cluster.
        todo: the batches.
        context: the task's side.
        seconds: that each batch may take.

    Raises:
        Timeout: the pods of a batch were not evicted, or not replaced by managed ones, in time; it names one.
        ApiError, ConnectionFailed: as Client.get().
    """
    old = {pod.uid for batch in todo.batches for pod in batch}
    done = 0
    for batch in todo.batches:
        deadline = time.monotonic() + seconds
        wanted = {(pod.namespace, pod.owner): len(_of_owner(client, pod)) for pod in batch}
        for pod in batch:
            _evict(client, pod, context, deadline=deadline)
        for pod in batch:
            _wait(client, pod, context, deadline=deadline, there=_There(old, wanted[pod.namespace, pod.owner]))
        done += len(batch)
        context.progress(f"{done} of {len(todo.pods)} pods restarted")


@dataclass(frozen=True)
class _There:
    """What has to be there after a restart: so many pods of the workload; `old` are all that are to be restarted."""

    old: set[str]
    wanted: int


def _of_owner(client: Client, pod: Pod) -> list[JsonObject]:
    """Return the pods of a pod's workload that are not on their way out."""
    items = get_objects(client.get(f"/api/v1/namespaces/{pod.namespace}/pods"), "items")
    return [
        item for item in items if owner_of(item) == pod.owner and not get_text(item, "metadata", "deletionTimestamp")
    ]


def _evict(client: Client, pod: Pod, context: Context, *, deadline: float) -> None:
    """Evict a pod; where a budget for disruption does not allow it yet, wait until it does."""
    path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/eviction"
    body: JsonObject = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod.name, "namespace": pod.namespace},
        "deleteOptions": {"preconditions": {"uid": pod.uid}},
    }
    while True:
        try:
            client.create(path, body)
        except (NotFound, Conflict):  # gone already, or another pod by now: as it should be
            return
        except ApiError as error:
            if error.status != _TOO_MANY_REQUESTS:
                raise
            if time.monotonic() > deadline:
                raise Timeout(f"pod {pod}: not evicted in time, a budget for disruption forbids it: {error}") from error
            context.progress(f"pod {pod} waits for its budget for disruption")
            time.sleep(POLL_SECONDS)
        else:
            return


def _wait(client: Client, pod: Pod, context: Context, *, deadline: float, there: _There) -> None:
    """Wait until a pod is gone, and what stands in for it is ready and managed."""
    while True:
        items = _of_owner(client, pod)
        late = _late(client, pod, items, there)
        if not late:
            return
        if time.monotonic() > deadline:
            raise Timeout(f"{late}; not replaced by a managed pod in time. Look at the pod's events.")
        context.progress(late)
        time.sleep(POLL_SECONDS)


def _late(client: Client, pod: Pod, items: list[JsonObject], there: _There) -> str:
    """Return in words what is still missing of a pod's replacement; empty when nothing is."""
    uids = [get_text(item, "metadata", "uid") or "" for item in items]
    if pod.uid in uids:
        return f"pod {pod} is still there"
    if len(items) < there.wanted:
        return f"nothing stands in for pod {pod} yet"
    for item, uid in zip(items, uids):
        if uid not in there.old and not (is_ready(item) and _is_managed(client, item)):
            return f"pod {pod.namespace}/{get_text(item, 'metadata', 'name')} is not ready and managed yet"
    return ""


def _is_managed(client: Client, item: JsonObject) -> bool:
    namespace, name = get_text(item, "metadata", "namespace"), get_text(item, "metadata", "name")
    try:
        client.get(f"{GROUP}/namespaces/{namespace}/{PLURAL}/{name}")
    except NotFound:
        return False
    return True
