# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that both a policy of layer 7 and an egress gateway policy select. PRIVATE to the collection.

The proxy opens a connection of its own for such a pod, which passes by the gateway (Cilium 1.12 to 1.15).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._findings import WARNING, Finding
from .._json import get_list, get_object, get_objects, get_text
from .gateways import FEATURE
from .selectors import NAMESPACE, Labels, identity_labels, matches, of_namespaces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._json import Json, JsonObject
    from .policies import Policy

# How many endpoints a finding's sentence names; `found` holds all.
_NAMED = 5


@dataclass(frozen=True)
class Endpoint:
    """A pod that Cilium serves: "<namespace>/<name>", and the labels of its identity."""

    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Layer7:
    """A network policy with rules of layer 7: "<namespace>/<name>" or "<name>", and the selectors of those rules."""

    name: str
    namespace: str | None
    selectors: tuple[JsonObject, ...]

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Tell whether one of the rules concerns a pod with these labels."""
        here = self.namespace is None or labels.get(NAMESPACE) == self.namespace
        return here and any(matches(selector, labels) for selector in self.selectors)


def endpoint(item: JsonObject) -> Endpoint:
    """Return what counts of a CiliumEndpoint."""
    labels: Labels = identity_labels(get_list(item, "status", "identity", "labels"))
    return Endpoint(f"{get_text(item, 'metadata', 'namespace')}/{get_text(item, 'metadata', 'name')}", labels)


def layer7(item: JsonObject) -> Layer7 | None:
    """Return what counts of a CiliumNetworkPolicy or a CiliumClusterwideNetworkPolicy; None without layer 7."""
    namespace, name = get_text(item, "metadata", "namespace"), get_text(item, "metadata", "name")
    specs = [get_object(item, "spec"), *get_objects(item, "specs")]
    selectors = tuple(
        get_object(spec, "endpointSelector")
        for spec in specs
        if isinstance(spec.get("endpointSelector"), dict) and _has_layer7(spec)
    )
    return Layer7(f"{namespace}/{name}" if namespace else f"{name}", namespace, selectors) if selectors else None


def _has_layer7(spec: JsonObject) -> bool:
    ports = [
        port
        for direction in ("ingress", "egress")
        for rule in get_objects(spec, direction)
        for port in get_objects(rule, "toPorts")
    ]
    return any(any(get_object(port, "rules").values()) or port.get("listener") for port in ports)


def judge(
    policies: Sequence[Policy], rules: Sequence[Layer7], endpoints: Sequence[Endpoint], cluster: str
) -> list[Finding]:
    """Return a finding for each egress policy that shares endpoints with policies of layer 7; it names all of them."""
    found = []
    for policy in policies:
        shared = {
            one.name: sorted(rule.name for rule in rules if rule.selects(one.labels))
            for one in endpoints
            if selects(policy, one.labels)
        }
        shared = {name: names for name, names in sorted(shared.items()) if names}
        if shared:
            found.append(_finding(policy, shared, cluster))
    return found


def selects(policy: Policy, labels: Mapping[str, str]) -> bool:
    """Tell whether an egress policy selects a pod with these labels (Cilium, pkg/egressgateway ParseCEGP)."""
    for selector in policy.selectors:
        parts = []
        if isinstance(selector.get("podSelector"), dict):
            parts.append(get_object(selector, "podSelector"))
        if isinstance(selector.get("namespaceSelector"), dict):
            parts.append(of_namespaces(get_object(selector, "namespaceSelector")))
        if parts and all(matches(part, labels) for part in parts):
            return True
    return False


def _finding(policy: Policy, shared: Mapping[str, Sequence[str]], cluster: str) -> Finding:
    names = list(shared)
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    found: dict[str, Json] = {name: [*rules] for name, rules in shared.items()}
    return Finding(
        "egress_gateway_bypassed_by_l7",
        WARNING,
        {"cluster": cluster, "policy": policy.name},
        f"Packets of {', '.join(names[:_NAMED])}{rest} pass by the gateway as far as the layer 7 proxy handles them: "
        "policies of layer 7 select these endpoints too.",
        "Take the endpoints out of one of the two, or switch the layer 7 proxy off; from Cilium 1.16 both work.",
        FEATURE,
        found=found,
    )
