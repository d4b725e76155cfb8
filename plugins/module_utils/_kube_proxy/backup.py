# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup of kube-proxy's objects: a Secret in the cluster itself. PRIVATE to the collection. Pure."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._errors import InputError
from .._json import as_json, get_int, get_object, get_text
from .objects import BACKUP_REF, NAMESPACE, REFS, kept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._json import JsonObject

TYPE = "fleet.cilium/kube-proxy.v1"
_SCHEMA = 1
_KEY = "backup"


@dataclass(frozen=True)
class Backup:
    """What is to come back.

    Attributes:
        objects: the objects of kube-proxy by API path, as kept() leaves them.
        kubeadm: text of kubeadm's configuration from before it was told to leave kube-proxy away; None if untouched.
        told: the same text afterwards.
    """

    objects: Mapping[str, JsonObject] = field(default_factory=dict)
    kubeadm: str | None = None
    told: str | None = None

    def with_live(self, live: Mapping[str, JsonObject]) -> Backup:
        """Return the backup with what is in the cluster now; that is newer than what was kept before."""
        return Backup({**self.objects, **{path: kept(body) for path, body in live.items()}}, self.kubeadm, self.told)

    def as_secret(self) -> JsonObject:
        """Return the Secret that holds it."""
        content = {"schema": _SCHEMA, "objects": dict(self.objects), "kubeadm": self.kubeadm, "told": self.told}
        data = base64.b64encode(json.dumps(content, sort_keys=True).encode()).decode()
        metadata: JsonObject = {"name": BACKUP_REF.name, "namespace": NAMESPACE}
        return {"apiVersion": "v1", "kind": "Secret", "type": TYPE, "metadata": metadata, "data": {_KEY: data}}


def read(secret: JsonObject | None) -> Backup | None:
    """Return the backup that a Secret holds; None without a Secret.

    Raises:
        InputError: it is no backup of ours, or of a newer version of the collection.
    """
    if secret is None:
        return None
    try:
        content = as_json(json.loads(base64.b64decode(get_text(secret, "data", _KEY) or "")))
    except ValueError as error:
        raise InputError(
            f"Secret {BACKUP_REF.name} in {NAMESPACE}: found no backup in it ({error}), expected one of type {TYPE}. "
            "If it is not of use to you, delete it, and run again."
        ) from error
    if get_int(content, "schema") != _SCHEMA:
        raise InputError(
            f"Secret {BACKUP_REF.name} in {NAMESPACE}: found a backup of form {get_int(content, 'schema')}, expected "
            f"{_SCHEMA}. A newer version of the collection wrote it: use that."
        )
    known = {ref.path for ref in REFS}
    found = {path: get_object(body) for path, body in get_object(content, "objects").items() if path in known}
    return Backup(found, get_text(content, "kubeadm"), get_text(content, "told"))
