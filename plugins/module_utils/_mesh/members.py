# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The members of a mesh as they are declared. PRIVATE to the collection."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from .. import _kubernetes
from .._errors import InputError
from .._json import Json, JsonObject, get_object, get_objects, plain_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._arguments import ArgumentSpec
    from .._kubernetes import Client

FULL, PAIRS = "full", "pairs"
NODE_PORT, LOAD_BALANCER, CLUSTER_IP, AUTO = "NodePort", "LoadBalancer", "ClusterIP", "auto"
SERVICE_TYPES = (NODE_PORT, LOAD_BALANCER, CLUSTER_IP)
# Who manages a member's Helm release, if it is this collection.
FLEET = "fleet"
# The port of the mesh API server behind its Service, the same in every chart up to 1.20.
SERVICE_PORT = 2379
# A member's NodePort is this and its id; the default range of Kubernetes is 30000 to 32767.
FIRST_NODE_PORT = 32000

MEMBER_ARGUMENTS: ArgumentSpec = {
    "name": {"type": "str"},
    "id": {"type": "int"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "kubeconfig": {"type": "raw", "no_log": True},
    "context": {"type": "str"},
    "endpoints": {"type": "list", "elements": "str"},
    "port": {"type": "int"},
    "service_type": {"type": "str", "choices": [*SERVICE_TYPES, AUTO]},
    "managed_by": {"type": "str", "choices": [FLEET, "kubespray", "external"], "default": FLEET},
    "settings": {"type": "dict", "default": {}, "no_log": True},
    "cilium_version": {"type": "str"},
}

# The options by which every module of the mesh is told of it.
MEMBERS_ARGUMENTS: ArgumentSpec = {
    "members": {"type": "list", "elements": "dict", "required": True, "options": MEMBER_ARGUMENTS},
    "topology": {"type": "str", "choices": [FULL, PAIRS], "default": FULL},
    "pairs": {"type": "list", "elements": "list"},
    "release_name": {"type": "str", "default": "cilium"},
    "release_namespace": {"type": "str", "default": "kube-system"},
}


@dataclass(frozen=True)
class Member:
    """One member as it is declared.

    Attributes:
        place: where it stands in the list, counted from 1, for messages about one without a name.
        name: of the cluster; None where the cluster says it.
        id: of the cluster; None where the cluster says it.
        leaving: it is to be no member any more.
        connection: the options kubeconfig and context; empty where nothing says the way.
        endpoints: addresses at which the others reach its mesh API server, those of IPv6 without brackets; empty where
            they are to be found.
        port: at these addresses; None for the default.
        service_type: of its mesh API server; None for the default.
        is_ours: its Helm release is this collection's to change.
        settings: cilium_* variables that are asked of the cluster beside the mesh.
        version: of Cilium, for a cluster that has none yet.
    """

    place: int
    name: str | None
    id: int | None
    leaving: bool = False
    connection: JsonObject = field(default_factory=dict)
    endpoints: tuple[str, ...] = ()
    port: int | None = None
    service_type: str | None = None
    is_ours: bool = True
    settings: JsonObject = field(default_factory=dict)
    version: str | None = None

    @property
    def label(self) -> str:
        """How messages call it."""
        context = self.connection.get("context")
        return self.name or (context if isinstance(context, str) and context else f"member {self.place}")

    def connect(self) -> Client:
        """Return a client for its cluster. Errors as those of _kubernetes.connect()."""
        return _kubernetes.connect(self.connection)


@dataclass(frozen=True)
class Declaration:
    """A mesh as it is declared: its members, and who is to be connected with whom.

    Attributes:
        members: in their order; the first is the one whose authority is adopted.
        pairs: of names, for a mesh in which not everyone is connected with everyone; None for a full one.
        release: name of the Helm release in every cluster.
        namespace: of the release, the agents and the mesh API server.
        keeps_others: peers that are no members of the list stay.
    """

    members: tuple[Member, ...]
    pairs: tuple[tuple[str, str], ...] | None
    release: str = "cilium"
    namespace: str = "kube-system"
    keeps_others: bool = False

    def peers_of(self, name: str, names: Sequence[str]) -> list[str]:
        """Return whom a member is to be connected with, in the order of names.

        Args:
            name: of the member.
            names: of all members that are to be one.
        """
        if self.pairs is None:
            return [other for other in names if other != name]
        joined = {frozenset(pair) for pair in self.pairs}
        return [other for other in names if other != name and frozenset((name, other)) in joined]


def read(params: Mapping[str, Json]) -> Declaration:
    """Return the mesh that the options of MEMBERS_ARGUMENTS declare.

    Raises:
        InputError: what cannot be: no members, a name or an id twice, an address that only the machine itself reaches,
            a port that is none, pairs that are not of two names of members, or with members that have none.
    """
    members = tuple(_member(place, entry) for place, entry in enumerate(get_objects(dict(params), "members"), 1))
    if not members:
        raise InputError("members: found none, expected the clusters of the mesh, such as [{name: paris, id: 1}]")
    _refuse_twice(members)
    return Declaration(
        members,
        _pairs(params, members),
        str(params.get("release_name") or "cilium"),
        str(params.get("release_namespace") or "kube-system"),
        params.get("keep_others") is True,
    )


def _member(place: int, entry: JsonObject) -> Member:
    name = entry.get("name")
    found = Member(
        place=place,
        name=str(name) if name else None,
        id=cast("int | None", entry.get("id")),
        leaving=entry.get("state") == "absent",
        connection={key: entry[key] for key in ("kubeconfig", "context") if entry.get(key)},
        endpoints=tuple(str(one).strip("[]") for one in cast("list[str]", entry.get("endpoints") or [])),
        port=cast("int | None", entry.get("port")),
        service_type=cast("str | None", entry.get("service_type")),
        is_ours=entry.get("managed_by") in (None, FLEET),
        settings=plain_object(get_object(entry, "settings"), where="settings"),
        version=cast("str | None", entry.get("cilium_version")),
    )
    if found.leaving and not found.name:
        raise InputError(f"{found.label}: a member with state absent has no name; say which cluster leaves")
    if found.port is not None and not 0 < found.port < 65536:
        raise InputError(f"{found.label}: port: found {found.port}, expected a port from 1 to 65535")
    for address in found.endpoints:
        refuse_loopback(found.label, address)
    return found


def refuse_loopback(label: str, address: str) -> None:
    """Raise InputError for an address at which every machine reaches itself only."""
    try:
        own = ipaddress.ip_address(address).is_loopback
    except ValueError:
        own = address == "localhost" or address.endswith(".localhost")
    if own:
        raise InputError(
            f"{label}: the address {address} leads every machine to itself; expected one at which the other clusters "
            "reach this one: set endpoints"
        )


def _refuse_twice(members: Sequence[Member]) -> None:
    for what, found in (("name", [one.name for one in members]), ("id", [one.id for one in members])):
        values = [str(value) for value in found if value is not None]
        for value in sorted({value for value in values if values.count(value) > 1}):
            raise InputError(f"members: {what} {value} stands there twice, expected each once")


def _pairs(params: Mapping[str, Json], members: Sequence[Member]) -> tuple[tuple[str, str], ...] | None:
    given = params.get("pairs")
    if params.get("topology") != PAIRS:
        if given:
            raise InputError("pairs: found pairs, expected none with topology full; set topology to pairs")
        return None
    bare = [member.label for member in members if not member.name]
    if given and bare:
        raise InputError(
            f"members: {', '.join(bare)}: found no name, expected one of each member where there are pairs; set name"
        )
    return tuple(_each_pair(given if isinstance(given, list) else [], [member.label for member in members]))


def _each_pair(given: Sequence[Json], labels: Sequence[str]) -> Iterator[tuple[str, str]]:
    for pair in given:
        names = [str(name) for name in pair] if isinstance(pair, list) else []
        if len(names) != 2 or names[0] == names[1] or not set(names) <= set(labels):
            raise InputError(f"pairs: found {pair}, expected two names of members: {', '.join(labels)}")
        yield names[0], names[1]
