# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about drift. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._effective.naming import word
from .._findings import ERROR, WARNING, Finding
from .plan import AGENTS, CONFIGMAP, DESIRED, RELEASE

if TYPE_CHECKING:
    from .._effective.seen import Seen
    from .plan import Drift

_REASONS = {
    DESIRED: "what is asked has not been applied",
    RELEASE: "the release's value was changed by somebody else (helm, the cilium program)",
    CONFIGMAP: "the live ConfigMap was changed by somebody else (kubectl, the cilium program)",
    AGENTS: "agents run with something else than the ConfigMap says",
}
_REMEDIES = {
    DESIRED: "run the cluster's play (converge.yml)",
    RELEASE: "run the cluster's play (converge.yml) to put it back, or set it where the inventory says it",
    CONFIGMAP: "put it back (kubectl edit), and set what is wanted in the inventory: helm does not see such a change",
    AGENTS: "restart the agents (cilium_rollout: restart_needed); look for a CiliumNodeConfig of the node if it stays",
}


def drift_findings(found: list[Drift], seen: Seen) -> list[Finding]:
    """Return a finding for each thing that differs; of agents that only wait for a restart it is a warning."""
    return [_finding(one, seen) for one in found]


def _finding(one: Drift, seen: Seen) -> Finding:
    waits = one.odd == AGENTS and bool(seen.stale)
    places = {DESIRED: one.desired, RELEASE: one.release, CONFIGMAP: one.configmap, AGENTS: one.agents}
    told = ", ".join(f"{place}: {word(value)}" for place, value in places.items() if value is not None)
    return Finding(
        rule=f"drift_{one.odd}",
        severity=WARNING if waits else ERROR,
        subject={"cluster": seen.cluster, "key": one.key},
        asked=one.desired,
        found={place: value for place, value in places.items() if place != DESIRED},
        reason=f"{one.key} is not the same everywhere ({told}): {_REASONS[one.odd]}",
        remedy=_REMEDIES[one.odd],
    )
