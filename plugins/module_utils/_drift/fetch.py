# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what drift is judged by: release, its ConfigMap, and who wrote its values. PRIVATE to the collection."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._errors import Forbidden, NotFound
from .._json import get_object, get_text
from .._release.ownership import read_record
from .._release.rollout import CONFIG_MAP
from .._release.store import read
from .._release.values import digest, leaves
from .._release.yamls import yaml_mapping

if TYPE_CHECKING:
    from .._json import JsonObject
    from .._kubernetes import Client
    from .._release.store import Revision, Stored
    from .._release.values import Keys

_DOCUMENT = re.compile(r"^---.*$", re.MULTILINE)
_EMPTY = digest({})


@dataclass(frozen=True)
class Installed:
    """What is there of a release.

    Attributes:
        revision: the newest one; None where there is no release.
        config: the ConfigMap that helm made; None where it made none.
        edited: paths of values that are not what this collection wrote last.
        unread: in words, why the release could not be read; empty if it could.
    """

    revision: Revision | None = None
    config: JsonObject | None = None
    edited: frozenset[Keys] = frozenset()
    unread: str = ""


def installed(client: Client, *, name: str, namespace: str) -> Installed:
    """Return what is installed; a user who may not read Secrets gets none of it, and is told so."""
    try:
        stored = read(client, name=name, namespace=namespace)
    except Forbidden as error:
        return Installed(unread=f"the release {name} was not read, so drift from it is not known: {error.message}")
    return of_stored(stored)


def of_stored(stored: Stored) -> Installed:
    """Return what a stored release says. Pure."""
    newest = stored.newest
    if newest is None:
        return Installed()
    return Installed(newest, config_of(newest.manifest), edited(newest.values, stored.ownership))


def config_of(manifest: str) -> JsonObject | None:
    """Return the data of Cilium's ConfigMap in a manifest of Helm; None if it has none. Pure."""
    for document in _DOCUMENT.split(manifest):
        if CONFIG_MAP not in document or "ConfigMap" not in document:
            continue
        body = yaml_mapping(document, where="manifest of the release")
        if get_text(body, "kind") == "ConfigMap" and get_text(body, "metadata", "name") == CONFIG_MAP:
            return get_object(body, "data")
    return None


def edited(values: JsonObject, ownership: JsonObject | None) -> frozenset[Keys]:
    """Return the paths that this collection wrote, and that have another value now, or none. Pure."""
    live = {keys: digest(value) for keys, value in leaves(values).items()}
    found: set[Keys] = set()
    for claim in read_record(ownership).values():
        if claim.intended is None:
            found |= {keys for keys, was in claim.owned.items() if live.get(keys, _EMPTY) != was}
    return frozenset(found)


def live_config(client: Client, namespace: str) -> JsonObject:
    """Return the live ConfigMap; an empty object where there is none."""
    try:
        return client.get(f"/api/v1/namespaces/{namespace}/configmaps/{CONFIG_MAP}")
    except NotFound:
        return {}
