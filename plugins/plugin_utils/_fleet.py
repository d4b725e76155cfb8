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
from ..module_utils._catalogue.mesh import ID, NAME
from ..module_utils._cluster.run import basics, running_version
from ..module_utils._desired.fleet import Cluster
from ..module_utils._desired.plan import Asked, version_of
from ..module_utils._dialects.kubespray import VARIABLES, settings_from
from ..module_utils._errors import FleetError
from ..module_utils._json import get_object, get_text
from ._desired import CLUSTERS, FLEET, lint_of, version_of_chart
from ._plain import plain, plain_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..module_utils._json import Json, JsonObject

CONNECTION = "__cilium_connection"
# Why role preflight found none, in words.
NO_WAY = "__preflight_no_way"
OWNER, KUBESPRAYS = "cilium_managed_by", "kube_network_plugin"
CHART, RAW, NAMESPACE = "cilium_chart", "cilium_helm_values", "cilium_release_namespace"
LINT = "cilium_lint"
MESH = "cilium_clustermesh"
KUBECONFIG, CONTEXT = "cilium_kubeconfig", "cilium_context"
NAMES = (*VARIABLES, CONNECTION, NO_WAY, OWNER, KUBESPRAYS, CHART, RAW, NAMESPACE, KUBECONFIG, CONTEXT, LINT)
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


class Reader:
    """Reads the variables of one cluster after the other.

    Args:
        templar: makes values of templates.
        hostvars: the variables of every host, without those of a play.
        in_play: returns a host's variables as a task of the play sees them, not templated. Only there do a play's
            variables, the inventory's and the defaults of roles stand in their order.
    """

    def __init__(self, templar: Templar, hostvars: HostVars, in_play: Callable[[str], Mapping[str, object]]) -> None:
        self._templar = templar
        self._hostvars = hostvars
        self._in_play = in_play

    def read(self, name: str, *, taking_part: bool) -> tuple[Cluster, JsonObject]:
        """Return a cluster as far as its variables tell of it, and these variables."""
        try:
            seen = self._in_play(name) if taking_part else self._hostvars.raw_get(name)
            raw = {**seen, "hostvars": self._hostvars}
            found = self._templar.template(raw, [variable for variable in NAMES if variable in raw])
            variables = plain_mapping(found, where=name)
            asked = _asked(variables, mesh_name=name if MESH in raw else None)
        except FleetError as error:
            return Cluster(None, {}, taking_part, error.message), {}
        except AnsibleError as error:
            return Cluster(None, {}, taking_part, str(error)), {}
        return Cluster(asked, {}, taking_part, variables=frozenset(raw)), variables


def _asked(variables: JsonObject, *, mesh_name: str | None) -> Asked:
    """Return what is asked of a cluster; mesh_name is what a member of a mesh is called that has no other name."""
    settings = settings_from(variables)
    if mesh_name is not None and settings.get(ID) and not settings.get(NAME):
        settings[NAME] = mesh_name
    ours = owner_of(variables) == FLEET
    chart = chart_version(get_text(variables, CHART) or "") if ours else None
    raw = plain_mapping(variables.get(RAW) or {}, where=RAW)
    lint = lint_of(variables.get(LINT), chart)
    return Asked(settings, version_of(settings, chart, None), raw, lint=lint)


def owner_of(variables: JsonObject) -> str:
    """Return who manages Cilium, by a host's variables; the default is that of role cilium."""
    return get_text(variables, OWNER) or (FLEET if variables.get(KUBESPRAYS) is None else "kubespray")


@cache
def chart_version(location: str) -> str | None:
    """Return what version_of_chart() does, reading each chart once."""
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


def told(cluster: Cluster, variables: JsonObject, artifact: str | None) -> Cluster:
    """Return a cluster with what it says of itself; with the reason if it says nothing.

    Args:
        cluster: as it is known so far.
        variables: of the cluster.
        artifact: as in way().
    """
    connection = way(variables, artifact)
    if connection is None:
        nothing = f"found no {KUBECONFIG}, and no kubeconfig beside the inventory or of a control-plane node"
        return replace(cluster, fault=get_text(variables, NO_WAY) or nothing)
    namespace = get_text(variables, NAMESPACE) or "kube-system"
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
        return told(cluster, variables, artifact)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(fleet, pool.map(ask, fleet.values())))


def plain_names(value: object) -> list[str]:
    """Return a list of names as plain text."""
    found = plain(value)
    return [str(name) for name in found] if isinstance(found, list) else []
