"""global_services against a small API server on loopback."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._context import Context, Result
from ansible_collections.fleet.cilium.plugins.module_utils._errors import ApiError, InputError
from ansible_collections.fleet.cilium.plugins.module_utils._global_services.plan import OWNED
from ansible_collections.fleet.cilium.plugins.module_utils._global_services.run import run
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject

from tests.stub_api import Answer, Request, kubeconfig, refusal, serve

DAEMONSET = "/apis/apps/v1/namespaces/kube-system/daemonsets/cilium"
GLOBAL = "service.cilium.io/global"
CART: JsonObject = {"namespace": "shop", "name": "cart"}


def agents(version: str) -> JsonObject:
    containers: list[Json] = [{"name": "cilium-agent", "image": f"quay.io/cilium/cilium:v{version}"}]
    return {"spec": {"template": {"spec": {"containers": containers}}}}


def service(name: str, **annotations: Json) -> JsonObject:
    return {"metadata": {"namespace": "shop", "name": name, "annotations": annotations}}


@dataclass
class Site:
    """A cluster: its Services in pages of one, its agents' version, and what it was asked to change."""

    services: list[JsonObject]
    version: str | None = "1.15.19"
    refuses: str = ""
    patches: list[tuple[str, Any, object]] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        if request.path == DAEMONSET:
            return Answer(200, agents(self.version)) if self.version else refusal(404, "NotFound", "none")
        if request.path == "/api/v1/services":
            page = int(request.query.get("continue", ["0"])[0])
            more = {"continue": str(page + 1)} if page + 1 < len(self.services) else {}
            return Answer(200, {"metadata": more, "items": self.services[page : page + 1]})
        if request.path.endswith(f"/{self.refuses}"):
            return refusal(403, "Forbidden", "no")
        self.patches.append((request.path, json.loads(request.body), request.query.get("dryRun")))
        return Answer(200, {})

    def play(self, *services: JsonObject, check: bool = False, versions: list[Json] | None = None) -> Result:
        context = Context(check, True, lambda _text: None, lambda _text: None, "module", "test/1/1")
        with serve(self.answer) as stub:
            params: JsonObject = {
                "kubeconfig": kubeconfig(stub.url),
                "namespace": "kube-system",
                "services": [*services],
                "versions": versions or [],
            }
            return run(params, context)


@pytest.mark.parametrize("check", [False, True])
def test_a_service_becomes_global(check: bool) -> None:
    site = Site([service("other"), service("cart")])
    result = site.play(CART, check=check)
    ((path, body, dry_run),) = site.patches
    assert path == "/api/v1/namespaces/shop/services/cart"
    assert body == {"metadata": {"annotations": {GLOBAL: "true", OWNED: GLOBAL}}}
    assert dry_run == (["All"] if check else None)
    assert (result["changed"], result["updated"]) == (True, ["shop/cart"])


def test_the_second_run_changes_nothing() -> None:
    site = Site([service("cart", **{GLOBAL: "true", OWNED: GLOBAL})])
    result = site.play(CART)
    assert (result["changed"], result["unchanged"], site.patches) == (False, ["shop/cart"], [])


def test_a_mixed_mesh_gets_both_spellings() -> None:
    site = Site([service("cart")], version=None)
    site.play(CART, versions=["1.12.19", "1.13.18"])
    assert set(site.patches[0][1]["metadata"]["annotations"]) == {GLOBAL, "io.cilium/global-service", OWNED}


def test_an_empty_list_needs_no_version() -> None:
    site = Site([service("cart", **{GLOBAL: "true", OWNED: GLOBAL}), service("theirs", **{GLOBAL: "true"})], None)
    result = site.play()
    assert (result["released"], [path for path, _body, _dry in site.patches]) == (
        ["shop/cart"],
        ["/api/v1/namespaces/shop/services/cart"],
    )


def test_without_agents_the_spelling_is_not_known() -> None:
    with pytest.raises(InputError) as error:
        Site([service("cart")], version=None).play(CART)
    assert "versions: found none" in error.value.message


def test_a_refusal_says_what_was_done() -> None:
    site = Site([service("cart"), service("stock")], refuses="stock")
    with pytest.raises(ApiError) as error:
        site.play(CART, {**CART, "name": "stock"})
    assert error.value.details["done"] == ["shop/cart"]
