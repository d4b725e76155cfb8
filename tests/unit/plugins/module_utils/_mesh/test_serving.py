"""A mesh API server is restarted, so that it serves its newest certificate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._context import Context
from ansible_collections.fleet.cilium.plugins.module_utils._errors import NotFound
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject, get_text
from ansible_collections.fleet.cilium.plugins.module_utils._kubernetes import Client
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.serving import serve_anew

PATH = "/apis/apps/v1/namespaces/kube-system/deployments/clustermesh-apiserver"
READY: JsonObject = {
    "metadata": {"generation": 2},
    "spec": {"replicas": 1},
    "status": {"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1},
}


@dataclass
class Api:
    """An API server with the Deployment, or without it; what is done there."""

    there: bool = True
    done: list[str] = field(default_factory=list)
    stamp: str | None = None

    def patch(self, path: str, body: JsonObject) -> JsonObject:
        if not self.there:
            raise NotFound("no", status=404, reason="NotFound")
        self.done.append(f"patch {path}")
        marks = ("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt")
        self.stamp = get_text(body, *marks)
        return READY

    def get(self, path: str) -> JsonObject:
        self.done.append(f"get {path}")
        return READY


@pytest.mark.parametrize(("there", "done"), [(True, [f"patch {PATH}", f"get {PATH}"]), (False, [])])
def test_it_is_restarted_and_waited_for_where_it_is(there: bool, done: list[str]) -> None:
    api = Api(there)
    context = Context(False, False, lambda _text: None, lambda _text: None, "module", "test/1/1")
    serve_anew(cast(Client, api), "kube-system", context, seconds=5)
    assert api.done == done
    assert (api.stamp is not None) is there
