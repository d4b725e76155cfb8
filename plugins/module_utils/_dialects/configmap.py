# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of the agent's ConfigMap, cilium-config. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._catalogue import keys_at
from .carry import EVERY_ENTRY, carried

if TYPE_CHECKING:
    from .._catalogue._model import View
    from .._json import Json


def configmap(view: View) -> dict[str, str]:
    """Return the keys, and their values, that the chart of the view's version writes because of the settings."""
    result: dict[str, str] = {}
    for carrier in keys_at(view.version):
        written, value = carried(carrier, view)
        if not written:
            continue
        if carrier.target == EVERY_ENTRY and isinstance(value, dict):
            result.update({key: as_text(item) for key, item in value.items()})
        else:
            result[carrier.target] = as_text(value)
    return result


def as_text(value: Json) -> str:
    """Return a value as it stands in the ConfigMap."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(as_text(item) for item in value)
    return "" if value is None else str(value)
