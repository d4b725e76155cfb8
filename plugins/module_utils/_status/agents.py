# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agents of a cluster, and asking one of them. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .._answers import parsed
from .._errors import ExecFailed, FleetError
from .._exec import PodRef
from .._json import JsonObject, get_objects, get_text
from . import model
from .json import parse

if TYPE_CHECKING:
    from .._exec import ExecResult
    from .._kubernetes import Client

SELECTOR = "k8s-app=cilium"
CONTAINER = "cilium-agent"

# The agent's own command-line program: cilium-dbg since 1.15, before that cilium.
_PROGRAMS = ("cilium-dbg", "cilium")
_STATUS = ["status", "-o", "json"]
# Up to 1.15 the status does not tell how packets travel between nodes; the agent's running configuration does.
_CONFIGURATION = ["config", "--read-only", "-o", "json"]
# A shell's exit codes for a program that is not there, or not to be run (POSIX, Shell Command Language 2.8.2).
_NO_PROGRAM = (126, 127)


@dataclass(frozen=True)
class Agent:
    """One agent's pod.

    Attributes:
        pod: where to run commands.
        node: name of the Kubernetes node; "" if the pod has none yet.
        ready: whether Kubernetes calls it ready.
        reason: why it is not ready, in Kubernetes' words.
    """

    pod: PodRef
    node: str
    ready: bool
    reason: str


def agents(client: Client, namespace: str) -> list[Agent]:
    """Return the agents of a cluster, sorted by node; pods on their way out are left out.

    Raises:
        ApiError, ConnectionFailed: as Client.get().
    """
    path = f"/api/v1/namespaces/{namespace}/pods"
    found = client.get(path, query={"labelSelector": SELECTOR})
    pods = [_agent(pod) for pod in get_objects(found, "items") if not get_text(pod, "metadata", "deletionTimestamp")]
    return sorted(pods, key=lambda agent: (agent.node, agent.pod.name))


def _agent(pod: JsonObject) -> Agent:
    containers = [get_text(item, "name") or "" for item in get_objects(pod, "spec", "containers")]
    conditions = {get_text(item, "type"): item for item in get_objects(pod, "status", "conditions")}
    ready = get_text(conditions.get("Ready"), "status") == "True"
    return Agent(
        pod=PodRef(
            get_text(pod, "metadata", "namespace") or "",
            get_text(pod, "metadata", "name") or "",
            CONTAINER if CONTAINER in containers or not containers else containers[0],
        ),
        node=get_text(pod, "spec", "nodeName") or "",
        ready=ready,
        reason="" if ready else _reason(pod, conditions),
    )


def _reason(pod: JsonObject, conditions: dict[str | None, JsonObject]) -> str:
    """Return why a pod is not ready: its scheduling, a container that waits or ended, or its phase."""
    if not get_text(pod, "spec", "nodeName"):
        return get_text(conditions.get("PodScheduled"), "message") or "no node chosen yet"
    statuses = get_objects(pod, "status", "initContainerStatuses") + get_objects(pod, "status", "containerStatuses")
    for status in statuses:
        for kind in ("waiting", "terminated"):
            reason = get_text(status, "state", kind, "reason")
            if reason and reason != "Completed":
                message = get_text(status, "state", kind, "message")
                text = f"container {get_text(status, 'name')}: {reason}"
                return f"{text}: {message}" if message else text
    phase = get_text(pod, "status", "phase") or "unknown"
    return get_text(conditions.get("Ready"), "message") or f"phase {phase}"


def ask(client: Client, agent: Agent, *, timeout: float) -> model.AgentStatus:
    """Return what an agent says about itself.

    Args:
        client: the way to its cluster.
        agent: whom to ask.
        timeout: seconds for each command.

    Raises:
        ExecFailed: the command was not run, failed, or answered something else than JSON.
        Timeout, ApiError, ConnectionFailed: as Client.execute().
    """
    program, answer = _run_status(client, agent, timeout)
    status = parse(_json_of(answer, agent, [program, *_STATUS]))
    if status.routing is None or status.routing.mode is None:
        command = [program, *_CONFIGURATION]
        configuration = _json_of(client.execute(agent.pod, command, timeout=timeout), agent, command)
        status = replace(status, routing=with_configuration(status.routing, configuration))
    return status


def _run_status(client: Client, agent: Agent, timeout: float) -> tuple[str, ExecResult]:
    """Return the program that the agent's image has, and its answer to a question for the status."""
    missing: FleetError | None = None
    for program in _PROGRAMS:
        try:
            answer = client.execute(agent.pod, [program, *_STATUS], timeout=timeout)
        except ExecFailed as error:  # the runtime finds no such program
            missing = missing or error
            continue
        if answer.code not in _NO_PROGRAM:
            return program, answer
    raise missing or ExecFailed(
        f"{agent.pod}: found neither of {' and '.join(_PROGRAMS)}. Expected the agent of Cilium: check the image of "
        f"the container {agent.pod.container}."
    )


def _json_of(answer: ExecResult, agent: Agent, command: list[str]) -> JsonObject:
    text = " ".join(command)
    if answer.code != 0:
        said = (answer.stderr or answer.stdout).strip()[-500:]
        raise ExecFailed(
            f"{agent.pod}: {text} ended with exit code {answer.code}: {said}. The agent's log tells more.",
            code=answer.code,
        )
    content = parsed(answer.stdout.encode())
    if not isinstance(content, dict):
        raise ExecFailed(f"{agent.pod}: {text} answered something else than a JSON object: {answer.stdout[:200]!r}.")
    return content


def with_configuration(routing: model.Routing | None, configuration: JsonObject) -> model.Routing:
    """Return the routing with its mode taken from an agent's running configuration (fields of option.Config).

    Since 1.14 that is RoutingMode and TunnelProtocol; before, Tunnel is a protocol or "disabled".
    """
    host = routing.host if routing else None
    mode, protocol = get_text(configuration, "RoutingMode"), get_text(configuration, "TunnelProtocol")
    tunnel = get_text(configuration, "Tunnel")
    if mode is None and tunnel:
        mode, protocol = ("native", None) if tunnel == "disabled" else ("tunnel", tunnel)
    if mode is None:
        return model.Routing(host=host)
    return model.Routing(mode.capitalize(), (protocol or None) if mode == "tunnel" else None, host)
