# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The members of a mesh, completed from the inventory. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..module_utils._catalogue import SETTINGS
from ..module_utils._catalogue.clustermesh import PORT, SERVICE
from ..module_utils._catalogue.mesh import ID, NAME
from ..module_utils._desired.plan import version_of
from ..module_utils._dialects.kubespray import settings_from
from ..module_utils._errors import InputError
from ..module_utils._json import get_list, get_object, get_objects, get_text
from ._desired import FLEET
from ._fleet import CHART, MESH, NAMES, chart_version, clusters, owner_of, way
from ._plain import plain, plain_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..module_utils._json import Json, JsonObject

# Facts that role cilium sets on the host of a cluster in the run.
ASKED, MEMBER = "__cilium_settings", "__cilium_member"
# Of MEMBER's keys.
OWNER = "managed_by"
LEAVING = "absent"


@dataclass(frozen=True)
class Told:
    """What the inventory tells of a cluster: settings, version of Cilium, who manages it, and the way to it."""

    settings: JsonObject
    version: str | None
    owner: str
    connection: JsonObject


class Inventory:
    """The clusters of an inventory, each read when it is needed and once.

    Args:
        groups: the names of the hosts of each group.
        hosts: the variables of each host, templated.
        playing: the play's hosts.
    """

    def __init__(
        self, groups: Mapping[str, Sequence[str]], hosts: Mapping[str, Mapping[str, object]], playing: Sequence[str]
    ) -> None:
        self._hosts = hosts
        self._told: dict[str, Told] = {}
        self.clusters = list(clusters(groups, playing))

    def told(self, host: str) -> Told:
        """Return what a cluster's host tells. Raises InputError for variables that cannot be read."""
        if host not in self._told:
            self._told[host] = _told(host, self._hosts[host])
        return self._told[host]

    def name(self, host: str) -> str:
        """Return the name of a host's cluster: the setting, else the host's own."""
        given = self.told(host).settings.get(NAME)
        return str(given) if given else host

    def host_of(self, cluster: str) -> str | None:
        """Return the host of a cluster that is called by its name or by the host's."""
        named = [host for host in self.clusters if self.name(host) == cluster]
        return next(iter([*named, *(host for host in self.clusters if host == cluster)]), None)


def _told(host: str, variables: Mapping[str, object]) -> Told:
    """Return what variables tell. In a run there are facts, which hold what a play says, too."""
    read = {name: plain(variables[name], where=f"{host}: {name}") for name in NAMES if name in variables}
    fact = variables.get(MEMBER)
    if fact:
        known = plain_mapping(fact, where=MEMBER)
        settings = plain_mapping(variables[ASKED], where=ASKED)
    else:
        known = {CHART: read.get(CHART), OWNER: owner_of(read)}
        settings = settings_from(read)
    owner = get_text(known, OWNER) or FLEET
    chart = chart_version(get_text(known, CHART) or "") if owner == FLEET else None
    return Told(settings, version_of(settings, chart, None), owner, _connection(read))


def _connection(variables: JsonObject) -> JsonObject:
    """Return the options by which a member names the way to its cluster."""
    found = way(variables, None) or {}
    kubeconfig, server = found.get("kubeconfig"), get_text(found, "host")
    if server and isinstance(kubeconfig, dict):
        kubeconfig = _with_server(kubeconfig, server)
    chosen: JsonObject = {"kubeconfig": kubeconfig, "context": found.get("context")}
    return {name: value for name, value in chosen.items() if value}


def _with_server(kubeconfig: JsonObject, server: str) -> JsonObject:
    """Return a kubeconfig that leads to another address of the API server."""
    named: list[Json] = [
        {**entry, "cluster": {**get_object(entry, "cluster"), "server": server}}
        for entry in get_objects(kubeconfig, "clusters")
    ]
    return {**kubeconfig, "clusters": named}


def members(mesh: object, inventory: Inventory, *, live: bool = False) -> JsonObject:
    """Return what filter mesh_members documents.

    Args:
        mesh: the variable, a mapping.
        inventory: the clusters.
        live: leave out what only counts for clusters without Cilium.

    Raises:
        InputError: there are no members, one has no name, or variables cannot be read.
    """
    declared = plain_mapping(mesh or {}, where=MESH)
    for_all = _given({"state": "present", "service_type": declared.get("service_type")})
    found: list[Json] = []
    hosts: JsonObject = {}
    unread: list[Json] = []
    for entry in _entries(declared, inventory):
        host = inventory.host_of(str(entry["name"]))
        whole = {**for_all, **(_completed(entry, inventory, host, live=live) if host else entry)}
        found.append(whole)
        if host:
            hosts[host] = whole["name"]
            if "kubeconfig" not in whole and whole["state"] != LEAVING:
                unread.append(host)
    versions = sorted({told.version for host in hosts if (told := inventory.told(host)).version})
    return {"members": found, "hosts": hosts, "unread": unread, "versions": [*versions]}


def _entries(declared: JsonObject, inventory: Inventory) -> list[JsonObject]:
    """Return the entries that are declared, else one for each cluster of the inventory that has an id."""
    if declared.get("members") is None:
        found = [host for host in inventory.clusters if _is_id(inventory.told(host).settings.get(ID))]
        if not found:
            raise InputError(
                f"{MESH}: no members; found no cluster of the inventory with {ID}, and none are listed. Give each "
                f"cluster an id of its own, from 1, or list the members in {MESH}.members"
            )
        return [{"name": inventory.name(host)} for host in found]
    entries = [_entry(value) for value in get_list(declared, "members")]
    for place, entry in enumerate(entries, 1):
        if not entry.get("name"):
            raise InputError(f"{MESH}.members: number {place} has no name; say its cluster's, or its host's")
    return entries


def _entry(value: Json) -> JsonObject:
    return _given(value) if isinstance(value, dict) else {"name": value}


def _is_id(value: Json) -> bool:
    return str(value or "").isdecimal() and int(str(value)) > 0


def _number(value: Json) -> Json:
    """Return a number that stands there as text, as templates of older versions of ansible-core make it, as one."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _completed(entry: JsonObject, inventory: Inventory, host: str, *, live: bool) -> JsonObject:
    """Return an entry with what the inventory tells of its cluster; what it says itself stays."""
    told = inventory.told(host)
    own: JsonObject = {
        "id": _number(told.settings.get(ID)),
        "service_type": told.settings.get(SERVICE),
        "port": _number(told.settings.get(PORT)),
        "managed_by": told.owner,
    }
    if not live:
        own["settings"] = _looked_up(told.settings)
        own["cilium_version"] = told.version
    way = {} if "kubeconfig" in entry else told.connection
    return {**_given(own), **way, **entry, "name": inventory.name(host)}


def _looked_up(settings: JsonObject) -> JsonObject:
    """Return settings without those of which only the cluster itself can say what they stand for."""
    return {
        name: value
        for name, value in settings.items()
        if name not in SETTINGS or value not in SETTINGS[name].unresolved
    }


def _given(entry: JsonObject) -> JsonObject:
    return {name: value for name, value in entry.items() if value is not None}
