"""What others have to do for certificates that the collection does not make."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.authority import create, issue
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.certificates import current_time
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.elsewhere import judge
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.fetch import SERVER_CERTIFICATE
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.sharing import plan_share

from tests.unit.plugins.module_utils._mesh.made import seen

OLD, NEW = create(algorithm="ECDSA"), create(algorithm="ECDSA")
LEAF = base64.b64encode(issue(OLD, "server")[0].encode()).decode()


@pytest.mark.parametrize(
    ("ours", "method", "renamed", "days", "rules"),
    [
        pytest.param(True, "helm", False, 0, [], id="all is well"),
        pytest.param(True, "helm", True, 1090, [], id="ours is made anew by us"),
        pytest.param(True, "certmanager", False, 0, ["mesh_ca_elsewhere"], id="another program signs"),
        pytest.param(
            True, "certmanager", False, 1090, ["mesh_ca_elsewhere", "mesh_certificate_ends"], id="and has forgotten to"
        ),
        pytest.param(False, "helm", False, 0, [], id="another owner, all is well"),
        pytest.param(False, "helm", True, 0, ["mesh_ca_rotation_elsewhere"], id="another owner has to change it"),
        pytest.param(False, "helm", False, 1090, ["mesh_certificate_ends"], id="another owner has to renew it"),
    ],
)
def test_who_has_to_do_something(ours: bool, method: str, renamed: bool, days: int, rules: list[str]) -> None:
    values: JsonObject = {"clustermesh": {"apiserver": {"tls": {"auto": {"method": method}}}}}
    one = replace(
        seen("paris", 1, values=values, is_ours=ours), secrets={SERVER_CERTIFICATE: {"data": {"tls.crt": LEAF}}}
    )
    shared = plan_share({"paris": OLD}, NEW, "replace") if renamed else plan_share({"paris": OLD}, None, "refuse")
    found = judge([one], shared, now=current_time() + timedelta(days=days))
    assert [finding.rule for finding in found] == rules
