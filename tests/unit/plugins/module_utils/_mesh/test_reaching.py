"""Ports that are tried, by a real shell on loopback behind a small API server."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.stub_api import Exec, exit_status
from tests.unit.plugins.module_utils._mesh.played_ports import Played, play, states

CLOSED_PORT = "## iptables-save\n*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dport {port} -j REJECT\nCOMMIT\n"


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
