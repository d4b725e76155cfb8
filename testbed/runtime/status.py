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


def build(report: Report, scheduled: Sequence[Object]) -> Object:
    """Return the status to patch; ``scheduled`` are conditions of others, which a patch of the list must keep."""
    ready = bool(report.containers) and all(entry["ready"] for entry in report.containers)
    ours = {"Initialized": report.initialised, "ContainersReady": ready, "Ready": ready}
    conditions = [entry for entry in scheduled if entry["type"] not in ours]
    conditions += [{"type": name, "status": "True" if value else "False"} for name, value in ours.items()]
    addresses = [{"ip": report.pod_address}] if report.pod_address else []
    return {
        "phase": report.phase,
        "conditions": conditions,
        "hostIP": report.node_address,
        "podIP": report.pod_address,
        "podIPs": addresses,
        "startTime": report.started_at,
        "initContainerStatuses": report.init,
        "containerStatuses": report.containers,
    }
