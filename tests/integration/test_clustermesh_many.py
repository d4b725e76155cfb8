"""A mesh of 16 simulated clusters: an API server each that answers what is read; nothing else of them exists."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._release.store import encode

from tests.integration.conftest import Play
from tests.stub_api import Answer, Request, Stub, kubeconfig, refusal, serve

pytestmark = pytest.mark.simulated
CLUSTERS = 16
ALLOWED = 60.0  # on a machine that has nothing else to do it takes a few seconds
REQUESTS = 14
VERSION = "1.15.19"
SECRETS = "/api/v1/namespaces/kube-system/secrets"


@dataclass(frozen=True)
class Simulated:
    """A cluster of one node with a release of Cilium that is in no mesh."""

    number: int

    @property
    def name(self) -> str:
        return f"c{self.number}"

    @property
    def address(self) -> str:
        return f"192.0.2.{self.number}"

    def answer(self, request: Request) -> Answer:
        """Answer what is there; all else is not found."""
        found = self.objects().get(request.path)
        if request.method != "GET" or found is None:
            return refusal(404, "NotFound", f"{request.method} {request.path}: there is no such object")
        return Answer(body=found)

    def objects(self) -> dict[str, dict[str, Any]]:
        addresses = [{"type": "InternalIP", "address": self.address}]
        status = {"addresses": addresses, "conditions": [{"type": "Ready", "status": "True"}]}
        identity = {"cluster-name": self.name, "cluster-id": str(self.number)}
        return {
            "/version": {"gitVersion": "v1.36.0"},
            "/api/v1/nodes": {"items": [{"metadata": {"name": f"{self.name}-1"}, "spec": {}, "status": status}]},
            "/api/v1/namespaces/kube-system/configmaps/cilium-config": {"data": identity},
            SECRETS: {"items": [self.release()]},
        }

    def release(self) -> dict[str, Any]:
        """The Secret of Helm's revision 1."""
        values: JsonObject = {
            "cluster": {"name": self.name, "id": self.number},
            "ipam": {"operator": {"clusterPoolIPv4PodCIDRList": [f"10.{self.number}.0.0/16"]}},
        }
        body: JsonObject = {
            "name": "cilium",
            "namespace": "kube-system",
            "version": 1,
            "info": {"status": "deployed"},
            "config": values,
            "chart": {"metadata": {"name": "cilium", "version": VERSION, "appVersion": VERSION}, "templates": []},
            "manifest": "",
        }
        labels = {"owner": "helm", "name": "cilium", "version": "1", "status": "deployed"}
        metadata = {"name": "sh.helm.release.v1.cilium.v1", "namespace": "kube-system", "labels": labels}
        packed = encode(body)
        return {"metadata": metadata, "type": "helm.sh/release.v1", "data": {"release": packed}}


@pytest.fixture
def servers() -> Iterator[dict[str, Stub]]:
    """The API servers by the names of their clusters."""
    with ExitStack() as stack:
        clusters = [Simulated(number) for number in range(1, CLUSTERS + 1)]
        yield {one.name: stack.enter_context(serve(one.answer)) for one in clusters}


def task(servers: dict[str, Stub], **options: object) -> list[dict[str, Any]]:
    members = [{"name": name, "kubeconfig": kubeconfig(stub.url)} for name, stub in servers.items()]
    options = {"members": members, "wait": False, **options}
    return [
        {"hosts": "localhost", "gather_facts": False, "tasks": [{"name": "mesh", "fleet.cilium.clustermesh": options}]}
    ]


def is_whole(members: dict[str, Any]) -> None:
    """Everybody is connected with everybody, and has a port of its own."""
    clusters = [Simulated(number) for number in range(1, CLUSTERS + 1)]
    names = [one.name for one in clusters]
    assert {name: one["peers"] for name, one in members.items()} == {
        name: [other for other in names if other != name] for name in names
    }
    assert {name: one["port"] for name, one in members.items()} == {one.name: 32000 + one.number for one in clusters}
    assert {name: one["endpoints"] for name, one in members.items()} == {one.name: [one.address] for one in clusters}


@pytest.mark.parametrize("state", ["planned", "present"])
def test_a_mesh_of_16_is_planned(
    local_play: Play, servers: dict[str, Stub], state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    played = local_play(task(servers, state=state), "--check")
    took = time.monotonic() - started
    assert played.code == 0, played.output
    found = played.result("mesh")
    assert found["changed"] is (state == "present")
    assert found["findings"] == []
    is_whole(found["members"])
    if state == "planned":
        peers = found["members"]["c2"]["values"]["clustermesh"]["config"]["clusters"]
        assert {"name": "c16", "ips": ["192.0.2.16"], "port": 32016} in peers
    counts = [len(stub.requests) for stub in servers.values()]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{CLUSTERS} simulated clusters, state {state}: {took:.1f} s, {max(counts)} requests for each cluster\n"
        )
    assert took <= ALLOWED
    assert counts == [REQUESTS] * CLUSTERS
    for stub in servers.values():
        assert {request.method for request in stub.requests} == {"GET"}
        asked = Counter((request.path, str(request.query)) for request in stub.requests)
        assert max(asked.values()) == 1, asked.most_common(3)
