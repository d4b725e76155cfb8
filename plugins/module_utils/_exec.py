# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands in pods, through a websocket. PRIVATE to the collection.

The protocol is v4.channel.k8s.io: binary messages whose first byte is the channel; channel 3 carries a Status object
with the exit code when the command has ended (Kubernetes, apimachinery pkg/util/remotecommand).
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlencode, urlsplit

from ._answers import api_error, connection_error, parsed
from ._errors import ExecFailed, Timeout
from ._json import get_objects, get_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._kubernetes import Session

with suppress(ImportError):  # comes with the package kubernetes, whose absence _kubernetes.py reports
    import websocket

_PROTOCOL = "v4.channel.k8s.io"
_STDOUT, _STDERR, _STATUS = 1, 2, 3


@dataclass(frozen=True)
class PodRef:
    """One container of one pod."""

    namespace: str
    name: str
    container: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name} ({self.container})"


@dataclass(frozen=True)
class ExecResult:
    """What a command wrote, and its exit code."""

    stdout: str
    stderr: str
    code: int


def execute(session: Session, pod: PodRef, command: list[str], *, timeout: float) -> ExecResult:
    """Run a command in a container; see Client.execute()."""
    deadline = time.monotonic() + timeout
    subject = f"{' '.join(command)} in {pod}"
    with _socket(session, _path(pod, command), timeout=timeout, subject=subject) as socket:
        channels = _received(socket, deadline, subject=f"{subject} at {session.server}", timeout=timeout)
    return ExecResult(
        channels[_STDOUT].decode("utf-8", "replace"),
        channels[_STDERR].decode("utf-8", "replace"),
        _exit_code(bytes(channels[_STATUS]), subject, bytes(channels[_STDERR])),
    )


def _path(pod: PodRef, command: list[str]) -> str:
    query = [("container", pod.container), ("stdout", "true"), ("stderr", "true")]
    query += [("command", argument) for argument in command]
    return f"/api/v1/namespaces/{quote(pod.namespace)}/pods/{quote(pod.name)}/exec?{urlencode(query)}"


@contextmanager
def _socket(session: Session, path: str, *, timeout: float, subject: str) -> Iterator[websocket.WebSocket]:
    """Yield an open websocket for a path of the API server.

    Raises:
        ApiError, ConnectionFailed, Timeout: see Client.execute().
    """
    tls: dict[str, object] = {"context": session.tls}
    if session.tls_server_name:
        tls["server_hostname"] = session.tls_server_name
    socket = websocket.WebSocket(sslopt=tls, skip_utf8_validation=True)
    try:
        socket.connect(
            "ws" + session.server[len("http") :] + path,
            header=[f"{key}: {value}" for key, value in session.headers()],
            subprotocols=[_PROTOCOL],
            suppress_origin=True,
            timeout=timeout,
            **_proxy_options(session.proxy),
        )
    except websocket.WebSocketBadStatusException as error:
        body = getattr(error, "resp_body", None) or b""
        request = f"exec of {subject} at {session.server}"
        raise api_error(request, error.status_code, getattr(error, "status_message", "") or "", body) from error
    except websocket.WebSocketTimeoutException as error:
        raise _timeout(subject, timeout) from error
    except (OSError, websocket.WebSocketException) as error:
        raise connection_error(session.server, error, proxy=session.proxy) from error
    try:
        yield socket
    finally:
        # Not close(): it would wait for an answer of a server that may be gone.
        socket.shutdown()


def _proxy_options(proxy: str | None) -> dict[str, object]:
    """Return the websocket's options for a proxy.

    Its own reading of the environment is turned off in both cases: whether there is a proxy is decided already.
    """
    if not proxy:
        return {"http_proxy_host": "none", "http_proxy_port": 1, "http_no_proxy": ["*"]}
    parts = urlsplit(proxy)
    options: dict[str, object] = {
        "http_proxy_host": parts.hostname,
        "http_proxy_port": parts.port or 80,
        "http_no_proxy": ["none.invalid"],
        "proxy_type": "http" if parts.scheme == "https" else parts.scheme,
    }
    if parts.username:
        options["http_proxy_auth"] = (unquote(parts.username), unquote(parts.password or ""))
    return options


def _received(socket: websocket.WebSocket, deadline: float, *, subject: str, timeout: float) -> dict[int, bytearray]:
    """Return what came through each channel until the status arrived or the server closed the connection."""
    channels: dict[int, bytearray] = {_STDOUT: bytearray(), _STDERR: bytearray(), _STATUS: bytearray()}
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise _timeout(subject, timeout)
        socket.settimeout(left)
        try:
            closed, data = _message(socket)
        except websocket.WebSocketTimeoutException as error:
            raise _timeout(subject, timeout) from error
        except (OSError, websocket.WebSocketException) as error:
            if channels[_STATUS]:
                return channels
            raise ExecFailed(f"{subject}: the connection broke while the command ran: {error}. Try again.") from error
        if closed:
            return channels
        if data:
            channels.setdefault(data[0], bytearray()).extend(data[1:])


def _message(socket: websocket.WebSocket) -> tuple[bool, bytes]:
    """Return whether the server closed the connection, and the next message's bytes."""
    opcode, data = socket.recv_data(control_frame=False)
    if opcode == websocket.ABNF.OPCODE_CLOSE:
        return True, b""
    return False, data if isinstance(data, bytes) else str(data).encode()


def _timeout(subject: str, timeout: float) -> Timeout:
    return Timeout(
        f"{subject}: not done within {timeout:.0f} seconds. Look at the pod and its node, or allow more time."
    )


def _exit_code(status: bytes, subject: str, stderr: bytes) -> int:
    """Return the exit code that the status channel tells.

    Raises:
        ExecFailed: the command did not run, or no status came.
    """
    answer = parsed(status)
    if get_text(answer, "status") == "Success":
        return 0
    for cause in get_objects(answer, "details", "causes"):
        if cause.get("reason") == "ExitCode":
            return int(get_text(cause, "message") or "1")
    message = get_text(answer, "message") or status.decode("utf-8", "replace").strip()
    said = [message, stderr.decode("utf-8", "replace").strip()[-500:]]
    detail = ": ".join(part for part in said if part) or "the connection ended without an exit code"
    raise ExecFailed(f"{subject}: not run: {detail}")
