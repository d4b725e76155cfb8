# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release runs in the cluster, and whether it is up to date. PRIVATE to the collection. Pure.

A workload is a DaemonSet, Deployment or StatefulSet; its state is read from the object and its pods as the API server
gives them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._json import get_bool, get_int, get_object, get_objects, get_path, get_text
from .yamls import yaml_mapping

if TYPE_CHECKING:
    from .._json import JsonObject

# Kind, API group path and plural. Source: the apps/v1 API.
KINDS = {"DaemonSet": "daemonsets", "Deployment": "deployments", "StatefulSet": "statefulsets"}
_DOCUMENT = re.compile(r"^---\s*$", re.MULTILINE)
# Which documents are worth reading as YAML: those that may be a workload.
_CANDIDATE = re.compile(rf"\bkind[\"']?:\s*[\"']?(?:{'|'.join(KINDS)})\b")


@dataclass(frozen=True)
class Workload:
    """Which object."""

    kind: str
    name: str
    namespace: str

    @property
    def path(self) -> str:
        """Its API path."""
        return f"/apis/apps/v1/namespaces/{self.namespace}/{KINDS[self.kind]}/{self.name}"

    def __str__(self) -> str:
        return f"{self.kind.lower()} {self.name}"


@dataclass(frozen=True)
class Progress:
    """How far a workload is: ``updated`` pods of ``wanted`` run the newest template and are available."""

    done: bool
    updated: int
    wanted: int

    def __str__(self) -> str:
        return f"{self.updated} of {self.wanted} updated"


def workloads(manifest: str, *, namespace: str) -> list[Workload]:
    """Return the workloads in a release's manifest (YAML documents as Helm renders them)."""
    found: list[Workload] = []
    for document in _DOCUMENT.split(manifest):
        if not _CANDIDATE.search(document):
            continue
        body = yaml_mapping(document, where="manifest of the release")
        kind, name = get_text(body, "kind"), get_text(body, "metadata", "name")
        if kind in KINDS and name:
            found.append(Workload(kind, name, get_text(body, "metadata", "namespace") or namespace))
    return found


def progress(workload: JsonObject) -> Progress:
    """Return how far a workload is. It is done only when its controller has seen the newest specification."""
    status = get_object(workload, "status")
    seen = (get_int(status, "observedGeneration") or 0) >= (get_int(workload, "metadata", "generation") or 0)
    if workload.get("kind") == "DaemonSet":
        wanted = get_int(status, "desiredNumberScheduled") or 0
        available = get_int(status, "numberAvailable") or 0
        updated = get_int(status, "updatedNumberScheduled") or 0
        if get_text(workload, "spec", "updateStrategy", "type") == "OnDelete":
            updated = available
        surplus = False
    else:
        replicas = get_int(workload, "spec", "replicas")
        wanted = 1 if replicas is None else replicas
        available = get_int(status, "availableReplicas") or get_int(status, "readyReplicas") or 0
        updated = get_int(status, "updatedReplicas") or 0
        surplus = (get_int(status, "replicas") or 0) > updated
    current = min(updated, available) if seen else 0
    return Progress(done=seen and current >= wanted and not surplus, updated=current, wanted=wanted)


def selector(workload: JsonObject) -> str:
    """Return the label selector of a workload's pods."""
    labels = get_object(workload, "spec", "selector", "matchLabels")
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def is_ready(pod: JsonObject) -> bool:
    """Tell whether a pod says that it is ready."""
    conditions = get_objects(pod, "status", "conditions")
    return any(item.get("type") == "Ready" and item.get("status") == "True" for item in conditions)


def pod_reason(pod: JsonObject) -> str:
    """Return in a few words why a pod is not ready yet."""
    if get_path(pod, "metadata", "deletionTimestamp"):
        return "terminating"
    for key in ("initContainerStatuses", "containerStatuses"):
        for container in get_objects(pod, "status", key):
            reason = _container_reason(container, initial=key.startswith("init"))
            if reason:
                return reason
    for condition in get_objects(pod, "status", "conditions"):
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return f"not scheduled: {condition.get('message') or condition.get('reason')}"
    return (get_text(pod, "status", "phase") or "unknown").lower()


def _container_reason(container: JsonObject, *, initial: bool) -> str | None:
    name = get_text(container, "name") or ""
    state = get_object(container, "state")
    waiting, ended = get_object(state, "waiting"), get_object(state, "terminated")
    if waiting:
        return f"{name}: {waiting.get('reason')}{_message(waiting)}"
    if ended and (not initial or ended.get("exitCode")):
        return f"{name}: {ended.get('reason')}, exit code {ended.get('exitCode')}{_message(ended)}"
    if initial:
        return f"{name} runs" if "running" in state else None
    if not get_bool(container, "ready"):
        restarts = get_int(container, "restartCount") or 0
        return f"{name} starts" + (f" (restarted {restarts} times)" if restarts else "")
    return None


def _message(state: JsonObject) -> str:
    text = get_text(state, "message")
    return f" ({' '.join(text.split())[:200]})" if text else ""


def node_of(pod: JsonObject) -> str:
    """Return the name of a pod's node, or a word in its place."""
    return get_text(pod, "spec", "nodeName") or "none yet"
