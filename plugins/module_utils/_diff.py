# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences as Ansible shows them, without secrets. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._secrets import MASK, is_secret

if TYPE_CHECKING:
    from ._json import Json, JsonObject

_MASK_BEFORE = f"{MASK} (before)"
_MASK_AFTER = f"{MASK} (after)"


def difference(before: Json, after: Json, *, title: str) -> JsonObject:
    """Return a result's `diff`: both sides whole, credentials masked.

    A credential that differs shows as such, without a hint of what it is.

    Args:
        before: what exists; {} if nothing does.
        after: what is to exist; {} if nothing is.
        title: what both are, such as "values of release cilium".
    """
    masked_before, masked_after = mask_pair(before, after)
    return {
        "before_header": f"{title} (live)",
        "after_header": f"{title} (desired)",
        "before": masked_before,
        "after": masked_after,
    }


def mask_pair(before: Json, after: Json) -> tuple[Json, Json]:
    """Return both values with credentials masked so that equal ones look equal and different ones different."""
    return _mask_beside(before, after, (), _MASK_BEFORE), _mask_beside(after, before, (), _MASK_AFTER)


def _mask_beside(value: Json, other: Json, path: tuple[str, ...], differs: str) -> Json:
    if isinstance(value, dict):
        beside = other if isinstance(other, dict) else {}
        return {key: _mask_beside(item, beside.get(key), (*path, key), differs) for key, item in value.items()}
    if isinstance(value, list):
        items = other if isinstance(other, list) else []
        return [
            _mask_beside(item, items[index] if index < len(items) else None, path, differs)
            for index, item in enumerate(value)
        ]
    if not is_secret(path, value):
        return value
    return MASK if value == other else differs
