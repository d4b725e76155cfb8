# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying a plan out. PRIVATE to the collection.

The order is what makes a kill at any moment harmless: the Lease stands (run.py), a revision that nobody finishes is
set to failed, the intended values are recorded, helm runs, the record is settled, the pods are waited for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .._errors import FleetError, HelmError, Timeout
from . import helm as helms
from . import wait
from .ownership import Claim, Record, read_record
from .plan import ADOPT, FORGET, UNINSTALL
from .record import Keeper
from .rollout import restarts_needed, snapshot
from .store import UNFINISHED, set_failed
from .workloads import workloads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._findings import Finding
    from .._json import JsonObject
    from .chart import Chart
    from .plan import Plan
    from .store import Revision, Stored
    from .task import Task
    from .wait import Waited
    from .workspace import Workspace


@dataclass(frozen=True)
class Outcome:
    """What came of a plan: the newest revision (None when there is none), what was waited for, what is to be told."""

    revision: Revision | None = None
    waited: list[Waited] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Tools:
    """What a run of helm needs; ``chart`` is None for a release that is to go."""

    helm: helms.Helm
    workspace: Workspace
    chart: Chart | None = None


def apply(task: Task, plan: Plan, stored: Stored, tools: Tools | None) -> Outcome:
    """Carry out a plan that changes something. Raises HelmError, Timeout and the errors of the API."""
    keeper = Keeper(task, stored.ownership)
    if plan.action == FORGET:
        keeper.delete()
        return Outcome()
    if plan.action == ADOPT or tools is None:
        return _adopt(task, plan, stored, keeper)
    if plan.unfinished is not None:
        task.context.warn(f"{task.subject}: revision {plan.unfinished.number} was never finished; set to failed")
        set_failed(task.client, plan.unfinished, reason="set to failed by fleet.cilium: its run is gone")
    if plan.action == UNINSTALL:
        return _uninstall(task, stored, tools, keeper)
    return _upgrade(task, plan, tools, keeper)


def _adopt(task: Task, plan: Plan, stored: Stored, keeper: Keeper) -> Outcome:
    number = stored.newest.number if stored.newest is not None else 0
    record = dict(plan.record)
    for manager, values in task.options.desired.items():
        claim = plan.record.get(manager, Claim())
        content = claim.content if claim.revision == number else None
        record[manager] = replace(claim.settle(values, content=content, revision=number), ready=claim.ready)
    keeper.write(record)
    return Outcome(stored.newest)


def _intended(record: Record, desired: Mapping[str, JsonObject]) -> Record:
    """Return the record to write before helm starts."""
    return {**record, **{name: record.get(name, Claim()).intend(values) for name, values in desired.items()}}


def _settled(record: Record, desired: Mapping[str, JsonObject], *, content: str | None, revision: int) -> Record:
    """Return the record to write after helm is done."""
    settled = {
        name: record.get(name, Claim()).settle(values, content=content, revision=revision)
        for name, values in desired.items()
    }
    return {**record, **settled}


def _upgrade(task: Task, plan: Plan, tools: Tools, keeper: Keeper) -> Outcome:
    options, chart = task.options, tools.chart
    if chart is None or chart.path is None:
        raise FleetError(f"{task.subject}: no chart to install from")
    before = snapshot(task.client, options.namespace)
    record = _intended(plan.record, options.desired)
    keeper.write(record)
    values = tools.workspace.write("values.json", plan.values)
    how = helms.Upgrade(
        chart.path, values, atomic=options.atomic, server_side=plan.server_side, history_max=options.history_max
    )
    try:
        _run_helm(task, tools, tools.helm.upgrade(task.release, how), what=f"{plan.action} of {task.subject}")
    except (HelmError, Timeout):
        _tidy_up(task, plan, keeper)
        raise
    revision = task.read().newest
    if revision is None:
        raise FleetError(
            f"{task.subject}: helm ended well, but there is no revision; somebody uninstalled it meanwhile"
        )
    findings = restarts_needed(before, snapshot(task.client, options.namespace))
    record = _settled(record, options.desired, content=chart.content, revision=revision.number)
    claim = record[options.manager]
    left = {*claim.left, *(finding.subject["object"] for finding in findings)}
    record[options.manager] = replace(claim, left=tuple(sorted(left)))
    keeper.write(record)
    waited = _wait(task, revision, record, keeper) if options.wait else []
    return Outcome(revision, waited, findings)


def _run_helm(task: Task, tools: Tools, command: list[str], *, what: str) -> None:
    kubeconfig = tools.workspace.write("kubeconfig.json", task.client.kubeconfig())
    warnings = helms.run(
        [*command, "--kubeconfig", str(kubeconfig)],
        tools.workspace,
        what=what,
        timeout=task.options.wait_timeout,
        tick=lambda: task.context.progress(f"helm is at work: {what}"),
    )
    for text in warnings:
        task.context.warn(text)


def _tidy_up(task: Task, plan: Plan, keeper: Keeper) -> None:
    """After helm failed: if it did not get as far as a revision put the record back; leave none unfinished."""
    try:
        now = task.read().newest
        if (now.number if now else 0) == plan.revision:
            keeper.restore()
        elif now is not None and now.status in UNFINISHED:
            set_failed(task.client, now, reason="set to failed by fleet.cilium: helm was ended")
    except FleetError as error:
        task.context.warn(f"{task.subject}: could not be tidied up: {error.message}")


def _uninstall(task: Task, stored: Stored, tools: Tools, keeper: Keeper) -> Outcome:
    options, newest = task.options, stored.newest
    found = workloads(newest.manifest if newest else "", namespace=options.namespace)
    items = wait.watched(task.client, found) if options.wait else {}
    _run_helm(task, tools, tools.helm.uninstall(task.release), what=f"uninstall of {task.subject}")
    keeper.delete()
    return Outcome(waited=wait.until_gone(task.client, items, timeout=options.wait_timeout, context=task.context))


def settle_up(task: Task, stored: Stored, chart: Chart, left: tuple[str, ...]) -> Outcome:
    """Do what an unchanged release may still need.

    Wait for its pods if no run saw them ready, note the chart, and which workloads (``left``) are still to be
    restarted.
    """
    newest = stored.newest
    if newest is None:
        return Outcome()
    desired, manager = task.options.desired, task.options.manager
    record = read_record(stored.ownership)
    claim = record.get(manager, Claim())
    keeper = Keeper(task, stored.ownership)
    content = claim.content if chart.content is None and claim.revision == newest.number else chart.content
    ready = claim.ready if claim.ready == newest.number else None
    settled = _settled(record, desired, content=content, revision=newest.number)
    settled[manager] = replace(settled[manager], ready=ready, left=left)
    if settled != record:
        keeper.write(settled)
    if not task.options.wait or ready is not None:
        return Outcome(newest)
    return Outcome(newest, _wait(task, newest, settled, keeper))


def _wait(task: Task, revision: Revision, record: Record, keeper: Keeper) -> list[Waited]:
    """Wait for the revision's pods, and note that they were seen ready."""
    found = workloads(revision.manifest, namespace=task.options.namespace)
    waited = wait.until_updated(task.client, found, timeout=task.options.wait_timeout, context=task.context)
    manager = task.options.manager
    keeper.write({**record, manager: replace(record[manager], ready=revision.number)})
    return waited
