# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pods to restart, and in which order. PRIVATE to the collection. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._findings import WARNING, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .unmanaged import Pod


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes:
        batches: pods that go together; the next batch waits until the pods that replace them are managed.
        left: pods that nothing would make anew, so they stay.
    """

    batches: tuple[tuple[Pod, ...], ...]
    left: tuple[Pod, ...]

    @property
    def pods(self) -> list[str]:
        """Every pod that is to be restarted, as "namespace/name", in the order in which they go."""
        return [str(pod) for batch in self.batches for pod in batch]


def plan(pods: Iterable[Pod], *, batch: int) -> Plan:
    """Return which pods are restarted together: at most so many, and never two of one workload.

    Args:
        pods: those without a CiliumEndpoint.
        batch: how many may be away at a time.
    """
    found = list(pods)
    waiting = [pod for pod in found if pod.owner]
    batches: list[tuple[Pod, ...]] = []
    while waiting:
        chosen: dict[tuple[str, str], Pod] = {}
        for pod in waiting:
            if len(chosen) < batch:
                chosen.setdefault((pod.namespace, pod.owner), pod)
        batches.append(tuple(chosen.values()))
        waiting = [pod for pod in waiting if pod not in batches[-1]]
    return Plan(tuple(batches), tuple(pod for pod in found if not pod.owner))


def left_alone(pods: Iterable[Pod], cluster: str) -> list[Finding]:
    """Return a finding for each pod that stays as it is."""
    return [
        Finding(
            rule="pod_without_owner",
            severity=WARNING,
            subject={"cluster": cluster, "node": pod.node, "pod": str(pod)},
            reason=f"{pod} has no CiliumEndpoint, and nothing would make it anew, so it was not restarted",
            remedy="delete it and create it again by hand",
        )
        for pod in pods
    ]
