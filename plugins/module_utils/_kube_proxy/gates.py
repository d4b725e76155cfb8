# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be true before kube-proxy may go. PRIVATE to the collection. Pure.

Each gate is a function from what is known to findings; the name of the gate is the findings' rule. What an agent does
is taken from its own status (the keys of status_info), not from its configuration.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Callable

from .._errors import InputError
from .._findings import ERROR, INFO, Finding
from .._json import get_bool, get_object, get_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from .._json import Json, JsonObject

FEATURE = "kube_proxy_replacement"
_WHOLE = ("True", "Strict")
_IN_PARTS = ("Partial", "Probe")
_LOOK_AT_THE_WAY = "Look at the way from this node to it."
_OWN_NAMES = ("kubernetes", "kubernetes.default", "kubernetes.default.svc")


@dataclass(frozen=True)
class Agent:
    """One agent, as far as it matters here.

    Attributes:
        node: its node.
        pod: name of its pod.
        ready: whether Kubernetes calls it ready; if not, `reason` says why.
        api_hosts: where it looks for the API server; none means that it takes the kubernetes Service.
        stale: whether its configuration has changed since it started.
        status: what it says of itself, in the keys of status_info; None without an answer, then `reason` says why.
        reaches_api: whether a new connection from its pod, which is in the node's network, reaches the API server;
            None if that could not be tried.
    """

    node: str
    pod: str
    ready: bool
    reason: str = ""
    api_hosts: tuple[str, ...] = ()
    stale: bool = False
    status: JsonObject | None = None
    reaches_api: bool | None = None


@dataclass(frozen=True)
class Facts:
    """What the gates look at.

    Attributes:
        cluster: its name.
        nodes: nodes that pods may be scheduled to.
        agents: Cilium's agents.
        own_addresses: ClusterIPs of the Service kubernetes.
        service_networks: the networks of ClusterIPs, where the cluster tells them.
        nodeport_range: the API server's range of NodePorts such as "30000-32767"; None if it does not tell.
        nodeports: the NodePorts in use, each with a Service that has it.
        guests: what runs pods with a kernel of their own, which socket load balancing does not reach.
        without_network: no pod has a network of its own yet, and there is no agent.
    """

    cluster: str
    nodes: tuple[str, ...] = ()
    agents: tuple[Agent, ...] = ()
    own_addresses: tuple[str, ...] = ()
    service_networks: tuple[str, ...] = ()
    nodeport_range: str | None = None
    nodeports: Mapping[int, str] = field(default_factory=dict)
    guests: tuple[str, ...] = ()
    without_network: bool = False


@dataclass(frozen=True)
class Trouble:
    """What keeps a gate closed on one node: why, what to do, and what was found."""

    node: str
    reason: str
    remedy: str
    found: Json = None


def judge(facts: Facts) -> list[Finding]:
    """Return what stands against the removal, of all gates at once."""
    if facts.without_network:
        return [
            Finding(
                "no_network_yet",
                INFO,
                {"cluster": facts.cluster},
                "The cluster has no network plugin yet, so no pod uses a Service through kube-proxy.",
                "Install Cilium with full replacement of kube-proxy and an address of the API server next.",
                FEATURE,
            )
        ]
    return [
        Finding(
            name,
            ERROR,
            {"cluster": facts.cluster, "node": one.node},
            one.reason,
            one.remedy,
            FEATURE,
            found=one.found,
        )
        for name, gate in GATES.items()
        for one in gate(facts)
    ]


def refuse(findings: Sequence[Finding], skipped: Collection[str]) -> None:
    """Fail if a gate that is not skipped found something.

    Raises:
        InputError: with all that was found.
    """
    closed = [finding for finding in findings if finding.severity == ERROR and finding.rule not in skipped]
    if closed:
        lines = [
            f"{finding.rule}: {finding.subject.get('node', finding.subject['cluster'])}: {finding.reason} "
            f"{finding.remedy}"
            for finding in closed
        ]
        raise InputError(
            "kube-proxy is still needed; nothing was changed. " + " ".join(lines),
            findings=[finding.as_dict() for finding in findings],
        )


def _agents_ready(facts: Facts) -> Iterator[Trouble]:
    known = {agent.node: agent for agent in facts.agents}
    for node in facts.nodes:
        agent = known.get(node)
        if agent is None or not agent.ready:
            why = f"its agent {agent.pod} is not ready: {agent.reason}" if agent else "it has no agent of Cilium"
            yield Trouble(node, f"Pods may run on this node, but {why}.", "Make it ready.")


def _agents_replace(facts: Facts) -> Iterator[Trouble]:
    for agent in _ready(facts):
        if agent.status is None:
            reason = f"Agent {agent.pod} does not say what it does: {agent.reason}."
            yield Trouble(agent.node, reason, "Look at the agent's log.")
            continue
        part = get_object(agent.status, "kube_proxy_replacement")
        mode = get_text(part, "mode")
        if mode in _WHOLE:
            continue
        missing = _missing_parts(part) if mode in _IN_PARTS else []
        if mode not in _IN_PARTS or missing:
            what = f"; it leaves to kube-proxy: {', '.join(missing)}" if missing else ""
            reason = f"Agent {agent.pod} says that it replaces kube-proxy: {mode or 'nothing'}{what}."
            remedy = "Roll Cilium out with full replacement of kube-proxy first."
            yield Trouble(agent.node, reason, remedy, found=mode)


def _missing_parts(part: JsonObject) -> list[str]:
    """Return what an agent with partial replacement does not say that it serves."""
    services = get_object(part, "services")
    kinds = ("cluster_ip", "node_port", "external_ips", "host_port")
    missing = [kind for kind in kinds if not get_bool(services, kind)]
    return missing + [key for key in ("socket_lb", "session_affinity") if not get_bool(part, key)]


def _api_endpoint(facts: Facts) -> Iterator[Trouble]:
    for agent in _ready(facts):
        through = [host for host in agent.api_hosts if _is_service(host, facts)]
        if not agent.api_hosts or through:
            host = through[0] if through else "the ClusterIP of Service kubernetes"
            reason = f"Agent {agent.pod} reaches the API server at {host}, which it would have to serve itself."
            remedy = "Give Cilium an address of the API server that works without kube-proxy, and roll it out."
            yield Trouble(agent.node, reason, remedy, found=host)
        state = get_text(agent.status, "kubernetes", "state")
        if agent.status is not None and state != "Ok":
            reason = f"Agent {agent.pod} does not reach the API server; it says: {state or 'nothing'}."
            yield Trouble(agent.node, reason, _LOOK_AT_THE_WAY, found=state)
        elif agent.reaches_api is False:
            reason = f"A new connection from the pod of agent {agent.pod} does not reach the API server."
            yield Trouble(agent.node, reason, _LOOK_AT_THE_WAY)


def _is_service(host: str, facts: Facts) -> bool:
    """Tell whether a host is reached through a Service: by an address, or by the name of the Service kubernetes."""
    if host in facts.own_addresses:
        return True
    name = host.lower().rstrip(".")
    if name in _OWN_NAMES or name.startswith(f"{_OWN_NAMES[-1]}."):
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network, strict=False) for network in facts.service_networks)


def _nodeport_range(facts: Facts) -> Iterator[Trouble]:
    for agent in _ready(facts):
        said = get_text(agent.status, "kube_proxy_replacement", "nodeport_range")
        served = _bounds(said)
        if served is None:
            continue
        asked = _bounds(facts.nodeport_range)
        first = [f"{port} of Service {name}" for port, name in sorted(facts.nodeports.items()) if port not in served]
        beyond = asked is not None and (asked.start < served.start or asked.stop > served.stop)
        if first or beyond:
            what = f"the NodePort {first[0]}" if first else f"the API server's range {facts.nodeport_range}"
            reason = f"Agent {agent.pod} serves NodePorts {said}, which leaves out {what}."
            remedy = "Give Cilium the range of the API server (cilium_node_port_range), and roll it out."
            yield Trouble(agent.node, reason, remedy, found=said)


def _bounds(text: str | None) -> range | None:
    first, dash, last = (text or "").partition("-")
    return range(int(first), int(last) + 1) if dash and first.isdigit() and last.isdigit() else None


def _agents_current(facts: Facts) -> Iterator[Trouble]:
    for agent in _ready(facts):
        if agent.stale:
            reason = f"Agent {agent.pod} has not read its configuration since that was changed."
            yield Trouble(agent.node, reason, "Restart it first.")


def _socket_lb_scope(facts: Facts) -> Iterator[Trouble]:
    for agent in _ready(facts):
        part = get_object(agent.status, "kube_proxy_replacement")
        if get_bool(part, "socket_lb") is False:
            reason = (
                f"Agent {agent.pod} has load balancing at the socket off: programs of the node itself reach no Service."
            )
            yield Trouble(agent.node, reason, "Switch it on, and roll Cilium out.", found=False)
        elif facts.guests and get_text(part, "socket_lb_coverage") == "Full":
            reason = (
                f"Agent {agent.pod} translates services of pods at the socket only, which does not reach pods of "
                f"{', '.join(facts.guests)}: they have a kernel of their own."
            )
            remedy = "Limit it to the node's namespace (cilium_socket_lb_host_namespace_only), and roll Cilium out."
            yield Trouble(agent.node, reason, remedy, found="Full")


def _ready(facts: Facts) -> list[Agent]:
    return [agent for agent in facts.agents if agent.ready]


GATES: dict[str, Callable[[Facts], Iterator[Trouble]]] = {
    "agents_ready": _agents_ready,
    "agents_replace_kube_proxy": _agents_replace,
    "api_endpoint": _api_endpoint,
    "nodeport_range": _nodeport_range,
    "agents_current": _agents_current,
    "socket_lb_scope": _socket_lb_scope,
}
