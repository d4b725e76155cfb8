# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the mesh store of a cluster. PRIVATE to the collection.

There are two ways: etcdctl in a container of the mesh API server's pod, where the image has it (not since 1.15) or a
volume brings it; and an agent's own program in another cluster, with the agent's configuration for this store. With
KVStoreMesh agents have no such configuration: theirs names their own cluster's store, and the agent's program does not
get there (1.15.19 on the testbed: no answer within 30 s).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._errors import ExecFailed, FleetError
from .._exec import PodRef
from .._findings import ERROR, Finding
from .._json import Json, JsonObject, from_base64, get_objects, get_text
from .._status.agents import CONTAINER, Agent, json_of, object_of, run
from .observe import SERVER, STORE
from .stored import entries, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._kubernetes import Client
    from .observe import How
    from .seen import ClusterSeen
    from .stored import Filter

# Where the certificates are with which a container of the pod may read.
_CERTIFICATES = {SERVER: "/var/lib/cilium/etcd-secrets", STORE: "/var/lib/etcd-secrets"}
_CONFIGURATIONS = "/var/lib/cilium/clustermesh"
_MOST_AGENTS = 2


@dataclass(frozen=True)
class Way:
    """Where a command reads a store.

    Attributes:
        cluster: whose pod.
        pod: in which container.
        node: of the pod.
        config: the agent's configuration file for the store; None in the pod of the store.
    """

    cluster: str
    pod: PodRef
    node: str = ""
    config: str | None = None


def read_store(
    clients: Mapping[str, Client], seen: Mapping[str, ClusterSeen], kinds: Sequence[str], how: How, wanted: Filter
) -> tuple[JsonObject, list[Finding]]:
    """Return what the mesh stores hold, by cluster and kind, and a finding for each store that cannot be read.

    Args:
        clients: by the cluster's name.
        seen: what was seen of all clusters.
        kinds: some of stored.KINDS.
        how: to ask.
        wanted: which entries to keep.
    """
    found: JsonObject = {}
    findings: list[Finding] = []
    for name in clients:
        if seen[name].fault:
            continue
        told, reasons = _of_cluster(clients, seen, name, kinds, how)
        if told is None:
            findings.append(_unreadable(name, reasons))
            continue
        kept: JsonObject = {}
        for kind, pairs in told.items():
            listed: list[Json] = [*entries(kind, pairs, own=name, wanted=wanted)]
            kept[kind] = listed
        found[name] = kept
    return found, findings


def _of_cluster(
    clients: Mapping[str, Client], seen: Mapping[str, ClusterSeen], name: str, kinds: Sequence[str], how: How
) -> tuple[dict[str, list[tuple[str, str]]] | None, list[str]]:
    """Return keys and values by kind, by the first way that works; or None and why none does."""
    reasons: list[str] = []
    for way in ways(seen, name, how.namespace):
        try:
            return {kind: list(_pairs(clients[way.cluster], way, kind, how)) for kind in kinds}, []
        except FleetError as error:
            reasons.append(error.message)
    return None, reasons


def ways(seen: Mapping[str, ClusterSeen], name: str, namespace: str) -> list[Way]:
    """Return where the store of a cluster can be read, the nearest first. Pure."""
    own = seen[name]
    ready = [store.pod for store in own.stores or () if store.ready]
    found = [Way(name, PodRef(namespace, pod, container)) for pod in ready for container in _CERTIFICATES]
    for cluster in seen.values():
        if cluster is own or cluster.relays:
            continue
        readers = [
            Way(cluster.name, PodRef(namespace, agent.pod, CONTAINER), agent.node, f"{_CONFIGURATIONS}/{name}")
            for agent in cluster.agents
            if name in agent.peers and agent.peers[name].connected is not False
        ]
        found += readers[:_MOST_AGENTS]
    return found


def _pairs(client: Client, way: Way, kind: str, how: How) -> Iterator[tuple[str, str]]:
    """Yield the keys and values of one kind. Errors as Client.execute(), ExecFailed for an answer that is no list."""
    for prefix in prefixes(kind):
        if way.config is None:
            yield from _by_etcdctl(client, way, prefix, how)
        else:
            yield from _by_agent(client, way, prefix, how)


def _by_etcdctl(client: Client, way: Way, prefix: str, how: How) -> Iterator[tuple[str, str]]:
    command = _etcdctl(_CERTIFICATES[way.pod.container], prefix)
    asked = Agent(way.pod, way.node, True, "")
    answer = object_of(client.execute(way.pod, command, timeout=how.timeout), asked, command)
    for pair in get_objects(answer, "kvs"):
        yield from_base64(get_text(pair, "key")), from_base64(get_text(pair, "value"))


def _etcdctl(certificates: str, prefix: str) -> list[str]:
    files = [f"--cacert={certificates}/ca.crt", f"--cert={certificates}/tls.crt", f"--key={certificates}/tls.key"]
    return ["etcdctl", "--endpoints=https://127.0.0.1:2379", *files, "--write-out=json", "get", "--prefix", prefix]


def _by_agent(client: Client, way: Way, prefix: str, how: How) -> Iterator[tuple[str, str]]:
    words = ["kvstore", "get", prefix, "--recursive", "-o", "json"]
    words += ["--kvstore", "etcd", "--kvstore-opt", f"etcd.config={way.config}"]
    asked = Agent(way.pod, way.node, True, "")
    program, answer = run(client, asked, words, timeout=how.timeout)
    content = json_of(answer, asked, [program, *words])
    if content is None:
        return
    if not isinstance(content, dict):
        raise ExecFailed(f"{way.pod}: {program} kvstore get answered something else than keys with values.")
    for key, value in content.items():
        yield key, from_base64(get_text(value, "Data"))


def _unreadable(name: str, reasons: Sequence[str]) -> Finding:
    return Finding(
        "mesh_store_unreadable",
        ERROR,
        {"cluster": name},
        f"The mesh store of {name} cannot be read: {' Then: '.join(reasons) or 'it has no pod that is ready'}",
        "Bring etcdctl into the pod of the mesh API server by a volume; the images of Cilium have none since 1.15.",
    )
