# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers as Secrets outside the Helm release. PRIVATE to the collection. Pure.

Agents watch the files of these Secrets, so nothing restarts when a peer comes or goes. A file is a configuration of
etcd's client, and its name is the peer's. Source: pkg/clustermesh/common/config.go of cilium 1.15 to 1.20.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from .._catalogue._peer_files import COMMON, FOLDER, local_client
from .._json import from_base64, get_object, get_text
from .._owner import MANAGED_BY, OWNER, owner_of
from .fetch import PEERS, SERVICE, STORE_PEERS
from .members import SERVICE_PORT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .._json import JsonObject
    from .._versions import Version
    from .endpoints import Endpoint
    from .fetch import Seen

# Helm does not delete an object with this that its release no longer has (helm.sh/docs, "Chart Development Tips").
KEEP = "helm.sh/resource-policy"
_URL = re.compile(r"https://(\[[^\]]+\]|[^:/\s]+):(\d+)")


def peer_secrets(
    endpoints: Mapping[str, Endpoint], *, version: Version, namespace: str, store: bool
) -> list[JsonObject]:
    """Return the Secrets that make these peers known to a cluster's agents.

    Args:
        endpoints: of each peer.
        version: of Cilium in the cluster.
        namespace: of the agents.
        store: whether the cluster keeps a copy of what peers tell (KVStoreMesh), which the agents read instead.
    """
    remote = {name: _entry([_url(one, at.port) for one in at.addresses], COMMON) for name, at in endpoints.items()}
    if not store:
        return [_secret(PEERS, remote, namespace)]
    local = _entry([f"https://{SERVICE}.{namespace}.svc:{SERVICE_PORT}"], local_client(version))
    return [_secret(PEERS, dict.fromkeys(remote, local), namespace), _secret(STORE_PEERS, remote, namespace)]


def _url(address: str, port: int) -> str:
    return f"https://[{address}]:{port}" if ":" in address else f"https://{address}:{port}"


def _entry(urls: Sequence[str], client: str) -> str:
    lines = ["endpoints:", *(f"- {url}" for url in urls)]
    lines += [
        f"trusted-ca-file: {FOLDER}/{client}-ca.crt",
        f"key-file: {FOLDER}/{client}.key",
        f"cert-file: {FOLDER}/{client}.crt",
    ]
    return "\n".join(lines) + "\n"


def _secret(name: str, files: Mapping[str, str], namespace: str) -> JsonObject:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {MANAGED_BY: OWNER},
            "annotations": {KEEP: "keep"},
        },
        "type": "Opaque",
        "data": {key: base64.b64encode(text.encode()).decode() for key, text in sorted(files.items())},
    }


def entry_in(one: Seen, peer: str) -> JsonObject:
    """Return what a cluster's own Secrets say of a peer, in the form of values (``ips``, ``port``); {} for nothing."""
    for secret in sorted(to_remove(one), key=lambda found: get_text(found, "metadata", "name") != STORE_PEERS):
        urls = _URL.findall(from_base64(get_text(secret, "data", peer)))
        if urls:
            return {"ips": [address.strip("[]") for address, _port in urls], "port": int(urls[0][1])}
    return {}


def with_others(one: Seen, wanted: Sequence[JsonObject], listed: Sequence[str]) -> list[JsonObject]:
    """Return Secrets with those peers that stand there and that nobody lists."""
    found = []
    for secret in wanted:
        there = one.secrets.get(get_text(secret, "metadata", "name") or "")
        files = get_object(there, "data") if there is not None and owner_of(there) == OWNER else {}
        others = {name: text for name, text in files.items() if name not in listed}
        found.append({**secret, "data": {**others, **get_object(secret, "data")}})
    return found


def to_write(one: Seen, wanted: Sequence[JsonObject]) -> list[JsonObject]:
    """Return those Secrets that are not there as they are to be."""
    found = []
    for secret in wanted:
        there = one.secrets.get(get_text(secret, "metadata", "name") or "")
        if there is None or get_object(there, "data") != secret["data"] or owner_of(there) != OWNER:
            found.append(secret)
    return found


def to_remove(one: Seen) -> list[JsonObject]:
    """Return the Secrets with peers that are ours, for a cluster that is to have none."""
    found = (one.secrets.get(name) for name in (PEERS, STORE_PEERS))
    return [secret for secret in found if secret is not None and owner_of(secret) == OWNER]


def to_hand_over(one: Seen, names: Collection[str], marks: JsonObject) -> list[JsonObject]:
    """Return the Secrets with peers that are ours and that the release is to have, as Helm takes them.

    Agents read them all the while. Helm refuses an object without its marks, and from version 4 on also a value that
    another program has set; so the server notes them as set by Helm (Kubernetes, "Server-Side Apply", transferring
    ownership).

    Args:
        one: the cluster.
        names: of the Secrets that the release is to have.
        marks: labels and annotations of objects of the release.
    """
    return [_of_helm(secret, marks) for secret in to_remove(one) if get_text(secret, "metadata", "name") in names]


def _of_helm(secret: JsonObject, marks: JsonObject) -> JsonObject:
    fields: JsonObject = {f"f:{key}": {} for key in get_object(secret, "data")}
    entry: JsonObject = {
        "manager": "helm",
        "operation": "Apply",
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": fields},
    }
    annotations: JsonObject = {**get_object(marks, "annotations"), KEEP: None}
    metadata = {**get_object(secret, "metadata"), **marks, "annotations": annotations}
    noted: JsonObject = {**metadata, "managedFields": [entry]}
    return {**secret, "metadata": noted}
