"""Long texts line by line, against a server on loopback."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import Forbidden, NotFound, Timeout, Unreachable
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._kubernetes import connect

from testbed.pki import Authority
from tests.stub_api import Answer, in_base64, kubeconfig, refusal, serve, server_tls

PATH = "/api/v1/namespaces/kube-system/pods/cilium-1/log"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_lines_and_the_request() -> None:
    with serve(lambda _request: Answer(200, b"one\ntwo\n\nlast")) as stub:
        client = connect({"kubeconfig": kubeconfig(stub.url, user={"token": "abc"})})
        assert list(client.lines(PATH, query={"container": "x y"}, timeout=5)) == [b"one", b"two", b"", b"last"]
    request = stub.requests[0]
    assert (request.path, request.query) == (PATH, {"container": ["x y"]})
    assert request.headers["authorization"] == "Bearer abc"


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (refusal(403, "Forbidden", "cannot get resource pods/log"), Forbidden, "cannot get resource pods/log"),
        (refusal(404, "NotFound", "no such pod"), NotFound, "no such pod"),
        (Answer(200, b"late", delay=2), Timeout, "not read to its end within 0 seconds"),
    ],
)
def test_failures(answer: Answer, kind: type[Exception], message: str) -> None:
    with serve(lambda _request: answer) as stub, pytest.raises(kind, match=message) as caught:
        list(connect({"kubeconfig": kubeconfig(stub.url)}).lines(PATH, query={"container": "x"}, timeout=0.3))
    assert f"GET {stub.url}{PATH}: " in str(caught.value)


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        client = connect({"kubeconfig": kubeconfig(f"http://127.0.0.1:{unused.getsockname()[1]}")})
        with pytest.raises(Unreachable, match="Connection refused"):
            list(client.lines(PATH, timeout=1))


def test_tls_with_a_client_certificate(tmp_path: Path) -> None:
    authority = Authority.create(tmp_path, "authority")
    authority.issue("admin", "admin")
    cluster: JsonObject = {"certificate-authority-data": in_base64(tmp_path / "ca.crt")}
    user: JsonObject = {
        "client-certificate-data": in_base64(tmp_path / "admin.crt"),
        "client-key-data": in_base64(tmp_path / "admin.key"),
    }
    with serve(lambda _request: Answer(200, b"a\nb"), tls=server_tls(authority, clients=True)) as stub:
        client = connect({"kubeconfig": kubeconfig(stub.url, cluster=cluster, user=user)})
        assert list(client.lines(PATH, timeout=5)) == [b"a", b"b"]
