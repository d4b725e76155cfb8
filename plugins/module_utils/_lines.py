# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long texts of an API server, such as logs, line by line. PRIVATE to the collection."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ._answers import api_error, connection_error
from ._errors import Timeout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ._kubernetes import Session

with suppress(ImportError):  # comes with the package kubernetes, whose absence _kubernetes.py reports
    import urllib3

_CHUNK = 1 << 16
# What is longer is cut: a line without an end would be kept whole otherwise.
LONGEST_LINE = 1 << 16


def lines(session: Session, path: str, *, timeout: float) -> Iterator[bytes]:
    """Yield the lines of a text; see Client.lines()."""
    request = f"GET {session.server}{path.partition('?')[0]}"
    with _opened(session, path, request, timeout) as response:
        if response.status >= 300:
            raise api_error(request, response.status, response.reason or "", response.read(_CHUNK))
        yield from split(_chunks(response, request, timeout))


@contextmanager
def _opened(session: Session, path: str, request: str, timeout: float) -> Iterator[urllib3.BaseHTTPResponse]:
    """Yield the answer to a request before its body is read, on a connection of its own."""
    pool = session.pool()
    headers = {**dict(session.headers()), "User-Agent": "fleet.cilium", "Accept": "*/*"}
    try:
        response = pool.request(
            "GET", session.server + path, headers=headers, timeout=timeout, retries=False, preload_content=False
        )
        try:
            yield response
        finally:
            response.close()
    except urllib3.exceptions.ReadTimeoutError as error:
        raise _timeout(request, timeout) from error
    except urllib3.exceptions.HTTPError as error:
        raise connection_error(session.server, error, proxy=session.proxy) from error
    finally:
        pool.clear()


def _chunks(response: urllib3.BaseHTTPResponse, request: str, timeout: float) -> Iterator[bytes]:
    deadline = time.monotonic() + timeout
    for chunk in response.stream(_CHUNK):
        yield chunk
        if time.monotonic() > deadline:
            raise _timeout(request, timeout)


def split(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines without their ends, each cut to LONGEST_LINE bytes."""
    rest = b""
    for chunk in chunks:
        whole, end, last = chunk.rpartition(b"\n")
        if end:
            first, *others = whole.split(b"\n")
            yield (rest + first)[:LONGEST_LINE]
            yield from (line[:LONGEST_LINE] for line in others)
            rest = last
        else:
            rest = (rest + chunk)[:LONGEST_LINE]
    if rest:
        yield rest


def _timeout(request: str, timeout: float) -> Timeout:
    return Timeout(f"{request}: not read to its end within {timeout:.0f} seconds. Allow more time.")
