"""What a stored release says: its ConfigMap, and which of its values are not ours any more."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._drift.fetch import config_of, edited, of_stored
from ansible_collections.fleet.cilium.plugins.module_utils._drift.run import described
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._release.ownership import Claim, digests, write_record
from ansible_collections.fleet.cilium.plugins.module_utils._release.store import Revision, Stored

MANIFEST = """---
# Source: cilium/templates/other.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
data: {a: "1"}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium, annotations: {about: ConfigMap cilium-config}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cilium-config, namespace: kube-system}
data:
  debug: "false"
  routing-mode: native
"""
WROTE: JsonObject = {"debug": True, "maglev": {"tableSize": 251}, "empty": {}}


def record(owned: JsonObject, *, unfinished: bool = False) -> JsonObject:
    claim = Claim(owned=digests(owned), intended=digests({"debug": False}) if unfinished else None)
    return write_record("cilium", {"release": claim}, namespace="kube-system")


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [(MANIFEST, {"debug": "false", "routing-mode": "native"}), ("", None), ("---\nkind: Secret\n", None)],
)
def test_config_of_a_manifest(manifest: str, expected: JsonObject | None) -> None:
    assert config_of(manifest) == expected


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        (WROTE, set()),
        ({**WROTE, "foreign": 1}, set()),
        ({"debug": True, "maglev": {"tableSize": 251.0}}, set()),
        ({"debug": False, "maglev": {"tableSize": 251}}, {("debug",)}),
        ({"maglev": {"tableSize": 1021}}, {("debug",), ("maglev", "tableSize")}),
    ],
)
def test_what_somebody_else_changed(live: JsonObject, expected: set[tuple[str, ...]]) -> None:
    assert edited(live, record(WROTE)) == expected


def test_a_run_that_is_not_done_accuses_nobody() -> None:
    assert edited({"debug": False}, record(WROTE, unfinished=True)) == set()


def test_no_record_accuses_nobody() -> None:
    assert edited({"debug": False}, None) == set()


def test_a_release() -> None:
    body: JsonObject = {
        "version": 3,
        "config": {"debug": False},
        "manifest": MANIFEST,
        "info": {"last_deployed": "2026-01-01T00:00:00Z", "status": "deployed"},
        "chart": {"metadata": {"name": "cilium", "version": "1.15.19", "appVersion": "1.15.19"}},
    }
    there = of_stored(Stored(Revision(3, "deployed", body, {}), record({"debug": True})))
    assert there.edited == {("debug",)}
    assert described(there, name="cilium", namespace="kube-system") == {
        "name": "cilium",
        "namespace": "kube-system",
        "revision": 3,
        "status": "deployed",
        "chart": "cilium",
        "chart_version": "1.15.19",
        "app_version": "1.15.19",
        "since": "2026-01-01T00:00:00Z",
    }


def test_no_release() -> None:
    there = of_stored(Stored())
    assert (there.config, there.edited) == (None, frozenset())
    assert described(there, name="cilium", namespace="a")["status"] == "absent"
