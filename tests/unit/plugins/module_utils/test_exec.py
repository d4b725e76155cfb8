"""Commands in pods, against a websocket on loopback."""

from __future__ import annotations

import os
import socket
import threading

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import (
    ExecFailed,
    Forbidden,
    NotFound,
    Timeout,
    Unauthorised,
    Unreachable,
)
from ansible_collections.fleet.cilium.plugins.module_utils._exec import ExecResult, PodRef
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._kubernetes import connect

from testbed.pki import Authority
from tests.stub_api import Answer, Exec, exit_status, in_base64, kubeconfig, refusal, serve, server_tls

POD = PodRef("kube-system", "cilium-1", "cilium-agent")
COMMAND = ["cilium-dbg", "status", "-o", "json"]


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


def execute(answer: Answer | Exec, *, timeout: float = 5) -> ExecResult:
    with serve(lambda _request: answer) as stub:
        return connect({"kubeconfig": kubeconfig(stub.url)}).execute(POD, COMMAND, timeout=timeout)


BIG = os.urandom(300_000).hex().encode()

RESULTS = [
    pytest.param(Exec(((1, b"hello"),), exit_status(0)), ExecResult("hello", "", 0), id="success"),
    pytest.param(Exec(((1, b"a"), (2, b"x"), (1, b"b")), exit_status(0)), ExecResult("ab", "x", 0), id="two channels"),
    pytest.param(Exec(((2, b"oops"),), exit_status(3)), ExecResult("", "oops", 3), id="exit code"),
    pytest.param(Exec(((1, b""), (2, b"")), exit_status(0)), ExecResult("", "", 0), id="empty messages"),
    pytest.param(
        Exec(((1, "ü".encode()[:1]), (1, "ü".encode()[1:])), exit_status(0)), ExecResult("ü", "", 0), id="split"
    ),
    pytest.param(Exec(((1, BIG), (1, BIG)), exit_status(0)), ExecResult((BIG + BIG).decode(), "", 0), id="1.2 MB"),
]


@pytest.mark.parametrize(("answer", "expected"), RESULTS)
def test_results(answer: Exec, expected: ExecResult) -> None:
    assert execute(answer) == expected


def test_the_request() -> None:
    with serve(lambda _request: Exec((), exit_status(0))) as stub:
        connect({"kubeconfig": kubeconfig(stub.url, user={"token": "abc"})}).execute(POD, COMMAND, timeout=5)
    request = stub.requests[0]
    assert request.path == "/api/v1/namespaces/kube-system/pods/cilium-1/exec"
    assert request.query == {"container": ["cilium-agent"], "stdout": ["true"], "stderr": ["true"], "command": COMMAND}
    assert request.headers["authorization"] == "Bearer abc"
    assert request.headers["sec-websocket-protocol"] == "v4.channel.k8s.io"


NOT_FOUND = {"status": "Failure", "reason": "InternalError", "message": 'exec: "cilium-dbg": executable file not found'}


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (Exec((), NOT_FOUND), ExecFailed, "executable file not found"),
        (Exec(((1, b"half"),), None), ExecFailed, "without an exit code"),
        (refusal(401, "Unauthorized", "Unauthorized"), Unauthorised, "check kubeconfig"),
        (refusal(403, "Forbidden", "cannot create resource pods/exec"), Forbidden, "answered 403"),
        (refusal(404, "NotFound", 'pods "cilium-1" not found'), NotFound, "answered 404"),
        (Exec(((1, b"half"),), exit_status(0), hang=2), Timeout, "not done within"),
    ],
)
def test_failures(answer: Answer | Exec, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message) as caught:
        execute(answer, timeout=0.3)
    assert "cilium-dbg status -o json in kube-system/cilium-1 (cilium-agent)" in str(caught.value)


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        asked = connect({"kubeconfig": kubeconfig(f"http://127.0.0.1:{unused.getsockname()[1]}")})
        with pytest.raises(Unreachable, match="Connection refused"):
            asked.execute(POD, COMMAND, timeout=1)


def test_environment_proxies_do_not_interfere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert execute(Exec((), exit_status(0))).code == 0


def test_tls_and_threads(tmp_path_factory: pytest.TempPathFactory) -> None:
    authority = Authority.create(tmp_path_factory.mktemp("pki"), "authority")
    authority.issue("admin", "admin")
    cluster: JsonObject = {"certificate-authority-data": in_base64(authority.folder / "ca.crt")}
    user: JsonObject = {
        "client-certificate-data": in_base64(authority.folder / "admin.crt"),
        "client-key-data": in_base64(authority.folder / "admin.key"),
    }
    answer = Exec(((1, BIG),), exit_status(0))
    results: list[ExecResult] = []
    with serve(lambda _request: answer, tls=server_tls(authority, clients=True)) as stub:
        asked = connect({"kubeconfig": kubeconfig(stub.url, cluster=cluster, user=user)})
        threads = [
            threading.Thread(target=lambda: results.append(asked.execute(POD, COMMAND, timeout=30)))
            for _number in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == [ExecResult(BIG.decode(), "", 0)] * 12
