# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in a mesh store: keys and values into entries. Pure. PRIVATE to the collection.

A cluster's own state is under cilium/state; with KVStoreMesh, that of the others is under cilium/cache. Keys of
nodes and services, and all of the copies, begin with the cluster's name (Cilium, pkg/kvstore, pkg/identity/cache,
pkg/ipcache, pkg/node/store, pkg/service/store).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._answers import parsed
from .._json import Json, JsonObject, get_int, get_object, get_objects, get_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

IDENTITIES, IPS, NODES, SERVICES = "identities", "ips", "nodes", "services"
KINDS = (IDENTITIES, IPS, NODES, SERVICES)
_FOLDERS = {IDENTITIES: "identities", IPS: "ip", NODES: "nodes", SERVICES: "services"}
_STATE, _CACHE = "cilium/state", "cilium/cache"
# Of the own state of these, the first word after the prefix is no cluster's name.
_UNNAMED = (IDENTITIES, IPS)
_NAMESPACE_LABEL = "io.kubernetes.pod.namespace"


@dataclass(frozen=True)
class Filter:
    """Which entries are wanted; an empty set is no limit. Nodes have no namespace and are not limited by it."""

    namespaces: frozenset[str] = frozenset()
    clusters: frozenset[str] = frozenset()

    def fits(self, entry: JsonObject) -> bool:
        """Return whether an entry is wanted."""
        if self.clusters and entry.get("cluster") not in self.clusters:
            return False
        return not self.namespaces or "namespace" not in entry or entry["namespace"] in self.namespaces


def prefixes(kind: str) -> list[str]:
    """Return under which keys the entries of a kind are: the cluster's own, and the copies of others."""
    return [f"{top}/{_FOLDERS[kind]}/v1/" for top in (_STATE, _CACHE)]


def entries(kind: str, pairs: Iterable[tuple[str, str]], *, own: str, wanted: Filter) -> list[JsonObject]:
    """Return the entries that a store holds of one kind, in the order of their clusters and names.

    Args:
        kind: one of KINDS.
        pairs: keys and values.
        own: name of the store's cluster.
        wanted: which entries to keep.
    """
    found = [entry for key, value in pairs for entry in _entry(kind, key, value, own) if wanted.fits(entry)]
    return sorted(found, key=_order)


def _order(entry: JsonObject) -> tuple[str, ...]:
    number = entry.get("id")
    return (
        str(entry.get("cluster")),
        str(entry.get("namespace") or ""),
        f"{number:010}" if isinstance(number, int) else "",
        str(entry.get("name") or entry.get("ip") or ""),
    )


def _entry(kind: str, key: str, value: str, own: str) -> Iterator[JsonObject]:
    """Yield the entry of a key; nothing for a key of another kind."""
    for prefix in prefixes(kind):
        if key.startswith(prefix):
            words = key[len(prefix) :].split("/")
            cluster = own if prefix.startswith(_STATE) and kind in _UNNAMED else words[0]
            yield {"cluster": cluster, **_READERS[kind](words[1:], value)}


def _identity(words: list[str], value: str) -> JsonObject:
    labels = dict(text.partition("=")[::2] for text in value.split(";") if text)
    number = words[-1] if words else ""
    plain = {name.partition(":")[2]: text for name, text in labels.items()}
    return {
        "id": int(number) if number.isdecimal() else None,
        "namespace": plain.get(_NAMESPACE_LABEL),
        "labels": {name: labels[name] for name in sorted(labels)},
    }


def _ip(words: list[str], value: str) -> JsonObject:
    told = _object(value)
    return {
        "ip": "/".join(words),
        "host_ip": get_text(told, "HostIP"),
        "identity": get_int(told, "ID"),
        "namespace": get_text(told, "K8sNamespace"),
        "pod": get_text(told, "K8sPodName"),
    }


def _node(words: list[str], value: str) -> JsonObject:
    told = _object(value)
    addresses: list[Json] = [
        {"type": get_text(each, "Type"), "ip": get_text(each, "IP")} for each in get_objects(told, "IPAddresses")
    ]
    cidrs: list[Json] = [
        cidr for family in ("IPv4AllocCIDR", "IPv6AllocCIDR") if (cidr := _cidr(get_object(told, family)))
    ]
    return {
        "name": words[-1] if words else "",
        "cluster_id": get_int(told, "ClusterID"),
        "addresses": addresses,
        "pod_cidrs": cidrs,
    }


def _service(words: list[str], value: str) -> JsonObject:
    told = _object(value)
    frontends: list[Json] = [*sorted(get_object(told, "frontends"))]
    backends: JsonObject = {
        address: ports for address, ports in get_object(told, "backends").items() if isinstance(ports, dict)
    }
    return {
        "namespace": words[-2] if len(words) > 1 else None,
        "name": words[-1] if words else "",
        "shared": told.get("shared") is True,
        "include_external": told.get("includeExternal") is True,
        "frontends": frontends,
        "backends": backends,
    }


_READERS = {IDENTITIES: _identity, IPS: _ip, NODES: _node, SERVICES: _service}


def _object(value: str) -> JsonObject:
    content = parsed(value.encode())
    return content if isinstance(content, dict) else {}


def _cidr(told: JsonObject) -> str | None:
    """Return a network as text; its mask comes as the bytes of it, in base64."""
    address, mask = get_text(told, "IP"), get_text(told, "Mask")
    if not address or not mask:
        return None
    try:
        bits = "".join(f"{byte:08b}" for byte in base64.b64decode(mask))
    except (ValueError, binascii.Error):
        return None
    return f"{address}/{bits.count('1')}"
