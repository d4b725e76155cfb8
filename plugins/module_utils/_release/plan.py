# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task will do to a release. PRIVATE to the collection. Pure: (desired, existing) to a plan."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .._errors import InputError
from .._findings import ERROR, WARNING, Finding
from .._versions import parse, satisfies
from .arguments import DOWNGRADE, MANAGER, MINOR_SKIP
from .chart import stored as stored_chart
from .lint import LOUD, lint
from .ownership import Claim, Record, plan_all, read_record
from .store import UNFINISHED
from .values import join, leaves, overlaps, same, split

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._json import Json, JsonObject
    from .arguments import Options
    from .chart import Chart
    from .store import Revision, Stored
    from .values import Keys

NONE = "none"
ADOPT = "adopt"
INSTALL = "install"
UPGRADE = "upgrade"
UNINSTALL = "uninstall"
FORGET = "forget"

_CONTENT = "the content of the chart differs"


@dataclass(frozen=True)
class Plan:
    """What will be done.

    ``action``: NONE; INSTALL, UPGRADE, UNINSTALL start helm; ADOPT writes the ownership record only (values are as
    desired, but some become ours or cease to be); FORGET removes a record whose release is gone.
    ``reasons`` say why. ``before`` and ``after`` are the release's two sides for the diff, not masked.
    ``unfinished`` is a revision that has to be set to failed first. ``record`` is what managers own now, ``revision``
    the newest revision's number, 0 without one. ``server_side``: whether objects are applied on the server's side, for
    a helm that can.
    """

    action: str
    reasons: list[str] = field(default_factory=list)
    values: JsonObject = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)
    pruned: list[str] = field(default_factory=list)
    before: JsonObject = field(default_factory=dict)
    after: JsonObject = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    record: Record = field(default_factory=dict)
    unfinished: Revision | None = None
    revision: int = 0
    server_side: bool = True

    @property
    def changed(self) -> bool:
        """Whether anything in the cluster will be other than it is."""
        return self.action != NONE

    @property
    def runs_helm(self) -> bool:
        """Whether helm is needed."""
        return self.action in (INSTALL, UPGRADE, UNINSTALL)


def plan_absent(stored: Stored) -> Plan:
    """Return the plan for a release that is not to be."""
    newest = stored.newest
    if newest is None:
        if stored.ownership is None:
            return Plan(NONE)
        return Plan(FORGET, reasons=["its release is gone"], before={"ownership": "recorded"})
    return Plan(
        UNINSTALL,
        reasons=[f"revision {newest.number} is {newest.status}"],
        before=_side(newest, newest.values),
        unfinished=newest if newest.status in UNFINISHED else None,
        revision=newest.number,
    )


def plan_present(options: Options, chart: Chart, stored: Stored) -> Plan:
    """Return the plan for a release that is to be, of this chart and with these values.

    Raises InputError for what must not be done: values that two managers dispute or the chart does not know, and
    version steps that are not supported.
    """
    newest = stored.newest if stored.newest is not None and stored.newest.status != "uninstalled" else None
    # Without a release nothing is live, so whatever the record says of it is over.
    record = read_record(stored.ownership) if newest is not None else {}
    live = newest.values if newest is not None else {}
    merged = plan_all(live, options.desired, record=record, purged=options.purged)
    claim = record.get(options.manager, Claim())
    if newest is not None:
        refuse_step(newest.chart_version or "", chart.version, skip=options.skip_checks)
        # The stored chart is read already; values.yaml would have to be parsed.
        told = stored_chart(newest.body) if _is_noted(newest, chart, claim) else chart
        findings = _lint(options, told, merged.values)
    else:
        findings = _lint(options, chart, merged.values)
    reasons = _reasons(newest, chart, claim, values_differ=not same(live, merged.values))
    reasons += [options.anew] if options.anew else []
    plan = Plan(
        INSTALL if newest is None else UPGRADE if reasons else NONE,
        reasons=reasons,
        values=merged.values,
        foreign=merged.foreign,
        pruned=merged.pruned,
        before={} if newest is None else _side(newest, live),
        after=_wanted_side(chart, merged.values),
        findings=findings,
        record=record,
        unfinished=newest if newest is not None and newest.status in UNFINISHED else None,
        revision=stored.newest.number if stored.newest is not None else 0,
        server_side=newest is None or newest.server_side,
    )
    if _CONTENT in reasons:
        return _showing(plan, "chart_content", claim.content, chart.content)
    return _adopting(plan, options) if plan.action == NONE else plan


def _adopting(plan: Plan, options: Options) -> Plan:
    """Return the plan of an unchanged release, which changes nevertheless when other paths than before are ours."""
    before: list[Json] = []
    after: list[Json] = []
    for manager, values in options.desired.items():
        before += _paths(manager, plan.record.get(manager, Claim()).paths)
        after += _paths(manager, leaves(values))
    if before == after:
        return plan
    reasons = ["which values are ours changes, none of them differs"]
    return _showing(replace(plan, action=ADOPT, reasons=reasons), "owned_values", before, after)


def _paths(manager: str, found: Iterable[Keys]) -> list[Json]:
    """Return the paths that a manager owns, in order; those of another one than the release's own say so."""
    prefix = "" if manager == MANAGER else f"{manager}: "
    return [f"{prefix}{join(keys)}" for keys in sorted(found)]


def _showing(plan: Plan, key: str, before: Json, after: Json) -> Plan:
    """Return the plan with one thing more in its diff."""
    return replace(plan, before={**plan.before, key: before}, after={**plan.after, key: after})


def _wanted_side(chart: Chart, values: JsonObject) -> JsonObject:
    return {
        "status": "deployed",
        "chart_version": chart.version,
        "app_version": chart.app_version,
        "values": values,
    }


def _side(revision: Revision, values: JsonObject) -> JsonObject:
    return {
        "status": revision.status,
        "chart_version": revision.chart_version,
        "app_version": revision.app_version,
        "values": values,
    }


def _reasons(newest: Revision | None, chart: Chart, claim: Claim, *, values_differ: bool) -> list[str]:
    if newest is None:
        return ["it is not installed"]
    found: list[str] = []
    if newest.status != "deployed":
        found.append(f"revision {newest.number} is {newest.status}")
    if newest.chart_version != chart.version:
        found.append(f"chart {newest.chart_version} becomes {chart.version}")
    elif not _same_content(newest, chart, claim):
        found.append(_CONTENT)
    if values_differ:
        found.append("values differ")
    return found


def _same_content(newest: Revision, chart: Chart, claim: Claim) -> bool:
    """Tell whether the revision was installed from the same files, for a chart of the same version.

    The digest in the record answers at once, as long as the revision is the one it was written for; otherwise the
    chart that Helm stored is compared.
    """
    if chart.content is None:
        return True
    if claim.content is not None and claim.revision == newest.number:
        return _is_noted(newest, chart, claim)
    return chart.same_as(stored_chart(newest.body))


def _is_noted(newest: Revision, chart: Chart, claim: Claim) -> bool:
    """Tell whether the record says that the revision was installed from these files."""
    return claim.content is not None and (claim.revision, claim.content) == (newest.number, chart.content)


def _lint(options: Options, chart: Chart, values: JsonObject) -> list[Finding]:
    """Return what is wrong with the values that helm will get; raise InputError where that is refused.

    What others have set and the chart ignores is theirs to mend, so it is a warning; a wrong type of theirs makes helm
    fail like one of ours.
    """
    if options.lint == "off":
        return []
    ours = list(leaves(options.values))
    findings = [
        finding if finding.rule in LOUD or _is_ours(finding, ours) else replace(finding, severity=WARNING)
        for finding in lint(values, chart, severity=ERROR if options.lint == "error" else WARNING)
    ]
    refused = [finding for finding in findings if finding.severity == ERROR]
    if refused:
        listed = "; ".join(f"{finding.reason} ({finding.remedy})" for finding in refused)
        raise InputError(
            f"values: {listed}. Set lint (role: cilium_lint) to warn to go on regardless.",
            findings=[finding.as_dict() for finding in findings],
        )
    return findings


def _is_ours(finding: Finding, ours: list[Keys]) -> bool:
    keys = split(finding.subject["value"])
    return any(overlaps(keys, path) for path in ours)


def refuse_step(live: str, wanted: str, *, skip: tuple[str, ...]) -> None:
    """Raise InputError for a step between versions that Cilium does not support.

    Source: Cilium's upgrade guide: one minor version at a time; going back is a rollback of one minor.
    """
    before, after = parse(live), parse(wanted)
    if after < before and DOWNGRADE not in skip:
        raise InputError(
            f"chart: {live} is installed and {wanted} is older; a downgrade can lose state: if it is meant, add "
            f"{DOWNGRADE} to skip_checks (role: cilium_skip_checks)"
        )
    skipped = after.major == before.major and after.minor - before.minor > 1
    if (skipped or after.major > before.major) and MINOR_SKIP not in skip:
        raise InputError(
            f"chart: {live} is installed and {wanted} is more than one minor version ahead; Cilium supports one at a "
            f"time: go by {before.major}.{before.minor + 1} first, or add {MINOR_SKIP} to skip_checks (role: "
            "cilium_skip_checks)"
        )


def refuse_cluster(chart: Chart, git_version: str) -> None:
    """Raise InputError when the cluster's version (``v1.36.3``) is outside what the chart supports."""
    if chart.kube_version and not satisfies(parse(git_version), chart.kube_version):
        raise InputError(
            f"chart {chart.name} {chart.version} supports Kubernetes {chart.kube_version}, the cluster is "
            f"{git_version}: choose another chart_version or upgrade the cluster"
        )
