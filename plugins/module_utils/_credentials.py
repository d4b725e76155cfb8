# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a self-contained kubeconfig to TLS settings and request headers. PRIVATE to the collection.

Used by _kubernetes.py only, which hands in what it takes from the package kubernetes.
"""

from __future__ import annotations

import base64
import binascii
import socket
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Callable, cast
from urllib.parse import urlsplit

from ._errors import ConfigurationError
from ._json import Json, JsonObject, get_list, get_text

if TYPE_CHECKING:
    from collections.abc import Mapping


class _NamedContext(ssl.SSLContext):
    """TLS settings that know whom they are for: urllib3 1.26 does not say so when it is an IP address."""

    peer: str | None = None

    def wrap_socket(  # type: ignore[override]  # -- what is given is handed on as it is
        self, sock: socket.socket, *args: bool, **keywords: object
    ) -> ssl.SSLSocket:
        """Return the socket with TLS around it."""
        wrap = cast(Callable[..., ssl.SSLSocket], super().wrap_socket)
        return wrap(sock, *args, **{**keywords, "server_hostname": keywords.get("server_hostname") or self.peer})


def tls_context(cluster: Mapping[str, Json], user: Mapping[str, Json], *, name: str) -> ssl.SSLContext:
    """Return the TLS settings for one cluster and user of a kubeconfig.

    One context serves all connections of a run, requests and exec alike, and no key stays in a file: the interface of
    OpenSSL wants files, so they exist, of mode 0600, for the moment of loading.

    Unlike ssl.create_default_context() since Python 3.13, it accepts authorities that lack the key identifiers of
    RFC 5280, as those of kubeadm and of older tools; kubectl and helm accept them too.

    Args:
        cluster: the kubeconfig's entry, certificates as data.
        user: the kubeconfig's entry, certificates as data.
        name: the context's name, for error messages.

    Raises:
        ConfigurationError: a certificate or key that cannot be used.
    """
    context = _NamedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.peer = urlsplit(str(cluster.get("server"))).hostname
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        _trust(context, decoded(cluster, "certificate-authority-data", name), name)
    certificate = decoded(user, "client-certificate-data", name)
    key = decoded(user, "client-key-data", name)
    if certificate and key:
        _load_client_certificate(context, certificate, key, name)
    elif certificate or key:
        raise ConfigurationError(
            f"Context {name}: found a client {'certificate' if certificate else 'key'} only. Expected both "
            "client-certificate-data and client-key-data (or the options client_cert and client_key)."
        )
    return context


def _trust(context: ssl.SSLContext, authority: str | None, name: str) -> None:
    if authority is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return
    try:
        context.load_verify_locations(cadata=authority)
    except ssl.SSLError as error:
        raise ConfigurationError(
            f"Context {name}: certificate-authority-data holds no certificate in PEM form ({error.reason})."
        ) from error


def _load_client_certificate(context: ssl.SSLContext, certificate: str, key: str, name: str) -> None:
    with tempfile.TemporaryDirectory(prefix="fleet-cilium-") as folder:
        certificate_file, key_file = Path(folder, "certificate"), Path(folder, "key")
        for file, text in ((certificate_file, certificate), (key_file, key)):
            file.touch(mode=0o600)
            file.write_text(text, encoding="ascii")
        try:
            context.load_cert_chain(certificate_file, key_file, password=lambda: b"")
        except ssl.SSLError as error:
            raise ConfigurationError(
                f"Context {name}: the client certificate and key cannot be used together ({error.reason}). Expected "
                "a certificate in PEM form and its own key, without a passphrase."
            ) from error


def decoded(entry: Mapping[str, Json], key: str, name: str) -> str | None:
    """Return the text that an entry holds in base64; None if it holds none.

    Raises:
        ConfigurationError: not base64.
    """
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        return base64.b64decode(value, validate=False).decode("ascii")
    except (binascii.Error, ValueError):
        raise ConfigurationError(f"Context {name}: {key} is not base64 of a PEM file.") from None


def with_plugin_answer(user: Mapping[str, Json], status: Mapping[str, Json]) -> JsonObject:
    """Return a user whose exec plugin was run, with what it answered in place of the plugin.

    Args:
        user: the kubeconfig's entry.
        status: `status` of the plugin's ExecCredential.
    """
    result: JsonObject = {key: value for key, value in user.items() if key != "exec"}
    if status.get("token"):
        result["token"] = status["token"]
    for field, key in (("clientCertificateData", "client-certificate-data"), ("clientKeyData", "client-key-data")):
        text = status.get(field)
        if isinstance(text, str):
            result[key] = base64.b64encode(text.encode()).decode()
    return result


def impersonation_headers(user: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Return the headers that ask the API server to act for somebody else."""
    headers = []
    name = get_text(dict(user), "as")
    if name:
        headers.append(("Impersonate-User", name))
    headers += [("Impersonate-Group", str(group)) for group in get_list(dict(user), "as-groups")]
    return headers
