"""What counts as a credential, and that it stays out of sight."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._diff import difference
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._secrets import (
    HIDDEN,
    MASK,
    censor,
    is_secret,
    mask,
    secrets_in,
    secrets_of,
    shown,
)

PEM = "-----BEGIN PRIVATE KEY-----\n" + "A" * 64 + "\n" + "B" * 64 + "\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("client-key-data", "x", True),
        ("client-certificate-data", "x", True),
        ("certificate-authority-data", "x", True),
        ("token", "abc", True),
        ("id-token", "abc", True),
        ("user.password", "abc", True),
        ("hubble.ui.oauth.clientSecret", "abc", True),
        ("tls.ca.key", "abc", True),
        ("clustermesh.config.clusters.tls.key", "abc", True),
        ("clustermesh.apiserver.tls.remote.key", "abc", True),
        ("ca.key", "abc", True),
        ("anything", PEM, True),
        ("anything", base64.b64encode(PEM.encode()).decode(), True),
        ("eni.awsSecretAccessKey.secret_access_key", "abc", True),
        ("cluster.name", "alpha", False),
        ("loadBalancer.mode", "dsr", False),
        ("cluster.id", 1, False),
        ("token", "", False),
        ("token", None, False),
        ("tolerations.key", "node-role.kubernetes.io/control-plane", False),
        ("authentication.mutual.spire.install.server.tolerations.key", "not-ready", False),
        ("clustermesh.apiserver.tls.server.existingSecret", "name-of-a-secret", False),
        ("encryption.ipsec.secretName", "cilium-ipsec-keys", False),
        ("encryption.ipsec.keyFile", "keys", False),
        ("serviceAccounts.cilium.automount", True, False),
    ],
)
def test_is_secret(path: str, value: Json, *, expected: bool) -> None:
    assert is_secret(tuple(path.split(".")), value) is expected


VALUES: JsonObject = {
    "cluster": {"name": "alpha", "id": 1},
    "loadBalancer": {"mode": "dsr"},
    "tls": {"ca": {"key": base64.b64encode(PEM.encode()).decode(), "cert": "plain"}},
    "extra": [{"password": "hunter22"}, {"name": "kept"}],
}


def test_secrets_in_all_their_forms() -> None:
    found = secrets_in(VALUES)
    assert base64.b64encode(PEM.encode()).decode() in found
    assert PEM in found
    assert "A" * 64 in found
    assert "hunter22" in found
    assert not found & {"alpha", "dsr", "1", "plain", "kept"}


def test_mask_keeps_the_rest() -> None:
    assert mask(VALUES) == {
        "cluster": {"name": "alpha", "id": 1},
        "loadBalancer": {"mode": "dsr"},
        "tls": {"ca": {"key": MASK, "cert": "plain"}},
        "extra": [{"password": MASK}, {"name": "kept"}],
    }


def test_censor_finds_secrets_inside_texts_keys_and_lists() -> None:
    result = {"msg": "failed: hunter22!", "hunter22": ["a", ("hunter22", 1)], "alpha": None, "n": 1.5, "b": True}
    assert censor(result, {"hunter22"}) == {
        "msg": f"failed: {MASK}!",
        MASK: ["a", [MASK, 1]],
        "alpha": None,
        "n": 1.5,
        "b": True,
    }


def test_the_longer_secret_first() -> None:
    assert censor("abcdef-tail", {"abcdef", "abcdef-tail"}) == MASK


ARGUMENTS: dict[str, dict[str, object]] = {
    "values": {"type": "dict", "no_log": True},
    "kubeconfig": {"type": "raw", "no_log": True},
    "api_key": {"type": "str", "no_log": True},
    "context": {"type": "str"},
}


def test_options_are_narrowed_to_credentials() -> None:
    params = {"values": VALUES, "kubeconfig": "/home/me/.kube/config", "api_key": "abc", "context": "alpha"}
    found = secrets_of(params, ARGUMENTS)
    assert "abc" in found
    assert "hunter22" in found
    assert not found & {"alpha", "dsr", "/home/me/.kube/config"}


def test_invocation_shows_no_such_option() -> None:
    params = {"values": VALUES, "kubeconfig": None, "api_key": "abc", "context": "alpha"}
    assert shown(params, ARGUMENTS) == {"values": HIDDEN, "kubeconfig": None, "api_key": HIDDEN, "context": "alpha"}


def test_difference_tells_that_a_secret_changes_but_not_how() -> None:
    before: JsonObject = {"password": "hunter22", "token": "same-same", "id": 1, "list": [{"token": "first-one"}]}
    after: JsonObject = {"password": "hunter33", "token": "same-same", "id": 2, "list": []}
    diff = difference(before, after, title="values")
    assert diff["before"] == {
        "password": f"{MASK} (before)",
        "token": MASK,
        "id": 1,
        "list": [{"token": f"{MASK} (before)"}],
    }
    assert diff["after"] == {"password": f"{MASK} (after)", "token": MASK, "id": 2, "list": []}
    assert (diff["before_header"], diff["after_header"]) == ("values (live)", "values (desired)")
