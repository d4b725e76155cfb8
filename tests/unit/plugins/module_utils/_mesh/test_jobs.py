"""What is to be done in one cluster of a mesh."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import Conflict, FleetError
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject, get_path
from ansible_collections.fleet.cilium.plugins.module_utils._kubernetes import Client
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.jobs import job, write
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


@dataclass
class Api:
    """An API server that takes Secrets, or says that they have changed."""

    changed: bool = False
    written: list[tuple[str, JsonObject]] = field(default_factory=list)

    def create(self, path: str, body: JsonObject) -> JsonObject:
        return self._take(path, body)

    def replace(self, path: str, body: JsonObject) -> JsonObject:
        return self._take(path, body)

    def _take(self, path: str, body: JsonObject) -> JsonObject:
        if self.changed:
            raise Conflict("no", status=409, reason="Conflict")
        self.written.append((path, body))
        return body


PLACE = "/api/v1/namespaces/kube-system/secrets"
WANTED: JsonObject = {
    "metadata": {"name": "x", "namespace": "kube-system", "labels": {"a": "new"}, "annotations": {"gone": None}},
    "type": "Opaque",
    "data": {"k": "MQ=="},
}
THERE: JsonObject = {
    "metadata": {
        "name": "x",
        "namespace": "kube-system",
        "resourceVersion": "7",
        "labels": {"a": "old", "b": "stays"},
        "annotations": {"gone": "1", "stays": "1"},
    },
    "type": "kubernetes.io/tls",
    "data": {"k": "Mg==", "other": "Mw=="},
}


def test_a_secret_is_written_over_the_one_that_was_read() -> None:
    api = Api()
    write(cast(Client, api), WANTED, planned_on=THERE)
    ((path, body),) = api.written
    assert path == f"{PLACE}/x"
    assert body == {
        "metadata": {
            "name": "x",
            "namespace": "kube-system",
            "resourceVersion": "7",
            "labels": {"a": "new", "b": "stays"},
            "annotations": {"stays": "1"},
        },
        "type": "kubernetes.io/tls",
        "data": {"k": "MQ=="},
    }


def test_a_secret_that_was_not_there_is_created() -> None:
    api = Api()
    write(cast(Client, api), WANTED, planned_on=None)
    ((path, body),) = api.written
    assert (path, get_path(body, "metadata", "annotations")) == (PLACE, {})


@pytest.mark.parametrize("planned_on", [None, THERE])
def test_a_secret_that_somebody_has_changed_since_is_left_alone(planned_on: JsonObject | None) -> None:
    with pytest.raises(FleetError, match=r"Secret kube-system/x: somebody has changed it since it was read; run again"):
        write(cast(Client, Api(changed=True)), WANTED, planned_on=planned_on)
