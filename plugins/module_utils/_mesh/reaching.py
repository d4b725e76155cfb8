# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trying the ports of a mesh, from nodes to nodes. PRIVATE to the collection.

Agents' pods are in their node's network, and their image has bash, which connects by itself; nothing else in it does.
One command per node makes all its attempts at once.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._errors import FleetError, Forbidden, NotFound
from .._json import get_objects, get_text
from .._status.agents import agents
from .fetch import SERVICE
from .firewalls import MARK, Guard, guard
from .reachability import (
    NOT_TRIED,
    OPEN,
    Limits,
    Node,
    Outcome,
    Row,
    Site,
    attempts,
    read,
    with_tunnels,
)
from .unreached import judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._context import Context
    from .._exec import PodRef
    from .._findings import Finding
    from .._json import Json, JsonObject
    from .._kubernetes import Client
    from .plan import Wanted
    from .reachability import Attempt

# Attempts of one command: each is a process of its own, and the command is part of a URL.
_AT_ONCE = 40
# Seconds beside the attempts themselves: the connection, and the start of the processes.
_SPARE = 15.0
# $1: seconds; then number, protocol, address and port of each attempt. A line of the answer: number, exit code,
# microseconds, what was said. A second datagram fails if the first one was refused.
_TRY = """
export LC_ALL=C
tcp='exec 3<>"/dev/tcp/$0/$1"'
udp='exec 3<>"/dev/udp/$0/$1" && printf . >&3 && sleep 0.4 && printf . >&3'
try() {
  begun=${EPOCHREALTIME:-}
  said=$(timeout "$limit" bash -c "${!3}" "$4" "$5" 2>&1)
  code=$?
  ended=${EPOCHREALTIME:-}
  echo "$2 $code $(( 10#0${ended//./} - 10#0${begun//./} )) ${said//$'\\n'/ }"
}
limit=$1
shift
while [ $# -ge 4 ]; do
  try - "$1" "$2" "$3" "$4" &
  shift 4
done
wait
"""
# Chains of Kubernetes and Cilium can be long and decide on nothing here.
_LOOK = f"""
for program in iptables-save iptables-legacy-save iptables-nft-save ip6tables-save "nft list ruleset"; do
  if command -v ${{program%% *}} >/dev/null; then
    echo "{MARK}$program"
    timeout 10 $program 2>/dev/null | grep -vE '^(-A |:)(KUBE|CILIUM|OLD_CILIUM)' | head -c 300000
    echo
  fi
done
"""


@dataclass(frozen=True)
class Reachability:
    """Who reaches whom: a row per attempt, and what is wrong."""

    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]

    def as_list(self) -> list[Json]:
        """Return the rows as they stand in a result."""
        return [row.as_dict() for row in self.rows]


def check(
    clients: Mapping[str, Client],
    wanted: Mapping[str, Wanted],
    limits: Limits,
    *,
    connected: bool,
    context: Context,
) -> Reachability:
    """Try the ports that a mesh needs, from nodes of each cluster to those of every peer.

    Nothing is changed. An agent that does not answer is no error: what it should have tried is not tried.

    Args:
        clients: the way to each cluster, by its name; one without is only tried, at its mesh API server.
        wanted: what each cluster is to get, by its name.
        limits: how much is tried.
        connected: whether the clusters are connected already. Before, most ways to pods are not there.
        context: the task's side.
    """
    with ThreadPoolExecutor(max(limits.parallel, 1)) as pool:
        names = [name for name, one in wanted.items() if one.endpoint is not None]
        found = pool.map(lambda name: _site(clients.get(name), wanted[name], limits.namespace), names)
        sites = dict(zip(names, found))
        planned = attempts(sites, limits, connected=connected)
        context.progress(f"{len(planned)} ports of other clusters are tried")
        jobs = _jobs(sites, planned)
        came = pool.map(lambda job: _try(clients[job.cluster], job, limits.timeout), jobs)
        outcomes = {attempt: outcome for answer in came for attempt, outcome in answer.items()}
        rows = with_tunnels([Row(one, outcomes.get(one) or Outcome(NOT_TRIED, None, one.skip)) for one in planned])
        blocked = _blocked(sites, rows)
        texts = pool.map(lambda key: _look(clients[key[0]], blocked[key], context), blocked)
        rules = dict(zip(blocked, texts))
    return Reachability(tuple(rows), tuple(judge(sites, rows, _guards(rows, rules))))


@dataclass(frozen=True)
class _Job:
    """The attempts of one command in one agent's pod."""

    cluster: str
    pod: PodRef
    attempts: tuple[Attempt, ...]


def _site(client: Client | None, wanted: Wanted, namespace: str) -> Site:
    """Return what is known of a cluster's ports."""
    endpoint = wanted.endpoint
    points = tuple((address, endpoint.port) for address in endpoint.addresses) if endpoint is not None else ()
    if client is None:
        return Site(wanted.view, wanted.peers, points, fault="it cannot be reached from here")
    own = client.for_thread()
    try:
        served = _optional(own, f"/api/v1/namespaces/{namespace}/services/{SERVICE}") is not None
        return Site(wanted.view, wanted.peers, points, served=served, nodes=tuple(_nodes(own, namespace)))
    except FleetError as error:
        return Site(wanted.view, wanted.peers, points, fault=error.message)


def _nodes(client: Client, namespace: str) -> list[Node]:
    """Return a cluster's nodes, those that have an agent."""
    found = {agent.node: agent for agent in agents(client, namespace) if agent.node}
    told = {get_text(item, "metadata", "name") or "": item for item in _cilium_nodes(client)}
    nodes = []
    for name, agent in found.items():
        item = told.get(name, {})
        addresses = [
            get_text(one, "ip") or ""
            for one in get_objects(item, "spec", "addresses")
            if one.get("type") == "InternalIP"
        ]
        pods = [get_text(item, "spec", "health", key) or "" for key in ("ipv4", "ipv6")]
        ref = agent.pod if agent.ready else None
        nodes.append(Node(name, _known(addresses), _known(pods), ref, agent.reason))
    return nodes


def _known(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(address for address in addresses if address))


def _cilium_nodes(client: Client) -> list[JsonObject]:
    try:
        return list(client.items("/apis/cilium.io/v2/ciliumnodes"))
    except (NotFound, Forbidden):
        return []


def _optional(client: Client, path: str) -> JsonObject | None:
    try:
        return client.get(path)
    except (NotFound, Forbidden):
        return None


def _jobs(sites: Mapping[str, Site], planned: Sequence[Attempt]) -> list[_Job]:
    """Return what is asked of whom."""
    pods = {(name, node.name): node.agent for name, site in sites.items() for node in site.nodes}
    grouped: dict[tuple[str, str], list[Attempt]] = {}
    for one in planned:
        if not one.skip:
            grouped.setdefault((one.cluster, one.node), []).append(one)
    jobs = []
    for key, of_node in grouped.items():
        pod = pods[key]
        for start in range(0, len(of_node), _AT_ONCE):
            jobs += [_Job(key[0], pod, tuple(of_node[start : start + _AT_ONCE]))] if pod is not None else []
    return jobs


def _try(client: Client, job: _Job, timeout: float) -> dict[Attempt, Outcome]:
    """Make the attempts of a job, and return what came of each."""
    words = [str(timeout)]
    for number, one in enumerate(job.attempts):
        words += [str(number), one.port.protocol, one.address, str(one.number)]
    try:
        answer = client.execute(job.pod, ["bash", "-c", _TRY, "bash", *words], timeout=timeout + _SPARE)
    except FleetError as error:
        return dict.fromkeys(job.attempts, Outcome(NOT_TRIED, None, error.message))
    told = _told(answer.stdout)
    silent = Outcome(NOT_TRIED, None, answer.stderr.strip()[-200:] or "the agent's pod did not tell")
    return {one: read(one, *told[number]) if number in told else silent for number, one in enumerate(job.attempts)}


def _told(text: str) -> dict[int, tuple[int, int, str]]:
    """Return exit code, microseconds and words of each attempt by its number."""
    found = {}
    for line in text.splitlines():
        number, code, spent, said = [*line.split(" ", 3), "", "", ""][:4]
        if number.isdigit() and code.isdigit():
            found[int(number)] = (int(code), int(spent) if spent.isdigit() else 0, said)
    return found


def _blocked(sites: Mapping[str, Site], rows: Sequence[Row]) -> dict[tuple[str, str], PodRef]:
    """Return the nodes that were not reached and whose agents can be asked, by cluster and name."""
    pods = {(name, node.name): node.agent for name, site in sites.items() for node in site.nodes}
    found = {}
    for row in rows:
        key = (row.attempt.peer, row.attempt.peer_node or "")
        pod = pods.get(key)
        if row.outcome.state not in (OPEN, NOT_TRIED) and pod is not None:
            found[key] = pod
    return found


def _look(client: Client, pod: PodRef, context: Context) -> str:
    """Return the rules of a node's firewalls as programs print them; empty where its agent does not answer."""
    try:
        return client.execute(pod, ["bash", "-c", _LOOK], timeout=60 + _SPARE).stdout
    except FleetError as error:
        context.warn(f"{pod}: the rules of its node's firewall cannot be read: {error.message}")
        return ""


def _guards(rows: Sequence[Row], rules: Mapping[tuple[str, str], str]) -> dict[Row, Guard]:
    """Return who guards the node of each row that was not reached."""
    found = {}
    for row in rows:
        text = rules.get((row.attempt.peer, row.attempt.peer_node or ""))
        if text is not None and row.outcome.state not in (OPEN, NOT_TRIED):
            found[row] = guard(text, row.attempt.port.protocol, row.attempt.number)
    return found
