# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster holds of certificate authorities, and of what they have signed. PRIVATE to the collection."""

from __future__ import annotations

import base64
import binascii
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import _kubernetes
from .._catalogue._authorities import secrets_of, signed_from
from .._errors import InputError, NotFound
from .._json import get_objects, get_text
from .._mesh import members
from .._mesh.authority_secret import from_secret
from .._release import store
from .._versions import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .._json import Json, JsonObject
    from .._kubernetes import Client
    from .._mesh.authority import Authority
    from .._versions import Version
    from .arguments import Options

AT_ONCE = 16


@dataclass(frozen=True)
class Target:
    """One cluster that the task is about.

    Attributes:
        connect: gives a client for it.
        name: of the cluster; None to take that of the kubeconfig's context.
        version: of Cilium, where the task says it.
    """

    connect: Callable[[], Client]
    name: str | None = None
    version: Version | None = None


@dataclass(frozen=True)
class Live:
    """What is in a cluster.

    Attributes:
        name: of the cluster.
        client: for it.
        namespace: of the Secrets.
        version: of Cilium; None where nothing says it.
        secrets: those that certificates are signed from, by name; None where there is none.
        authorities: what is in them.
    """

    name: str
    client: Client
    namespace: str
    version: Version | None
    secrets: Mapping[str, JsonObject | None]
    authorities: Mapping[str, Authority | None] = field(default_factory=dict)

    @property
    def authority(self) -> Authority | None:
        """The one that signs the mesh's certificates; the first that is there wins."""
        order = [*(signed_from(self.version) if self.version else ()), *self.secrets]
        return next((found for name in order if (found := self.authorities.get(name))), None)


def targets(params: Mapping[str, Json], options: Options) -> list[Target]:
    """Return the clusters that a task is about: the members that stay, or the one that its connection names.

    Raises:
        InputError: as members.read(); or two members that are called the same.
    """
    if not params.get("members"):
        return [Target(lambda: _kubernetes.connect(params), version=options.version)]
    staying = [one for one in members.read(params).members if not one.leaving]
    labels = [one.label for one in staying]
    for label in labels:
        if labels.count(label) > 1:
            raise InputError(f"members: {label} stands there twice, expected each once; give each its name")
    return [Target(one.connect, one.label, parse(one.version) if one.version else options.version) for one in staying]


def fetch(clusters: Sequence[Target], options: Options) -> list[Live]:
    """Return what is in the clusters, in their order, all read at once.

    Raises:
        InputError: a Secret holds what is no authority.
        ApiError, ConnectionFailed: as Client.get(), of the first cluster that cannot be read.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda target: _read(target, options), clusters))


def leaves(live: Live) -> list[str]:
    """Return the names of the Secrets whose certificates an authority of this cluster has signed."""
    path = f"/api/v1/namespaces/{live.namespace}/secrets"
    listed = live.client.get(path, query={"fieldSelector": "type=kubernetes.io/tls"})
    signers = [one for one in live.authorities.values() if one is not None]
    found = []
    for secret in get_objects(listed, "items"):
        name = get_text(secret, "metadata", "name") or ""
        certificate = _text(get_text(secret, "data", "tls.crt") or "")
        if name not in live.secrets and any(one.has_signed(certificate) for one in signers):
            found.append(name)
    return sorted(found)


def _text(coded: str) -> str:
    try:
        return base64.b64decode(coded).decode("utf-8", "replace")
    except binascii.Error:
        return ""


def _read(target: Target, options: Options) -> Live:
    client = target.connect()
    name = target.name or client.context
    version = target.version or _installed(client, options)
    secrets = {secret: _optional(client, options.namespace, secret) for secret in secrets_of(version)}
    authorities = {
        secret: from_secret(body, where=f"{name}: Secret {options.namespace}/{secret}")
        for secret, body in secrets.items()
    }
    return Live(name, client, options.namespace, version, secrets, authorities)


def _installed(client: Client, options: Options) -> Version | None:
    """Return the version of Cilium that the release says; None without a release, and for a version of one's own."""
    newest = store.read(client, name=options.release, namespace=options.namespace).newest
    try:
        return parse(newest.app_version) if newest is not None and newest.app_version else None
    except InputError:
        return None


def _optional(client: Client, namespace: str, name: str) -> JsonObject | None:
    try:
        return client.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")
    except NotFound:
        return None
