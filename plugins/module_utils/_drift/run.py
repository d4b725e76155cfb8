# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of release_info: what is installed, and where it drifts. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _kubernetes
from .._effective.fetch import stale_nodes
from .._effective.inside import inside
from .._effective.run import intent_of, places
from .._effective.seen import Seen
from .._errors import FleetError, InputError
from .._json import get_object, get_text, plain_object
from .._query import query_of
from .._secrets import mask
from .._status.agents import agents
from .fetch import Installed, installed, live_config
from .findings import drift_findings
from .plan import drift

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._context import Context, Result
    from .._json import Json, JsonObject
    from .._kubernetes import Client


def run(params: Mapping[str, Json], context: Context) -> Result:
    """Return `release`, `values`, `drift` and `findings`.

    Args:
        params: the options of ARGUMENTS.
        context: the task's side.

    Raises:
        InputError: an option that means nothing; found before anything is read.
        Forbidden: the user may not read the Secrets of the namespace.
        FleetError: there is no answer.
    """
    query, options = query_of(params), dict(params)
    values = None if params.get("values") is None else plain_object(params["values"], where="values")
    timeout, parallel = int(str(params["timeout"])), int(str(params["parallel"]))
    if min(timeout, parallel) < 1:
        raise InputError("Options timeout and parallel: found less than 1, expected whole numbers of at least 1.")
    client = _kubernetes.connect(params)
    name, namespace = str(params["release_name"]), str(params["release_namespace"])
    there = installed(client, name=name, namespace=namespace)
    if there.unread:
        raise FleetError(there.unread)
    seen = _seen(client, namespace, ask=bool(params["agents"]), timeout=timeout, parallel=parallel)
    version = there.revision.app_version if there.revision is not None else None
    intent = intent_of(get_object(options, "settings"), values, seen, version=version, facts={})
    differing = drift(places(intent.view if intent else None, values, seen, there))
    for text in client.warnings:
        context.warn(text)
    shown: Result = {
        "changed": False,
        "release": described(there, name=name, namespace=namespace),
        "values": mask(there.revision.values if there.revision is not None else {}),
        "drift": [one.as_dict() for one in differing],
        "findings": [finding.as_dict() for finding in drift_findings(differing, seen)],
    }
    return query.reduced(shown) if query else shown


def _seen(client: Client, namespace: str, *, ask: bool, timeout: int, parallel: int) -> Seen:
    """Return what drift needs of a cluster: the live ConfigMap, who is older than it, and what agents run with."""
    found = agents(client, namespace) if ask else []
    inner = inside(client, found, timeout=timeout, parallel=parallel, files=False)
    config_map = live_config(client, namespace)
    return Seen(
        cluster=client.context,
        nodes={},
        stale=stale_nodes(client, namespace, config_map),
        config=get_object(config_map, "data"),
        configuration=inner.configuration,
    )


def described(there: Installed, *, name: str, namespace: str) -> JsonObject:
    """Return the release in the words of module release, and when and from what it was installed. Pure."""
    revision = there.revision
    shown: JsonObject = {"name": name, "namespace": namespace}
    if revision is None:
        nothing: JsonObject = dict.fromkeys(("revision", "chart", "chart_version", "app_version", "since"))
        return {**shown, **nothing, "status": "absent"}
    return {
        **shown,
        "revision": revision.number,
        "status": revision.status,
        "chart": get_text(revision.body, "chart", "metadata", "name"),
        "chart_version": revision.chart_version,
        "app_version": revision.app_version,
        "since": revision.since or None,
    }
