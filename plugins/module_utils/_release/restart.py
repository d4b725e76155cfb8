# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarting the pods that started before their configuration last changed. PRIVATE to the collection.

When a pod has read its configuration: at the start of the init container that lays it out where there is one (it runs
once in a pod's life), else at the start of its last container. Times of the API are whole seconds.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._diff import difference
from .._errors import FleetError, NotFound, Timeout
from .._json import as_json, get_int, get_list, get_object, get_objects, get_path, get_text
from .rollout import CONFIG_MAP, RULE, needed, readers
from .wait import POLL_SECONDS, Waited, passing
from .workloads import is_ready, node_of, pod_reason, selector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._context import Result
    from .._findings import Finding
    from .._json import Json, JsonObject
    from .._kubernetes import Client
    from .task import Task
    from .workloads import Workload

LAYS_OUT = "config"
SHOWN_NODES = 5


@dataclass(frozen=True)
class Stale:
    """A workload's pods that have not seen the newest configuration, and how many may be restarted at a time."""

    workload: Workload
    selector: str
    at_a_time: int
    pods: list[JsonObject] = field(default_factory=list)

    def describe(self) -> list[Json]:
        """Return the form that stands in a result, one entry per pod."""
        return [{"object": str(self.workload), "pod": _name(pod), "node": node_of(pod)} for pod in self.pods]


def settle(task: Task, result: Result) -> Result:
    """Return the task's result after the pods that need it were restarted; in check mode they are only named.

    Raises what restart() raises.
    """
    found = find(task.client, task.options.namespace)
    restarted: list[Json] = [entry for stale in found for entry in stale.describe()]
    if not found:
        return {**result, "restarted": restarted}
    waited = [] if task.context.check_mode else restart(task, found)
    objects = {str(stale.workload) for stale in found}
    findings = [item for item in _entries(result["findings"]) if not _is_about(item, objects)]
    return {
        "diff": difference({"started with an older configuration": restarted}, {}, title=task.subject),
        **result,
        "changed": True,
        "restarted": restarted,
        "findings": findings,
        "waited": [*_entries(result["waited"]), *(item.as_dict() for item in waited)],
    }


def _entries(value: object) -> list[Json]:
    return get_list(as_json({"entries": value}), "entries")


def _is_about(finding: Json, objects: set[str]) -> bool:
    return get_text(finding, "rule") == RULE and get_text(finding, "subject", "object") in objects


def left_behind(task: Task, names: tuple[str, ...]) -> list[Stale]:
    """Return of the workloads that earlier runs left on an older configuration those that still are.

    Without any nothing is asked of the cluster. Raises Forbidden and the like.
    """
    among = [workload for workload in readers(task.options.namespace) if str(workload) in names]
    return find(task.client, task.options.namespace, among) if among else []


def remind(found: list[Stale]) -> list[Finding]:
    """Return a finding for each workload with pods that run on an older configuration."""
    return [needed(str(stale.workload), _why(stale)) for stale in found]


def _why(stale: Stale) -> str:
    shown = ", ".join(node_of(pod) for pod in stale.pods[:SHOWN_NODES])
    number = len(stale.pods)
    nodes = f"{shown} and {number - SHOWN_NODES} more" if number > SHOWN_NODES else shown
    return f"ConfigMap {CONFIG_MAP} changed after {number} pods of {stale.workload} started (on {nodes})"


def find(client: Client, namespace: str, among: Sequence[Workload] | None = None) -> list[Stale]:
    """Return the workloads (of all, or of some) with pods that have not seen the newest configuration."""
    try:
        config_map = client.get(f"/api/v1/namespaces/{namespace}/configmaps/{CONFIG_MAP}")
    except NotFound:
        return []
    found = [_stale(client, workload, config_map) for workload in (readers(namespace) if among is None else among)]
    return [stale for stale in found if stale is not None and stale.pods]


def _stale(client: Client, workload: Workload, config_map: JsonObject) -> Stale | None:
    try:
        body = client.get(workload.path)
    except NotFound:
        return None
    listed = client.get(f"/api/v1/namespaces/{workload.namespace}/pods", query={"labelSelector": selector(body)})
    pods = [pod for pod in get_objects(listed, "items") if is_stale(pod, config_map)]
    return Stale(workload, selector(body), at_a_time(body), pods)


def is_stale(pod: JsonObject, config_map: JsonObject) -> bool:
    """Tell whether a pod read its configuration before that last changed. Pure.

    In the very second of a change the answer is yes, with two exceptions: for a ConfigMap that was created in it, as
    there was nothing to read before; and for a pod that was created in it, as a rollout follows the change.
    """
    created = get_text(config_map, "metadata", "creationTimestamp") or ""
    entries = get_objects(config_map, "metadata", "managedFields")
    changed = max([created, *(get_text(entry, "time") or "" for entry in entries if _is_data(entry))])
    read = read_at(pod)
    born = get_text(pod, "metadata", "creationTimestamp") or ""
    return read is not None and (read < changed or (read == changed and changed != created and born < changed))


def _is_data(entry: JsonObject) -> bool:
    return "f:data" in get_object(entry, "fieldsV1")


def read_at(pod: JsonObject) -> str | None:
    """Return when a pod read its configuration (RFC 3339, UTC, so texts compare); None if it has not yet. Pure."""
    if get_path(pod, "metadata", "deletionTimestamp"):
        return None
    for status in get_objects(pod, "status", "initContainerStatuses"):
        if status.get("name") == LAYS_OUT:
            state = get_object(status, "state")
            return get_text(state, "terminated", "startedAt") or get_text(state, "running", "startedAt")
    started = [
        get_text(status, "state", "running", "startedAt") for status in get_objects(pod, "status", "containerStatuses")
    ]
    return min((text for text in started if text), default=None)


def at_a_time(workload: JsonObject) -> int:
    """Return how many pods of a workload may be away at a time: its maxUnavailable, at least one. Pure."""
    if workload.get("kind") != "DaemonSet":
        return 1
    most = get_path(workload, "spec", "updateStrategy", "rollingUpdate", "maxUnavailable")
    if isinstance(most, str) and most.endswith("%"):
        wanted = get_int(workload, "status", "desiredNumberScheduled") or 0
        return max(1, wanted * int(most.rstrip("%")) // 100)
    return max(1, most) if isinstance(most, int) else 1


def restart(task: Task, found: list[Stale]) -> list[Waited]:
    """Restart the pods, a few at a time, each group ready before the next.

    Raises Timeout that names the first workload whose new pods do not get ready within wait_timeout seconds.
    """
    waited = []
    for stale in found:
        started = time.monotonic()
        for first in range(0, len(stale.pods), stale.at_a_time):
            _restart_group(task, stale, stale.pods[first : first + stale.at_a_time])
        state = f"{len(stale.pods)} pods restarted"
        waited.append(Waited(str(stale.workload), time.monotonic() - started, state))
    return waited


def _restart_group(task: Task, stale: Stale, group: list[JsonObject]) -> None:
    base = f"/api/v1/namespaces/{stale.workload.namespace}/pods"
    names = {_name(pod) for pod in group}
    query = {"labelSelector": stale.selector}
    wanted = len(get_objects(task.client.get(base, query=query), "items"))
    for name in sorted(names):
        with suppress(NotFound):  # gone already is as it should be
            task.client.delete(f"{base}/{name}")
    deadline = time.monotonic() + task.options.wait_timeout
    while True:
        try:
            pods = get_objects(task.client.get(base, query=query), "items")
        except FleetError as error:
            where = passing(error)
        else:
            late = [pod for pod in pods if _name(pod) in names or not is_ready(pod)]
            if not late and len(pods) >= wanted:
                return
            where = f"node {node_of(late[0])}: {pod_reason(late[0])}" if late else "a pod is not there yet"
        if time.monotonic() > deadline:
            raise Timeout(f"{stale.workload}: not ready {task.options.wait_timeout} s after a restart; {where}")
        task.context.progress(f"{stale.workload} restarts, {where}")
        time.sleep(POLL_SECONDS)


def _name(pod: JsonObject) -> str:
    return get_text(pod, "metadata", "name") or ""
