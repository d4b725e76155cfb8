"""From options to one self-contained kubeconfig."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import yaml
from ansible_collections.fleet.cilium.plugins.module_utils._errors import ConfigurationError
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject, get_object, get_objects
from ansible_collections.fleet.cilium.plugins.module_utils._kubeconfig import resolve


def config(*names: str, current: str | None = None) -> JsonObject:
    return {
        "current-context": current or names[0],
        "contexts": [{"name": name, "context": {"cluster": f"c-{name}", "user": f"u-{name}"}} for name in names],
        "clusters": [{"name": f"c-{name}", "cluster": {"server": f"https://{name}:6443"}} for name in names],
        "users": [{"name": f"u-{name}", "user": {"token": f"token-{name}"}} for name in names],
    }


def cluster_of(resolved: JsonObject) -> JsonObject:
    return get_object(get_objects(resolved, "clusters")[0], "cluster")


def user_of(resolved: JsonObject) -> JsonObject:
    return get_object(get_objects(resolved, "users")[0], "user")


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("params", "server"),
    [
        ({}, "https://paris:6443"),
        ({"context": "berlin"}, "https://berlin:6443"),
        ({"context": "berlin", "host": "https://192.0.2.1:6443"}, "https://192.0.2.1:6443"),
    ],
)
def test_context(params: JsonObject, server: str) -> None:
    resolved = resolve({"kubeconfig": config("paris", "berlin"), **params}, {})
    assert cluster_of(resolved)["server"] == server
    assert resolved["current-context"] == params.get("context", "paris")


def test_only_the_chosen_user_is_in_it() -> None:
    resolved = resolve({"kubeconfig": config("paris", "berlin")}, {})
    assert "token-paris" in str(resolved)
    assert "berlin" not in str(resolved)


def test_files_are_read_in_relative_to_the_kubeconfig(tmp_path: Path) -> None:
    written = config("paris")
    written["clusters"] = [
        {"name": "c-paris", "cluster": {"server": "https://p", "certificate-authority": "pki/ca.crt"}}
    ]
    written["users"] = [
        {
            "name": "u-paris",
            "user": {"client-certificate": "pki/me.crt", "client-key": str(tmp_path / "pki/me.key"), "tokenFile": "t"},
        }
    ]
    (tmp_path / "pki").mkdir()
    for name, text in (("pki/ca.crt", "CA"), ("pki/me.crt", "CRT"), ("pki/me.key", "KEY"), ("t", "token\n")):
        (tmp_path / name).write_text(text)
    (tmp_path / "config").write_text(yaml.safe_dump(written))
    resolved = resolve({"kubeconfig": str(tmp_path / "config")}, {})
    assert cluster_of(resolved) == {"server": "https://p", "certificate-authority-data": encoded("CA")}
    assert user_of(resolved) == {
        "client-certificate-data": encoded("CRT"),
        "client-key-data": encoded("KEY"),
        "token": "token",
    }


def test_several_files_merge_and_the_first_wins(tmp_path: Path) -> None:
    first, second = config("paris"), config("paris", "berlin")
    second["clusters"] = [{"name": name, "cluster": {"server": "https://second"}} for name in ("c-paris", "c-berlin")]
    for name, content in (("a", first), ("b", second)):
        (tmp_path / name).write_text(yaml.safe_dump(content))
    environment = {"KUBECONFIG": f"{tmp_path}/a:{tmp_path}/missing:{tmp_path}/b"}
    assert cluster_of(resolve({}, environment))["server"] == "https://paris:6443"
    assert cluster_of(resolve({"context": "berlin"}, environment))["server"] == "https://second"


def test_options_alone(tmp_path: Path) -> None:
    (tmp_path / "ca").write_text("CA")
    params: JsonObject = {"host": "https://192.0.2.1:6443", "api_key": "abc", "ca_cert": str(tmp_path / "ca")}
    resolved = resolve(params, {"KUBECONFIG": str(tmp_path / "none")})
    assert cluster_of(resolved) == {"server": "https://192.0.2.1:6443", "certificate-authority-data": encoded("CA")}
    assert user_of(resolved) == {"token": "abc"}


@pytest.mark.parametrize(
    ("params", "key", "value"),
    [
        ({"validate_certs": False}, "insecure-skip-tls-verify", True),
        ({"validate_certs": False}, "certificate-authority-data", None),
        ({"validate_certs": True}, "insecure-skip-tls-verify", False),
        ({"proxy": "http://proxy:3128"}, "proxy-url", "http://proxy:3128"),
        ({}, "certificate-authority-data", "Q0E="),
    ],
)
def test_options_about_the_server(params: JsonObject, key: str, value: object) -> None:
    given = config("paris")
    given["clusters"] = [{"name": "c-paris", "cluster": {"server": "https://p", "certificate-authority-data": "Q0E="}}]
    assert cluster_of(resolve({"kubeconfig": given, **params}, {})).get(key) == value


def test_options_about_the_user_replace_it_whole() -> None:
    given = config("paris")
    params: JsonObject = {
        "username": "me",
        "password": "secret",
        "impersonate_user": "jane",
        "impersonate_groups": ["a"],
    }
    resolved = resolve({"kubeconfig": given, **params}, {})
    assert user_of(resolved) == {"username": "me", "password": "secret", "as": "jane", "as-groups": ["a"]}
    assert "token-paris" in str(given), "the caller's own is left as it was"


@pytest.mark.parametrize(
    ("content", "params", "message"),
    [
        pytest.param(config("paris"), {"context": "rome"}, "no context rome. Contexts there: paris", id="context"),
        pytest.param({"contexts": []}, {}, "no current context.*Contexts there: none", id="empty"),
        pytest.param({**config("paris"), "clusters": []}, {}, "names the cluster c-paris, which is not", id="cluster"),
        pytest.param({**config("paris"), "users": []}, {}, "names the user u-paris, which is not", id="user"),
        pytest.param([], {}, "expected a kubeconfig", id="list"),
    ],
)
def test_bad_kubeconfigs(tmp_path: Path, content: object, params: JsonObject, message: str) -> None:
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ConfigurationError, match=message) as caught:
        resolve({"kubeconfig": str(path), **params}, {})
    assert str(path) in caught.value.message


def test_bad_yaml_is_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("users:\n- token: abc-secret: {\n")
    with pytest.raises(ConfigurationError, match=r"not valid YAML \(line 2\)") as caught:
        resolve({"kubeconfig": str(path)}, {})
    assert "abc-secret" not in caught.value.message


@pytest.mark.parametrize(
    ("params", "environment", "message"),
    [
        ({"kubeconfig": "/nowhere/config"}, {}, "/nowhere/config does not exist"),
        ({"kubeconfig": "/nowhere/config", "host": "https://x"}, {}, "/nowhere/config does not exist"),
        ({}, {"KUBECONFIG": "/nowhere/a:/nowhere/b"}, "/nowhere/a, /nowhere/b does not exist"),
        ({"kubeconfig": "apiVersion: v1\nkind: Config\n"}, {}, "a text of several lines.*from_yaml"),
        ({"kubeconfig": ["a"]}, {}, "The option kubeconfig is a list"),
        ({"kubeconfig": {"contexts": []}}, {}, "the given kubeconfig: no current context"),
    ],
)
def test_no_kubeconfig(params: JsonObject, environment: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        resolve(params, environment)


def test_missing_certificate_file() -> None:
    given = config("paris")
    given["users"] = [{"name": "u-paris", "user": {"client-key": "/nowhere/key"}}]
    with pytest.raises(ConfigurationError, match=r"/nowhere/key \(client-key\): cannot be read"):
        resolve({"kubeconfig": given}, {})


def test_exec_plugins_keep_their_command_findable(tmp_path: Path) -> None:
    for command, expected in (("aws", "aws"), ("./login", str(tmp_path / "login"))):
        given = config("paris")
        given["users"] = [{"name": "u-paris", "user": {"exec": {"command": command}}}]
        (tmp_path / "config").write_text(yaml.safe_dump(given))
        assert user_of(resolve({"kubeconfig": str(tmp_path / "config")}, {})) == {"exec": {"command": expected}}
