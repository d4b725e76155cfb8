"""What is to be done in one cluster of a mesh."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject, get_path
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.jobs import job
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.plan import plan

from tests.unit.plugins.module_utils._mesh.made import declared, seen

PATH = ("clustermesh", "config", "clusters")


@pytest.mark.parametrize(
    ("version", "left"),
    [
        ("1.18.12", [{"name": "berlin", "ips": ["192.0.2.11", "192.0.2.12"], "port": 32002}]),
        ("1.19.0", {"berlin": {"ips": ["192.0.2.11", "192.0.2.12"], "port": 32002}}),
    ],
)
def test_peers_that_somebody_else_has_set_go_if_nobody_lists_them(version: str, left: object) -> None:
    """Paris was connected by hand with Berlin and Rome; Rome is no member."""
    by_name: JsonObject = {
        name: {"ips": [f"192.0.{number}.11"], "port": 1} for name, number in (("berlin", 2), ("rome", 3))
    }
    listed = [{"name": name, **peer} for name, peer in by_name.items() if isinstance(peer, dict)]
    there: JsonObject = {"enabled": True, "clusters": by_name if version == "1.19.0" else [*listed]}
    live: JsonObject = {"debug": {"enabled": True}, "clustermesh": {"config": there}}
    clusters = seen("paris", 1, version=version, values=live), seen("berlin", 2, version=version, values={})
    wanted = plan(declared(*clusters), clusters).wanted["paris"].values
    found = job(clusters[0], wanted, {})

    assert found.release is not None
    assert get_path(found.release.values, *PATH) == left
    assert get_path(found.release.values, "debug", "enabled") is True
