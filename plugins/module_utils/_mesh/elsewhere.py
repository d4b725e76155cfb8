# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of members that others sign, or whose releases others manage. PRIVATE to the collection. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._findings import ERROR, INFO, WARNING, Finding
from .certificates import current_time
from .rotation import is_ending, is_stale, other_signer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from .fetch import Seen
    from .sharing import Sharing


def judge(staying: Sequence[Seen], shared: Sharing, *, now: datetime | None = None) -> Iterator[Finding]:
    """Yield what others have to do for certificates that this collection does not make.

    Args:
        staying: the members that stay.
        shared: what is to become of their authorities.
        now: the moment to judge by.
    """
    for one in staying:
        signer = other_signer(one)
        if signer:
            yield _not_ours(one, signer)
        if not one.member.is_ours and is_stale(one, shared):
            yield _to_be_replaced(one)
        if (signer or not one.member.is_ours) and is_ending(one, now or current_time()):
            yield _ending(one, signer or "its owner's upgrades")


def _not_ours(one: Seen, signer: str) -> Finding:
    return Finding(
        "mesh_ca_elsewhere",
        INFO,
        {"cluster": one.name},
        f"its certificates come from {signer}, so its authority is neither shared nor replaced here",
        "have them signed by the authority that the other members trust; nothing has to be done if they are",
        found=signer,
    )


def _to_be_replaced(one: Seen) -> Finding:
    return Finding(
        "mesh_ca_rotation_elsewhere",
        ERROR,
        {"cluster": one.name},
        "it is to get another authority, but somebody else manages its release, which has to be upgraded three times "
        "for that while no member is cut off",
        "set ca_policy to adopt_first with it as the first member, so that the others change; or to bundle, and have "
        "its owner set the values that state planned returns for it",
    )


def _ending(one: Seen, signer: str) -> Finding:
    return Finding(
        "mesh_certificate_ends",
        WARNING,
        {"cluster": one.name},
        "the certificate of its mesh API server, or of the authority beside it, has ended or is about to",
        f"have it renewed: it comes from {signer}",
    )
