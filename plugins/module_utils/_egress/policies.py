# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies as a person declares them, and the kinds of object that they become. PRIVATE to the collection."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._errors import InputError
from .._json import get_list, get_object, get_objects, get_path, get_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._json import Json, JsonObject

GROUP = "cilium.io"
SELECTORS, DESTINATIONS, EXCLUDED, GATEWAY, GATEWAYS = (
    "selectors",
    "destinationCIDRs",
    "excludedCIDRs",
    "egressGateway",
    "egressGateways",
)
_KEYS = ("name", SELECTORS, DESTINATIONS, EXCLUDED, GATEWAY, GATEWAYS)
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LONGEST_NAME = 253


@dataclass(frozen=True)
class Form:
    """A kind of object that says what a policy says.

    Attributes:
        kind, plural: names of the kind.
        names_nodes: whether it names gateway nodes; else only an address, whose node Cilium finds itself.
    """

    kind: str
    plural: str
    names_nodes: bool

    @property
    def definition(self) -> str:
        """Name of the CustomResourceDefinition."""
        return f"{self.plural}.{GROUP}"


# Newest first: where a cluster has several, the first one is used (Cilium 1.12 has both).
FORMS = (
    Form("CiliumEgressGatewayPolicy", "ciliumegressgatewaypolicies", names_nodes=True),
    Form("CiliumEgressNATPolicy", "ciliumegressnatpolicies", names_nodes=False),
)


@dataclass(frozen=True)
class Policy:
    """One declared policy: its name, and its fields in the names of CiliumEgressGatewayPolicy."""

    name: str
    fields: Mapping[str, Json]

    @property
    def gateways(self) -> list[JsonObject]:
        """The gateways, each with nodeSelector and perhaps egressIP or interface."""
        several = get_objects(dict(self.fields), GATEWAYS)
        return several or [get_object(dict(self.fields), GATEWAY)]

    @property
    def selectors(self) -> list[JsonObject]:
        """The selectors of pods, each with podSelector, namespaceSelector or both."""
        return get_objects(dict(self.fields), SELECTORS)

    def spec(self, form: Form) -> JsonObject:
        """Return the spec of the object of a kind. What that kind cannot say stays in, for the schema to find."""
        fields = {key: value for key, value in self.fields.items() if value not in (None, [])}
        if form.names_nodes:
            # Objects need one gateway even where the list is what counts (Cilium 1.18).
            return {**fields, GATEWAY: dict(self.gateways[0])}
        address = self.gateways[0].get("egressIP")
        others: JsonObject = {
            key: value for key, value in fields.items() if key not in (SELECTORS, DESTINATIONS, GATEWAY)
        }
        if "interface" in self.gateways[0]:
            others[GATEWAY] = {"interface": self.gateways[0]["interface"]}
        source: JsonObject = {} if address is None else {"egressSourceIP": address}
        return {"egress": fields.get(SELECTORS), DESTINATIONS: fields.get(DESTINATIONS), **source, **others}


def read(given: Sequence[Json]) -> list[Policy]:
    """Return the policies that are declared, in the order of their names.

    Raises:
        InputError: with everything in them that cannot be meant.
    """
    faults: list[str] = []
    policies: dict[str, Policy] = {}
    for number, item in enumerate(given):
        entry = item if isinstance(item, dict) else {}
        name = get_text(entry, "name") or ""
        where = f"policies[{number}]" + (f" ({name})" if name else "")
        faults += [f"{where}: {fault}" for fault in _faults(entry)]
        if name in policies:
            faults.append(f"{where}: a policy of this name is there already; give each its own")
        policies[name] = Policy(name, {key: value for key, value in entry.items() if key != "name"})
    if faults:
        raise InputError("Egress gateway policies: " + "; ".join(faults))
    return [policies[name] for name in sorted(policies)]


def _faults(entry: JsonObject) -> list[str]:
    """Return what is wrong with one policy as such, whatever the cluster."""
    faults = []
    name = entry.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        faults.append(f"name: found {name!r}, expected lower-case letters, digits, hyphens and dots")
    unknown = sorted(set(entry) - set(_KEYS))
    if unknown:
        faults.append(f"found {', '.join(unknown)}, expected none but {', '.join(_KEYS)}")
    faults += _selector_faults(entry)
    faults += _network_faults(entry)
    if not get_objects(entry, GATEWAYS) and not get_object(entry, GATEWAY):
        faults.append(f"{GATEWAY}: found none, expected a mapping with nodeSelector")
    several = get_objects(entry, GATEWAYS)
    named = [(f"{GATEWAYS}[{number}]", gateway) for number, gateway in enumerate(several)]
    if get_object(entry, GATEWAY):
        named.append((GATEWAY, get_object(entry, GATEWAY)))
    for where, gateway in named:
        faults += [f"{where}{fault}" for fault in _gateway_faults(gateway)]
    return faults


def _selector_faults(entry: JsonObject) -> list[str]:
    selectors = get_objects(entry, SELECTORS)
    if not selectors:
        return [f"{SELECTORS}: found none, expected a list of selectors of pods"]
    return [
        f"{SELECTORS}[{number}]: found neither podSelector nor namespaceSelector, expected one of them as a mapping"
        for number, selector in enumerate(selectors)
        if not any(isinstance(selector.get(key), dict) for key in ("podSelector", "namespaceSelector"))
    ]


def _network_faults(entry: JsonObject) -> list[str]:
    faults = [] if get_list(entry, DESTINATIONS) else [f"{DESTINATIONS}: found none, expected a list of networks"]
    for key in (DESTINATIONS, EXCLUDED):
        faults += [
            f"{key}: found {text!r}, expected a network such as 192.0.2.0/24"
            for text in get_list(entry, key)
            if not _is_network(text)
        ]
    return faults


def _gateway_faults(gateway: JsonObject) -> list[str]:
    faults = []
    if not isinstance(gateway.get("nodeSelector"), dict):
        faults.append(".nodeSelector: found none, expected a selector of nodes, such as {matchLabels: {egress: 'yes'}}")
    if gateway.get("interface") and gateway.get("egressIP"):
        faults.append(": found both interface and egressIP, expected one of them; agents ignore such a policy")
    address = gateway.get("egressIP")
    if address is not None and address_of(address) is None:
        faults.append(f".egressIP: found {address!r}, expected an address such as 192.0.2.10")
    return faults


def address_of(text: Json) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a text says, None when it says none."""
    try:
        return ipaddress.ip_address(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _is_network(text: Json) -> bool:
    if not isinstance(text, str) or "/" not in text:
        return False
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def unknown_fields(value: Json, schema: Json, path: str = "") -> list[str]:
    """Return the dotted paths of what an object says and its schema does not know; the API server would drop it.

    Args:
        value: the object, or a part of it.
        schema: an OpenAPI v3 schema as a CustomResourceDefinition holds it.
        path: of the part.
    """
    if isinstance(value, list):
        items = get_path(schema, "items")
        return [found for item in value for found in unknown_fields(item, items, f"{path}[]")]
    known = get_object(schema, "properties")
    if not isinstance(value, dict) or not known or get_path(schema, "x-kubernetes-preserve-unknown-fields") is True:
        return []
    found: dict[str, None] = {}
    for key, item in value.items():
        where = f"{path}.{key}".lstrip(".")
        if key not in known:
            found[where] = None
        else:
            found.update(dict.fromkeys(unknown_fields(item, known[key], where)))
    return list(found)
