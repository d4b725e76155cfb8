"""Which clusters are asked again while a mesh is waited for, with what is seen made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._kubernetes import Client
from ansible_collections.fleet.cilium.plugins.module_utils._mesh import state
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.observe import How
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.seen import AgentSeen, ClusterSeen, StoreSeen
from ansible_collections.fleet.cilium.plugins.module_utils._status.model import RemoteCluster

from tests.unit.plugins.module_utils._mesh.played_mesh import context

TIMEOUT = 20


@dataclass
class Mesh:
    """A mesh in rounds, each the pairs ("ab") that are not connected and the stores ("c") that are away.

    Time passes only while one sleeps. `asked` keeps the clusters that were asked in each round.
    """

    rounds: Sequence[str]
    asked: list[str] = field(default_factory=list)
    now: float = 0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def look(
        self, clients: Mapping[str, Client], _expected: Mapping[str, Sequence[str]], _how: How
    ) -> dict[str, ClusterSeen]:
        wrong = self.rounds[min(len(self.asked), len(self.rounds) - 1)].split()
        self.asked.append("".join(clients))
        return {name: _seen(name, wrong) for name in clients}


def _seen(name: str, wrong: Sequence[str]) -> ClusterSeen:
    peers = {peer: RemoteCluster(peer, ready=name + peer not in wrong, connected=True) for peer in "abc"}
    store = StoreSeen("mesh", name not in wrong)
    return ClusterSeen(name, name, ord(name), agents=(AgentSeen("n1", "cilium-n1", peers=peers),), stores=(store,))


@pytest.mark.parametrize(
    ("expected", "rounds", "asked", "took"),
    [
        pytest.param({"a": "bc"}, [""], ["abc"], {"ab": 0, "ac": 0}, id="all are connected"),
        pytest.param({"a": "bc"}, ["ac", "ab", ""], ["abc"] * 3, {"ab": 2, "ac": 1}, id="lost while another comes"),
        pytest.param({"a": "b", "c": "b"}, ["ab", ""], ["abc", "ab"], {"ab": 1, "cb": 0}, id="only who is not"),
        pytest.param(
            {"a": "b", "b": "c"}, ["bc", "b", ""], ["abc", "bc", "ab"], {"ab": 2, "bc": 1}, id="a peer's store goes"
        ),
        pytest.param({"a": "b"}, ["ab"], ["abc"] + ["ab"] * TIMEOUT, {"ab": TIMEOUT}, id="never"),
    ],
)
def test_clusters_are_asked_until_all_are_connected(
    expected: dict[str, str],
    rounds: list[str],
    asked: list[str],
    took: dict[str, float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mesh = Mesh(rounds)
    monkeypatch.setattr(state, "time", mesh)
    monkeypatch.setattr(state, "look", mesh.look)
    monkeypatch.setattr(state, "look_closer", lambda _clients, seen, _expected, _how: seen)
    # A cluster without peers is asked once, as those that are in a declaration are.
    whom = {name: list(expected.get(name, "")) for name in "abc"}
    clients = {name: cast(Client, None) for name in whom}
    waited, _seen_last, judged = state.wait(clients, whom, how=How("kube-system"), timeout=TIMEOUT, context=context())
    assert mesh.asked == asked
    assert {one.workload.replace(" to ", ""): one.seconds for one in waited} == took
    assert all(pair.fault is None for pair in judged) is (rounds[-1] == "")
