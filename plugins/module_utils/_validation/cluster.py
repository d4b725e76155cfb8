# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the settings of one cluster. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._catalogue import CARRIED, OWNERS, carriers_at, defaults_at, keys_at, rules_at, spans_of
from .._dialects.carry import EVERY_ENTRY, knows
from .._findings import ERROR, INFO, WARNING, Finding
from .._secrets import told
from .nodes import unfit_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._catalogue._model import Feature, Rule, View
    from .._intent import Intent
    from .._json import Json

_ORDER = {ERROR: 0, WARNING: 1, INFO: 2}


def problems(intent: Intent) -> list[Finding]:
    """Return every finding about a cluster that is asked for so, errors first."""
    view = intent.view
    findings = [*intent.findings, *_not_carried(view), *_hidden(view), *_broken_rules(view), *unfit_nodes(view)]
    return in_order(findings)


def in_order(findings: list[Finding]) -> list[Finding]:
    """Return findings with errors first."""
    return sorted(findings, key=lambda finding: (_ORDER[finding.severity], finding.rule))


def _broken_rules(view: View) -> Iterator[Finding]:
    for feature, rule in rules_at(view.version):
        if rule.when(view):
            yield _broken(feature, rule, view)


def _broken(feature: Feature, rule: Rule, view: View) -> Finding:
    asked: dict[str, Json] = {name: view.effective.get(name) for name in rule.about if name in view.effective}
    return Finding(
        rule=rule.name,
        severity=rule.severity,
        subject={},
        feature=feature.name,
        asked=asked or None,
        found=view.facts.get(rule.shows) if rule.shows else None,
        reason=_filled(rule.reason, view, rule),
        remedy=_filled(rule.remedy, view, rule),
    )


def _filled(text: str, view: View, rule: Rule) -> str:
    text = text.replace("{version}", str(view.version))
    for name in rule.about:
        text = text.replace(f"{{{name}}}", str(view.effective.get(name)))
    return text


def _not_carried(view: View) -> Iterator[Finding]:
    """Yield a finding for each setting that the chart of this version cannot be told, and that differs from it."""
    carriers, defaults = carriers_at(view.version), defaults_at(view.version)
    for name, value in view.given.items():
        if name not in CARRIED or any(knows(carrier, value) for carrier in carriers[name]):
            continue
        owner = OWNERS[name]
        if value == defaults.get(name) or (owner.moot is not None and owner.moot(view)):
            continue
        yield _missing(name, view, known=bool(carriers[name]))


def _missing(name: str, view: View, *, known: bool) -> Finding:
    owner, value = OWNERS[name], view.given[name]
    what = f"{name} cannot be {told(value, name)}" if known else f"there is no {name}"
    return Finding(
        rule="not_in_this_version",
        severity=ERROR,
        subject={"setting": name},
        feature=owner.name,
        asked={name: value},
        found=str(view.version),
        reason=f"in Cilium {view.version} {what}, so it would be ignored in silence or refused",
        remedy=owner.instead or f"remove it, or use a version in which it exists: {'; '.join(spans_of(name))}",
    )


def _hidden(view: View) -> Iterator[Finding]:
    """Yield a finding for each further key of the ConfigMap that a setting stands for."""
    carriers = keys_at(view.version)
    extra = [carrier.setting for carrier in carriers if carrier.target == EVERY_ENTRY]
    settings = {carrier.target: carrier.setting for carrier in carriers}
    for name in extra:
        further = view.given.get(name)
        for key in further if isinstance(further, dict) else ():
            if key in settings:
                yield Finding(
                    rule="extra_key_is_a_setting",
                    severity=WARNING,
                    subject={"setting": name},
                    feature=OWNERS[settings[key]].name,
                    asked={key: further[key]} if isinstance(further, dict) else None,
                    reason=f"{key} in {name} wins over {settings[key]}, and no rule looks at it there",
                    remedy=f"set {settings[key]} instead",
                )
