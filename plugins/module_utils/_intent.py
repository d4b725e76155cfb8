# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a cluster: settings read, what follows from them, at a version. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ._catalogue import FEATURES, SETTINGS, defaults_at, otherwise_at
from ._catalogue._model import View
from ._catalogue.compatibility import NEWEST, OLDEST, VERSION
from ._findings import ERROR, INFO, WARNING, Finding
from ._secrets import told
from ._settings import parse as parse_settings
from ._versions import Version, is_exact
from ._versions import parse as parse_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._json import Json


__all__ = ["VERSION", "Intent", "read"]


@dataclass(frozen=True)
class Intent:
    """A cluster as it is asked for, and what was found while reading it."""

    view: View
    findings: tuple[Finding, ...] = field(default=())


def read(values: Mapping[str, Json], version: str, facts: Mapping[str, Json] | None = None) -> Intent:
    """Return what the settings ask for at a version of Cilium.

    Args:
        values: plain values by variable.
        version: of Cilium, such as "1.15.19" or "v1.13.0-rc5".
        facts: what is known of the cluster beside its settings.

    Raises:
        InputError: the text is no version.
    """
    parsed = parse_version(version)
    settings, findings = parse_settings(values, SETTINGS)
    view = View(version=parsed, given=settings, effective={**defaults_at(parsed), **settings}, facts=facts or {})
    effective = {**view.effective, **_other_defaults(view)}
    findings += _derive(settings, effective)
    view = replace(view, effective=effective)
    return Intent(view, (*_version_findings(parsed, version), *findings))


def _other_defaults(view: View) -> dict[str, Json]:
    """Return the defaults that hold in this cluster instead of the usual ones, of settings that are not set."""
    others = otherwise_at(view.version)
    return {other.setting: other.value for other in others if other.setting not in view.given and other.when(view)}


def _derive(settings: dict[str, Json], effective: dict[str, Json]) -> list[Finding]:
    """Add to the settings, and to what applies, what follows from it; return where that contradicts what is set."""
    findings = []
    for feature in FEATURES:
        for derived in feature.derived:
            value = derived.of(effective)
            if value is None:
                continue
            effective[derived.setting] = asked = settings.setdefault(derived.setting, value)
            if asked == value or not derived.strict:
                continue
            findings.append(
                Finding(
                    rule="settings_contradict",
                    severity=ERROR,
                    subject={"setting": derived.setting},
                    feature=feature.name,
                    asked={derived.setting: settings[derived.setting]},
                    found={derived.setting: value},
                    reason=f"{derived.setting} is {told(asked, derived.setting)}, but {derived.because}",
                    remedy=f"remove {derived.setting}, or what contradicts it",
                )
            )
    return findings


def _version_findings(version: Version, text: str) -> list[Finding]:
    """Return what there is to say about the version itself, and about the text that says it."""
    if not is_exact(text):
        return [_not_exact(text)]
    known = f"the catalogue knows Cilium {OLDEST} to {NEWEST}"
    minor = version.numbers[:2]
    if minor < parse_version(OLDEST).numbers[:2]:
        return [_version_finding("version_too_old", ERROR, version, f"{known}", "upgrade Cilium first")]
    if minor > parse_version(NEWEST).numbers[:2]:
        remedy = f"see whether a newer fleet.cilium knows it; it is treated as {NEWEST}"
        return [_version_finding("version_unknown", WARNING, version, known, remedy)]
    if version.prerelease:
        final = ".".join(map(str, version.numbers))
        reason = f"{version} is a pre-release; what is said here is what holds for {final}"
        return [_version_finding("version_prerelease", INFO, version, reason, f"take {final} when you can")]
    return []


def _not_exact(text: str) -> Finding:
    return Finding(
        rule="version_not_exact",
        severity=ERROR,
        subject={"setting": VERSION},
        asked=text,
        reason=f"{text} is no full version of Cilium: rules would look at its first release, and helm install its "
        "newest, whichever that is on the day",
        remedy=f'set {VERSION} to a full version, such as "1.15.19"; without quotes YAML reads 1.20 as the number 1.2',
    )


def _version_finding(rule: str, severity: str, version: Version, reason: str, remedy: str) -> Finding:
    return Finding(rule, severity, {"version": str(version)}, reason, remedy, found=str(version))
