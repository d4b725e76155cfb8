"""The client against a small API server on loopback."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils import _kubernetes
from ansible_collections.fleet.cilium.plugins.module_utils._errors import (
    ApiError,
    ConfigurationError,
    Conflict,
    FleetError,
    Forbidden,
    NotFound,
    Timeout,
    TlsFailed,
    Unauthorised,
    Unreachable,
)
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._kubernetes import Client, connect

from testbed.pki import Authority
from tests.stub_api import Answer, Request, Script, in_base64, kubeconfig, refusal, serve, server_tls

PODS = "/api/v1/namespaces/kube-system/pods"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority.create(tmp_path_factory.mktemp("pki"), "authority")
    made.issue("admin", "admin", groups=("system:masters",))
    return made


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def client(url: str, **params: Json) -> Client:
    return connect({"kubeconfig": kubeconfig(url), **params})


def always(answer: Answer) -> Script:
    return lambda _request: answer


@pytest.mark.parametrize(
    ("call", "method", "path", "body"),
    [
        (lambda c: c.get(PODS, query={"limit": "5"}), "GET", PODS, b""),
        (lambda c: c.create(PODS, {"a": 1}), "POST", PODS, b'{"a": 1}'),
        (lambda c: c.replace(f"{PODS}/x", {"a": 1}), "PUT", f"{PODS}/x", b'{"a": 1}'),
        (lambda c: c.patch(f"{PODS}/x", {"a": None}), "PATCH", f"{PODS}/x", b'{"a": null}'),
        (lambda c: c.delete(f"{PODS}/x"), "DELETE", f"{PODS}/x", b""),
    ],
)
def test_one_request_per_call(call: Callable[[Client], object], method: str, path: str, body: bytes) -> None:
    with serve(always(Answer(200, {"kind": "Pod"}))) as stub:
        assert call(client(stub.url)) == {"kind": "Pod"}
    assert [(r.method, r.path, r.body) for r in stub.requests] == [(method, path, body)]


def test_content_types() -> None:
    with serve(always(Answer(200, {}))) as stub:
        asked = client(stub.url)
        asked.patch("/x", [], content_type="application/json-patch+json")
        asked.get("/x", accept="application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")
    assert stub.requests[0].headers["content-type"] == "application/json-patch+json"
    assert stub.requests[1].headers["accept"].startswith("application/json;as=Partial")


@pytest.mark.parametrize(
    ("status", "reason", "kind", "advice"),
    [
        (401, "Unauthorized", Unauthorised, "check kubeconfig and context"),
        (403, "Forbidden", Forbidden, "Grant this right"),
        (404, "NotFound", NotFound, "pods not found"),
        (409, "AlreadyExists", Conflict, "AlreadyExists"),
        (422, "Invalid", ApiError, "pods not found"),
        (503, "ServiceUnavailable", ApiError, "503"),
    ],
)
def test_refusals(status: int, reason: str, kind: type[ApiError], advice: str) -> None:
    with serve(always(refusal(status, reason, "pods not found"))) as stub, pytest.raises(kind) as caught:
        client(stub.url).get(PODS)
    assert caught.type is kind
    assert (caught.value.status, caught.value.reason) == (status, reason)
    assert f"GET {stub.url}{PODS}" in caught.value.message
    assert "pods not found" in caught.value.message
    assert advice in caught.value.message or advice == caught.value.reason or advice == str(status)


def test_a_refusal_by_something_else_than_kubernetes() -> None:
    with serve(always(Answer(502, b"<html>bad gateway</html>"))) as stub, pytest.raises(ApiError, match="bad gateway"):
        client(stub.url).get(PODS)


def test_an_answer_that_is_no_json() -> None:
    with serve(always(Answer(200, b"hello"))) as stub, pytest.raises(ApiError, match="no JSON object"):
        client(stub.url).get(PODS)


def test_redirects_are_not_followed() -> None:
    answer = Answer(302, b"", (("Location", "http://127.0.0.1:1/"),))
    with serve(always(answer)) as stub, pytest.raises(ApiError, match="302"):
        client(stub.url).get(PODS)


def test_warnings_are_collected_once() -> None:
    header = ("Warning", '299 - "v1 ComponentStatus is \\"old\\""')
    with serve(always(Answer(200, {}, (header, ("Warning", '299 - "second"'))))) as stub:
        asked = client(stub.url)
        asked.get("/x")
        asked.get("/y")
    assert asked.warnings == ['v1 ComponentStatus is "old"', "second"]


def test_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_kubernetes, "REQUEST_TIMEOUT", 0.2)
    with serve(always(Answer(200, {}, delay=1))) as stub, pytest.raises(Timeout, match="no answer within"):
        client(stub.url).get(PODS)


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(Unreachable, match="Connection refused") as caught:
            client(url).get(PODS)
    assert url in caught.value.message


def test_unknown_name() -> None:
    with pytest.raises(Unreachable, match=r"https://cluster\.invalid:6443: no connection"):
        client("https://cluster.invalid:6443").get(PODS)


def trusting(authority: Authority) -> JsonObject:
    return {"certificate-authority-data": in_base64(authority.folder / "ca.crt")}


def administrator(authority: Authority) -> JsonObject:
    return {
        "client-certificate-data": in_base64(authority.folder / "admin.crt"),
        "client-key-data": in_base64(authority.folder / "admin.key"),
    }


def test_client_certificates_and_no_file_left(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with serve(always(Answer(200, {})), tls=server_tls(authority, clients=True)) as stub:
        config = kubeconfig(stub.url, cluster=trusting(authority), user=administrator(authority))
        assert connect({"kubeconfig": config}).get("/x") == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("hosts", "cluster", "found"),
    [
        pytest.param(("127.0.0.1",), {}, "its certificate is not accepted", id="unknown authority"),
        pytest.param(
            ("192.0.2.1",), "trusting", "its certificate is not accepted: IP address mismatch", id="other name"
        ),
    ],
)
def test_certificates_that_are_not_accepted(
    authority: Authority, hosts: tuple[str, ...], cluster: object, found: str
) -> None:
    settings = trusting(authority) if cluster == "trusting" else {}
    script, tls = always(Answer(200, {})), server_tls(authority, hosts=hosts)
    with serve(script, tls=tls) as stub, pytest.raises(TlsFailed, match=found) as caught:
        connect({"kubeconfig": kubeconfig(stub.url, cluster=settings)}).get("/x")
    assert stub.url in caught.value.message


@pytest.mark.parametrize(
    ("hosts", "params", "cluster"),
    [
        pytest.param(("192.0.2.1",), {"validate_certs": False}, {}, id="option"),
        pytest.param(("192.0.2.1",), {}, {"insecure-skip-tls-verify": True}, id="kubeconfig"),
        pytest.param(("api.test",), {}, {"tls-server-name": "api.test"}, id="another name"),
    ],
)
def test_certificates_that_are_accepted_anyway(
    authority: Authority, hosts: tuple[str, ...], params: JsonObject, cluster: JsonObject
) -> None:
    trust = trusting(authority) if "tls-server-name" in cluster else {}
    with serve(always(Answer(200, {})), tls=server_tls(authority, hosts=hosts)) as stub:
        config = kubeconfig(stub.url, cluster={**trust, **cluster})
        assert connect({"kubeconfig": config, **params}).get("/x") == {}


def test_http_behind_https() -> None:
    with serve(always(Answer(200, {}))) as stub, pytest.raises(TlsFailed, match="TLS is not agreed"):
        client(stub.url.replace("http", "https")).get("/x")


@pytest.fixture
def seen() -> Iterator[list[Request]]:
    with serve(always(Answer(200, {}))) as stub:
        TestCredentials.url = stub.url
        yield stub.requests


class TestCredentials:
    url = ""

    @pytest.mark.parametrize(
        ("user", "params", "expected"),
        [
            ({"token": "abc"}, {}, "Bearer abc"),
            ({"username": "u", "password": "p"}, {}, "Basic dTpw"),
            ({"token": "abc"}, {"api_key": "def"}, "Bearer def"),
            ({"token": "abc"}, {"username": "u", "password": "p"}, "Basic dTpw"),
            ({}, {}, None),
        ],
    )
    def test_headers(self, seen: list[Request], user: JsonObject, params: JsonObject, expected: str | None) -> None:
        connect({"kubeconfig": kubeconfig(self.url, user=user), **params}).get("/x")
        assert seen[0].headers.get("authorization") == expected

    def test_impersonation(self, seen: list[Request]) -> None:
        connect({"kubeconfig": kubeconfig(self.url), "impersonate_user": "jane"}).get("/x")
        assert seen[0].headers["impersonate-user"] == "jane"

    def test_exec_plugin(self, seen: list[Request], tmp_path: Path) -> None:
        plugin = tmp_path / "plugin"
        plugin.write_text(
            "#!/bin/sh\n"
            'echo \'{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",'
            ' "status": {"token": "from-plugin", "expirationTimestamp": "2001-01-01T00:00:00Z"}}\'\n'
            f"echo run >> {tmp_path}/runs\n"
        )
        plugin.chmod(0o755)
        entry: JsonObject = {"command": str(plugin), "apiVersion": "client.authentication.k8s.io/v1"}
        asked = connect({"kubeconfig": kubeconfig(self.url, user={"exec": entry})})
        asked.get("/x")
        assert "Bearer from-plugin" in seen[0].headers.values()
        assert (tmp_path / "runs").read_text().count("run") == 2, "an expired token is renewed"

    def test_exec_plugin_that_fails(self, tmp_path: Path) -> None:
        plugin = tmp_path / "plugin"
        plugin.write_text("#!/bin/sh\necho no login >&2\nexit 1\n")
        plugin.chmod(0o755)
        entry: JsonObject = {"command": str(plugin), "apiVersion": "client.authentication.k8s.io/v1"}
        with pytest.raises(ConfigurationError, match="no login"):
            connect({"kubeconfig": kubeconfig("https://127.0.0.1:1", user={"exec": entry})})


def test_proxy_is_used_and_named() -> None:
    with serve(always(Answer(200, {"through": "proxy"}))) as proxy:
        asked = client("http://cluster.invalid", proxy=proxy.url.replace("://", "://me:secret@"))
        assert asked.get("/x") == {"through": "proxy"}
    assert proxy.requests[0].headers["proxy-authorization"] == "Basic bWU6c2VjcmV0"
    with pytest.raises(Unreachable, match="through the proxy") as caught:
        client("https://cluster.invalid", proxy="http://me:secret@127.0.0.1:1").get("/x")
    assert "secret" not in caught.value.message


def test_a_server_address_that_is_none() -> None:
    with pytest.raises(ConfigurationError, match="expected https://HOST:PORT"):
        client("10.0.0.1:6443")


def test_errors_are_ours() -> None:
    assert issubclass(ConfigurationError, FleetError)
