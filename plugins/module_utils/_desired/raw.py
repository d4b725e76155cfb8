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
    for carrier in values_at(parse_version(version)) if raw else ():
        value = get_path(raw, *carrier.target.split("."))
        if value is None or carrier.setting in found:
            continue
        typed, findings = parse_settings({carrier.setting: _meant(carrier, value)}, SETTINGS)
        if not any(finding.severity == ERROR for finding in findings):
            found.update(typed)
    return found


def _meant(carrier: Carrier, value: Json) -> Json:
    """Return the value of the setting that a carrier would write so; the value itself where there is none."""
    for setting, written in (carrier.words or {}).items():
        if _text(written) == _text(value):
            return setting
    return value


def _text(value: Json) -> str:
    return str(value).lower()
