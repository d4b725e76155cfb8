# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading single fields of an agent's JSON. PRIVATE to the collection."""

from __future__ import annotations

from .._json import Json, get_path


def texts(value: Json, *path: str) -> list[str] | None:
    """Return the texts of the list at a path, empty ones left out; None if there is no list."""
    found = get_path(value, *path)
    return [item for item in found if isinstance(item, str) and item] if isinstance(found, list) else None


def enabled(value: Json, *path: str) -> bool | None:
    """Return whether the part at a path says that it is enabled; None if there is no such part."""
    part = get_path(value, *path)
    return bool(part.get("enabled")) if isinstance(part, dict) else None


def count(value: Json, *path: str) -> int:
    """Return the number at a path of a part that is there: a missing number is 0."""
    found = get_path(value, *path)
    return found if isinstance(found, int) else 0
