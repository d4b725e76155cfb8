# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate authority as a Secret, and as an option holds it. PRIVATE to the collection. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from .._catalogue._authorities import CILIUM_CA
from .._errors import InputError
from .._json import get_object, get_text
from .._owner import MANAGED_BY
from .._release.yamls import yaml_mapping
from .authority import Authority, from_pem
from .certificates import current_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from .._json import Json, JsonObject

_NAME = re.compile(r"[A-Za-z0-9._-]{1,32}")
# Keys of a Secret that hold certificate and private key: those of Cilium's charts, and those of cert-manager.
_PAIRS = (("ca.crt", "ca.key"), ("tls.crt", "tls.key"))
_FORMS = "{certificate, key} in PEM, or the Secret as `kubectl get secret -o yaml` shows it"
RELEASE_NAME = "meta.helm.sh/release-name"
RELEASE_NAMESPACE = "meta.helm.sh/release-namespace"


def ownership(release: str, namespace: str) -> JsonObject:
    """Return the metadata by which Helm takes an object for one of a release; without it an install refuses it."""
    return {
        "labels": {MANAGED_BY: "Helm"},
        "annotations": {RELEASE_NAME: release, RELEASE_NAMESPACE: namespace},
    }


def secret(authority: Authority, name: str = CILIUM_CA, *, namespace: str, release: str) -> JsonObject:
    """Return the Secret from which the charts sign, as one that belongs to a Helm release.

    Args:
        authority: what it holds.
        name: of the Secret.
        namespace: of the Secret and the release.
        release: name of the Helm release.
    """
    texts = {"ca.crt": authority.certificate, "ca.key": authority.key}
    data: JsonObject = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items() if text}
    metadata: JsonObject = {"name": name, "namespace": namespace, **ownership(release, namespace)}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": data}


def from_secret(found: JsonObject | None, *, where: str) -> Authority | None:
    """Return the authority that a Secret holds; None without a Secret, and for one without a certificate.

    Args:
        found: the Secret, live or as a manifest. Whatever else stands in it is left out.
        where: what it is, for messages.

    Raises:
        InputError: as from_pem(), or its data is not base64. That it has expired is no error here.
    """
    texts = _texts(found or {}, where)
    for certificate, key in _PAIRS:
        if texts.get(certificate) and texts.get(key):
            return from_pem(texts[certificate], texts[key], where=where)
    alone = next((texts[certificate] for certificate, _key in _PAIRS if texts.get(certificate)), None)
    return None if alone is None else from_pem(alone, None, where=where)


def given(value: Json, *, where: str = "ca", now: datetime | None = None) -> Authority:
    """Return the authority that an option holds.

    Args:
        value: {certificate, key} in PEM; a Secret's manifest, as a mapping or as text of YAML or JSON; or PEM text
            with certificate and key in it.
        where: name of the option.
        now: the moment to judge by.

    Raises:
        InputError: it is none of these, has no key, has expired or does not begin yet; or as from_pem().
    """
    found = _read(value, where)
    if found.key is None:
        raise InputError(
            f"{where}: found the certificate {found.subject} without its private key, expected both: certificates are "
            "signed with the key. Export it with the key (ca.key in the Secret)."
        )
    moment = now or current_time()
    if found.not_after <= moment:
        raise InputError(
            f"{where}: found the certificate {found.subject}, which ended on {found.not_after:%Y-%m-%d}; expected one "
            "that is valid. Renew it with the same key, or take another authority."
        )
    if found.not_before > moment:
        raise InputError(
            f"{where}: found the certificate {found.subject}, which begins on {found.not_before:%Y-%m-%d %H:%M} UTC; "
            "expected one that is valid now. Compare this machine's clock."
        )
    return found


def _read(value: Json, where: str) -> Authority:
    if isinstance(value, str) and value.lstrip().startswith("-----BEGIN "):
        return from_pem(value, value, where=where)
    body = _mapping(value, where)
    if {"kind", "data", "stringData"} & set(body):
        return _from_manifest(body, where)
    unknown = sorted(set(body) - {"certificate", "key"})
    certificate, key = get_text(body, "certificate"), get_text(body, "key")
    if unknown or not certificate:
        raise InputError(f"{where}: found a mapping of {_names(body) or 'nothing'}, expected {_FORMS}")
    return from_pem(certificate, key, where=where)


def _from_manifest(body: JsonObject, where: str) -> Authority:
    kind = get_text(body, "kind") or "Secret"
    if kind != "Secret":
        raise InputError(f"{where}: found an object of kind {_names([kind])}, expected {_FORMS}")
    found = from_secret(body, where=where)
    if found is None:
        keys = _names({*get_object(body, "data"), *get_object(body, "stringData")})
        raise InputError(
            f"{where}: found a Secret with the keys {keys or 'none'}, expected ca.crt and ca.key, or "
            "cert-manager's tls.crt and tls.key"
        )
    return found


def _names(keys: Iterable[str]) -> str:
    """Return keys for a message; in a text that was damaged, a key may be a piece of the private key."""
    return ", ".join(sorted({key if _NAME.fullmatch(key) else "something" for key in keys}))


def _mapping(value: Json, where: str) -> JsonObject:
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        raise InputError(f"{where}: found a {type(value).__name__}, expected {_FORMS}")
    try:
        return yaml_mapping(value, where=where)
    except (InputError, ValueError, RecursionError):  # a message may quote the text, which may hold the key
        raise InputError(f"{where}: found text of {len(value)} characters, expected {_FORMS}") from None


def _texts(found: JsonObject, where: str) -> Mapping[str, str]:
    """Return the contents of a Secret that are text."""
    texts = {key: text for key, text in get_object(found, "stringData").items() if isinstance(text, str)}
    for key in {name for pair in _PAIRS for name in pair}:
        coded = get_text(found, "data", key)
        if coded and key not in texts:
            try:
                texts[key] = base64.b64decode("".join(coded.split()), validate=True).decode("utf-8")
            except (binascii.Error, ValueError):
                raise InputError(
                    f"{where}: found in data.{key} what is no base64 of a text, expected PEM in base64. A Secret's "
                    "manifest holds plain text in stringData."
                ) from None
    return texts
