# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helm values of Cilium's chart. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._catalogue import values_at
from .carry import carried

if TYPE_CHECKING:
    from .._catalogue._model import View
    from .._json import Json, JsonObject


def helm_values(view: View) -> JsonObject:
    """Return the values that say to the chart of the view's version what the settings say."""
    result: JsonObject = {}
    for carrier in values_at(view.version):
        written, value = carried(carrier, view)
        if written:
            _put(result, carrier.target.split("."), value)
    return result


def _put(values: JsonObject, path: list[str], value: Json) -> None:
    """Set the value at a path; a mapping is merged into one that is there."""
    level = values
    for key in path[:-1]:
        below = level.setdefault(key, {})
        if not isinstance(below, dict):
            below = level[key] = {}
        level = below
    there = level.get(path[-1])
    if isinstance(there, dict) and isinstance(value, dict):
        for key, item in value.items():
            _put(there, [key], item)
    else:
        level[path[-1]] = dict(value) if isinstance(value, dict) else value
