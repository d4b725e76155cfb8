# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The peers that Helm values name, in the form of any chart. PRIVATE to the collection. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._catalogue.clustermesh import PEERS_PATH
from .._json import get_object, get_objects, get_path, get_text

if TYPE_CHECKING:
    from .._json import Json, JsonObject


def peers_in(values: JsonObject) -> dict[str, JsonObject]:
    """Return what values say of each peer, by its name and without it; charts take a list, from 1.19 on also names."""
    there = get_path(values, *PEERS_PATH)
    if isinstance(there, dict):
        found = {name: get_object(peer) for name, peer in there.items()}
    else:
        listed = {get_text(peer, "name"): peer for peer in get_objects(values, *PEERS_PATH)}
        found = {name: peer for name, peer in listed.items() if name}
    return {name: {key: item for key, item in peer.items() if key != "name"} for name, peer in found.items()}


def keys_in(values: JsonObject) -> list[Json]:
    """Return the private keys beside the peers that values name."""
    return [get_text(peer, "tls", "key") for peer in peers_in(values).values()]
