# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what was seen of a cluster to the result: features, findings, log, summary. PRIVATE to the collection. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from .._drift.findings import drift_findings
from .._findings import ERROR, INFO, WARNING
from .._json import get_text
from .._validation.cluster import in_order
from .around import around
from .expectations import Person, unmet
from .features import EFFECTIVE, FELL_BACK, OLDER_CONFIG, UNKNOWN, features
from .health import unreachable
from .judge import judge
from .log import log_findings, summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._catalogue._model import View
    from .._drift.plan import Drift
    from .._findings import Finding
    from .._json import Json, JsonObject
    from .features import Feature
    from .seen import Seen

NOBODY = Person()
# A feature is in the first of these states that a node of it is in.
_STATES = (FELL_BACK, OLDER_CONFIG, EFFECTIVE, UNKNOWN)


def verify(
    view: View | None,
    seen: Seen,
    *,
    further: Iterable[Finding] = (),
    drift: Iterable[Drift] = (),
    person: Person = NOBODY,
) -> JsonObject:
    """Return what is to be said of a cluster.

    Args:
        view: what is asked, at the version that its agents run; None where nobody says or shows a version.
        seen: the cluster.
        further: findings that others made, such as agents that do not answer.
        drift: what differs between settings, release, ConfigMap and agents.
        person: expectations, and rules whose errors are warnings.

    Returns:
        What the documentation of verify_info describes, but `changed`.
    """
    found = features(view, seen) if view is not None else []
    differing, log = list(drift), summary(seen.log)
    findings = [*further, *(judge(found, view, seen) if view is not None else [])]
    findings += [*unreachable(seen), *around(seen), *log_findings(log, seen), *drift_findings(differing, seen)]
    nodes: JsonObject = {**dict(sorted(seen.nodes.items()))}
    read: JsonObject = {
        "cluster": seen.cluster,
        "version": None if view is None else str(view.version),
        "features": [feature.as_dict() for feature in found],
        "drift": [one.as_dict() for one in differing],
        "log": [entry.as_dict() for entry in log],
        "nodes": nodes,
    }
    before = {**read, **_judged(seen, found, findings, person.ignored)}
    own = list(unmet(person.expectations, before, cluster=seen.cluster))
    return {**read, **_judged(seen, found, [*findings, *own], person.ignored)} if own else before


def _judged(seen: Seen, found: list[Feature], findings: list[Finding], ignored: frozenset[str]) -> JsonObject:
    ordered = in_order([_eased(finding) if finding.rule in ignored else finding for finding in findings])
    return {
        "summary": _summary(seen, found, ordered),
        "findings": [finding.as_dict() for finding in ordered],
        "lines": [line(finding) for finding in ordered],
        "errors": [line(finding) for finding in ordered if finding.severity == ERROR],
    }


def _eased(finding: Finding) -> Finding:
    return replace(finding, severity=WARNING) if finding.severity == ERROR else finding


def _summary(seen: Seen, found: list[Feature], findings: list[Finding]) -> JsonObject:
    states = Counter(next((state for state in _STATES if feature.of(state)), UNKNOWN) for feature in found)
    severities = Counter(finding.severity for finding in findings)
    versions = Counter(get_text(state, "version") or "not told" for state in seen.nodes.values())
    counted: dict[str, Json] = {version: versions[version] for version in sorted(versions)}
    return {
        "nodes": {"total": len(seen.nodes) + len(seen.silent), "answered": len(seen.nodes)},
        "features": {state: states[state] for state in _STATES},
        "findings": {severity: severities[severity] for severity in (ERROR, WARNING, INFO)},
        "unmanaged_pods": len(seen.unmanaged),
        "versions": counted,
    }


def line(finding: Finding) -> str:
    """Return a finding as one line for a person."""
    subject = finding.subject
    where = " ".join(
        subject[key] for key in ("cluster", "node", "nodes", "object", "pod", "key", "value") if subject.get(key)
    )
    return f"{finding.severity}: {where}: {finding.rule}: {finding.reason} -> {finding.remedy}"
