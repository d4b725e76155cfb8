# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module ``release``: fetch, plan, apply. PRIVATE to the collection."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Callable

from .. import _kubernetes
from .._diff import difference
from .._errors import FleetError, InputError, NotFound
from .._json import get_text
from .._versions import is_exact
from . import chart as charts
from . import helm as helms
from .apply import Outcome, Tools, apply, settle_up
from .arguments import INSTALLED, Options
from .lease import DEAD, hold, renewing, state
from .ownership import Claim
from .plan import FORGET, INSTALL, NONE, UNINSTALL, Plan, plan_absent, plan_present, refuse_cluster
from .restart import left_behind, remind, settle
from .task import Task
from .workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._context import Context, Result
    from .._json import Json, JsonObject
    from .chart import Chart
    from .store import Revision, Stored

Planner = Callable[["Stored"], Plan]


def run(params: Mapping[str, Json], context: Context) -> Result:
    """Bring a release to the state that the options say, and return the task's result.

    Raises InputError, ConfigurationError, ConnectionFailed, HelmError and the like before anything is changed, and
    HelmError or Timeout for what fails on the way.
    """
    options = Options.read(params)
    task = Task(options, context, _kubernetes.connect(params))
    result = carry_out(task)
    for text in task.client.warnings:
        context.warn(text)
    return result


def carry_out(task: Task) -> Result:
    """Do the work of run() for options that are read and a cluster that is connected to."""
    options = task.options
    with ExitStack() as stack:
        result = _absent(task) if options.state == "absent" else _present(task, stack)
    return settle(task, result) if options.restart_stale and options.state == "present" else result


def _absent(task: Task) -> Result:
    stored = task.read()
    plan = plan_absent(stored)
    if plan.action == NONE:
        return _result(task, plan, Outcome())
    helm = helms.find(task.options.helm_binary) if plan.action == UNINSTALL else None
    return _change(task, stored, plan_absent, lambda workspace: Tools(helm, workspace) if helm else None)


def _present(task: Task, stack: ExitStack) -> Result:
    stored = task.read()
    chart = _chart(task, stored, stack)

    def planner(found: Stored) -> Plan:
        return plan_present(task.options, chart, found)

    plan = planner(stored)
    if plan.action == NONE:
        return _result(task, plan, _unchanged(task, stored, chart, plan.record.get(task.options.manager, Claim())))
    helm = _refuse_early(task, plan, chart) if plan.runs_helm else None
    return _change(task, stored, planner, lambda workspace: Tools(helm, workspace, chart) if helm else None)


def _unchanged(task: Task, stored: Stored, chart: Chart, claim: Claim) -> Outcome:
    """Do what an unchanged release may still need, and tell what is still to be done by hand."""
    found = left_behind(task, claim.left)
    left = tuple(str(stale.workload) for stale in found)
    outcome = Outcome(stored.newest) if task.context.check_mode else settle_up(task, stored, chart, left)
    return replace(outcome, findings=remind(found))


def _chart(task: Task, stored: Stored, stack: ExitStack) -> Chart:
    """Return the desired chart; one that would have to be pulled is not, if it is the one that is installed."""
    options = task.options
    if options.chart == INSTALLED:
        return _as_installed(task, stored, stack)
    if charts.is_remote(options.chart, options.chart_repository):
        return _installed_chart(options, stored) or _pulled(task, stack)
    chart = charts.load(options.chart)
    if options.chart_version and options.chart_version.lstrip("v") != chart.version.lstrip("v"):
        raise InputError(
            f"chart {options.chart}: its version is {chart.version}, chart_version asks for {options.chart_version}"
        )
    return chart


def _as_installed(task: Task, stored: Stored, stack: ExitStack) -> Chart:
    """Return the chart of the newest revision; laid out for helm if that has to be started."""
    newest = stored.newest
    if newest is None or newest.status == "uninstalled":
        raise InputError(f"{task.subject}: it is not installed; expected a release, or a chart to install it from")
    installed = charts.stored(newest.body)
    if not plan_present(task.options, installed, stored).runs_helm:
        return installed
    return charts.unpacked(newest.body, stack.enter_context(Workspace()).folder / "chart")


def _installed_chart(options: Options, stored: Stored) -> Chart | None:
    """Return the chart that is installed, if it is the one that is wanted and helm will not need it as a file."""
    newest, wanted = stored.newest, options.chart_version
    if newest is None or not wanted or not is_exact(wanted):
        return None
    installed = charts.stored(newest.body)
    if installed.version.lstrip("v") != wanted.lstrip("v"):
        return None
    return None if plan_present(options, installed, stored).runs_helm else installed


def _pulled(task: Task, stack: ExitStack) -> Chart:
    options = task.options
    workspace = stack.enter_context(Workspace())
    helm = helms.find(options.helm_binary)
    command = helm.pull(
        options.chart, repository=options.chart_repository, version=options.chart_version, folder=workspace.folder
    )
    helms.run(command, workspace, what=f"pull of chart {options.chart}", timeout=options.wait_timeout)
    packages = sorted(workspace.folder.glob("*.tgz"))
    if not packages:
        raise InputError(f"chart {options.chart}: helm pulled no package; expected a Helm chart there")
    return charts.load(str(packages[0]))


def _refuse_early(task: Task, plan: Plan, chart: Chart) -> helms.Helm:
    """Raise for whatever would make helm fail later, before anything is changed; return the helm to use."""
    helm = helms.find(task.options.helm_binary)
    refuse_cluster(chart, get_text(task.client.get("/version"), "gitVersion") or "")
    if plan.action == INSTALL and not task.options.create_namespace:
        try:
            task.client.get(f"/api/v1/namespaces/{task.options.namespace}")
        except NotFound as error:
            raise InputError(
                f"namespace {task.options.namespace}: not found; create it, or set create_namespace (role: "
                "cilium_create_namespace)"
            ) from error
    return helm


def _change(task: Task, stored: Stored, planner: Planner, tools: Callable[[Workspace], Tools | None]) -> Result:
    """Carry out what is due, as the only writer; what is due is asked again when no other writer is left."""
    plan = planner(stored)
    if task.context.check_mode:
        if plan.unfinished is not None:
            _refuse_unfinished(task, plan.unfinished, dead=state(task.client, task.slot) == DEAD)
        return _result(task, plan, Outcome(stored.newest))
    if plan.action == INSTALL and task.options.create_namespace:
        _create_namespace(task)
    with Workspace() as workspace, hold(task.client, task.slot, context=task.context, workspace=workspace) as before:
        task = replace(task, context=renewing(task.client, task.slot, task.context))
        stored = task.read()
        plan = planner(stored)
        if plan.action == NONE:
            return _result(task, plan, Outcome(stored.newest))
        if plan.unfinished is not None:
            _refuse_unfinished(task, plan.unfinished, dead=before == DEAD)
        return _result(task, plan, apply(task, plan, stored, tools(workspace)))


def _refuse_unfinished(task: Task, revision: Revision, *, dead: bool) -> None:
    """Raise for a revision that somebody else may still be working on."""
    if not dead and not task.options.force_unlock:
        raise FleetError(
            f"{task.subject}: revision {revision.number} is {revision.status} since {revision.since}, and not by a run "
            "of this collection that is known to be gone; wait for it, or set force_unlock (role: "
            "cilium_force_unlock) if nobody works on it"
        )


def _create_namespace(task: Task) -> None:
    name = task.options.namespace
    try:
        task.client.get(f"/api/v1/namespaces/{name}")
    except NotFound:
        body: JsonObject = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        task.client.create("/api/v1/namespaces", body)


def _result(task: Task, plan: Plan, outcome: Outcome) -> Result:
    result: Result = {
        "changed": plan.changed,
        "release": _described(task, plan, outcome.revision),
        "foreign_values": plan.foreign,
        "pruned_values": plan.pruned,
        "findings": [finding.as_dict() for finding in (*plan.findings, *outcome.findings)],
        "waited": [item.as_dict() for item in outcome.waited],
        "notes": outcome.revision.notes if outcome.revision is not None and plan.action != UNINSTALL else "",
    }
    if plan.changed or task.context.diff:
        result["diff"] = difference(plan.before, plan.after, title=task.subject)
    return result


def _described(task: Task, plan: Plan, revision: Revision | None) -> JsonObject:
    """Return the release as it is now, or, in check mode, as it would be."""
    shown: JsonObject = {"name": task.options.name, "namespace": task.options.namespace}
    gone = plan.action in (UNINSTALL, FORGET) or (task.options.state == "absent" and plan.action == NONE)
    if gone:
        return {**shown, "revision": None, "status": "absent", "chart_version": None, "app_version": None}
    if revision is not None and not (task.context.check_mode and plan.runs_helm):
        return {
            **shown,
            "revision": revision.number,
            "status": revision.status,
            "chart_version": revision.chart_version,
            "app_version": revision.app_version,
        }
    return {
        **shown,
        "revision": plan.revision + 1,
        "status": plan.after.get("status"),
        "chart_version": plan.after.get("chart_version"),
        "app_version": plan.after.get("app_version"),
    }
