"""A mesh of 64 clusters, planned in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.fetch import Seen
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.plan import MeshPlan, plan

from tests.unit.plugins.module_utils._mesh.made import declared, seen

CLUSTERS = 64
ALLOWED = 1.0  # seconds of this process


def first() -> list[Seen]:
    """Clusters whose Cilium is in no mesh yet."""
    return [seen(f"c{number}", number, values={}) for number in range(1, CLUSTERS + 1)]


def again() -> list[Seen]:
    """The same after they have got what was planned."""
    wanted = planned(first()).wanted
    return [seen(one.name, int(one.member.id or 0), values=wanted[one.name].values) for one in first()]


def clashing() -> list[Seen]:
    """Clusters whose pods all have the same addresses, so that each pair is a finding or part of one."""
    pool = {"cilium_pool_cidr": ["10.0.0.0/8"]}
    return [seen(f"c{number}", number, values={}, settings=pool) for number in range(1, CLUSTERS + 1)]


def planned(clusters: Sequence[Seen]) -> MeshPlan:
    return plan(declared(*clusters), clusters)


@pytest.mark.parametrize("made", [first, again])
def test_each_cluster_knows_all_others_by_a_port_of_their_own(made: Callable[[], list[Seen]]) -> None:
    found = planned(made())
    assert found.findings == ()
    assert {name: len(peers) for name, peers in found.expected.items()} == {
        f"c{number}": CLUSTERS - 1 for number in range(1, CLUSTERS + 1)
    }
    assert len({one.endpoint.port for one in found.wanted.values() if one.endpoint}) == CLUSTERS


def test_the_plan_stays_when_it_has_been_carried_out() -> None:
    assert planned(again()).wanted.keys() == planned(first()).wanted.keys()
    assert [one.values for one in planned(again()).wanted.values()] == [
        one.values for one in planned(first()).wanted.values()
    ]


@pytest.mark.parametrize("made", [first, again, clashing])
def test_it_takes_a_second_at_most(made: Callable[[], list[Seen]]) -> None:
    clusters = made()
    started = time.process_time()
    found = planned(clusters)
    took = time.process_time() - started
    assert bool(found.findings) is (made is clashing)
    assert took <= ALLOWED
