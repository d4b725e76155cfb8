"""Policies as they are declared, the objects that they become, and label selectors."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._egress import selectors
from ansible_collections.fleet.cilium.plugins.module_utils._egress.policies import FORMS, read, unknown_fields
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject

from tests.unit.plugins.module_utils._egress.declared import OLD_SCHEMA, SCHEMA, entry, policy

NODES: JsonObject = {"nodeSelector": {}}
FAULTS: list[tuple[Json, str]] = [
    (entry(name="Bank"), "name: found 'Bank'"),
    (entry(name="a" * 254), "expected lower-case letters"),
    ("bank", "name: found None"),
    (entry(selectors=None), "selectors: found none"),
    (entry(selectors=[{"nodeSelector": {}}]), "selectors[0]: found neither podSelector nor namespaceSelector"),
    (entry(destinationCIDRs=[]), "destinationCIDRs: found none"),
    (entry(destinationCIDRs=["10.0.0.1"]), "found '10.0.0.1', expected a network"),
    (entry(excludedCIDRs=["10.0.0.0/33"]), "excludedCIDRs: found '10.0.0.0/33'"),
    (entry(egressGateway=None), "egressGateway: found none"),
    (entry(egressGateway={"egressIP": "192.0.2.10"}), "egressGateway.nodeSelector: found none"),
    (entry(egressGateway={**NODES, "egressIP": "bank"}), "egressGateway.egressIP: found 'bank'"),
    (entry(egressGateway={**NODES, "egressIP": "192.0.2.1", "interface": "eth1"}), "both interface and egressIP"),
    (entry(egressGateways=[{"egressIP": "192.0.2.10"}]), "egressGateways[0].nodeSelector: found none"),
    (entry(egress_gateway={}), "found egress_gateway, expected none but name, selectors"),
]


@pytest.mark.parametrize(("item", "fault"), FAULTS)
def test_what_cannot_be_meant_is_named(item: Json, fault: str) -> None:
    with pytest.raises(InputError) as error:
        read([item])
    assert fault in error.value.message


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError) as error:
        read([entry("one", selectors=[]), entry("two"), entry("two", destinationCIDRs=None)])
    assert "policies[0] (one): selectors" in error.value.message
    assert "policies[2] (two): destinationCIDRs" in error.value.message
    assert "policies[2] (two): a policy of this name is there already" in error.value.message


def test_objects_of_each_kind() -> None:
    declared = policy(excludedCIDRs=[])
    assert declared.spec(FORMS[0]) == {
        "selectors": [{"podSelector": {"matchLabels": {"app": "pay"}}}],
        "destinationCIDRs": ["203.0.113.0/24"],
        "egressGateway": {"nodeSelector": {"matchLabels": {"egress": "yes"}}, "egressIP": "192.0.2.10"},
    }
    assert declared.spec(FORMS[1]) == {
        "egress": [{"podSelector": {"matchLabels": {"app": "pay"}}}],
        "destinationCIDRs": ["203.0.113.0/24"],
        "egressSourceIP": "192.0.2.10",
    }


def test_several_gateways_keep_the_one_that_objects_need() -> None:
    several: list[Json] = [{"nodeSelector": {"matchLabels": {"zone": zone}}} for zone in "ab"]
    spec = policy(egressGateway=None, egressGateways=several).spec(FORMS[0])
    assert (spec["egressGateway"], spec["egressGateways"]) == (several[0], several)


UNKNOWN: list[tuple[JsonObject, JsonObject, list[str]]] = [
    (policy().spec(FORMS[0]), SCHEMA, []),
    (policy(excludedCIDRs=["10.0.0.0/8"]).spec(FORMS[0]), SCHEMA, []),
    (policy(egressGateways=[NODES]).spec(FORMS[0]), SCHEMA, ["egressGateways"]),
    (
        policy(selectors=[{"podSelector": {}, "nodeSelector": {}}, {"podSelector": {}, "nodeSelector": {}}]).spec(
            FORMS[0]
        ),
        SCHEMA,
        ["selectors[].nodeSelector"],
    ),
    (
        policy(egressGateway={"nodeSelector": {"labels": {}}}).spec(FORMS[0]),
        SCHEMA,
        ["egressGateway.nodeSelector.labels"],
    ),
    (policy().spec(FORMS[1]), OLD_SCHEMA, []),
    (policy(excludedCIDRs=["10.0.0.0/8"]).spec(FORMS[1]), OLD_SCHEMA, ["excludedCIDRs"]),
    (policy(egressGateway={**NODES, "interface": "eth1"}).spec(FORMS[1]), OLD_SCHEMA, ["egressGateway"]),
    ({"anything": {"goes": 1}}, {}, []),
    ({"anything": {"goes": 1}}, {"properties": {"a": {}}, "x-kubernetes-preserve-unknown-fields": True}, []),
]


@pytest.mark.parametrize(("spec", "schema", "unknown"), UNKNOWN)
def test_fields_that_a_version_does_not_know(spec: JsonObject, schema: JsonObject, unknown: list[str]) -> None:
    found = unknown_fields(spec, schema)
    assert list(dict.fromkeys(found)) == unknown


LABELS = {"app": "web", "tier": "front", "io.kubernetes.pod.namespace": "shop"}
MATCHES: list[tuple[JsonObject, bool]] = [
    ({}, True),
    ({"matchLabels": {"app": "web"}}, True),
    ({"matchLabels": {"k8s:app": "web"}}, True),
    ({"matchLabels": {"any:app": "web", "tier": "front"}}, True),
    ({"matchLabels": {"reserved:app": "web"}}, False),
    ({"matchLabels": {"app": "db"}}, False),
    ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "db"]}]}, True),
    ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, False),
    ({"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["a"]}]}, True),
    ({"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}, False),
    ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, True),
    ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, False),
    ({"matchExpressions": [{"key": "zone", "operator": "DoesNotExist"}]}, True),
    ({"matchExpressions": [{"key": "zone", "operator": "Similar"}]}, False),
    ({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "zone", "operator": "Exists"}]}, False),
]


@pytest.mark.parametrize(("selector", "selected"), MATCHES)
def test_selectors(selector: JsonObject, selected: bool) -> None:
    assert selectors.matches(selector, LABELS) is selected


def test_labels_of_an_identity() -> None:
    texts: list[Json] = ["k8s:app=web", "k8s:empty=", "reserved:health", "k8s:a.b/c=d=e", 7]
    assert selectors.identity_labels(texts) == {"app": "web", "empty": "", "a.b/c": "d=e"}
