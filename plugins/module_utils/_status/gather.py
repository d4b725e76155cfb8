# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that is read from one agent: status, health, services, log. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Callable
from urllib.parse import quote

from .._errors import ExecFailed, FleetError
from .._json import Json, JsonObject, get_object
from . import health, services
from .agents import Agent, ask, json_of, object_of, run
from .log import summarised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._kubernetes import Client

STATUS, HEALTH, SERVICES, LOG = "status", "health", "services", "log"
# In the order in which they are read.
PARTS = (STATUS, HEALTH, SERVICES, LOG)

_HEALTH = ["cilium-health", "status"]
_JSON = ["-o", "json"]
_SERVICES = ["service", "list"]


@dataclass(frozen=True)
class Wish:
    """What to read from each agent.

    Attributes:
        parts: some of PARTS.
        probe: have the health daemon ask all nodes anew before it answers.
        timeout: seconds for each command.
    """

    parts: Sequence[str]
    probe: bool
    timeout: float


@dataclass
class Answer:
    """What an agent told, None if nothing; and the parts that it did not tell, with the reason."""

    state: JsonObject | None = None
    failures: list[tuple[str, FleetError]] = field(default_factory=list)


def gather(client: Client, agent: Agent, wish: Wish) -> Answer:
    """Read all parts from an agent.

    A command that fails costs its own part only; after anything else, such as a missing right or an agent that is
    too slow, the next part would fail the same way and is not tried.
    """
    answer = Answer()
    for part in PARTS:
        if part not in wish.parts:
            continue
        try:
            told = _READERS[part](client, agent, wish)
        except FleetError as error:
            answer.failures.append((part, error))
            if isinstance(error, ExecFailed):
                continue
            break
        answer.state = _joined(answer.state or {}, told)
    return answer


def _joined(state: JsonObject, told: JsonObject) -> JsonObject:
    """Return an agent's state with one more part; the status and the health daemon both tell of health."""
    if HEALTH in state and HEALTH in told:
        told = {**told, HEALTH: {**get_object(state, HEALTH), **get_object(told, HEALTH)}}
    return {**state, **told}


def _status(client: Client, agent: Agent, wish: Wish) -> JsonObject:
    return ask(client, agent, timeout=wish.timeout).as_dict()


def _health(client: Client, agent: Agent, wish: Wish) -> JsonObject:
    command = [*_HEALTH, *(["--probe"] if wish.probe else []), *_JSON]
    answer = client.execute(agent.pod, command, timeout=wish.timeout)
    return {HEALTH: health.parse_json(object_of(answer, agent, command)).as_dict()}


def _services(client: Client, agent: Agent, wish: Wish) -> JsonObject:
    words = [*_SERVICES, *_JSON]
    program, answer = run(client, agent, words, timeout=wish.timeout)
    listed: list[Json] = [each.as_dict() for each in services.parse_json(json_of(answer, agent, [program, *words]))]
    return {SERVICES: listed}


def _log(client: Client, agent: Agent, wish: Wish) -> JsonObject:
    pod = agent.pod
    path = f"/api/v1/namespaces/{quote(pod.namespace)}/pods/{quote(pod.name)}/log"
    query = {"container": pod.container, "timestamps": "true"}
    return {LOG: summarised(client.lines(path, query=query, timeout=wish.timeout))}


_READERS: dict[str, Callable[[Client, Agent, Wish], JsonObject]] = {
    STATUS: _status,
    HEALTH: _health,
    SERVICES: _services,
    LOG: _log,
}
