"""At the module door Ansible writes each invocation to the system's log; no secret is in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args
from ansible_collections.fleet.cilium.plugins.modules import clustermesh_ca, release

KEY = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0IG9mIHRoZSBmbGVldA==\n-----END PRIVATE KEY-----\n"
TOKEN = "token-of-an-administrator"
KUBECONFIG = {
    "clusters": [{"name": "alpha", "cluster": {"server": "https://127.0.0.1:1"}}],
    "users": [{"name": "admin", "user": {"token": TOKEN}}],
    "contexts": [{"name": "alpha", "context": {"cluster": "alpha", "user": "admin"}}],
    "current-context": "alpha",
}


def test_no_secret_in_the_systems_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(basic, "has_journal", False)
    monkeypatch.setattr(basic.syslog, "syslog", lambda *words: logged.append(str(words[-1])))
    given = {
        "kubeconfig": KUBECONFIG,
        "chart": str(tmp_path),
        "release_name": "cilium",
        "values": {"tls": {"ca": {"key": KEY}}, "loadBalancer": {"mode": "dsr"}},
    }
    with patch_module_args(given), pytest.raises(SystemExit):
        release.main()
    text = "\n".join(logged)
    assert "release_name=cilium" in text, "the invocation was logged: the test looks in the right place"
    told = text + capsys.readouterr().out
    for secret in (TOKEN, "c2VjcmV0IG9mIHRoZSBmbGVldA", json.dumps(KEY)):
        assert secret not in told


@pytest.mark.parametrize(
    "authority",
    [{"certificate": "x", "key": KEY}, {"kind": "Secret", "stringData": {"ca.crt": "x", "ca.key": KEY}}, f"x\n{KEY}"],
)
def test_no_authority_in_the_systems_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], authority: object
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(basic, "has_journal", False)
    monkeypatch.setattr(basic.syslog, "syslog", lambda *words: logged.append(str(words[-1])))
    given = {"ca": authority, "members": [{"name": "paris", "kubeconfig": KUBECONFIG}], "common_name": "Fleet"}
    with patch_module_args(given), pytest.raises(SystemExit):
        clustermesh_ca.main()
    text = "\n".join(logged)
    assert "common_name=Fleet" in text
    told = text + capsys.readouterr().out
    for secret in (TOKEN, "c2VjcmV0IG9mIHRoZSBmbGVldA"):
        assert secret not in told
