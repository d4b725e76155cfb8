"""Ports that are tried, by a real shell on loopback behind a small API server."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils import _kubernetes
from ansible_collections.fleet.cilium.plugins.module_utils._context import Context
from ansible_collections.fleet.cilium.plugins.module_utils._intent import read
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.endpoints import Endpoint
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.plan import Wanted
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.reachability import Limits
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.reaching import Reachability, check

from tests.stub_api import Answer, Exec, Request, exit_status, kubeconfig, refusal, serve
from tests.unit.asking import long

SYSTEM = "/api/v1/namespaces/kube-system"
CLOSED_PORT = "## iptables-save\n*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dport {port} -j REJECT\nCOMMIT\n"
NATIVE: dict[str, Json] = {"routing_mode": "native", "native_routing_cidr": "10.0.0.0/8"}


@dataclass
class Played:
    """A cluster whose one agent's pod is this machine: what it serves, and which programs it was asked to run."""

    name: str
    rules: str = ""
    served: bool = True
    shell: Callable[[list[str]], Exec] | None = None
    commands: list[list[str]] = field(default_factory=list)

    def answer(self, request: Request) -> Answer | Exec:
        if request.path.endswith("/exec"):
            return self.execute(request.query["command"])
        there: dict[str, JsonObject] = {
            f"{SYSTEM}/pods": {"items": [self.pod()]},
            "/apis/cilium.io/v2/ciliumnodes": {"items": [self.node()]},
        }
        if self.served:
            there[f"{SYSTEM}/services/clustermesh-apiserver"] = {"spec": {}}
        found = there.get(request.path)
        return Answer(200, found) if found is not None else refusal(404, "NotFound", "not found")

    def pod(self) -> JsonObject:
        return {
            "metadata": {"namespace": "kube-system", "name": f"cilium-{self.name}"},
            "spec": {"nodeName": f"{self.name}-1", "containers": [{"name": "cilium-agent"}]},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]},
        }

    def node(self) -> JsonObject:
        addresses: list[Json] = [
            {"type": "InternalIP", "ip": "127.0.0.1"},
            {"type": "CiliumInternalIP", "ip": "10.0.0.7"},
        ]
        return {
            "metadata": {"name": f"{self.name}-1"},
            "spec": {"addresses": addresses, "health": {"ipv4": "127.0.0.1"}},
        }

    def execute(self, command: list[str]) -> Exec:
        self.commands.append(command)
        if self.shell is not None:
            return self.shell(command)
        if "iptables-save" in command[2]:
            return Exec(((1, self.rules.encode()),), exit_status(0))
        done = subprocess.run(command, capture_output=True, timeout=30, check=False)
        return Exec(((1, done.stdout), (2, done.stderr)), exit_status(done.returncode))


@contextmanager
def listening() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@contextmanager
def nobody() -> Iterator[int]:
    """A port that nobody else gets, at which nobody listens."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def play(*clusters: Played, server: int, health: int, reachable: bool = True) -> Reachability:
    """Each cluster is connected with each other one; all have the same ports."""
    view = read(long({**NATIVE, "cluster_health_port": health}), "1.15.19").view
    names = [one.name for one in clusters]
    wanted = {
        name: Wanted({}, {}, tuple(set(names) - {name}), Endpoint("NodePort", server, ("127.0.0.1",)), view)
        for name in names
    }
    with ExitStack() as stack:
        urls = {one.name: stack.enter_context(serve(one.answer)).url for one in clusters}
        clients = {name: _kubernetes.connect({"kubeconfig": kubeconfig(url)}) for name, url in urls.items()}
        if not reachable:
            del clients[names[-1]]
        context = Context(False, False, lambda _text: None, lambda _text: None, "module", "test/1/1")
        return check(clients, wanted, Limits(timeout=2), connected=True, context=context)


def states(found: Reachability, cluster: str = "paris") -> dict[str, str]:
    return {row.attempt.port.name: row.outcome.state for row in found.rows if row.attempt.cluster == cluster}


def test_open_and_refused_ports() -> None:
    with listening() as server, nobody() as health:
        rules = CLOSED_PORT.format(port=health)
        found = play(Played("paris"), Played("berlin", rules=rules), server=server, health=health)
    assert states(found) == {"mesh_api": "open", "health": "refused", "health_of_pods": "refused"}
    assert all(row.outcome.seconds is not None for row in found.rows)
    named = [one for one in found.findings if one.subject == {"cluster": "paris", "peer": "berlin"}]
    assert [(one.rule, one.severity) for one in named] == [
        ("mesh_port_refused", "warning"),
        ("mesh_port_refused", "error"),
    ]
    assert f"on berlin-1 iptables says no: -A INPUT -p tcp --dport {health} -j REJECT" in named[0].reason


def test_one_command_for_each_node_and_none_for_rules_where_all_is_open() -> None:
    paris, berlin = Played("paris"), Played("berlin")
    with listening() as server:
        found = play(paris, berlin, server=server, health=server)
    assert (found.findings, len(paris.commands), len(berlin.commands)) == ((), 1, 1)
    rows: list[Any] = found.as_list()
    assert {row["state"] for row in rows} == {"open"}


def test_a_mesh_api_server_that_is_not_there_yet_is_not_tried() -> None:
    with listening() as port:
        found = play(Played("paris"), Played("berlin", served=False), server=port, health=port)
    (row,) = [row for row in found.rows if row.attempt.cluster == "paris" and row.attempt.port.name == "mesh_api"]
    assert (row.outcome.state, row.outcome.reason) == ("not_tried", "the mesh API server is not there yet")


def test_a_cluster_that_cannot_be_reached_is_tried_all_the_same() -> None:
    with listening() as port:
        found = play(Played("paris"), Played("berlin"), server=port, health=port, reachable=False)
    assert states(found) == {"mesh_api": "open"}
    (finding,) = found.findings
    assert (finding.rule, finding.subject) == ("mesh_ports_not_tried", {"cluster": "berlin"})


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        (lambda _command: Exec((), exit_status(127)), "did not tell"),
        (lambda _command: Exec(((2, b"no such program"),), exit_status(1)), "no such program"),
        (lambda _command: Exec((), {"status": "Failure", "message": "no bash", "reason": "InternalError"}), "no bash"),
    ],
)
def test_an_agent_that_tells_nothing(shell: Callable[[list[str]], Exec], words: str) -> None:
    with listening() as port:
        found = play(Played("paris", shell=shell), Played("berlin"), server=port, health=port)
    assert set(states(found).values()) == {"not_tried"}
    (finding,) = found.findings
    assert finding.rule == "mesh_ports_not_tried"
    assert words in finding.reason
