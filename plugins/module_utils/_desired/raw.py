# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What raw Helm values say of settings, so that rules can look at both together. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._catalogue import SETTINGS, values_at
from .._findings import ERROR
from .._json import get_path
from .._settings import parse as parse_settings
from .._versions import parse as parse_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._catalogue._model import Carrier
    from .._json import Json, JsonObject


def settings_in(raw: JsonObject, version: str) -> JsonObject:
    """Return the settings that raw Helm values stand for; what means no setting is left out.

    It serves validation alone: the values themselves go to the chart as they are written.

    Args:
        raw: Helm values that a person wrote.
        version: of Cilium.
    """
    found: JsonObject = {}
    for path, carriers in carriers_at(version).items() if raw else ():
        value = get_path(raw, *path.split("."))
        for carrier in carriers:
            if value is not None and carrier.setting not in found:
                found.update(settings_of(carrier, value) or {})
    return found


def laid_over(settings: JsonObject, raw: JsonObject) -> JsonObject:
    """Return settings with those above them that raw values stand for; mappings are merged, as the values are."""
    result = {**settings, **raw}
    for name, value in raw.items():
        mine = settings.get(name)
        if isinstance(mine, dict) and isinstance(value, dict):
            result[name] = {**mine, **value}
    return result


def carriers_at(version: str) -> Mapping[str, list[Carrier]]:
    """Return the carriers of each path: several may share one, each for some of its values."""
    found: dict[str, list[Carrier]] = {}
    for carrier in values_at(parse_version(version)):
        found.setdefault(carrier.target, []).append(carrier)
    return found


def settings_of(carrier: Carrier, value: Json) -> JsonObject | None:
    """Return the settings that a raw value stands for, by one carrier; None where that cannot be read."""
    typed, findings = parse_settings({carrier.setting: _meant(carrier, value)}, SETTINGS)
    return None if any(finding.severity == ERROR for finding in findings) else typed


def _meant(carrier: Carrier, value: Json) -> Json:
    """Return the value of the setting that a carrier would write so; the value itself where there is none."""
    for setting, written in (carrier.words or {}).items():
        if as_text(written) == as_text(value):
            return setting
    return value


def as_text(value: Json) -> str:
    return str(value).lower()
