# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done in each cluster of a mesh, and doing it in all of them at once. PRIVATE to the collection."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .._catalogue.clustermesh import PEERS_PATH
from .._errors import Conflict, FleetError, NotFound
from .._json import get_object, get_path, get_text
from .._release import chart as charts
from .._release.arguments import MESH_MANAGER
from .._release.arguments import Options as ReleaseOptions
from .._release.lease import clear_dead, refuse_others
from .._release.ownership import Claim, read_record
from .._release.plan import NONE, plan_present
from .._release.run import carry_out
from .._release.task import Task
from .._release.wait import until_updated
from .._release.workloads import workloads
from . import identity
from .serving import serve_anew

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._context import Context, Result, Telling
    from .._findings import Finding
    from .._json import Json, JsonObject
    from .._kubernetes import Client
    from .._release.plan import Plan
    from .fetch import Seen


@dataclass(frozen=True)
class Job:
    """What is to be done in one cluster.

    Attributes:
        seen: the cluster as it was read.
        options: of the work on its release; None where that stays as it is.
        release: what becomes of the release, for diffs; None where it stays as it is.
        secrets: to write before that, each whole.
        removed: Secrets to delete after it.
        dropped: Secrets of certificates to delete before it, as its chart keeps those that it finds.
        renamed: the cluster gets another name or id, so its pods are restarted in the end.
    """

    seen: Seen
    options: ReleaseOptions | None = None
    release: Plan | None = None
    secrets: tuple[JsonObject, ...] = ()
    removed: tuple[JsonObject, ...] = ()
    dropped: tuple[JsonObject, ...] = ()
    renamed: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything in the cluster will be other than it is."""
        return self.changes_release or bool(self.secrets or self.removed or self.renamed)

    @property
    def changes_values(self) -> bool:
        """Whether the release will be installed anew by helm, not only noted as ours."""
        return self.release is not None and self.release.runs_helm

    @property
    def changes_release(self) -> bool:
        """Whether the release will be other than it is."""
        return self.release is not None and self.release.action != NONE


@dataclass(frozen=True)
class Done:
    """What came of a job: the release as module release tells of it, and what was waited for."""

    release: JsonObject = field(default_factory=dict)
    waited: tuple[JsonObject, ...] = ()
    findings: tuple[JsonObject, ...] = ()


def job(seen: Seen, values: JsonObject, passed: Mapping[str, Json], *, anew: str = "") -> Job:
    """Return what is to be done in a cluster whose release is to have these values.

    Args:
        seen: the cluster as it was read; it has a release.
        values: all that the mesh asks of the release.
        passed: options that are passed on to the work on a release.
        anew: why the release is rendered anew even with the same values; empty for not at all.
    """
    renamed = not seen.member.leaving and identity.changes(seen)
    # The agents' name and id stand in their ConfigMap, which they read only when they start.
    options = ReleaseOptions.of_manager(MESH_MANAGER, values, {**passed, "restart_stale": renamed}, anew=anew)
    if get_path(values, *PEERS_PATH) is not None:
        # Charts with peers by name (1.19) merge them, so those that somebody else has set would stay.
        options = replace(options, purged=(PEERS_PATH,))
    newest = seen.stored.newest
    release = None if newest is None else plan_present(options, charts.stored(newest.body), seen.stored)
    return Job(seen, options, release, renamed=renamed)


def sides(jobs: Sequence[Job]) -> tuple[JsonObject, JsonObject]:
    """Return what is, and what will be, by cluster; what stays as it is is left out."""
    before: JsonObject = {}
    after: JsonObject = {}
    for one in jobs:
        if not one.changed:
            continue
        was, becomes = (dict(one.release.before), dict(one.release.after)) if one.release else ({}, {})
        if one.secrets or one.removed:
            there = {name: _content(found) for name, found in one.seen.secrets.items()}
            written = {_name(secret): _content(secret) for secret in one.secrets}
            touched = sorted({*written, *map(_name, one.removed)})
            was["secrets"] = {name: there[name] for name in touched if name in there}
            becomes["secrets"] = {name: written[name] for name in touched if name in written}
        before[one.seen.name], after[one.seen.name] = was, becomes
    return before, after


def _name(secret: JsonObject) -> str:
    return get_text(secret, "metadata", "name") or ""


def _content(secret: JsonObject) -> JsonObject:
    return get_object(secret, "data")


def carry_out_all(jobs: Sequence[Job], context: Context, *, at_once: int) -> dict[str, Done]:
    """Do all jobs, in parallel, and return what came of each that changed anything, by cluster.

    Raises:
        FleetError: of the clusters in which it failed; in the others it is done.
    """
    open_ones = [one for one in jobs if one.changed]
    with ThreadPoolExecutor(at_once) as pool:
        futures = {one.seen.name: pool.submit(_carry_out, one, context) for one in open_ones}
        list(pool.map(lambda one: _tidy_up(one, context), [one for one in jobs if not one.changed]))
    failed = {name: error for name, future in futures.items() if isinstance(error := future.exception(), FleetError)}
    done = {name: future.result() for name, future in futures.items() if name not in failed}
    if failed:
        first = next(iter(failed.values()))
        said = "; ".join(f"{name}: {error.message}" for name, error in failed.items())
        rest = f" Done in {', '.join(done)}." if done else ""
        raise FleetError(
            f"{said}.{rest} Run again when the cause is gone: what is done stays done.",
            failed={name: error.message for name, error in failed.items()},
            done=list(done),
        ) from first
    return done


def finish(seen: Seen, passed: Mapping[str, Json], context: Context, *, drops: bool) -> None:
    """Wait until the pods of a cluster's release are up to date, unless a run has seen them so.

    Args:
        seen: the cluster as it was read.
        passed: options that are passed on to the work on a release.
        context: the task's side.
        drops: whether an authority is about to be dropped, so that its mesh API server has to serve what is newest.

    Raises:
        Timeout: they are not in time.
    """
    newest, client = seen.stored.newest, seen.client
    if newest is None or client is None:
        return
    options = ReleaseOptions.of_manager(MESH_MANAGER, {}, passed)
    context = _of_cluster(context, seen.name)
    if read_record(seen.stored.ownership).get(MESH_MANAGER, Claim()).ready != newest.number:
        found = workloads(newest.manifest, namespace=options.namespace)
        until_updated(client, found, timeout=options.wait_timeout, context=context)
    if drops:
        serve_anew(client, options.namespace, context, seconds=options.wait_timeout)


def _tidy_up(one: Job, context: Context) -> None:
    """Remove what a killed run left in a cluster in which nothing else is to be done."""
    if one.options is None or one.seen.client is None:
        return
    try:
        clear_dead(one.seen.client, Task(one.options, context, one.seen.client).slot)
    except FleetError as error:
        context.warn(f"{one.seen.name}: what a killed run left could not be looked for: {error.message}")


def _carry_out(one: Job, context: Context) -> Done:
    client = one.seen.client
    if client is None:
        raise FleetError(f"{one.seen.name}: {one.seen.fault}")
    context = _of_cluster(context, one.seen.name)
    if one.options is not None and (one.secrets or one.dropped):
        refuse_others(client, Task(one.options, context, client).slot)
    for secret in one.secrets:
        write(client, secret, planned_on=one.seen.secrets.get(_name(secret)))
    for secret in one.dropped:
        delete(client, secret)
    done = _change_release(one, client, context) if one.options is not None else Done()
    for secret in one.removed:
        delete(client, secret)
    return done


def _change_release(one: Job, client: Client, context: Context) -> Done:
    options = one.options
    if options is None or not (one.changes_release or one.renamed):
        return Done()
    if one.renamed:
        identity.begin(client, options.namespace)
    result = carry_out(Task(options, context, client))
    found = _rows(result, "findings")
    if one.renamed:
        left = identity.finish(client, options.namespace, context, seconds=options.wait_timeout)
        found += tuple(_of(one.seen.name, finding) for finding in left)
    return Done(_plain(result, "release"), _rows(result, "waited"), found)


def _of(cluster: str, finding: Finding) -> JsonObject:
    return replace(finding, subject={"cluster": cluster, **finding.subject}).as_dict()


def _plain(result: Result, key: str) -> JsonObject:
    found = result.get(key)
    return found if isinstance(found, dict) else {}


def _rows(result: Result, key: str) -> tuple[JsonObject, ...]:
    found = result.get(key)
    return tuple(found) if isinstance(found, list) else ()


def write(client: Client, secret: JsonObject, *, planned_on: JsonObject | None) -> None:
    """Make a Secret what it is to be. Its type cannot be changed, so the one that is there stays.

    Args:
        client: for its cluster.
        secret: with all of its data; a label or annotation that is null is taken away, others that are there stay.
        planned_on: the Secret as it was read; None where there was none.

    Raises:
        FleetError: somebody has changed it since.
    """
    metadata = get_object(secret, "metadata")
    path = f"/api/v1/namespaces/{metadata['namespace']}/secrets"
    try:
        if planned_on is None:
            client.create(path, _marked(secret, {}))
        else:
            client.replace(f"{path}/{metadata['name']}", _marked(secret, planned_on))
    except (Conflict, NotFound) as error:
        raise FleetError(
            f"Secret {metadata['namespace']}/{metadata['name']}: somebody has changed it since it was read; run again"
        ) from error


def _marked(secret: JsonObject, there: JsonObject) -> JsonObject:
    """Return what a Secret is to be, with the labels and annotations that others have given it."""
    metadata: JsonObject = {**get_object(there, "metadata"), **get_object(secret, "metadata")}
    for key in ("labels", "annotations"):
        marks = {**get_object(there, "metadata", key), **get_object(secret, "metadata", key)}
        metadata[key] = {name: mark for name, mark in marks.items() if mark is not None}
    return {**secret, **there, "metadata": metadata, "data": secret["data"]}


def delete(client: Client, secret: JsonObject) -> None:
    """Delete a Secret if it is there."""
    metadata = get_object(secret, "metadata")
    with suppress(NotFound):
        client.delete(f"/api/v1/namespaces/{metadata['namespace']}/secrets/{metadata['name']}")


def _of_cluster(context: Context, name: str) -> Context:
    """Return the task's side for the work in one cluster: what it says begins with the cluster's name."""

    def progress(telling: Telling) -> None:
        context.progress(f"{name}: {telling}" if isinstance(telling, str) else lambda: f"{name}: {telling()}")

    return replace(context, warn=lambda text: context.warn(f"{name}: {text}"), progress=progress)
