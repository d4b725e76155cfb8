# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of status_info: ask every agent, in parallel. PRIVATE to the collection."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import _kubernetes
from .._errors import ConnectionFailed, FleetError, Forbidden, InputError, Timeout, Unauthorised
from .._findings import ERROR, Finding
from .agents import SELECTOR, Agent, agents, ask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._context import Context, Result
    from .._json import Json, JsonObject
    from .._kubernetes import Client

# The rule of a finding by the error that an agent's question ended with; the first that fits counts.
_RULES: tuple[tuple[type[FleetError], str, str], ...] = (
    (Forbidden, "exec_refused", "Allow the user of the kubeconfig to create pods/exec in the namespace."),
    (Unauthorised, "exec_refused", "Renew the credentials of the kubeconfig."),
    (Timeout, "agent_timeout", "Look at the node and its kubelet, or raise the option timeout."),
    (ConnectionFailed, "exec_unreachable", "Check the way from here to the API server, and from it to the kubelet."),
    (FleetError, "agent_no_answer", "Look at the agent's log."),
)


@dataclass
class _Answers:
    """What came back so far; filled by several threads."""

    nodes: dict[str, Json] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def run(params: Mapping[str, Json], context: Context) -> Result:
    """Return `nodes` (the state of each agent by the name of its node) and `findings` (those that do not answer).

    Args:
        params: the options of ARGUMENTS.
        context: the task's side.

    Raises:
        InputError: an option that means nothing.
        FleetError: the list of agents cannot be had; or, with require_all, an agent does not answer.
    """
    timeout, parallel = _positive(params, "timeout"), _positive(params, "parallel")
    client = _kubernetes.connect(params)
    namespace = str(params["namespace"])
    found = agents(client, namespace)
    answers = _Answers()
    ready = [agent for agent in found if agent.ready]

    def one(agent: Agent) -> None:
        _ask_into(answers, client, agent, timeout=timeout)
        context.progress(f"{len(answers.nodes)} of {len(found)} agents answered")

    with ThreadPoolExecutor(max_workers=min(parallel, len(ready)) or 1) as pool:
        list(pool.map(one, ready))  # list(): errors of our own making come to light here
    findings = [_not_ready(client, agent) for agent in found if not agent.ready] + answers.findings
    if not found:
        findings.append(_none_found(client, namespace))
    for text in client.warnings:
        context.warn(text)
    return _result(answers.nodes, findings, require_all=bool(params.get("require_all")))


def _positive(params: Mapping[str, Json], name: str) -> int:
    value = params.get(name)
    if not isinstance(value, int) or value < 1:
        raise InputError(f"Option {name}: found {value}, expected a whole number of at least 1.")
    return value


def _ask_into(answers: _Answers, client: Client, agent: Agent, *, timeout: int) -> None:
    """Ask one agent and add its answer, or the finding that it has none."""
    try:
        state = ask(client, agent, timeout=timeout).as_dict()
    except FleetError as error:
        with answers.lock:
            answers.findings.append(_no_answer(client, agent, error))
    else:
        with answers.lock:
            answers.nodes[agent.node] = state


def _no_answer(client: Client, agent: Agent, error: FleetError) -> Finding:
    rule, remedy = next((rule, remedy) for kind, rule, remedy in _RULES if isinstance(error, kind))
    return Finding(rule, ERROR, _subject(client, agent), error.message, remedy)


def _not_ready(client: Client, agent: Agent) -> Finding:
    rule = "agent_not_ready" if agent.node else "agent_not_scheduled"
    remedy = "Look at the pod's events and at the agent's log." if agent.node else "Make room for the pod on a node."
    return Finding(rule, ERROR, _subject(client, agent), f"Pod {agent.pod.name}: {agent.reason}.", remedy)


def _none_found(client: Client, namespace: str) -> Finding:
    return Finding(
        "no_agents",
        ERROR,
        {"cluster": client.context},
        f"Namespace {namespace} has no pod with label {SELECTOR}.",
        "Install Cilium, or correct the option namespace.",
    )


def _subject(client: Client, agent: Agent) -> dict[str, str]:
    subject = {"cluster": client.context, "pod": agent.pod.name}
    return {**subject, "node": agent.node} if agent.node else subject


def _result(nodes: dict[str, Json], findings: list[Finding], *, require_all: bool) -> Result:
    """Return the task's result, nodes and findings in a fixed order.

    Raises:
        FleetError: with require_all, if there is a finding.
    """
    ordered: JsonObject = {name: nodes[name] for name in sorted(nodes)}
    listed = [finding.as_dict() for finding in sorted(findings, key=lambda item: sorted(item.subject.items()))]
    if require_all and findings:
        first = findings[0]
        raise FleetError(
            f"{len(findings)} of {len(nodes) + len(findings)} agents gave no answer (require_all): {first.reason} "
            f"{first.remedy} All of them are in findings.",
            nodes=ordered,
            findings=listed,
        )
    return {"changed": False, "nodes": ordered, "findings": listed}
