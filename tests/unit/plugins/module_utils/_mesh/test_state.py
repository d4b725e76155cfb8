"""Waiting until a mesh is connected, against small API servers on loopback."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils import _kubernetes
from ansible_collections.fleet.cilium.plugins.module_utils._findings import Finding
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.state import until_connected
from ansible_collections.fleet.cilium.plugins.module_utils._release.wait import Waited

from tests.stub_api import Answer, Exec, exit_status, refusal
from tests.unit.plugins.module_utils._mesh.played_mesh import Played, context, playing, remote, said, two

BOTH = {"paris": ["berlin"], "berlin": ["paris"]}
REFUSED = (
    'Cluster "berlin":\n🔌 Endpoints:\n   - https://berlin.mesh.cilium.io:32002\n'
    "     ❌ Cannot establish TCP connection to berlin.mesh.cilium.io:32002: dial tcp 10.0.0.1:32002: connect: "
    "connection refused\n"
)


def waited(
    configs: Mapping[str, JsonObject],
    lines: list[str],
    *,
    timeout: int = 0,
    expected: Mapping[str, Sequence[str]] | None = None,
) -> tuple[list[Waited], list[Finding]]:
    clients = {name: _kubernetes.connect({"kubeconfig": config}) for name, config in configs.items()}
    return until_connected(clients, expected or BOTH, namespace="kube-system", timeout=timeout, context=context(lines))


def test_all_are_connected() -> None:
    lines: list[str] = []
    paris, berlin = two()
    with playing(paris, berlin) as configs:
        pairs, findings = waited(configs, lines, timeout=20)
    assert [(one.workload, one.state) for one in pairs] == [
        ("paris to berlin", "connected"),
        ("berlin to paris", "connected"),
    ]
    assert findings == []
    assert lines == []
    assert [request.query["command"] for request in paris.requests if "exec" in request.path] == [
        ["cilium-dbg", "status", "-o", "json"]
    ] * 2


def test_it_waits_and_says_for_what() -> None:
    lines: list[str] = []
    started = time.monotonic()

    def command(pod: str, _container: str, words: list[str]) -> Exec | None:
        late = pod == "cilium-n2" and "status" in words and time.monotonic() - started < 2
        return said('{"cluster-mesh": {"clusters": []}}') if late else None

    with playing(*two(command=command)) as configs:
        pairs, findings = waited(configs, lines, timeout=20)
    assert findings == []
    assert "1 of 2 pairs are connected; paris to berlin: 1 of 2 agents, n2: no_config: cilium-n2 has no" in lines[0]
    took = {one.workload: one.seconds for one in pairs}
    assert took["berlin to paris"] < took["paris to berlin"]


def test_when_the_time_is_over_the_way_is_gone_step_by_step() -> None:
    def command(_pod: str, _container: str, words: list[str]) -> Exec | None:
        return said(REFUSED) if "troubleshoot" in words else None

    paris, berlin = two(command=command)
    paris.peers = {"berlin": remote("berlin", ready=False)}
    with playing(paris, berlin) as configs:
        pairs, (found,) = waited(configs, [], timeout=1)
    assert found.rule == "mesh_pair_tcp_refused"
    assert dict(found.subject) == {"cluster": "paris", "peer": "berlin"}
    assert "connection refused" in found.reason
    assert pairs[0].state.startswith("tcp_refused: Cannot establish TCP connection")
    asked = [request.query["command"] for request in paris.requests if "exec" in request.path]
    assert ["cilium-dbg", "troubleshoot", "clustermesh", "berlin", "--timeout", "3s"] in asked


def test_agents_without_the_program() -> None:
    def command(_pod: str, _container: str, words: list[str]) -> Exec | None:
        return said('Error: unknown command "troubleshoot" for "cilium"\n', 1) if "troubleshoot" in words else None

    paris, berlin = two(command=command)
    paris.peers = {"berlin": remote("berlin", ready=False, status="x509: certificate signed by unknown authority")}
    with playing(paris, berlin) as configs:
        _pairs, (found,) = waited(configs, [])
    assert found.rule == "mesh_pair_tls_ca"


AWAY = [
    pytest.param(refusal(403, "Forbidden", "cannot create pods/exec"), "cannot create pods/exec", id="no right"),
    pytest.param(Exec(((2, b"no socket"),), exit_status(1)), "no socket", id="no agent"),
]


@pytest.mark.parametrize(("answer", "text"), AWAY)
def test_an_agent_that_does_not_answer(answer: Answer | Exec, text: str) -> None:
    paris, berlin = two(command=lambda pod, _container, _words: answer if pod == "cilium-n2" else None)
    with playing(paris, berlin) as configs:
        _pairs, (found,) = waited(configs, [])
    assert (found.rule, found.subject["node"]) == ("mesh_pair_agent_unreachable", "n2")
    assert text in found.reason


def test_a_cluster_that_does_not_answer() -> None:
    with playing(*two()) as configs:
        configs["paris"] = {**configs["paris"]}
        lost = dict(configs)
    with playing(Played("berlin", 2, {"paris": remote("paris")})) as configs:
        _pairs, (found,) = waited({**lost, **configs}, [])
    assert found.rule == "mesh_pair_cluster_unreachable"
    assert found.subject == {"cluster": "paris", "peer": "berlin"}


def test_a_cluster_without_a_client() -> None:
    with playing(Played("paris", 1, {"berlin": remote("berlin")})) as configs:
        _pairs, (found,) = waited(configs, [])
        assert found.rule == "mesh_pair_cluster_unreachable"
        assert waited(configs, [], expected={"paris": ["berlin"]})[1] == []
