# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting until a mesh is connected, pair by pair. PRIVATE to the collection."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from .._release.wait import Waited
from .closer import look_closer
from .judge import findings, pairs
from .observe import How, look

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._context import Context
    from .._findings import Finding
    from .._kubernetes import Client
    from .judge import Pair
    from .seen import ClusterSeen

_PAUSE_SECONDS = 1.0
_COMMAND_SECONDS = 30
_SHORTEST_SECONDS = 5


def until_connected(
    clients: Mapping[str, Client],
    expected: Mapping[str, Sequence[str]],
    *,
    namespace: str,
    timeout: int,
    context: Context,
) -> tuple[list[Waited], list[Finding]]:
    """Wait until the agents of all clusters are connected with the peers that are expected.

    Args:
        clients: by the cluster's name. A client is used by one thread at a time, but for its execute().
        expected: whom the agents of each cluster are to be connected with; clusters without a client are findings.
        namespace: of the agents and the mesh API servers.
        timeout: seconds for all of them together; 0 looks once.
        context: the task's side, for progress.

    Returns:
        How long each pair took, and a finding for each fault that is left when the time is over; none when all is well.
    """
    how = How(namespace, timeout=_COMMAND_SECONDS)
    waited, _seen, judged = wait(clients, expected, how=how, timeout=timeout, context=context)
    return waited, findings(judged)


def wait(
    clients: Mapping[str, Client],
    expected: Mapping[str, Sequence[str]],
    *,
    how: How,
    timeout: int,
    context: Context,
) -> tuple[list[Waited], dict[str, ClusterSeen], list[Pair]]:
    """Return how long each pair took, what was seen last, and every pair judged. Arguments as until_connected()."""
    started = time.monotonic()
    took: dict[tuple[str, str], float] = {}
    seen: dict[str, ClusterSeen] = {}
    left = expected
    while True:
        seen.update(look(_asked(clients, left), left, _within(how, timeout, started)))
        judged = pairs(seen, expected)
        now = time.monotonic() - started
        took = _times(took, judged, now)
        still = [pair for pair in judged if pair.fault]
        if not still or now + _PAUSE_SECONDS > timeout:
            break
        left = {pair.cluster: expected[pair.cluster] for pair in still}
        context.progress(f"{len(judged) - len(still)} of {len(judged)} pairs are connected; {told(still[0])}")
        time.sleep(_PAUSE_SECONDS)
    seen = look_closer(clients, seen, expected, how)
    judged = pairs(seen, expected)
    took = _times(took, judged, now)
    return [_waited(pair, took, now) for pair in judged], seen, judged


def _within(how: How, timeout: int, started: float) -> How:
    """Return how to ask so that an agent that hangs takes no longer than what is left of the time."""
    left = int(timeout - (time.monotonic() - started)) + 1
    return replace(how, timeout=max(_SHORTEST_SECONDS, min(how.timeout, left))) if timeout else how


def told(pair: Pair) -> str:
    """Return what a pair that is not connected waits for, in words."""
    well = sum(link.fault is None for link in pair.links)
    reason = f"{pair.fault.reason}: {pair.fault.text}" if pair.fault else "connected"
    node = next((f", {link.node}" for link in pair.links if link.fault == pair.fault), "")
    return f"{pair.cluster} to {pair.peer}: {well} of {len(pair.links)} agents{node}: {reason}"


def _times(took: Mapping[tuple[str, str], float], judged: Sequence[Pair], now: float) -> dict[tuple[str, str], float]:
    """Return since when each pair that is connected has been; one with a fault begins anew."""
    connected = [(pair.cluster, pair.peer) for pair in judged if pair.fault is None]
    return {names: took.get(names, now) for names in connected}


def _asked(clients: Mapping[str, Client], left: Mapping[str, Sequence[str]]) -> dict[str, Client]:
    """Return the clients of these clusters and of their peers, whose mesh API servers count too."""
    names = {*left, *(peer for peers in left.values() for peer in peers)}
    return {name: client for name, client in clients.items() if name in names}


def _waited(pair: Pair, took: Mapping[tuple[str, str], float], now: float) -> Waited:
    state = f"{pair.fault.reason}: {pair.fault.text}" if pair.fault else "connected"
    return Waited(f"{pair.cluster} to {pair.peer}", took.get((pair.cluster, pair.peer), now), state)
