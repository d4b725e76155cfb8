# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the result of module clustermesh says of the members. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._findings import WARNING, Finding
from .._secrets import mask
from .arguments import PLANNED
from .jobs import job

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._context import Result
    from .._json import Json, JsonObject
    from .fetch import Seen
    from .jobs import Done
    from .run import Work


def told(work: Work, done: Mapping[str, Done], missing: Sequence[Finding] = ()) -> Result:
    """Return what the result says of the members, and the findings; missing are those on pairs in the end."""
    members: JsonObject = {one.name: _member(work, one, done.get(one.name)) for one in work.seen}
    findings: list[Json] = [finding.as_dict() for finding in (*work.findings, *_not_ours(work), *missing)]
    findings += [row for one in done.values() for row in one.findings]
    tried: Result = {"reachability": work.tried.as_list()} if work.tried is not None else {}
    return {"members": members, "findings": findings, **tried}


def _member(work: Work, one: Seen, done: Done | None) -> JsonObject:
    """Return what the result says of one member. No private key is in it."""
    wanted = work.planned.wanted[one.name]
    endpoint, shared = wanted.endpoint, work.shared.wanted.get(one.name)
    newest = one.stored.newest if one.is_installed else None
    found: JsonObject = {
        "name": one.name,
        "id": one.member.id,
        "leaving": one.member.leaving,
        "installed": one.is_installed,
        "version": one.version,
        "service_type": endpoint.service_type if endpoint else None,
        "port": endpoint.port if endpoint else None,
        "endpoints": [*endpoint.addresses] if endpoint else [],
        "peers": [*wanted.peers],
        "authority": shared.fingerprint if shared and not work.shared.created else None,
        "revision": done.release.get("revision") if done and done.release else (newest.number if newest else None),
    }
    if work.options.state == PLANNED or not one.member.is_ours:
        found["settings"] = {name: value for name, value in wanted.settings.items() if name not in wanted.secret}
        found["has_keys"] = bool(wanted.secret)
        if not wanted.secret or not one.member.is_ours:
            found["values"] = mask(wanted.values) if wanted.secret else wanted.values
    return found


def _not_ours(work: Work) -> list[Finding]:
    """Return a finding for each release of somebody else that does not have the values that the mesh needs."""
    found = []
    for one in work.seen:
        values = work.planned.wanted[one.name].values
        if one.member.is_ours or not one.is_installed or not values:
            continue
        if job(one, values, work.options.passed).changes_values:
            found.append(
                Finding(
                    "mesh_values_pending",
                    WARNING,
                    {"cluster": one.name},
                    "somebody else manages its release, and its values do not yet say what the mesh needs",
                    "have its owner set the values that the result names for it, under members",
                )
            )
    return found
