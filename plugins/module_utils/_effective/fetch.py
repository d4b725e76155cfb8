# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what a cluster is judged by. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._drift.fetch import Installed, installed, live_config
from .._errors import Forbidden
from .._findings import ERROR, WARNING, Finding
from .._json import as_json, get_int, get_object, get_objects, get_text
from .._pods.unmanaged import unmanaged
from .._release.restart import is_stale
from .._release.workloads import node_of
from .._status.agents import SELECTOR, agents
from .._status.run import run as ask_agents
from .inside import inside
from .seen import Seen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._context import Context
    from .._json import Json, JsonObject
    from .._kubernetes import Client
    from .._pods.unmanaged import Pod

DAEMONSETS = "/apis/apps/v1/daemonsets"
LOG = "log"


@dataclass(frozen=True)
class Read:
    """What was read: the cluster as seen, its release, and findings about agents that do not answer."""

    seen: Seen
    installed: Installed
    findings: list[Finding]


def fetch(client: Client, params: Mapping[str, Json], context: Context) -> Read:
    """Read all that a cluster is judged by, each thing once.

    Args:
        client: the way to the cluster.
        params: the options of ARGUMENTS.
        context: the task's side.

    Raises:
        FleetError: the list of agents cannot be had.
    """
    name, namespace = str(params.get("cluster") or client.context), str(params["release_namespace"])
    timeout, parallel = int(str(params["timeout"])), int(str(params["parallel"]))
    answer = as_json(ask_agents(_question(params, namespace), context))
    states = {node: state for node, state in get_object(answer, "nodes").items() if isinstance(state, dict)}
    answered = {node: _without_log(state) for node, state in states.items() if _has_status(state)}
    findings = [_told(entry, name) for entry in get_objects(answer, "findings")]
    found = agents(client, namespace)
    context.progress("reading the configuration that the agents run with")
    inner = inside(client, found, timeout=timeout, parallel=parallel)
    config_map, hidden = _config_map(client, namespace)
    there = installed(client, name=str(params["release_name"]), namespace=namespace)
    alone, unread = _unmanaged(client, set(answered))
    daemonsets, refused = _daemonsets(client)
    seen = Seen(
        cluster=name,
        nodes=answered,
        silent=tuple(sorted({agent.node for agent in found} - set(answered) - {""})),
        stale=stale_nodes(client, namespace, config_map),
        config=get_object(config_map, "data"),
        daemonsets=daemonsets,
        unmanaged=tuple(alone),
        cni_files=inner.cni_files,
        configuration=inner.configuration,
        log={node: get_objects(state, LOG) for node, state in states.items() if LOG in state},
        unread=tuple(text for text in (unread, refused, hidden, there.unread) if text),
    )
    return Read(seen, there, findings)


def _has_status(state: JsonObject) -> bool:
    """Tell whether an agent told its status, not only what stands beside it."""
    return "state" in state or "version" in state


def _without_log(state: JsonObject) -> JsonObject:
    return {key: value for key, value in state.items() if key != LOG}


def _question(params: Mapping[str, Json], namespace: str) -> JsonObject:
    """Return the options of status_info."""
    gather: list[Json] = ["status", "health", *([LOG] if params.get("log") else [])]
    own = {"cluster", "settings", "values", "facts", "expectations", "ignore", "query", "settle", "version"}
    kept = {key: value for key, value in params.items() if key not in own}
    return {**kept, "namespace": namespace, "gather": gather, "require_all": False}


def _told(entry: JsonObject, cluster: str) -> Finding:
    """Return a finding of status_info with this cluster's name; what is missing beside the status is a warning."""
    subject = {key: str(value) for key, value in get_object(entry, "subject").items()}
    beside = entry.get("asked") not in (None, "status")
    return Finding(
        rule=str(entry.get("rule")),
        severity=WARNING if beside else ERROR,
        subject={**subject, "cluster": cluster},
        reason=str(entry.get("reason")).rstrip("."),
        remedy=str(entry.get("remedy")).rstrip("."),
        asked=entry.get("asked"),
        found=entry.get("found"),
    )


def stale_nodes(client: Client, namespace: str, config_map: JsonObject) -> frozenset[str]:
    """Return the nodes whose agent has read its configuration before that last changed."""
    pods = client.items(f"/api/v1/namespaces/{namespace}/pods", query={"labelSelector": SELECTOR})
    return frozenset(node_of(pod) for pod in pods if is_stale(pod, config_map))


def _unmanaged(client: Client, nodes: set[str]) -> tuple[list[Pod], str]:
    try:
        return unmanaged(client, nodes), ""
    except Forbidden as error:
        return [], f"pods without a CiliumEndpoint were not looked for: {error.message}"


def _config_map(client: Client, namespace: str) -> tuple[JsonObject, str]:
    try:
        return live_config(client, namespace), ""
    except Forbidden as error:
        return {}, f"the agents' ConfigMap was not read, so who waits for a restart is not known: {error.message}"


def _daemonsets(client: Client) -> tuple[dict[str, int], str]:
    """Return every DaemonSet with how many pods it wants, or in words why they could not be listed."""
    try:
        found = {
            f"{get_text(item, 'metadata', 'namespace')}/{get_text(item, 'metadata', 'name')}": get_int(
                item, "status", "desiredNumberScheduled"
            )
            or 0
            for item in client.items(DAEMONSETS)
        }
    except Forbidden as error:
        return {}, f"other network plugins were not looked for: {error.message}"
    return found, ""


def with_facts(cluster: JsonObject, given: JsonObject) -> JsonObject:
    """Return what a cluster said of its nodes, with what else is known of each node. Pure.

    Args:
        cluster: facts of docs/variables.md, as the cluster told them.
        given: the same, as somebody else knows them; nodes are joined by name.
    """
    further = {get_text(node, "name"): node for node in get_objects(given, "nodes")}
    nodes: list[Json] = [{**node, **further.pop(get_text(node, "name"), {})} for node in get_objects(cluster, "nodes")]
    return {**cluster, **given, "nodes": [*nodes, *further.values()]}
