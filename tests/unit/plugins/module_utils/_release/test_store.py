"""Helm's release Secrets."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import cast

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import FleetError
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject, get_object
from ansible_collections.fleet.cilium.plugins.module_utils._kubernetes import Client
from ansible_collections.fleet.cilium.plugins.module_utils._release import store
from hypothesis import given

from tests.unit.plugins.module_utils._release.test_values import trees


def secret(number: int, status: str = "deployed", **body: object) -> JsonObject:
    content = cast(
        JsonObject, {"name": "cilium", "version": number, "info": {"status": status}, "config": {"a": number}, **body}
    )
    labels: JsonObject = {"owner": "helm", "name": "cilium", "version": str(number), "status": status}
    name = f"sh.helm.release.v1.cilium.v{number}"
    return {
        "metadata": {"name": name, "namespace": "kube-system", "labels": labels, "resourceVersion": "7"},
        "type": "helm.sh/release.v1",
        "data": {"release": store.encode(content)},
    }


OWNERSHIP: JsonObject = {
    "metadata": {
        "name": "fleet-cilium.cilium",
        "labels": {"owner": "fleet.cilium", "name": "cilium", "version": "ownership"},
    },
    "data": {},
}


class FakeClient:
    """Answers like an API server that knows set-based selectors, and counts."""

    def __init__(self, *objects: JsonObject) -> None:
        self.objects = objects
        self.requests: list[tuple[str, str | None]] = []

    def get(self, path: str, *, query: Mapping[str, str], accept: str | None = None) -> JsonObject:
        selector = query["labelSelector"]
        self.requests.append((f"{path}?{selector}", accept))
        found = [item for item in self.objects if self.matches(item, selector)]
        if accept:
            found = [{"metadata": item["metadata"]} for item in found]
        return {"items": list(found)}

    @staticmethod
    def matches(item: JsonObject, selector: str) -> bool:
        labels = get_object(item, "metadata", "labels")
        version = selector.rpartition("version in (")[2].rstrip(")").split(",") if "version in" in selector else None
        return labels["name"] == "cilium" and (version is None or labels["version"] in version)


def read(client: FakeClient) -> store.Stored:
    return store.read(cast(Client, client), name="cilium", namespace="kube-system")


@given(trees)
def test_release_comes_back(body: JsonObject) -> None:
    assert store.decode(store.encode(body)) == body


def test_decodes_what_helm_writes() -> None:
    """Helm's way, step by step, and the form without gzip that early releases have."""
    text = json.dumps({"name": "cilium"}).encode()
    for packed in (gzip.compress(text), text):
        assert store.decode(base64.b64encode(base64.b64encode(packed)).decode()) == {"name": "cilium"}


@pytest.mark.parametrize("text", ["", "x", "e30=", base64.b64encode(base64.b64encode(b"[1]")).decode()])
def test_what_is_no_release_says_so(text: str) -> None:
    with pytest.raises(FleetError, match="release Secret cannot be read"):
        store.decode(text)


def test_two_requests_find_the_newest_revision_and_the_record() -> None:
    client = FakeClient(secret(2), secret(10), OWNERSHIP, secret(9))
    found = read(client)
    assert found.newest is not None
    assert (found.newest.number, found.newest.status, found.newest.values) == (10, "deployed", {"a": 10})
    assert found.ownership == OWNERSHIP
    assert [accept for _path, accept in client.requests] == [store.METADATA_ONLY, None]


def test_one_request_finds_nothing() -> None:
    client = FakeClient()
    assert read(client) == store.Stored()
    assert len(client.requests) == 1


def test_record_without_a_release() -> None:
    assert read(FakeClient(OWNERSHIP)) == store.Stored(ownership=OWNERSHIP)


def test_failed_changes_label_and_body_and_nothing_else() -> None:
    before = read(FakeClient(secret(3, "pending-upgrade", manifest="x"))).newest
    assert before is not None
    after = store.failed(before, reason="gone")
    metadata = get_object(after, "metadata")
    assert get_object(metadata, "labels")["status"] == "failed"
    assert (metadata["resourceVersion"], after["type"]) == ("7", "helm.sh/release.v1")
    body = store.decode(str(get_object(after, "data")["release"]))
    assert body == {**before.body, "info": {"status": "failed", "description": "gone"}}
