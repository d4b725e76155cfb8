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
from .._json import Json, JsonObject, get_objects, get_text
from . import model
from .json import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._exec import ExecResult
    from .._kubernetes import Client

SELECTOR = "k8s-app=cilium"
CONTAINER = "cilium-agent"
PODS_AT_ONCE = 100

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


def agents(client: Client, namespace: str, *, selector: str = SELECTOR, container: str = CONTAINER) -> list[Agent]:
    """Return the agents of a cluster, sorted by node; pods on their way out are left out.

    Args:
        client: the way to the cluster.
        namespace: of the agents.
        selector: of other pods that are asked like agents.
        container: of those in which commands are run; the first one of a pod that has no such.

    Raises:
        ApiError, ConnectionFailed: as Client.get().
    """
    found = _listed(client, namespace, selector, container)
    return sorted(found, key=lambda agent: (agent.node, agent.pod.name))


def _listed(client: Client, namespace: str, selector: str, container: str) -> Iterator[Agent]:
    """Yield the agents page by page: a pod's object is a hundred times as big as what is kept of it."""
    path, query = f"/api/v1/namespaces/{namespace}/pods", {"labelSelector": selector}
    for pod in client.items(path, query=query, at_once=PODS_AT_ONCE):
        if not get_text(pod, "metadata", "deletionTimestamp"):
            yield _agent(pod, container)


def _agent(pod: JsonObject, container: str) -> Agent:
    containers = [get_text(item, "name") or "" for item in get_objects(pod, "spec", "containers")]
    conditions = {get_text(item, "type"): item for item in get_objects(pod, "status", "conditions")}
    ready = get_text(conditions.get("Ready"), "status") == "True"
    return Agent(
        pod=PodRef(
            get_text(pod, "metadata", "namespace") or "",
            get_text(pod, "metadata", "name") or "",
            container if container in containers or not containers else containers[0],
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
    program, status = ask_status(client, agent, timeout=timeout)
    if status.routing is None or status.routing.mode is None:
        command = [program, *_CONFIGURATION]
        configuration = object_of(client.execute(agent.pod, command, timeout=timeout), agent, command)
        status = replace(status, routing=with_configuration(status.routing, configuration))
    return status


def ask_status(client: Client, agent: Agent, *, timeout: float) -> tuple[str, model.AgentStatus]:
    """Return the name of the agent's own program, and what its status tells alone. Arguments and errors as ask()."""
    program, answer = run(client, agent, _STATUS, timeout=timeout)
    return program, parse(object_of(answer, agent, [program, *_STATUS]))


def run(client: Client, agent: Agent, words: list[str], *, timeout: float) -> tuple[str, ExecResult]:
    """Run the agent's own program; return its name in the agent's image, and its answer. Errors as ask()."""
    missing: FleetError | None = None
    for program in _PROGRAMS:
        try:
            answer = client.execute(agent.pod, [program, *words], timeout=timeout)
        except ExecFailed as error:  # the runtime finds no such program
            missing = missing or error
            continue
        if answer.code not in _NO_PROGRAM:
            return program, answer
    raise missing or ExecFailed(
        f"{agent.pod}: found neither of {' and '.join(_PROGRAMS)}. Expected the agent of Cilium: check the image of "
        f"the container {agent.pod.container}."
    )


def object_of(answer: ExecResult, agent: Agent, command: list[str]) -> JsonObject:
    """Return a command's answer, a JSON object. Errors as json_of()."""
    content = json_of(answer, agent, command)
    if not isinstance(content, dict):
        raise _no_json(answer, agent, command, "a JSON object")
    return content


def json_of(answer: ExecResult, agent: Agent, command: list[str]) -> Json:
    """Return a command's answer.

    Raises:
        ExecFailed: the command failed, or answered something else than JSON.
    """
    if answer.code != 0:
        said = (answer.stderr or answer.stdout).strip()[-500:]
        raise ExecFailed(
            f"{agent.pod}: {' '.join(command)} ended with exit code {answer.code}: {said}. The agent's log tells more.",
            code=answer.code,
        )
    content = parsed(answer.stdout.encode())
    if content is None and answer.stdout.strip() != "null":
        raise _no_json(answer, agent, command, "JSON")
    return content


def _no_json(answer: ExecResult, agent: Agent, command: list[str], expected: str) -> ExecFailed:
    return ExecFailed(
        f"{agent.pod}: {' '.join(command)} answered something else than {expected}: {answer.stdout[:200]!r}."
    )


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
