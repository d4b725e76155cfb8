# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the members' clusters hold of the mesh: one read of each, all in parallel. PRIVATE to the collection."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .._catalogue._authorities import secrets_of
from .._catalogue.mesh import ID, ID_KEY, NAME, NAME_KEY
from .._cluster.run import basics, node_objects, running_version
from .._desired.facts import facts_of
from .._errors import FleetError, Forbidden, InputError, NotFound
from .._intent import VERSION
from .._json import get_object, get_text
from .._release import store
from .._release.rollout import CONFIG_MAP
from .._release.store import Stored
from .._versions import parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._json import Json, JsonObject
    from .._kubernetes import Client
    from .members import Declaration, Member

AT_ONCE = 16
SERVICE = "clustermesh-apiserver"
# Secrets: the peers of agents and of KVStoreMesh, the certificate of the mesh API server.
PEERS, STORE_PEERS = "cilium-clustermesh", "cilium-kvstoremesh"
SERVER_CERTIFICATE = "clustermesh-apiserver-server-cert"
# While this ConfigMap is there, a change of the cluster's name or id is going on (identity.py).
MARK = "fleet-cilium.identity-change"
SECRETS = (PEERS, STORE_PEERS, SERVER_CERTIFICATE)


@dataclass(frozen=True)
class Seen:
    """One member's cluster as it was read.

    Attributes:
        member: with its name and id, where anything says them.
        client: for the cluster; None where it cannot be reached.
        stored: what the cluster holds of Cilium's Helm release.
        nodes: its Node objects.
        service: of its mesh API server; empty where there is none.
        configuration: data of the agents' ConfigMap; empty where there is none.
        secrets: of SECRETS, and of those with its authority, the ones that are there, by name.
        mark: whether a change of its name or id is going on.
        facts: for the rules on settings.
        version: of Cilium; None where nothing says it.
        fault: why nothing is known; empty where something is.
    """

    member: Member
    client: Client | None = None
    stored: Stored = field(default_factory=Stored)
    nodes: tuple[JsonObject, ...] = ()
    service: JsonObject = field(default_factory=dict)
    configuration: JsonObject = field(default_factory=dict)
    secrets: Mapping[str, JsonObject] = field(default_factory=dict)
    mark: bool = False
    facts: JsonObject = field(default_factory=dict)
    version: str | None = None
    fault: str = ""

    @property
    def name(self) -> str:
        """How the member is called."""
        return self.member.label

    @property
    def live(self) -> JsonObject:
        """The values of the release; empty without one."""
        return self.stored.newest.values if self.stored.newest is not None and self.is_installed else {}

    @property
    def is_installed(self) -> bool:
        """Whether there is a Helm release."""
        return self.stored.newest is not None and self.stored.newest.status != "uninstalled"

    @property
    def identity(self) -> tuple[str | None, int | None]:
        """The name and id that its agents are given now."""
        return get_text(self.configuration, NAME_KEY), _number(self.configuration.get(ID_KEY))


def fetch(declared: Declaration) -> list[Seen]:
    """Return what each member's cluster holds, in the members' order; one that cannot be reached with its fault.

    Raises:
        InputError: a cluster says neither its name nor its id and nobody else does, or two have the same.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda member: _look(member, declared), declared.members))
    _refuse_nameless(found)
    return found


def _look(member: Member, declared: Declaration) -> Seen:
    """Return what a member's cluster holds."""
    if not member.connection:
        return Seen(member, fault="nothing says the way to it (kubeconfig)")
    try:
        client = member.connect()
        return _read(member, client, declared)
    except FleetError as error:
        return Seen(_named(member, {}), fault=error.message)


def _read(member: Member, client: Client, declared: Declaration) -> Seen:
    base = f"/api/v1/namespaces/{declared.namespace}"
    stored = store.read(client, name=declared.release, namespace=declared.namespace)
    nodes = node_objects(client)
    configuration = get_object(_optional(client, f"{base}/configmaps/{CONFIG_MAP}"), "data")
    installed = stored.newest.app_version if stored.newest is not None else None
    version = member.version or installed or running_version(client, declared.namespace)
    given = member.settings.get(VERSION)
    version = version or (str(given) if given else None)
    names = (*SECRETS, *secrets_of(parse(version) if version else None))
    secrets = {name: found for name in names if (found := _optional(client, f"{base}/secrets/{name}"))}
    return Seen(
        member=_named(member, configuration),
        client=client,
        stored=stored,
        nodes=tuple(nodes),
        service=_optional(client, f"{base}/services/{SERVICE}"),
        configuration=configuration,
        secrets=secrets,
        mark=bool(_optional(client, f"{base}/configmaps/{MARK}")),
        facts=facts_of(basics(client, nodes)),
        version=version,
    )


def _named(member: Member, configuration: JsonObject) -> Member:
    """Return a member with the name and id that its variables or its agents say, where it says none."""
    name = member.name or _text(member.settings.get(NAME)) or get_text(configuration, NAME_KEY)
    number = member.id or _number(member.settings.get(ID)) or _number(configuration.get(ID_KEY))
    return replace(member, name=name, id=number)


def _text(value: Json) -> str | None:
    return str(value) if value else None


def _number(value: Json) -> int | None:
    text = str(value or "")
    return int(text) if text.isdecimal() and int(text) else None


def _optional(client: Client, path: str) -> JsonObject:
    try:
        return client.get(path)
    except (NotFound, Forbidden):
        return {}


def _refuse_nameless(found: Sequence[Seen]) -> None:
    for one in found:
        if one.member.leaving or one.fault:
            continue
        missing = [word for word, value in (("name", one.member.name), ("id", one.member.id)) if not value]
        if missing:
            raise InputError(
                f"{one.name}: neither the list of members nor the cluster's agents say its {' and '.join(missing)}; "
                "set both for each member: a name of its own, and an id from 1 that no other has"
            )
    for word, values in (("name", [one.member.name for one in found]), ("id", [one.member.id for one in found])):
        told = [str(value) for value in values if value]
        for value in sorted({value for value in told if told.count(value) > 1}):
            clusters = ", ".join(
                str(one.member.place) for one in found if value in (str(one.member.name), str(one.member.id))
            )
            raise InputError(
                f"members: {word} {value} is that of several of them (numbers {clusters} of the list), expected each "
                "once; set it in the list of members"
            )
