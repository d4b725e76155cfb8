"""Policies for the tests, and the schema of the kind that they become."""

from __future__ import annotations

from ansible_collections.fleet.cilium.plugins.module_utils._egress.plan import Kind
from ansible_collections.fleet.cilium.plugins.module_utils._egress.policies import FORMS, Policy, read
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject

SELECTOR: JsonObject = {
    "type": "object",
    "properties": {
        "matchLabels": {"type": "object", "additionalProperties": {"type": "string"}},
        "matchExpressions": {
            "type": "array",
            "items": {"type": "object", "properties": {"key": {}, "operator": {}, "values": {}}},
        },
    },
}
GATEWAY: JsonObject = {"properties": {"nodeSelector": SELECTOR, "egressIP": {}, "interface": {}}}
# The shape of Cilium 1.15's definition.
SCHEMA: JsonObject = {
    "required": ["destinationCIDRs", "egressGateway", "selectors"],
    "properties": {
        "selectors": {"items": {"properties": {"podSelector": SELECTOR, "namespaceSelector": SELECTOR}}},
        "destinationCIDRs": {"items": {"type": "string"}},
        "excludedCIDRs": {"items": {"type": "string"}},
        "egressGateway": GATEWAY,
    },
}
# The shape of Cilium 1.11's.
OLD_SCHEMA: JsonObject = {
    "required": ["destinationCIDRs", "egress", "egressSourceIP"],
    "properties": {
        "egress": {"items": {"properties": {"podSelector": SELECTOR, "namespaceSelector": SELECTOR}}},
        "destinationCIDRs": {"items": {"type": "string"}},
        "egressSourceIP": {"type": "string"},
    },
}


def entry(name: str = "bank", **fields: Json) -> JsonObject:
    """One policy as a person writes it; None takes a field away."""
    whole: JsonObject = {
        "name": name,
        "selectors": [{"podSelector": {"matchLabels": {"app": "pay"}}}],
        "destinationCIDRs": ["203.0.113.0/24"],
        "egressGateway": {"nodeSelector": {"matchLabels": {"egress": "yes"}}, "egressIP": "192.0.2.10"},
        **fields,
    }
    return {key: value for key, value in whole.items() if value is not None}


def policy(name: str = "bank", **fields: Json) -> Policy:
    (found,) = read([entry(name, **fields)])
    return found


def kind(*objects: JsonObject, schema: JsonObject | None = None) -> Kind:
    named = {str(item["metadata"]["name"]): item for item in objects if isinstance(item["metadata"], dict)}
    return Kind(FORMS[0], "v2", SCHEMA if schema is None else schema, named)


def old_kind(*objects: JsonObject) -> Kind:
    named = {str(item["metadata"]["name"]): item for item in objects if isinstance(item["metadata"], dict)}
    return Kind(FORMS[1], "v2alpha1", OLD_SCHEMA, named)
