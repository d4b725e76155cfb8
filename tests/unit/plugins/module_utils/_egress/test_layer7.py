"""Endpoints under a policy of layer 7 and an egress policy."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._egress import layer7
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject

from tests.unit.plugins.module_utils._egress.declared import policy

NS, META = "k8s:io.kubernetes.pod.namespace", "k8s:io.cilium.k8s.namespace.labels"


def pod(name: str, app: str, namespace: str = "shop") -> layer7.Endpoint:
    labels: list[Json] = [f"k8s:app={app}", f"{NS}={namespace}", f"{META}.team={namespace}-team"]
    return layer7.endpoint(
        {"metadata": {"namespace": namespace, "name": name}, "status": {"identity": {"labels": labels}}}
    )


ENDPOINTS = [pod("pay-1", "pay"), pod("pay-2", "pay"), pod("web-1", "web"), pod("pay-1", "pay", "other")]
HTTP: JsonObject = {"ports": [{"port": "80"}], "rules": {"http": [{}]}}


def rule(
    port: JsonObject, *, app: str | None = "pay", namespace: str | None = "shop", direction: str = "egress"
) -> JsonObject:
    metadata: JsonObject = {"name": "rule", **({"namespace": namespace} if namespace else {})}
    selector: JsonObject = {"matchLabels": {"k8s:app": app}} if app else {}
    return {"metadata": metadata, "spec": {"endpointSelector": selector, direction: [{"toPorts": [port]}]}}


SHOP_PAY = ["shop/pay-1", "shop/pay-2"]
CASES: list[tuple[str, JsonObject, list[str]]] = [
    ("http", rule(HTTP), SHOP_PAY),
    ("ingress too", rule(HTTP, direction="ingress"), SHOP_PAY),
    ("dns", rule({"rules": {"dns": [{"matchPattern": "*"}]}}), SHOP_PAY),
    ("listener", rule({"ports": [], "listener": {"name": "x"}}), SHOP_PAY),
    ("layer 4", rule({"ports": [{"port": "80"}]}), []),
    ("empty rules", rule({"rules": {"http": []}}), []),
    ("another app", rule(HTTP, app="web"), []),
    ("another namespace", rule(HTTP, namespace="other"), ["other/pay-1"]),
    ("clusterwide", rule(HTTP, namespace=None), ["other/pay-1", *SHOP_PAY]),
    ("all of a namespace", rule(HTTP, app=None), SHOP_PAY),
    ("of nodes", {"metadata": {"name": "n"}, "spec": {"nodeSelector": {}, "ingress": [{"toPorts": [HTTP]}]}}, []),
    ("specs", {"metadata": {"name": "s"}, "specs": [rule(HTTP)["spec"]]}, ["other/pay-1", *SHOP_PAY]),
]


@pytest.mark.parametrize(("item", "named"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_shared_endpoints(item: JsonObject, named: list[str]) -> None:
    read = layer7.layer7(item)
    found = layer7.judge([policy()], [read] if read else [], ENDPOINTS, "paris")
    assert [list(finding.found) for finding in found if isinstance(finding.found, dict)] == ([named] if named else [])
    assert all(one in found[0].reason for one in named)
    assert all(finding.severity == "warning" for finding in found)


def selector(pods: JsonObject | None = None, namespaces: JsonObject | None = None) -> JsonObject:
    parts = {"podSelector": pods, "namespaceSelector": namespaces}
    return {key: value for key, value in parts.items() if value is not None}


SELECTORS: list[tuple[list[Json], list[str]]] = [
    ([selector({})], ["shop/pay-1", "shop/pay-2", "shop/web-1", "other/pay-1"]),
    ([selector({"matchLabels": {"app": "web"}})], ["shop/web-1"]),
    ([selector({"matchLabels": {"io.kubernetes.pod.namespace": "other"}})], ["other/pay-1"]),
    ([selector(None, {"matchLabels": {"team": "other-team"}})], ["other/pay-1"]),
    ([selector({"matchLabels": {"app": "web"}}, {"matchLabels": {"team": "other-team"}})], []),
    (
        [selector(None, {"matchExpressions": [{"key": "team", "operator": "In", "values": ["shop-team"]}]})],
        ["shop/pay-1", "shop/pay-2", "shop/web-1"],
    ),
    (
        [selector({"matchLabels": {"app": "web"}}), selector(None, {"matchLabels": {"team": "other-team"}})],
        ["shop/web-1", "other/pay-1"],
    ),
]


@pytest.mark.parametrize(("selectors", "named"), SELECTORS)
def test_pods_of_an_egress_policy(selectors: list[Json], named: list[str]) -> None:
    declared = policy(selectors=selectors)
    assert [one.name for one in ENDPOINTS if layer7.selects(declared, one.labels)] == named


def test_a_long_list_is_cut_in_the_sentence_and_whole_in_found() -> None:
    many = [pod(f"pay-{number}", "pay") for number in range(10, 18)]
    read = layer7.layer7(rule(HTTP))
    assert read
    (finding,) = layer7.judge([policy()], [read], many, "paris")
    assert "shop/pay-14 and 3 more pass by" in finding.reason
    assert isinstance(finding.found, dict)
    assert len(finding.found) == len(many)
    assert finding.found["shop/pay-10"] == ["shop/rule"]
