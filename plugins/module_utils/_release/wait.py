# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for what a release runs. PRIVATE to the collection.

A workload is waited for until all its pods run the newest template and are available, not only until some are ready.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from .._errors import ApiError, FleetError, NotFound, Timeout, Unreachable
from .._json import get_object, get_objects, get_text
from .workloads import Workload, is_ready, node_of, pod_reason, progress, selector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._context import Context
    from .._json import JsonObject
    from .._kubernetes import Client

# Each workload with the label selector of its pods.
Watched = dict[Workload, str]

POLL_SECONDS = 1.0
LOG_LINES = 5
AWAY_SECONDS = 20


@dataclass(frozen=True)
class Waited:
    """What was waited for, how long (seconds), and how it ended."""

    workload: str
    seconds: float
    state: str

    def as_dict(self) -> JsonObject:
        """Return the form that stands in a result."""
        return {"object": self.workload, "seconds": round(self.seconds, 1), "state": self.state}


def until_updated(client: Client, workloads: Sequence[Workload], *, timeout: int, context: Context) -> list[Waited]:
    """Wait until every workload is up to date; ``timeout`` in seconds is for all of them together.

    A request that fails for the moment is made again. Raises Timeout that names the first workload that is not, with
    its pod's reason, last event and last log lines.
    """
    started = time.monotonic()
    open_ones = list(workloads)
    waited: list[Waited] = []
    while True:
        away = ""
        try:
            for workload in list(open_ones):
                found = _get(client, workload)
                if found is not None and progress(found).done:
                    waited.append(Waited(str(workload), time.monotonic() - started, str(progress(found))))
                    open_ones.remove(workload)
        except FleetError as error:
            away = passing(error)
        if not open_ones:
            return waited
        first = open_ones[0]
        if time.monotonic() - started > timeout:
            waited += [Waited(str(item), time.monotonic() - started, "not up to date") for item in open_ones]
            raise Timeout(
                f"{first} in {first.namespace} is not up to date after {timeout} s: {away or describe(client, first)}",
                waited=[item.as_dict() for item in waited],
            )
        context.progress(away or partial(tell, client, first))
        time.sleep(POLL_SECONDS)


def passing(error: FleetError) -> str:
    """Return the text of an error that may be over at the next attempt; raise any other one again.

    No connection, no answer in time, too many requests (429), and what the server or a proxy before it cannot do now
    (5xx).
    """
    busy = isinstance(error, ApiError) and (error.status == 429 or error.status >= 500)
    if busy or isinstance(error, (Unreachable, Timeout)):
        return error.message
    raise error


def watched(client: Client, workloads: Sequence[Workload]) -> Watched:
    """Return the label selector of each workload that is there, for ``until_gone`` later.

    An API server that is away for a moment is asked again.
    """
    return {item: selector(found) for item in workloads if (found := _get_patiently(client, item)) is not None}


def until_gone(client: Client, items: Watched, *, timeout: int, context: Context) -> list[Waited]:
    """Wait until no workload and none of its pods is left; ``timeout`` in seconds is for all of them together.

    A request that fails for the moment is made again. Raises Timeout that names the first one that is left.
    """
    started = time.monotonic()
    waited: list[Waited] = []
    for workload, labels in items.items():
        while left := _left(client, workload, labels):
            if time.monotonic() - started > timeout:
                raise Timeout(f"{workload} in {workload.namespace}: {left} after {timeout} s")
            context.progress(f"{workload}: {left}")
            time.sleep(POLL_SECONDS)
        waited.append(Waited(str(workload), time.monotonic() - started, "gone"))
    return waited


def _left(client: Client, workload: Workload, labels: str) -> str:
    """Return in words what is left of a workload; empty when nothing is."""
    try:
        pods = _pods(client, workload, labels)
        there = bool(pods) or _get(client, workload) is not None
    except FleetError as error:
        return f"not known to be gone ({passing(error)})"
    return f"{len(pods)} pods are still there" if there else ""


def tell(client: Client, workload: Workload) -> str:
    """Return one line on how far a workload is: ``daemonset cilium 3 of 4 updated, node paris-2: …``."""
    try:
        found = _get(client, workload)
        if found is None:
            return f"{workload} is absent"
        late = _late_pod(client, workload, found)
    except FleetError as error:
        return f"{workload}: {error.message}"
    return f"{workload} {progress(found)}" + (f", node {node_of(late)}: {pod_reason(late)}" if late else "")


def describe(client: Client, workload: Workload) -> str:
    """Return what is known of a workload that does not get ready: pod, reason, last event, last log lines."""
    try:
        return _described(client, workload)
    except FleetError as error:
        return f"why is not known: {error.message}"


def _described(client: Client, workload: Workload) -> str:
    found = _get(client, workload)
    if found is None:
        return "it is absent"
    late = _late_pod(client, workload, found)
    if late is None:
        event = _last_event(client, workload.namespace, workload.name)
        return f"{progress(found)}, no pod of it is in trouble" + (f"; last event: {event}" if event else "")
    name = get_text(late, "metadata", "name") or ""
    words = [f"{progress(found)}; pod {name} on node {node_of(late)}: {pod_reason(late)}"]
    event = _last_event(client, workload.namespace, name)
    words += [f"last event: {event}"] if event else []
    log = _last_log(client, workload.namespace, late)
    words += [f"last log lines:\n{log}"] if log else []
    return "; ".join(words)


def _get_patiently(client: Client, workload: Workload) -> JsonObject | None:
    for _attempt in range(AWAY_SECONDS):
        try:
            return _get(client, workload)
        except FleetError as error:
            passing(error)
        time.sleep(POLL_SECONDS)
    return _get(client, workload)


def _get(client: Client, workload: Workload) -> JsonObject | None:
    """Return the object, None when there is none."""
    try:
        return client.get(workload.path)
    except NotFound:
        return None


def _pods(client: Client, workload: Workload, labels: str) -> list[JsonObject]:
    if not labels:
        return []
    listed = client.get(f"/api/v1/namespaces/{workload.namespace}/pods", query={"labelSelector": labels})
    return get_objects(listed, "items")


def _late_pod(client: Client, workload: Workload, found: JsonObject) -> JsonObject | None:
    pods = _pods(client, workload, selector(found))
    return next((pod for pod in pods if not is_ready(pod)), None)


def _last_event(client: Client, namespace: str, name: str) -> str | None:
    """Return an object's last event; what cannot be read is none."""
    query = {"fieldSelector": f"involvedObject.name={name}"}
    try:
        events = get_objects(client.get(f"/api/v1/namespaces/{namespace}/events", query=query), "items")
    except FleetError:
        return None
    if not events:
        return None
    newest = max(events, key=lambda event: get_text(event, "lastTimestamp") or get_text(event, "eventTime") or "")
    return f"{newest.get('reason')}: {' '.join(str(newest.get('message')).split())[:300]}"


def _last_log(client: Client, namespace: str, pod: JsonObject) -> str | None:
    """Return the last lines of the container that is not ready; a pod without a log has none, one unread neither."""
    statuses = get_objects(pod, "status", "containerStatuses")
    container = next((str(item.get("name")) for item in statuses if not item.get("ready")), None)
    name = get_text(get_object(pod, "metadata"), "name")
    if container is None:
        return None
    try:
        query = {"container": container, "tailLines": str(LOG_LINES)}
        return client.text(f"/api/v1/namespaces/{namespace}/pods/{name}/log", query=query).strip() or None
    except FleetError:
        return None
