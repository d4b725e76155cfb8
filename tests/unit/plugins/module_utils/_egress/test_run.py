"""egress_gateway_policies against a small API server on loopback."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._context import Context, Result
from ansible_collections.fleet.cilium.plugins.module_utils._egress.run import run
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject

from tests.stub_api import Answer, Exec, Request, exit_status, kubeconfig, refusal, serve
from tests.unit.plugins.module_utils._egress.declared import SCHEMA, entry
from tests.unit.plugins.module_utils._egress.test_layer7 import HTTP, rule

CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ciliumegressgatewaypolicies.cilium.io"
POLICIES = "/apis/cilium.io/v2/ciliumegressgatewaypolicies"
SYSTEM = "/api/v1/namespaces/kube-system"
ON: JsonObject = {"data": {"enable-ipv4-egress-gateway": "true"}}
LABELS: list[Json] = ["k8s:app=pay", "k8s:io.kubernetes.pod.namespace=shop"]
DEVICES = {"kube-proxy-replacement": {"deviceList": [{"name": "eth0", "ip": ["172.30.0.2", "192.0.2.10"]}]}}
SHOWN = "2: eth0    inet 172.30.0.2/16 scope global eth0\n5: eth7    inet 192.0.2.10/32 scope global eth7\n"
TOLD = {"ip": SHOWN}


def items(*listed: JsonObject) -> JsonObject:
    return {"items": [*listed]}


def crd(schema: JsonObject) -> JsonObject:
    whole: JsonObject = {"openAPIV3Schema": {"properties": {"spec": schema}}}
    return {"spec": {"versions": [{"name": "v2", "served": True, "storage": True, "schema": whole}]}}


def cluster(image: str = "quay.io/cilium/cilium:v1.15.19@sha256:ab") -> dict[str, JsonObject]:
    """What the API server holds: a gateway node, the agent on it, one endpoint, and no policies."""
    containers: list[Json] = [{"name": "cilium-agent", "image": image}]
    return {
        CRD: crd(SCHEMA),
        POLICIES: items(),
        "/api/v1/nodes": items(
            {
                "metadata": {"name": "n1", "labels": {"egress": "yes"}},
                "status": {"addresses": [{"type": "InternalIP", "address": "172.30.0.2"}]},
            }
        ),
        "/apis/cilium.io/v2/ciliumnodes": items(
            {"metadata": {"name": "n1"}, "spec": {"addresses": [{"type": "CiliumInternalIP", "ip": "10.1.0.2"}]}}
        ),
        f"{SYSTEM}/pods": items(
            {
                "metadata": {"namespace": "kube-system", "name": "cilium-n1"},
                "spec": {"nodeName": "n1", "containers": containers},
                "status": {"conditions": [{"type": "Ready", "status": "True"}]},
            }
        ),
        f"{SYSTEM}/configmaps/cilium-config": ON,
        "/apis/apps/v1/namespaces/kube-system/daemonsets": items(
            {"spec": {"template": {"spec": {"containers": containers}}}}
        ),
        "/apis/cilium.io/v2/ciliumendpoints": items(
            {"metadata": {"namespace": "shop", "name": "pay-1"}, "status": {"identity": {"labels": LABELS}}}
        ),
    }


@dataclass
class Played:
    """A run's result, and what it asked the API server to change."""

    result: Result
    changes: list[tuple[str, str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def rules(self) -> list[str]:
        findings = self.result["findings"]
        assert isinstance(findings, list)
        return [finding["rule"] for finding in findings]


def play(
    policies: list[Json],
    there: dict[str, JsonObject],
    *,
    check: bool = False,
    answers: Mapping[str, str] | None = None,
) -> Played:
    """Run it against an API server that holds `there`; `answers` is what an agent's image says, by program."""
    played = Played({})

    def script(request: Request) -> Answer | Exec:
        if request.path.endswith("/exec"):
            said = (TOLD if answers is None else answers).get(request.query["command"][0])
            return Exec(((1, said.encode()),), exit_status(0)) if said else Exec((), exit_status(127))
        if request.method == "GET":
            found = there.get(request.path)
            return Answer(200, found) if found is not None else refusal(404, "NotFound", "not found")
        body = json.loads(request.body) if request.body else None
        played.changes.append((request.method, request.path, body))
        assert request.query.get("dryRun") == (["All"] if check else None)
        return Answer(200, body or {})

    context = Context(
        check_mode=check,
        diff=True,
        warn=played.warnings.append,
        progress=lambda _text: None,
        door="module",
        holder="test/1/1",
    )
    with serve(script) as stub:
        params: JsonObject = {"kubeconfig": kubeconfig(stub.url), "namespace": "kube-system", "policies": policies}
        played.result = run(params, context)
    return played


@pytest.mark.parametrize("check", [False, True])
def test_a_policy_is_made(check: bool) -> None:
    played = play([entry()], cluster(), check=check)
    ((method, path, body),) = played.changes
    assert (method, path, body["metadata"]["name"]) == ("POST", POLICIES, "bank")
    assert (played.result["changed"], played.result["created"]) == (True, ["bank"])
    assert played.rules == []
    diff = played.result["diff"]
    assert isinstance(diff, dict)
    assert list(diff["after"]) == ["CiliumEgressGatewayPolicy/bank"]


def test_the_second_run_changes_nothing() -> None:
    made = play([entry()], cluster()).changes[0][2]
    stored = {key: value for key, value in made.items() if key not in {"kind", "apiVersion"}}
    played = play([entry()], {**cluster(), POLICIES: items(stored)})
    assert (played.changes, played.result["changed"], played.result["unchanged"]) == ([], False, ["bank"])


def test_an_empty_list_removes_ours() -> None:
    made = play([entry()], cluster()).changes[0][2]
    played = play([], {**cluster(), POLICIES: items(made)})
    assert played.changes == [("DELETE", f"{POLICIES}/bank", None)]
    assert played.result["deleted"] == ["bank"]


def test_an_empty_list_asks_nothing_of_a_cluster_without_the_gateway() -> None:
    played = play([], {})
    assert (played.changes, played.result["changed"], played.rules) == ([], False, [])


# What an agent's image answers: 192.0.2.10 is neither in Node nor in CiliumNode.
ANSWERS = [
    pytest.param({"ip": SHOWN}, True, id="ip"),
    pytest.param({"cilium-dbg": json.dumps(DEVICES)}, True, id="no ip"),
    pytest.param({"ip": "1: lo    inet 127.0.0.1/8 scope host lo\n"}, False, id="not there"),
    pytest.param({}, False, id="no answer"),
]


@pytest.mark.parametrize(("answers", "works"), ANSWERS)
def test_addresses_that_no_object_tells_are_asked_of_the_agent(answers: dict[str, str], works: bool) -> None:
    if works:
        assert play([entry()], cluster(), answers=answers).result["created"] == ["bank"]
        return
    with pytest.raises(InputError) as error:
        play([entry()], cluster(), answers=answers)
    assert "bank: egress_address_not_on_gateway: egressIP 192.0.2.10" in error.value.message


def test_refused_before_anything_is_changed() -> None:
    there = {**cluster(), "/api/v1/nodes": items()}
    with pytest.raises(InputError) as error:
        play([entry("a"), entry("b")], there)
    findings = error.value.details["findings"]
    assert isinstance(findings, list)
    assert [finding["rule"] for finding in findings] == ["egress_gateway_without_node"] * 2


def test_a_gateway_that_is_off() -> None:
    there = cluster()
    del there[CRD]
    with pytest.raises(InputError) as error:
        play([entry()], there)
    assert "egress_gateway_off" in error.value.message
    checked = play([entry()], there, check=True)
    assert (checked.result["created"], checked.result["changed"], checked.changes) == (["bank"], True, [])
    assert checked.rules == ["egress_gateway_off"]
    left = play([entry()], {**cluster(), f"{SYSTEM}/configmaps/cilium-config": {"data": {}}})
    assert left.rules == ["egress_gateway_off"]
    assert left.result["changed"] is True


IMAGES = [
    ("quay.io/cilium/cilium:v1.15.19@sha256:ab", ["egress_gateway_bypassed_by_l7"]),
    ("registry.example:5000/cilium:v1.13.4", ["egress_gateway_bypassed_by_l7"]),
    ("registry.example:5000/cilium@sha256:ab", ["egress_gateway_bypassed_by_l7"]),
    ("quay.io/cilium/cilium:v1.16.0", []),
]


@pytest.mark.parametrize(("image", "rules"), IMAGES)
def test_endpoints_under_both_kinds_of_policy(image: str, rules: list[str]) -> None:
    there = {**cluster(image), "/apis/cilium.io/v2/ciliumnetworkpolicies": items(rule(HTTP))}
    played = play([entry()], there)
    assert played.rules == rules
    assert len(played.changes) == 1
    found = played.result["findings"]
    assert isinstance(found, list)
    assert all(finding["found"] == {"shop/pay-1": ["shop/rule"]} for finding in found)


def test_without_the_layer_7_proxy_nothing_passes_by_the_gateway() -> None:
    off: JsonObject = {"data": {"enable-ipv4-egress-gateway": "true", "enable-l7-proxy": "false"}}
    there = {**cluster(), "/apis/cilium.io/v2/ciliumnetworkpolicies": items(rule(HTTP))}
    assert play([entry()], {**there, f"{SYSTEM}/configmaps/cilium-config": off}).rules == []
