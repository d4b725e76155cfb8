# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module global_services: fetch, plan, apply. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _kubernetes
from .._cluster.run import running_version
from .._errors import FleetError, InputError
from .._json import get_list, get_objects, get_text
from .plan import OWNED, Plan, annotations_of, plan, read

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .._context import Context, Result
    from .._json import Json, JsonObject
    from .._kubernetes import Client
    from .plan import Key

_DRY_RUN = {"dryRun": "All"}


def run(params: Mapping[str, Json], context: Context) -> Result:
    """Make the annotations of the cluster's Services those that are declared, and return the task's result.

    Args:
        params: the options of ARGUMENTS.
        context: the task's side.

    Raises:
        InputError: a declaration that cannot be meant, or no version to spell it for; nothing is changed then.
        ApiError, ConnectionFailed: as Client.get() and Client.patch().
    """
    client = _kubernetes.connect(params)
    services = get_objects(dict(params), "services")
    declared = read(services, _versions(client, params)) if services else {}
    planned = plan(declared, _live(client, declared), client.context)
    _apply(client, planned, context)
    for text in client.warnings:
        context.warn(text)
    result: Result = {
        "changed": bool(planned.changes),
        **planned.names(),
        "findings": [finding.as_dict() for finding in planned.findings],
    }
    return {**result, "diff": planned.diff()} if context.diff else result


def _versions(client: Client, params: Mapping[str, Json]) -> Sequence[str]:
    """Return the versions to spell for: those that are given, else the cluster's own.

    Raises:
        InputError: the cluster does not tell.
    """
    given = [str(version) for version in get_list(dict(params), "versions")]
    own = None if given else running_version(client, str(params["namespace"]))
    if not given and own is None:
        raise InputError(
            f"versions: found none, and no agents of Cilium in namespace {params['namespace']} of {client.context} "
            "that tell theirs; expected the versions of the mesh's members, such as [1.15.19]"
        )
    return given or [str(own)]


def _live(client: Client, declared: Collection[Key]) -> dict[Key, dict[str, str]]:
    """Return the annotations of the Services that are declared, or that carry our mark."""
    there = ((_key(item), annotations_of(item)) for item in client.items("/api/v1/services"))
    return {key: found for key, found in there if key in declared or OWNED in found}


def _key(item: JsonObject) -> Key:
    return get_text(item, "metadata", "namespace") or "", get_text(item, "metadata", "name") or ""


def _apply(client: Client, planned: Plan, context: Context) -> None:
    """Do what is planned; in check mode the API server only says whether it would.

    Raises:
        FleetError: the API server refuses; which Services were annotated before is said.
    """
    query = _DRY_RUN if context.check_mode else None
    done: list[str] = []
    try:
        for change in planned.changes:
            namespace, name = change.key
            client.patch(f"/api/v1/namespaces/{namespace}/services/{name}", change.patch, query=query)
            done.append(f"{namespace}/{name}")
    except FleetError as error:
        error.details["done"] = done
        raise
