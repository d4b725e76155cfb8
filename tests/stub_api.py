"""A small API server on loopback, for tests of the client: scripted answers over HTTP or HTTPS, and exec."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject

from testbed.pki import Authority

_WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455


@dataclass(frozen=True)
class Request:
    """What the client sent; the path is without the query, names of headers are in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What the client gets; `delay` in seconds."""

    status: int = 200
    body: object = None
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0


@dataclass(frozen=True)
class Exec:
    """What a command in a pod does: messages by channel, then its status; `hang` seconds before the status."""

    messages: tuple[tuple[int, bytes], ...] = ()
    status: object = None
    hang: float = 0


Script = Callable[[Request], Answer | Exec]


def exit_status(code: int) -> object:
    """What the API server says when a command has ended."""
    if code == 0:
        return {"status": "Success"}
    cause = {"reason": "ExitCode", "message": str(code)}
    return {"status": "Failure", "reason": "NonZeroExitCode", "message": "failed", "details": {"causes": [cause]}}


def refusal(status: int, reason: str, message: str) -> Answer:
    """A Status object, as the API server refuses a request."""
    return Answer(status, {"kind": "Status", "status": "Failure", "reason": reason, "message": message})


@dataclass
class Stub:
    """A running server."""

    url: str
    requests: list[Request] = field(default_factory=list)


@contextmanager
def serve(script: Script, *, tls: ssl.SSLContext | None = None) -> Iterator[Stub]:
    """Run a server on a free port until the block ends."""
    stub = Stub("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script, stub))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # -- silence is all it adds  # -- a client that breaks off is no news
    server.daemon_threads = True
    stub.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()


def server_tls(
    authority: Authority, *, hosts: tuple[str, ...] = ("127.0.0.1",), clients: bool = False
) -> ssl.SSLContext:
    """TLS settings of a server with a certificate for the hosts; with `clients` it asks for theirs."""
    authority.issue("server", "server", hosts=hosts)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.folder / "server.crt", authority.folder / "server.key")
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority.folder / "ca.crt")
    return context


def in_base64(path: Path) -> str:
    """A file as a kubeconfig holds it."""
    return base64.b64encode(path.read_bytes()).decode()


def kubeconfig(server: str, *, cluster: JsonObject | None = None, user: JsonObject | None = None) -> JsonObject:
    """A kubeconfig with one context, alpha."""
    return {
        "current-context": "alpha",
        "contexts": [{"name": "alpha", "context": {"cluster": "alpha", "user": "alpha"}}],
        "clusters": [{"name": "alpha", "cluster": {"server": server, **(cluster or {})}}],
        "users": [{"name": "alpha", "user": user or {}}],
    }


def _handler(script: Script, stub: Stub) -> type[_Handler]:
    methods = {f"do_{method}": _Handler.do for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")}
    return type("Handler", (_Handler,), {"script": staticmethod(script), "stub": stub, **methods})


class _Handler(BaseHTTPRequestHandler):
    script: Script
    stub: Stub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {key.lower(): value for key, value in self.headers.items()}
        request = Request(self.command, parts.path, parse_qs(parts.query), headers, body)
        self.stub.requests.append(request)
        answer = type(self).script(request)
        if isinstance(answer, Exec):
            self.websocket(answer)
        else:
            self.plain(answer)

    def plain(self, answer: Answer) -> None:
        time.sleep(answer.delay)
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for key, value in (("Content-Length", str(len(body))), *answer.headers):
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def websocket(self, answer: Exec) -> None:
        key = self.headers["Sec-WebSocket-Key"].encode()
        accept = base64.b64encode(hashlib.sha1(key + _WEBSOCKET_GUID, usedforsecurity=False).digest()).decode()
        self.send_response(101)
        for name, value in (
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Accept", accept),
            ("Sec-WebSocket-Protocol", "v4.channel.k8s.io"),
        ):
            self.send_header(name, value)
        self.end_headers()
        for channel, data in answer.messages:
            self.wfile.write(_frame(bytes([channel]) + data))
        time.sleep(answer.hang)
        if answer.status is not None:
            self.wfile.write(_frame(b"\x03" + json.dumps(answer.status).encode()))
        self.wfile.write(_frame(struct.pack("!H", 1000), opcode=8))
        self.close_connection = True


def _frame(data: bytes, *, opcode: int = 2) -> bytes:
    """A websocket frame from a server: final, not masked."""
    head = bytes([0x80 | opcode])
    if len(data) < 126:
        return head + bytes([len(data)]) + data
    if len(data) < 1 << 16:
        return head + bytes([126]) + struct.pack("!H", len(data)) + data
    return head + bytes([127]) + struct.pack("!Q", len(data)) + data
