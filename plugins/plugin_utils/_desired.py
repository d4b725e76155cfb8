# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role asks of its filters: variables of Ansible in, plain answers out. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..module_utils._catalogue.load_balancing import SEED
from ..module_utils._catalogue.mesh import ID
from ..module_utils._desired import seed
from ..module_utils._desired.doubts import OFF
from ..module_utils._desired.fleet import lines
from ..module_utils._desired.plan import Asked, desired, version_of
from ..module_utils._findings import ERROR
from ..module_utils._json import get_object, get_text
from ..module_utils._release import chart as charts
from ..module_utils._secrets import mask
from ._plain import plain, plain_mapping
from ._rollout import with_rollout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..module_utils._json import Json, JsonObject

CLUSTERS = "cilium_clusters"
FLEET = "fleet"
# Facts that the role sets on the host of a cluster.
TOLD, DESIRED = "__cilium_cluster", "__cilium_desired"


def desired_of(settings: object, cluster: object, asked: object) -> JsonObject:
    """Return what filter desired documents. Raises InputError."""
    values = plain_mapping(settings, where="settings")
    told = plain_mapping(cluster, where="cluster")
    further = plain_mapping(asked or {}, where="asked")
    ours = (get_text(further, "managed_by") or FLEET) == FLEET
    chart = version_of_chart(get_text(further, "chart")) if ours else None
    live = None if ours else get_text(told, "cilium_version")
    found = desired(
        Asked(
            settings=values,
            version=version_of(values, chart, live),
            raw=plain_mapping(further.get("values") or {}, where="values"),
            endpoint=get_text(further, "endpoint") or "",
            seed=get_text(further, "seed") or None,
            ignored=_names(further.get("ignore")),
            lint=lint_of(further.get("lint"), chart),
            mesh=get_object(further, "mesh"),
        ),
        told,
    )
    values_for_helm = with_rollout(found.values, get_text(further, "rollout") or "manual")
    return {
        "version": found.version,
        "settings": found.settings,
        "values": values_for_helm,
        "shown": mask(values_for_helm),
        "findings": [finding.as_dict() for finding in found.findings],
        "notes": list(found.notes),
        "cautions": list(lines(list(found.findings))),
        "differences": [finding.as_dict() for finding in found.differences],
    }


def lint_of(asked: Json, chart: str | None) -> str:
    """Return how raw values are looked at without their chart; not at all where the chart is here, and tells more."""
    # Without quotes YAML reads off as false.
    return OFF if chart or asked is False or str(asked).lower() in {OFF, "false"} else str(asked or ERROR)


def _names(value: Json) -> tuple[str, ...]:
    """Return names in a list, or in a text with commas, as Ansible takes a list on its command line."""
    found = value.split(",") if isinstance(value, str) else value
    return tuple(str(name).strip() for name in found) if isinstance(found, list) else ()


def version_of_chart(location: str | None) -> str | None:
    """Return the version of a chart that is here; None for one that would have to be pulled. Raises InputError."""
    if not location or not ("/" in location or location.endswith(".tgz")) or location.startswith("oci://"):
        return None
    return charts.load(location).version


def first_member(cluster: str, groups: Mapping[str, Sequence[str]], hosts: Mapping[str, Mapping[str, object]]) -> str:
    """Return the first member of the cluster's mesh; empty for a cluster in no mesh. Raises InputError."""
    ids = {name: plain(hosts[name].get(ID), where=f"{name}: {ID}") for name in groups.get(CLUSTERS, ())}
    if not seed.in_mesh({ID: ids.get(cluster)}):
        return ""
    return seed.first_member(ids) or ""


def mesh_seed(first: str, hosts: Mapping[str, Mapping[str, object]], fresh: str, cluster: object) -> str:
    """Return the seed that the members of a mesh share. Raises InputError."""
    variables = hosts[first]
    known = plain_mapping(variables.get(DESIRED) or {}, where=DESIRED)
    told = variables.get(TOLD)
    given = get_text(get_object(known, "settings"), SEED) or plain(variables.get(SEED), where=SEED)
    return seed.of_mesh(
        seed.Member(
            name=first,
            given=given if isinstance(given, str) else None,
            cluster=plain_mapping(told or cluster or {}, where="cluster"),
            present=bool(told),
        ),
        fresh,
    )
