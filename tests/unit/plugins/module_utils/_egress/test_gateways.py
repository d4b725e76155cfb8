"""Gateways judged by nodes and addresses."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._egress.gateways import Node, judge, to_be_asked
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject

from tests.unit.plugins.module_utils._egress.declared import policy

NODES = [
    Node("c", {"egress": "yes", "zone": "2"}, frozenset({"172.30.0.3", "2001:db8::3"})),
    Node("b", {"egress": "yes", "zone": "1"}, frozenset({"172.30.0.2", "10.1.0.2"})),
    Node("a", {"zone": "1"}, frozenset({"172.30.0.1"})),
]
YES: JsonObject = {"matchLabels": {"egress": "yes"}}
ZONE: JsonObject = {"matchLabels": {"egress": "yes", "zone": "2"}}
NONE: JsonObject = {"matchLabels": {"egress": "no"}}
SEVERAL = "egress_gateway_is_first_node"
CASES: list[tuple[JsonObject, list[str], str]] = [
    ({"nodeSelector": YES}, [SEVERAL], "first by name, b"),
    ({"nodeSelector": ZONE}, [], ""),
    ({"nodeSelector": ZONE, "interface": "eth9"}, [], ""),
    ({"nodeSelector": NONE}, ["egress_gateway_without_node"], "No node has the labels"),
    ({"nodeSelector": NONE, "egressIP": "172.30.0.3"}, ["egress_gateway_without_node"], ""),
    ({"nodeSelector": ZONE, "egressIP": "172.30.0.3"}, [], ""),
    ({"nodeSelector": ZONE, "egressIP": "2001:db8:0::3"}, [], ""),
    (
        {"nodeSelector": ZONE, "egressIP": "172.30.0.9"},
        ["egress_address_not_on_gateway"],
        "no node is known to have it",
    ),
    ({"nodeSelector": ZONE, "egressIP": "172.30.0.1"}, ["egress_address_not_on_gateway"], "it is on a"),
    ({"nodeSelector": YES, "egressIP": "172.30.0.3"}, ["egress_address_not_on_gateway", SEVERAL], "gateway node, b"),
    ({"nodeSelector": YES, "egressIP": "172.30.0.2"}, [SEVERAL], ""),
]


@pytest.mark.parametrize(("gateway", "rules", "words"), CASES)
def test_gateways(gateway: JsonObject, rules: list[str], words: str) -> None:
    found = judge([policy(egressGateway=gateway)], NODES, "paris")
    assert [finding.rule for finding in found] == rules
    assert all(finding.subject == {"cluster": "paris", "policy": "bank"} for finding in found)
    assert words in " ".join(finding.reason for finding in found)


def test_each_of_several_gateways_is_judged() -> None:
    several: list[Json] = [{"nodeSelector": ZONE}, {"nodeSelector": NONE}, {"nodeSelector": NONE}]
    found = judge([policy(egressGateways=several)], NODES, "paris")
    assert [finding.rule for finding in found] == ["egress_gateway_without_node"] * 2


def test_only_agents_with_unknown_addresses_are_asked() -> None:
    gateways: list[JsonObject] = [
        {"nodeSelector": YES, "egressIP": "192.0.2.1"},
        {"nodeSelector": ZONE, "egressIP": "172.30.0.3"},
        {"nodeSelector": NONE, "egressIP": "192.0.2.1"},
        {"nodeSelector": ZONE},
    ]
    declared = [policy(f"p{number}", egressGateway=gateway) for number, gateway in enumerate(gateways)]
    assert to_be_asked(declared, NODES) == ["b"]
