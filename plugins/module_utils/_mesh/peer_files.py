# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the Secrets by which a cluster knows its peers. PRIVATE to the collection. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._catalogue.clustermesh import PEERS as PEERS_SETTING
from .._catalogue.clustermesh import STORE
from .._json import get_text
from .._versions import parse
from .authority_secret import ownership
from .fetch import PEERS, STORE_PEERS
from .peer_secrets import peer_secrets, to_hand_over, to_remove, to_write, with_others
from .plan import SECRET

if TYPE_CHECKING:
    from .._json import JsonObject
    from .fetch import Seen
    from .members import Declaration
    from .plan import MeshPlan, Wanted


@dataclass(frozen=True)
class PeerFiles:
    """Secrets that change.

    Attributes:
        written: before Helm runs, so that agents know their peers all the while.
        removed: after Helm has run.
    """

    written: tuple[JsonObject, ...] = ()
    removed: tuple[JsonObject, ...] = ()


def peer_files(declared: Declaration, one: Seen, planned: MeshPlan, *, peers: str) -> PeerFiles:
    """Return which Secrets with peers change in a cluster.

    Args:
        declared: the mesh.
        one: the cluster.
        planned: what every member is to get.
        peers: HELM or SECRET, as in plan().
    """
    wanted = planned.wanted[one.name]
    if peers == SECRET and not one.member.leaving:
        return PeerFiles(written=tuple(to_write(one, _secrets(declared, one, planned))))
    marks = ownership(declared.release, declared.namespace)
    handed_over = to_hand_over(one, _of_release(wanted), marks)
    names = [get_text(secret, "metadata", "name") for secret in handed_over]
    removed = [secret for secret in to_remove(one) if get_text(secret, "metadata", "name") not in names]
    return PeerFiles(tuple(handed_over), tuple(removed))


def _of_release(wanted: Wanted) -> tuple[str, ...]:
    """Return the names of the Secrets with peers that the chart makes of a member's values."""
    if not wanted.settings.get(PEERS_SETTING):
        return ()
    return (PEERS, STORE_PEERS) if _keeps_copy(wanted) else (PEERS,)


def _keeps_copy(wanted: Wanted) -> bool:
    return wanted.view is not None and wanted.view.effective.get(STORE) is True


def _secrets(declared: Declaration, one: Seen, planned: MeshPlan) -> list[JsonObject]:
    """Return the Secrets by which a cluster is to know its peers."""
    wanted = planned.wanted[one.name]
    found = {name: planned.wanted[name].endpoint for name in wanted.peers}
    secrets = peer_secrets(
        {name: endpoint for name, endpoint in found.items() if endpoint is not None},
        version=parse(str(one.version)),
        namespace=declared.namespace,
        store=_keeps_copy(wanted),
    )
    return with_others(one, secrets, list(planned.wanted)) if declared.keeps_others else secrets
