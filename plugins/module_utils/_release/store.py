# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helm's releases as they are stored in the cluster. PRIVATE to the collection.

A revision is a Secret of type ``helm.sh/release.v1`` with labels owner, name, version and status; its data is base64
(Helm's) of gzip of JSON, and base64 (the Secret's) of that. Source: helm's pkg/storage/driver (util.go, secrets.go).
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._errors import FleetError
from .._json import JsonObject, as_json, get_int, get_object, get_objects, get_text
from .ownership import OWNER

if TYPE_CHECKING:
    from .._kubernetes import Client

HELM = "helm"
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
PENDING = ("pending-install", "pending-upgrade", "pending-rollback")
# Not finished and not finishing by itself; like a pending one it has to be set to failed before helm goes on.
UNFINISHED = (*PENDING, "uninstalling")
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Revision:
    """One revision of a release.

    ``body`` is Helm's own JSON: name, namespace, version, info, chart, config, manifest. ``secret`` is the object it
    came from.
    """

    number: int
    status: str
    body: JsonObject
    secret: JsonObject

    @property
    def values(self) -> JsonObject:
        """The values that a user supplied (``helm get values``)."""
        return get_object(self.body, "config")

    @property
    def chart_version(self) -> str | None:
        """The version of its chart."""
        return get_text(self.body, "chart", "metadata", "version")

    @property
    def app_version(self) -> str | None:
        """The version of what the chart installs."""
        return get_text(self.body, "chart", "metadata", "appVersion")

    @property
    def server_side(self) -> bool:
        """Whether Helm applied its objects on the server's side, which a release keeps for its life."""
        return get_text(self.body, "apply_method") == "ssa"

    @property
    def notes(self) -> str:
        """Helm's notes for the user."""
        return get_text(self.body, "info", "notes") or ""

    @property
    def since(self) -> str:
        """When the revision was last deployed or begun, as Helm wrote it (RFC 3339)."""
        return get_text(self.body, "info", "last_deployed") or ""

    @property
    def manifest(self) -> str:
        """What Helm gave to the API server, as YAML documents."""
        return get_text(self.body, "manifest") or ""


@dataclass(frozen=True)
class Stored:
    """What a cluster holds of a release: Helm's newest revision and our ownership record, each if there is one."""

    newest: Revision | None = None
    ownership: JsonObject | None = None


def decode(data: str) -> JsonObject:
    """Return Helm's JSON from the text of a Secret's ``data.release``. Raises FleetError when it is none."""
    try:
        packed = base64.b64decode(base64.b64decode(data))
        body = as_json(json.loads(gzip.decompress(packed) if packed.startswith(_GZIP) else packed))
    except (binascii.Error, OSError, EOFError, ValueError) as error:
        raise FleetError(f"release Secret cannot be read ({error}): see whether `helm history` still can") from error
    if not isinstance(body, dict):
        raise FleetError("release Secret cannot be read: it holds no JSON object")
    return body


def encode(body: JsonObject) -> str:
    """Return the text for ``data.release``; the inverse of ``decode``."""
    packed = gzip.compress(json.dumps(body, separators=(",", ":")).encode(), mtime=0)
    return base64.b64encode(base64.b64encode(packed)).decode()


def read(client: Client, *, name: str, namespace: str) -> Stored:
    """Return what the cluster holds of a release, in two requests (one when it holds nothing).

    The first lists metadata only, as revisions are large; the second fetches the newest revision and the ownership
    record together: they carry the label ``version``, and the record's is ``ownership``.
    """
    path = f"/api/v1/namespaces/{namespace}/secrets"
    ours = f"owner in ({HELM},{OWNER}),name={name}"
    listed = client.get(path, query={"labelSelector": ours}, accept=METADATA_ONLY)
    labels = [get_object(item, "metadata", "labels") for item in get_objects(listed, "items")]
    if not labels:
        return Stored()
    numbers = [int(str(label["version"])) for label in labels if label.get("owner") == HELM]
    wanted = f"version in ({max(numbers, default=0)},ownership)"
    found = get_objects(client.get(path, query={"labelSelector": f"{ours},{wanted}"}), "items")
    newest = next((item for item in found if get_text(item, "metadata", "labels", "owner") == HELM), None)
    ownership = next((item for item in found if get_text(item, "metadata", "labels", "owner") == OWNER), None)
    return Stored(newest=None if newest is None else _revision(newest), ownership=ownership)


def _revision(secret: JsonObject) -> Revision:
    body = decode(get_text(secret, "data", "release") or "")
    status = get_text(body, "info", "status") or get_text(secret, "metadata", "labels", "status") or "unknown"
    return Revision(number=get_int(body, "version") or 0, status=status, body=body, secret=secret)


def failed(revision: Revision, *, reason: str) -> JsonObject:
    """Return the revision's Secret with its status set to failed, in the label and in Helm's JSON."""
    info: JsonObject = {**get_object(revision.body, "info"), "status": "failed", "description": reason}
    secret = revision.secret
    metadata = get_object(secret, "metadata")
    labels: JsonObject = {**get_object(metadata, "labels"), "status": "failed"}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {**metadata, "labels": labels},
        "type": secret.get("type", "helm.sh/release.v1"),
        "data": {**get_object(secret, "data"), "release": encode({**revision.body, "info": info})},
    }


def set_failed(client: Client, revision: Revision, *, reason: str) -> None:
    """Set a revision that nobody works on to failed, so that helm goes on; a Conflict means that somebody does."""
    secret = failed(revision, reason=reason)
    metadata = get_object(secret, "metadata")
    client.replace(f"/api/v1/namespaces/{metadata['namespace']}/secrets/{metadata['name']}", secret)
