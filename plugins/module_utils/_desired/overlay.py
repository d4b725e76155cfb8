# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Raw Helm values above those that settings make. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._catalogue import values_at
from .._findings import WARNING, Finding
from .._release.values import join, leaves, merge, overlaps, same
from .._secrets import mask
from .._versions import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._json import Json, JsonObject

RAW = "cilium_helm_values"


def overlay(values: JsonObject, raw: JsonObject, version: str) -> tuple[JsonObject, list[Finding]]:
    """Return values with the raw ones laid over them, and a finding for each path at which these change something.

    Args:
        values: Helm values that settings made.
        raw: Helm values that a person wrote; they win.
        version: of Cilium, to name the setting behind a path.
    """
    merged = merge(values, raw)
    above = leaves(raw)
    findings = []
    for keys, asked in leaves(values).items():
        given = {other: value for other, value in above.items() if overlaps(keys, other)}
        if given and not (keys in given and same(asked, given[keys])):
            other, found = next(iter(given.items()))
            findings.append(_overridden(join(keys), mask(asked, path=keys), mask(found, path=other), version))
    return merged, findings


def _overridden(path: str, asked: Json, found: Json, version: str) -> Finding:
    settings = _settings_behind(version).get(path, [])
    names = " and ".join(settings) or "a setting"
    return Finding(
        rule="setting_overridden",
        severity=WARNING,
        subject={"value": path},
        asked=asked,
        found=found,
        reason=f"{names} asks for {path}: {asked!r}, but {RAW} says {found!r}, which wins; no rule looks at it there",
        remedy=f"say it once: set {names}, and remove {path} from {RAW}",
    )


def _settings_behind(version: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for carrier in values_at(parse(version)):
        names = found.setdefault(carrier.target, [])
        if carrier.setting not in names:
            names.append(carrier.setting)
    return found
