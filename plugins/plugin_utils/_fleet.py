# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of every cluster of a fleet, as preflight reads them. PRIVATE to the collection."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Protocol

from ansible.errors import AnsibleError

from ..module_utils import _kubernetes
from ..module_utils._cluster.run import basics, running_version
from ..module_utils._desired.fleet import Cluster
from ..module_utils._desired.plan import Asked, version_of
from ..module_utils._dialects.kubespray import VARIABLES, settings_from
from ..module_utils._errors import FleetError
from ..module_utils._json import get_object, get_text
from ._desired import CLUSTERS, FLEET, version_of_chart
from ._plain import plain, plain_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..module_utils._json import Json, JsonObject

CONNECTION = "__cilium_connection"
OWNER, KUBESPRAYS = "cilium_managed_by", "kube_network_plugin"
CHART, RAW, NAMESPACE = "cilium_chart", "cilium_helm_values", "cilium_release_namespace"
KUBECONFIG, CONTEXT = "cilium_kubeconfig", "cilium_context"
NAMES = (*VARIABLES, CONNECTION, OWNER, KUBESPRAYS, CHART, RAW, NAMESPACE, KUBECONFIG, CONTEXT)
AT_ONCE = 16


class Templar(Protocol):
    """What makes values of templates, for one host at a time."""

    def template(self, variables: Mapping[str, object], names: Sequence[str]) -> Mapping[str, object]:
        """Return these variables, templated."""


class HostVars(Protocol):
    """The variable hostvars."""

    def raw_get(self, host_name: str) -> Mapping[str, object]:
        """Return a host's variables as they are written."""


def clusters(groups: Mapping[str, Sequence[str]], playing: Sequence[str]) -> dict[str, bool]:
    """Return the fleet in the inventory's order, and of each cluster whether it takes part in the run."""
    fleet = list(groups.get(CLUSTERS, ()))
    if not set(fleet) & set(playing):
        fleet = list(playing)
    return {name: name in playing for name in fleet}


def of_the_play(task: Mapping[str, object], host: Mapping[str, object]) -> dict[str, object]:
    """Return the variables that a play or a role gives, and the inventory or facts do not.

    They are compared by value: facts are copied on the way, and those of one host are not to be taken for all.

    Args:
        task: the variables of the task, for one host.
        host: the variables of that host without those of the play.
    """
    return {name: task[name] for name in NAMES if name in task and (name not in host or task[name] != host[name])}


class Reader:
    """Reads the variables of one cluster after the other."""

    def __init__(self, templar: Templar, hostvars: HostVars, above: Mapping[str, object]) -> None:
        self._templar = templar
        self._hostvars = hostvars
        self._above = above

    def read(self, name: str, *, taking_part: bool) -> tuple[Cluster, JsonObject]:
        """Return a cluster as far as its variables tell of it, and these variables."""
        try:
            raw = {**self._hostvars.raw_get(name), **(self._above if taking_part else {}), "hostvars": self._hostvars}
            found = self._templar.template(raw, [variable for variable in NAMES if variable in raw])
            variables = plain_mapping(found, where=name)
            asked = _asked(variables)
        except FleetError as error:
            return Cluster(None, {}, taking_part, error.message), {}
        except AnsibleError as error:
            return Cluster(None, {}, taking_part, str(error)), {}
        return Cluster(asked, {}, taking_part, variables=frozenset(raw)), variables


def _asked(variables: JsonObject) -> Asked:
    settings = settings_from(variables)
    ours = _owner(variables) == FLEET
    chart = _chart_version(get_text(variables, CHART) or "") if ours else None
    raw = plain_mapping(variables.get(RAW) or {}, where=RAW)
    return Asked(settings, version_of(settings, chart, None), raw)


def _owner(variables: JsonObject) -> str:
    return get_text(variables, OWNER) or (FLEET if variables.get(KUBESPRAYS) is None else "kubespray")


@cache
def _chart_version(location: str) -> str | None:
    return version_of_chart(location)


def way(variables: JsonObject, artifact: str | None) -> JsonObject | None:
    """Return the options of Kubernetes authentication for a cluster; None if its variables do not name any.

    Args:
        variables: of the cluster.
        artifact: path of the kubeconfig that Kubespray left beside the inventory, if it did.
    """
    known = get_object(variables, CONNECTION)
    if known:
        return known
    kubeconfig: Json = variables.get(KUBECONFIG) or artifact
    return {"kubeconfig": kubeconfig, "context": variables.get(CONTEXT)} if kubeconfig else None


def told(cluster: Cluster, connection: JsonObject | None, namespace: str) -> Cluster:
    """Return a cluster with what it says of itself; with the reason if it says nothing."""
    if connection is None:
        return replace(cluster, fault=f"no {KUBECONFIG} is set")
    try:
        client = _kubernetes.connect(connection)
        found = basics(client)
        asked = cluster.asked
        if asked is not None and not asked.version:
            asked = replace(asked, version=running_version(client, namespace))
    except FleetError as error:
        return replace(cluster, fault=error.message)
    return replace(cluster, told=found, asked=asked)


def ask_all(fleet: Mapping[str, tuple[Cluster, JsonObject]], artifact: str | None) -> dict[str, Cluster]:
    """Return the clusters with what those say of themselves that take part; they are asked in parallel."""

    def ask(entry: tuple[Cluster, JsonObject]) -> Cluster:
        cluster, variables = entry
        if not cluster.taking_part or cluster.asked is None:
            return cluster
        return told(cluster, way(variables, artifact), get_text(variables, NAMESPACE) or "kube-system")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(fleet, pool.map(ask, fleet.values())))


def plain_names(value: object) -> list[str]:
    """Return a list of names as plain text."""
    found = plain(value)
    return [str(name) for name in found] if isinstance(found, list) else []
