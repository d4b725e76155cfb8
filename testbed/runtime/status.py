"""A pod's status in the API's form, made from what its containers do; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from testbed.api import Object


@dataclass
class Report:
    """What is to be told about a pod; lists are entries of containerStatuses."""

    phase: str = "Pending"
    pod_address: str = ""
    node_address: str = ""
    started_at: str = ""
    initialised: bool = False
    init: list[Object] = field(default_factory=list)
    containers: list[Object] = field(default_factory=list)


def container_status(name: str, image: str, state: Object, **more: object) -> Object:
    """Return one entry of containerStatuses.

    ``more``: ready, started (bool), restarts (int), last (a terminated state or None).
    """
    last = more.get("last")
    return {
        "name": name,
        "image": image,
        "imageID": image,
        "ready": bool(more.get("ready", False)),
        "started": bool(more.get("started", False)),
        "restartCount": more.get("restarts", 0),
        "state": state,
        "lastState": {"terminated": last} if last else {},
    }


def waiting(reason: str, message: str = "") -> Object:
    """Return a waiting state."""
    return {"waiting": {"reason": reason, "message": message}}


def build(report: Report, seen: Sequence[Object], now: str) -> Object:
    """Return the status to patch.

    ``seen`` are the pod's conditions by now: those of others stay (a patch replaces the list), and ours keep the
    time of their last change unless they change ``now``.
    """
    ready = bool(report.containers) and all(entry["ready"] for entry in report.containers)
    ours = {"Initialized": report.initialised, "ContainersReady": ready, "Ready": ready}
    before = {entry["type"]: entry for entry in seen}
    conditions = [entry for entry in seen if entry["type"] not in ours]
    for name, value in ours.items():
        word = "True" if value else "False"
        old = before.get(name, {})
        since = old.get("lastTransitionTime") if old.get("status") == word else None
        conditions.append({"type": name, "status": word, "lastTransitionTime": since or now})
    return {
        "phase": report.phase,
        "conditions": conditions,
        "hostIP": report.node_address,
        "podIP": report.pod_address,
        "podIPs": [{"ip": report.pod_address}] if report.pod_address else [],
        "startTime": report.started_at,
        "initContainerStatuses": report.init,
        "containerStatuses": report.containers,
    }


def words(status: Object) -> dict[str, str]:
    """Return the conditions of a status as type → True, False or Unknown."""
    return {entry["type"]: entry["status"] for entry in status.get("conditions", [])}
