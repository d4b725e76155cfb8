# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the gateways that policies name can work: their nodes and addresses. PRIVATE to the collection.

Agents only log such a fault, and drop the packets of the pods that the policy selects (Cilium, pkg/egressgateway).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._findings import ERROR, INFO, Finding
from .policies import address_of
from .selectors import matches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._json import Json, JsonObject
    from .policies import Policy

FEATURE = "egress_gateway"


@dataclass(frozen=True)
class Node:
    """A node as far as gateways are concerned.

    Attributes:
        name: in Kubernetes.
        labels: of the node.
        addresses: all that are known of it; to start with those of Node and CiliumNode.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    addresses: frozenset[str] = frozenset()

    def has(self, address: Json) -> bool:
        """Tell whether the node has an address, whichever way it is written."""
        wanted = address_of(address)
        return wanted is not None and any(address_of(own) == wanted for own in self.addresses)


def gateway_nodes(gateway: JsonObject, nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes that a gateway's selector selects, by name; Cilium takes the first."""
    return sorted(
        (node for node in nodes if matches(gateway.get("nodeSelector"), node.labels)), key=lambda node: node.name
    )


def to_be_asked(policies: Sequence[Policy], nodes: Sequence[Node]) -> list[str]:
    """Return the names of gateway nodes whose agents have to be asked for addresses that are not known yet."""
    names: set[str] = set()
    for policy in policies:
        for gateway in policy.gateways:
            chosen = gateway_nodes(gateway, nodes)[:1]
            names.update(node.name for node in chosen if gateway.get("egressIP") and not node.has(gateway["egressIP"]))
    return sorted(names)


def judge(policies: Sequence[Policy], nodes: Sequence[Node], cluster: str) -> list[Finding]:
    """Return what is wrong with the gateways of policies.

    Args:
        policies: what is declared.
        nodes: of the cluster, with every address that is known.
        cluster: its name, for the findings.
    """
    found = []
    for policy in policies:
        subject = {"cluster": cluster, "policy": policy.name}
        for gateway in policy.gateways:
            chosen = gateway_nodes(gateway, nodes)
            found += _address_findings(gateway, chosen, nodes, subject) if chosen else [_no_node(gateway, subject)]
            if len(chosen) > 1:
                found.append(_several(gateway, chosen, subject))
    return found


def _no_node(gateway: JsonObject, subject: Mapping[str, str]) -> Finding:
    return Finding(
        "egress_gateway_without_node",
        ERROR,
        subject,
        "No node has the labels of the gateway; packets of the selected pods would be dropped (1.13.4 and later).",
        "Label a node, or correct nodeSelector.",
        FEATURE,
        asked=gateway.get("nodeSelector"),
    )


def _several(gateway: JsonObject, chosen: Sequence[Node], subject: Mapping[str, str]) -> Finding:
    names: list[Json] = [node.name for node in chosen]
    return Finding(
        "egress_gateway_is_first_node",
        INFO,
        subject,
        f"{len(names)} nodes have the labels of the gateway; Cilium takes the first by name, {names[0]}.",
        "Nothing, if that is what you want; else select one node.",
        FEATURE,
        asked=gateway.get("nodeSelector"),
        found=names,
    )


def _address_findings(
    gateway: JsonObject, chosen: Sequence[Node], nodes: Sequence[Node], subject: Mapping[str, str]
) -> list[Finding]:
    """Return the finding that a gateway's address is not where packets leave, if so."""
    address = gateway.get("egressIP")
    if address is None or chosen[0].has(address):
        return []
    owners = [node.name for node in nodes if node.has(address)]
    where = f"it is on {', '.join(owners)}" if owners else "no node is known to have it"
    known: list[Json] = [*sorted(chosen[0].addresses)]
    return [
        Finding(
            "egress_address_not_on_gateway",
            ERROR,
            subject,
            f"egressIP {address} is not on the gateway node, {chosen[0].name}: {where}. "
            "Packets of the selected pods would be dropped.",
            "Give the address to a device of the gateway node, or correct egressIP or nodeSelector.",
            FEATURE,
            asked=address,
            found=known,
        )
    ]
