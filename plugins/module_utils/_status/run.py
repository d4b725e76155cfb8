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
from .._json import get_list
from .._query import query_of
from .agents import SELECTOR, Agent, agents
from .gather import HEALTH, PARTS, Wish, gather
from .summary import summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._context import Context, Result
    from .._json import Json, JsonObject
    from .._kubernetes import Client

# The rule of a finding by the error that an agent's question ended with; the first that fits counts.
_RULES: tuple[tuple[type[FleetError], str, str], ...] = (
    (Forbidden, "exec_refused", "Give the user of the kubeconfig this right; the file docs/rights.md has all of them."),
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
    """Return `nodes` (the state of each agent by its node's name), their `summary`, and `findings` (who is silent).

    Args:
        params: the options of ARGUMENTS.
        context: the task's side.

    Raises:
        InputError: an option that means nothing.
        FleetError: the list of agents cannot be had; or, with require_all, an agent does not answer.
    """
    wish, parallel, query = _wish(params), _positive(params, "parallel"), query_of(params)
    client = _kubernetes.connect(params)
    namespace = str(params["namespace"])
    found = agents(client, namespace)
    answers = _Answers()
    ready = [agent for agent in found if agent.ready]

    def one(agent: Agent) -> None:
        _ask_into(answers, client, agent, wish)
        context.progress(f"{len(answers.nodes)} of {len(found)} agents answered")

    with ThreadPoolExecutor(max_workers=min(parallel, len(ready)) or 1) as pool:
        list(pool.map(one, ready))  # list(): errors of our own making come to light here
    findings = [_not_ready(client, agent) for agent in found if not agent.ready] + answers.findings
    if not found:
        findings.append(_none_found(client, namespace))
    for text in client.warnings:
        context.warn(text)
    shown = _shown(answers.nodes, findings, total=len(found), ready=len(ready))
    result = query.reduced(shown) if query else shown
    if params.get("require_all") and findings:
        raise _silent(findings, len(found), result)
    return result


def _wish(params: Mapping[str, Json]) -> Wish:
    """Return what to read from each agent. A fresh probe is of no use without its answer. Errors as _positive()."""
    probe = bool(params.get("probe"))
    parts = [str(part) for part in get_list(dict(params), "gather")]
    if not parts:
        raise InputError(f"Option gather: found an empty list, expected some of {', '.join(PARTS)}.")
    return Wish([*parts, HEALTH] if probe else parts, probe, _positive(params, "timeout"))


def _positive(params: Mapping[str, Json], name: str) -> int:
    value = params.get(name)
    if not isinstance(value, int) or value < 1:
        raise InputError(f"Option {name}: found {value}, expected a whole number of at least 1.")
    return value


def _ask_into(answers: _Answers, client: Client, agent: Agent, wish: Wish) -> None:
    """Ask one agent and add what it tells, and a finding for each part that it does not."""
    answer = gather(client, agent, wish)
    findings = [_no_answer(client, agent, part, error) for part, error in answer.failures]
    with answers.lock:
        answers.findings += findings
        if answer.state is not None:
            answers.nodes[agent.node] = answer.state


def _no_answer(client: Client, agent: Agent, part: str, error: FleetError) -> Finding:
    rule, remedy = next((rule, remedy) for kind, rule, remedy in _RULES if isinstance(error, kind))
    return Finding(rule, ERROR, _subject(client, agent), error.message, remedy, asked=part)


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


def _shown(nodes: dict[str, Json], findings: list[Finding], *, total: int, ready: int) -> Result:
    """Return the task's result, nodes and findings in a fixed order."""
    ordered: JsonObject = {name: nodes[name] for name in sorted(nodes)}
    in_order = sorted(findings, key=lambda item: (sorted(item.subject.items()), str(item.asked)))
    return {
        "changed": False,
        "nodes": ordered,
        "summary": summary(ordered, total=total, ready=ready),
        "findings": [finding.as_dict() for finding in in_order],
    }


def _silent(findings: list[Finding], total: int, result: Result) -> FleetError:
    """Return the error of require_all, with all that was read."""
    silent = {finding.subject.get("pod", "") for finding in findings}
    first = findings[0]
    details = {key: value for key, value in result.items() if key != "changed"}
    return FleetError(
        f"{len(silent)} of {max(total, 1)} agents gave no answer (require_all): {first.reason} {first.remedy} All of "
        "them are in findings.",
        **details,
    )
