# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of clustermesh_info: a mesh as its agents see it, pair by pair. PRIVATE to the collection."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from .._errors import FleetError, InputError
from .._findings import ERROR
from .._json import get_list
from .._query import query_of
from .judge import findings, membership
from .members import read
from .observe import How, identity
from .state import wait
from .store import read_store
from .stored import Filter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._context import Context, Result
    from .._findings import Finding
    from .._json import Json, JsonObject
    from .._kubernetes import Client
    from .judge import Pair
    from .members import Declaration
    from .seen import ClusterSeen


def run(params: Mapping[str, Json], context: Context) -> Result:
    """Return `connected`, `pairs`, `clusters`, `findings`, `store` and `waited`, as clustermesh_info documents them.

    Args:
        params: the options of ARGUMENTS.
        context: the task's side.

    Raises:
        InputError: an option that means nothing.
        ConfigurationError: a member's kubeconfig is no good.
        FleetError: with require_all, two clusters are not connected, or something else is not told.
    """
    declaration, how, query = read(params), _how(params), query_of(params)
    limit = _positive(params, "wait_timeout") if params.get("wait") else 0
    clients = _clients(declaration, how)
    expected = {name: declaration.peers_of(name, list(clients)) for name in clients}
    waited, seen, judged = wait(clients, expected, how=how, timeout=limit, context=context)
    found = findings(judged) + membership(seen, expected)
    store: JsonObject = {}
    kinds = [str(kind) for kind in get_list(dict(params), "store")]
    if kinds:
        store, unread = read_store(clients, seen, kinds, how, _filter(params))
        found += unread
    for client in clients.values():
        for text in client.warnings:
            context.warn(text)
    result = _shown(judged, seen, found)
    result["store"] = store
    result["waited"] = [one.as_dict() for one in waited] if params.get("wait") else []
    shown = query.reduced(result) if query else result
    wrong = [one for one in found if one.severity == ERROR]
    if params.get("require_all") and wrong:
        raise _lacking(wrong, shown)
    return shown


def _how(params: Mapping[str, Json]) -> How:
    """Return how to ask. Errors as _positive()."""
    return How(
        str(params.get("release_namespace") or "kube-system"),
        timeout=_positive(params, "timeout"),
        parallel=_positive(params, "parallel"),
        probe=bool(params.get("probe")),
    )


def _positive(params: Mapping[str, Json], name: str) -> int:
    value = params.get(name)
    if not isinstance(value, int) or value < 1:
        raise InputError(f"Option {name}: found {value}, expected a whole number of at least 1.")
    return value


def _filter(params: Mapping[str, Json]) -> Filter:
    namespaces, clusters = (get_list(dict(params), name) for name in ("store_namespaces", "store_clusters"))
    return Filter(frozenset(map(str, namespaces)), frozenset(map(str, clusters)))


def _clients(declaration: Declaration, how: How) -> dict[str, Client]:
    """Return a client for each member that is to be one, by its name: as declared, else as its agents are given it.

    Raises:
        InputError: two members turn out to have the same name.
        ConfigurationError: as Member.connect().
    """
    members = [member for member in declaration.members if not member.leaving]
    connected = [member.connect() for member in members]

    def name_of(place: int) -> str:
        if members[place].name:
            return str(members[place].name)
        try:
            return identity(connected[place], how.namespace)[0] or members[place].label
        except FleetError:  # that it does not answer is found again, and reported, when its agents are asked
            return members[place].label

    with ThreadPoolExecutor(max_workers=how.parallel) as pool:
        names = list(pool.map(name_of, range(len(members))))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"members: two clusters are called {twice[0]}, expected each name once; set name")
    return dict(zip(names, connected))


def _shown(judged: list[Pair], seen: Mapping[str, ClusterSeen], found: list[Finding]) -> Result:
    """Return the task's result without what only some options ask for."""
    return {
        "changed": False,
        "connected": all(pair.fault is None for pair in judged),
        "pairs": [pair.as_dict() for pair in judged],
        "clusters": [_cluster(seen[name]) for name in sorted(seen)],
        "findings": [one.as_dict() for one in found],
    }


def _cluster(seen: ClusterSeen) -> JsonObject:
    servers: list[Json] = [
        {"pod": store.pod, "ready": store.ready, "reason": store.reason or None} for store in seen.stores or ()
    ]
    return {
        "name": seen.name,
        "own_name": seen.own_name,
        "id": seen.id,
        "answered": seen.fault is None,
        "agents": len(seen.agents),
        "kvstoremesh": bool(seen.relays),
        "mesh_api_servers": servers,
    }


def _lacking(found: list[Finding], result: Result) -> FleetError:
    """Return the error of require_all, with all that was read."""
    first = found[0]
    details = {key: value for key, value in result.items() if key != "changed"}
    more = f" There are {len(found) - 1} more, all of them in findings." if len(found) > 1 else ""
    return FleetError(f"The mesh is not as expected (require_all): {first.reason} {first.remedy}{more}", **details)
