"""Findings show the settings that they are about, but never a private key that stands in one."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils import _intent
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._validation.cluster import problems

from tests.unit.plugins.module_utils._mesh.authorities import authority

KEY = authority().key or ""
CODED = base64.b64encode(KEY.encode()).decode()
PEER: JsonObject = {"ips": ["192.0.2.1"], "port": 32001, "tls": {"cert": "", "key": CODED}}


@pytest.mark.parametrize(
    ("version", "name", "value", "rule"),
    [
        ("1.12.19", "cilium_clustermesh_ca_key", KEY, "not_in_this_version"),
        ("1.11.20", "cilium_clustermesh_ca_key", {"key": KEY}, "unreadable_setting"),
        ("1.13.18", "cilium_clustermesh_peers", {"paris": PEER}, "clustermesh_peer_without_certificate"),
        ("1.13.18", "cilium_clustermesh_peers", [{"name": "paris", **PEER}], "unreadable_setting"),
    ],
)
def test_no_finding_shows_a_private_key(version: str, name: str, value: Json, rule: str) -> None:
    intent = _intent.read({name: value}, version)
    found = {finding.rule: str(finding.as_dict()) for finding in (*intent.findings, *problems(intent))}
    assert name in found[rule]
    hidden = (*KEY.splitlines()[1:-1], CODED[100:160])
    assert [text for text in hidden for shown in found.values() if text in shown] == []
