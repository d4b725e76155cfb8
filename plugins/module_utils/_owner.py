# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an object says who manages it (Kubernetes, "Recommended Labels"). PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._json import get_text

if TYPE_CHECKING:
    from ._json import JsonObject

MANAGED_BY = "app.kubernetes.io/managed-by"
OWNER = "fleet.cilium"


def owner_of(item: JsonObject | None) -> str | None:
    """Return who manages an object, such as "Helm"; None where it does not say."""
    return get_text(item, "metadata", "labels", MANAGED_BY)
