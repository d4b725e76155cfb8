"""Who is connected with whom, and why not, from what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._mesh import reasons
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.judge import findings, pairs
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.reasons import Fault
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.seen import AgentSeen, ClusterSeen, StoreSeen
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.troubleshoot import Check, Endpoint
from ansible_collections.fleet.cilium.plugins.module_utils._status.model import RemoteCluster

EXPECTED = {"paris": ["berlin"]}
READY = RemoteCluster(
    "berlin", ready=True, connected=True, status="etcd: 1/1 connected", nodes=2, endpoints=5, identities=7, services=1
)
WAITING = RemoteCluster("berlin", ready=False, connected=False, status="Waiting for initial connection")
EMPTY = RemoteCluster(
    "berlin", ready=False, connected=True, status="etcd: 1/1 connected", expected=True, retrieved=False
)
LATE = RemoteCluster(
    "berlin", ready=False, connected=True, status="etcd: 1/1", synced={"nodes": True, "services": False}
)
OLD = RemoteCluster("berlin", ready=True, status="etcd: 1/1 connected")
ADDRESS = (Endpoint("https://berlin.mesh.cilium.io:32002"),)
WELL = Check(ADDRESS, connected=True, etcd_id="b0")
REFUSED = Fault(reasons.TCP_REFUSED, "dial tcp 10.0.0.1:32002: connect: connection refused")


def agent(remote: RemoteCluster | None = READY, check: Check | None = None, **further: object) -> AgentSeen:
    seen = AgentSeen(
        "n1", "cilium-n1", peers={remote.name: remote} if remote else {}, checks={"berlin": check} if check else {}
    )
    return replace(seen, **further)  # type: ignore[arg-type]  # -- what a test changes


def paris(*agents: AgentSeen, **further: object) -> ClusterSeen:
    seen = ClusterSeen("paris", "paris", 1, agents=agents, stores=(StoreSeen("mesh-paris", True, etcd_id="a0"),))
    return replace(seen, **further)  # type: ignore[arg-type]  # -- what a test changes


BERLIN = ClusterSeen("berlin", "berlin", 2, stores=(StoreSeen("mesh-berlin", True, etcd_id="b0"),))
MADRID = ClusterSeen("madrid", "madrid", 3, stores=(StoreSeen("mesh-madrid", True, etcd_id="c0"),))
STOPPED = replace(BERLIN, stores=(StoreSeen("mesh-berlin", False, "container etcd: CrashLoopBackOff"),))
NO_STORE = replace(BERLIN, stores=())
RELAY = AgentSeen("n1", "mesh-paris", peers={"berlin": READY})

CASES: dict[str, tuple[Sequence[ClusterSeen], str | None, str]] = {
    "connected": ([paris(agent()), BERLIN], None, ""),
    "connected, before 1.14": ([paris(agent(OLD)), BERLIN], None, ""),
    "connected, of a peer that was not read": ([paris(agent())], None, ""),
    "connected, and tried": ([paris(agent(READY, WELL)), BERLIN], None, ""),
    "connected with an outside store": ([paris(agent()), NO_STORE], None, ""),
    "cluster away": ([ClusterSeen("paris", fault=Fault("cluster_unreachable", "no"))], "cluster_unreachable", "no"),
    "no agents": ([paris()], "agent_unreachable", "no agents"),
    "agent away": (
        [paris(agent(fault=Fault("agent_unreachable", "pod cilium-n1: Pending")))],
        "agent_unreachable",
        "Pending",
    ),
    "no configuration": ([paris(agent(None)), BERLIN], "no_config", "no configuration for berlin"),
    "a step fails": ([paris(agent(WAITING, Check(ADDRESS, fault=REFUSED))), BERLIN], "tcp_refused", "refused"),
    "a step fails, the agent does not know yet": (
        [paris(agent(READY, Check(ADDRESS, fault=REFUSED))), BERLIN],
        "tcp_refused",
        "refused",
    ),
    "nobody there": (
        [paris(agent(WAITING, Check(ADDRESS, fault=REFUSED))), STOPPED],
        "remote_not_ready",
        "mesh API server of berlin is not ready: mesh-berlin: container etcd: CrashLoopBackOff",
    ),
    "nobody there, the agent does not know yet": ([paris(agent()), STOPPED], "remote_not_ready", "not ready"),
    "nobody there, but tried and well": ([paris(agent(READY, WELL)), STOPPED], None, ""),
    "no mesh API server at all": (
        [paris(agent(WAITING, Check(ADDRESS, fault=REFUSED))), NO_STORE],
        "remote_not_ready",
        "berlin has no mesh API server",
    ),
    "a certificate is no matter of who is there": (
        [paris(agent(WAITING, Check(ADDRESS, fault=Fault("tls_ca", "x509")))), STOPPED],
        "tls_ca",
        "x509",
    ),
    "own cluster answers": (
        [paris(agent(EMPTY, replace(WELL, etcd_id="a0"))), BERLIN],
        "own_cluster",
        "berlin.mesh.cilium.io:32002 the store of paris itself answers",
    ),
    "another cluster answers": (
        [paris(agent(EMPTY, replace(WELL, etcd_id="c0"))), BERLIN, MADRID],
        "other_cluster",
        "the store of madrid answers",
    ),
    "same id": ([paris(agent()), replace(BERLIN, id=1)], "id_clash", "same id 1"),
    "same id as a third, in the agent's words": (
        [paris(agent(WAITING, complaints={"berlin": "clusterID 2 is already used"})), BERLIN],
        "id_clash",
        "already used",
    ),
    "no configuration in the store": ([paris(agent(EMPTY, WELL)), BERLIN], "remote_not_ready", "no configuration"),
    "not all has arrived": ([paris(agent(LATE)), BERLIN], "remote_not_ready", "not all has arrived yet (services)"),
    "only the status tells": (
        [paris(agent(replace(WAITING, status="dial tcp: lookup berlin: no such host"))), BERLIN],
        "name_not_resolved",
        "no such host",
    ),
    "nothing tells": ([paris(agent(WAITING)), BERLIN], "unknown", "Waiting for initial connection"),
    "KVStoreMesh well": ([paris(agent(), relays=(RELAY,)), BERLIN], None, ""),
    "KVStoreMesh has lost the peer, the agent has a copy": (
        [paris(agent(), relays=(replace(RELAY, peers={"berlin": WAITING}, checks={"berlin": Check(fault=REFUSED)}),))],
        "tcp_refused",
        "KVStoreMesh (mesh-paris)",
    ),
    "KVStoreMesh is not configured": (
        [paris(agent(EMPTY), relays=(replace(RELAY, peers={}),)), BERLIN],
        "no_config",
        "KVStoreMesh (mesh-paris): mesh-paris has no configuration for berlin",
    ),
    "KVStoreMesh reaches its own cluster": (
        [
            paris(
                agent(EMPTY),
                relays=(replace(RELAY, peers={"berlin": EMPTY}, checks={"berlin": replace(WELL, etcd_id="a0")}),),
            ),
            BERLIN,
        ],
        "own_cluster",
        "KVStoreMesh",
    ),
    "with KVStoreMesh the own store answers agents rightly": (
        [paris(agent(LATE, replace(WELL, etcd_id="a0")), relays=(RELAY,)), BERLIN],
        "remote_not_ready",
        "not all has arrived",
    ),
    "with KVStoreMesh the own mesh API server is gone": (
        [
            paris(
                agent(WAITING, Check(ADDRESS, fault=REFUSED)),
                relays=(RELAY,),
                stores=(StoreSeen("mesh-paris", False, "phase Pending"),),
            ),
            BERLIN,
        ],
        "remote_not_ready",
        "mesh API server of paris is not ready",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_pair(name: str) -> None:
    clusters, reason, text = CASES[name]
    (pair,) = pairs({cluster.name: cluster for cluster in clusters}, EXPECTED)
    assert (pair.fault.reason if pair.fault else None) == reason
    assert text in (pair.fault.text if pair.fault else "")
    assert reason is None or reason in reasons.REASONS
    assert [found.rule for found in findings([pair])] == ([f"mesh_pair_{reason}"] if reason else [])


def test_every_reason_has_a_case() -> None:
    own = {reason for _seen, reason, _text in CASES.values() if reason}
    of_the_way = {reasons.TCP_TIMEOUT, reasons.TLS_NAME, reasons.TLS_EXPIRED, reasons.STORE_DENIED}
    assert own | of_the_way == set(reasons.REASONS)


def test_agents_that_say_the_same_are_one_finding() -> None:
    both = [agent(None), agent(None, node="n2", pod="cilium-n2")]
    (pair,) = pairs({"paris": paris(*both), "berlin": BERLIN}, EXPECTED)
    (found,) = findings([pair])
    assert dict(found.subject) == {"cluster": "paris", "peer": "berlin"}
    assert found.reason == "paris is not connected with berlin: cilium-n1 has no configuration for berlin."


def test_agents_that_differ_are_told_apart() -> None:
    refused = agent(WAITING, Check(ADDRESS, fault=REFUSED), node="n2", pod="cilium-n2")
    (pair,) = pairs({"paris": paris(agent(), refused), "berlin": BERLIN}, EXPECTED)
    (found,) = findings([pair])
    assert dict(found.subject) == {"cluster": "paris", "peer": "berlin", "node": "n2"}
    shown = pair.as_dict()
    assert shown["agents"] == {"total": 2, "connected": 1}
    assert (shown["connected"], shown["reason"]) == (False, "tcp_refused")


def test_what_has_arrived_is_counted() -> None:
    fewer = agent(replace(READY, endpoints=3))
    (pair,) = pairs({"paris": paris(fewer, agent())}, EXPECTED)
    shown = pair.as_dict()
    assert [shown[name] for name in ("nodes", "endpoints", "identities", "services")] == [2, 5, 7, 1]


TEXTS = {
    "dial tcp: lookup berlin.mesh.cilium.io on 10.96.0.10:53: no such host": "name_not_resolved",
    "dial tcp: lookup berlin.mesh.cilium.io: i/o timeout": "name_not_resolved",
    "dial tcp 10.0.0.1:32002: connect: connection refused": "tcp_refused",
    "dial tcp 10.0.0.1:32002: connect: no route to host": "tcp_refused",
    "dial tcp 10.0.0.1:32002: i/o timeout": "tcp_timeout",
    "tls: failed to verify certificate: x509: certificate signed by unknown authority": "tls_ca",
    "remote error: tls: bad certificate": "tls_ca",
    "x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs": "tls_name",
    "x509: certificate is valid for 127.0.0.1, ::1, not 10.0.0.1": "tls_name",
    "x509: certificate has expired or is not yet valid: current time": "tls_expired",
    "etcdserver: permission denied": "store_denied",
    "clusterID 1 is already used": "id_clash",
    "remote cluster configuration required but not found": "remote_not_ready",
    "Waiting for initial connection to be established": None,
    "": None,
}


@pytest.mark.parametrize("text", TEXTS)
def test_reason_of_a_text(text: str) -> None:
    assert reasons.of_text(text) == TEXTS[text]
