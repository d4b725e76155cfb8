# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seed of Maglev's hash, when nobody says it. PRIVATE to the collection."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._catalogue import OWNERS
from .._catalogue.load_balancing import SEED, SEED_BYTES, is_seed
from .._catalogue.mesh import ID
from .._errors import InputError
from .._json import get_text
from . import AUTO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._json import Json, JsonObject

_KEYS = tuple(carrier.target for carrier in OWNERS[SEED].keys if carrier.setting == SEED)


def wanted(settings: Mapping[str, Json]) -> bool:
    """Tell whether the seed is to be looked up."""
    return str(settings.get(SEED, "")).strip().lower() == AUTO


def in_mesh(settings: Mapping[str, Json]) -> bool:
    """Tell whether a cluster is to be a member of a mesh; the id may be text."""
    return str(settings.get(ID) or "0").strip() not in {"", "0"}


def live(cluster: JsonObject) -> str | None:
    """Return the seed that the agents of a cluster are given now; None for none."""
    found = (get_text(cluster, "configuration", key) for key in _KEYS)
    return next((seed for seed in found if is_seed(seed)), None)


def new() -> str:
    """Return a new seed: random bytes, in base64."""
    return base64.b64encode(secrets.token_bytes(SEED_BYTES)).decode()


def first_member(ids: Mapping[str, Json]) -> str | None:
    """Return the first cluster that is a member of the mesh; None without one.

    Args:
        ids: the id of each cluster, in the inventory's order; null or 0 for a cluster outside the mesh.
    """
    return next((cluster for cluster, number in ids.items() if in_mesh({ID: number})), None)


@dataclass(frozen=True)
class Member:
    """The mesh's first member, as far as another member knows it.

    Attributes:
        name: of the cluster.
        given: the seed that its variables name, or that this run has looked up for it; "auto" or None for neither.
        cluster: what cluster_info returned for it; None if it was not asked.
        present: whether it is in this run, so that it gets a new seed if it has none.
    """

    name: str
    given: str | None
    cluster: JsonObject | None
    present: bool


def of_mesh(first: Member, fresh: str) -> str:
    """Return the seed that all members share: the first member's; a fresh one if it gets that in this run too.

    Raises:
        InputError: the first member has none, and is not in this run.
    """
    if first.given and first.given.strip().lower() != AUTO:
        return first.given
    there = live(first.cluster or {})
    if there or first.present:
        return there or fresh
    raise InputError(
        f"{SEED}: auto is the seed of the mesh's first member, {first.name}, which has none yet and is not in this "
        f"run; run without --limit once, or set {SEED} for the whole mesh"
    )
