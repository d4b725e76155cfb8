# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module clustermesh_ca: fetch, plan, apply; and export. PRIVATE to the collection."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, cast

from .._catalogue._authorities import signed_from
from .._diff import difference
from .._errors import FleetError, InputError
from .._findings import ERROR, WARNING, Finding, split
from .._mesh import sharing
from .._mesh.authority import require
from .._mesh.authority_secret import given, secret
from .._mesh.certificates import current_time
from .._secrets import remember
from . import file
from .arguments import EXPORTED, Options
from .fetch import fetch, leaves, targets
from .plan import plan, told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._context import Context, Result
    from .._json import Json, JsonObject
    from .._mesh.authority import Authority
    from .._mesh.sharing import Sharing
    from .fetch import Live
    from .plan import Plan

_DRY_RUN = {"dryRun": "All"}


def run(params: Mapping[str, Json], context: Context) -> Result:
    """See to it that clusters have the authority that is asked for, or export one, and return the task's result.

    Args:
        params: the options of ARGUMENTS.
        context: the task's side.

    Raises:
        InputError: options that mean nothing, what is no authority, authorities that differ, certificates that would
            be cut off; nothing is changed then.
        ConfigurationError: the package cryptography is missing.
        ApiError, ConnectionFailed: as Client.get(); the result's `written` says what was done before.
    """
    require()
    options = Options.read(params)
    imported = _imported(options)
    clusters = fetch(targets(params, options), options)
    if options.state == EXPORTED:
        return _export(clusters[0], options, context)
    shared = sharing.plan_share(
        {live.name: live.authority for live in clusters}, imported, options.policy, make=options.make
    )
    hidden = context.check_mode and shared.created
    planned = plan(clusters, shared, options, hidden=hidden)
    findings = [*shared.findings, *_not_looked_up(clusters), *_cut_off(clusters, planned, options)]
    _refuse(findings)
    _apply(clusters, planned, context)
    result: Result = {
        "changed": planned.changed,
        "authorities": {live.name: _told(live, shared, planned, hidden=hidden) for live in clusters},
        "written": planned.written(),
        "trust_bundle": shared.trust if shared.several else None,
        "findings": [finding.as_dict() for finding in findings],
    }
    return {**result, "diff": planned.diff()} if context.diff else result


def _imported(options: Options) -> Authority | None:
    """Return the authority that the task gives; its key is kept out of whatever is said from now on."""
    if options.ca is None:
        return None
    found = given(options.ca)
    coded = base64.b64encode((found.key or "").encode()).decode()
    remember({"ca": {"key": found.key}, "secret": {"ca": {"key": coded}}})
    return found


def _told(live: Live, shared: Sharing, planned: Plan, *, hidden: bool) -> JsonObject:
    """Return what a cluster signs with after the task; of one that check mode does not make, what is known."""
    written = any(step.cluster == live.name for step in planned.steps)
    one = shared.wanted[live.name] if written or live.authority is None else live.authority
    return told(one, hidden=hidden and live.name in shared.write)


def _not_looked_up(clusters: Sequence[Live]) -> list[Finding]:
    """Return a finding for each cluster whose chart does not look the Secret up."""
    return [
        Finding(
            "mesh_ca_not_looked_up",
            WARNING,
            {"cluster": live.name},
            f"The chart of Cilium {live.version} does not look for an authority in the cluster: with method helm it "
            "makes a new one each time. Only method cronJob keeps the one that it finds.",
            "Set method cronJob, give the authority in Helm values, or upgrade Cilium first.",
            found=str(live.version),
        )
        for live in clusters
        if live.version is not None and not signed_from(live.version)
    ]


def _cut_off(clusters: Sequence[Live], planned: Plan, options: Options) -> list[Finding]:
    """Return a finding for each cluster with certificates that are not good any more afterwards; they are errors.

    With force they are warnings.
    """
    found = []
    for live in clusters:
        if live.name not in planned.replaced:
            continue
        names = leaves(live)
        if names:
            found.append(
                Finding(
                    "mesh_ca_in_use",
                    WARNING if options.force else ERROR,
                    {"cluster": live.name},
                    f"The authority of {live.name} has signed the certificates in {', '.join(names)}. They stay as "
                    "they are, and who trusts only the new authority refuses them.",
                    "Renew them at once (a Helm upgrade; from 1.18 on remove Hubble's first)."
                    if options.force
                    else "Let module clustermesh replace the authority: it renews the certificates in an order that "
                    "never cuts the mesh. Set force to write the Secret all the same.",
                    found=", ".join(names),
                )
            )
    return found


def _refuse(findings: Sequence[Finding]) -> None:
    faults, _others = split(findings, [])
    if faults:
        lines = [f"{fault.rule}: {fault.reason} {fault.remedy}" for fault in faults]
        raise InputError(
            "The certificate authorities cannot become what is asked; nothing was changed. " + " ".join(lines),
            findings=[finding.as_dict() for finding in findings],
        )


def _apply(clusters: Sequence[Live], planned: Plan, context: Context) -> None:
    """Write what is planned; in check mode the API server only says whether it would."""
    query = _DRY_RUN if context.check_mode else None
    by_name = {live.name: live for live in clusters}
    done: list[str] = []
    for step in planned.steps:
        client = by_name[step.cluster].client
        path = f"/api/v1/namespaces/{by_name[step.cluster].namespace}/secrets"
        try:
            if step.create:
                client.create(path, step.body, query=query)
            else:
                client.patch(f"{path}/{step.name}", step.body, query=query)
        except FleetError as error:
            error.details["written"] = done
            raise
        done.append(f"{step.cluster}: {step.name}")
    for live in clusters:
        for text in live.client.warnings:
            context.warn(text)


def _export(live: Live, options: Options, context: Context) -> Result:
    """Return the result of an export, after writing the file if one is asked for.

    Raises:
        InputError: the cluster has no authority, or the file cannot be written.
    """
    found = live.authority
    if found is None:
        raise InputError(
            f"{live.name}: found no certificate authority in {', '.join(live.secrets)} of namespace "
            f"{options.namespace}; expected one to export. Make it with state present, or install Cilium."
        )
    findings = [
        *sharing.expiry_findings({live.name: found}, current_time()),
        *sharing.key_findings({live.name: found}, {live.name: found}),
    ]
    result: Result = {
        "changed": False,
        "authorities": {live.name: found.as_result()},
        "findings": [finding.as_dict() for finding in findings],
    }
    if options.return_ca:
        result["ca"] = {"certificate": found.certificate, "key": found.key}
    if options.path:
        result.update(_to_file(found, options, context))
    return result


def _to_file(found: Authority, options: Options, context: Context) -> Result:
    """Write the authority's Secret as a manifest, and return what to add to the result."""
    path = cast(str, options.path)
    manifest = secret(found, namespace=options.namespace, release=options.release)
    text = json.dumps(manifest, indent=2) + "\n"  # which is YAML too
    changed = not file.is_current(path, text)
    if changed and not context.check_mode:
        file.write(path, text)
    after: JsonObject = {"path": path, "mode": "0600", **found.as_result()}
    diff = difference({} if changed else after, after, title=f"authority in {path}")
    return {"changed": changed, "path": path, **({"diff": diff} if context.diff else {})}
