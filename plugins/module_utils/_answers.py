# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an API server's answers and silences mean, as our own errors. PRIVATE to the collection."""

from __future__ import annotations

import json
import re
import ssl

from ._errors import (
    ApiError,
    Conflict,
    ConnectionFailed,
    Forbidden,
    NotFound,
    TlsFailed,
    Unauthorised,
    Unreachable,
)
from ._json import Json, as_json, get_text

# Status: the error, and what to do about it.
_BY_STATUS: dict[int, tuple[type[ApiError], str]] = {
    401: (Unauthorised, "Expected credentials that this cluster knows: check kubeconfig and context, or api_key."),
    403: (Forbidden, "Grant this right to the user of the kubeconfig, or use another user."),
    404: (NotFound, ""),
    409: (Conflict, ""),
}
_WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')


def api_error(request: str, status: int, reason: str, body: bytes) -> ApiError:
    """Return the error that an answer of status 400 or more is.

    Args:
        request: what was asked, as "GET https://…".
        status: the HTTP status.
        reason: the HTTP reason.
        body: the answer; a Status object of Kubernetes, or a text of some proxy.
    """
    answer = parsed(body)
    message = get_text(answer, "message") or body.decode("utf-8", "replace").strip()[:300] or reason
    kind, advice = _BY_STATUS.get(status, (ApiError, ""))
    text = f"{request}: the API server answered {status} {reason}: {message}".rstrip(". ") + "."
    return kind(f"{text} {advice}".rstrip(), status=status, reason=get_text(answer, "reason") or reason)


def parsed(body: bytes) -> Json:
    """Return an answer's JSON; None if it is none."""
    try:
        return as_json(json.loads(body))
    except ValueError:
        return None


def connection_error(server: str, error: BaseException, *, proxy: str | None = None) -> ConnectionFailed:
    """Return the error that a failed connection is, by what lies at the bottom of the exception's chain."""
    way = f" through the proxy {proxy.rpartition('@')[2]}" if proxy else ""
    for cause in _chain(error):
        if isinstance(cause, ssl.SSLError):
            return TlsFailed(f"{server}{way}: {_tls_text(cause)}")
    found = _network_text(error)
    return Unreachable(
        f"{server}{way}: no connection: {found}. Expected a Kubernetes API server there. Check the address, and that "
        "this machine reaches it."
    )


def _chain(error: BaseException) -> list[BaseException]:
    """Return an exception and what it wraps, outermost first."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, BaseException) and item not in found:
            found.append(item)
            waiting += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
    return found


def _tls_text(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not accepted: {error.verify_message}. Expected one that the certificate authority of "
            "the kubeconfig (or the option ca_cert) has signed for this address. Correct one of them."
        )
    return (
        f"TLS is not agreed: {error.reason or error}. Expected an HTTPS server that speaks TLS 1.2 or later. Check "
        "the address and port."
    )


def _network_text(error: BaseException) -> str:
    for cause in _chain(error):
        if isinstance(cause, TimeoutError):
            return "no answer in time"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return str(error) or type(error).__name__


def warnings_in(headers: list[str]) -> list[str]:
    """Return the texts of Warning headers (RFC 7234, section 5.5; Kubernetes uses code 299)."""
    return [re.sub(r"\\(.)", r"\1", text) for header in headers for text in _WARNING.findall(header)]
