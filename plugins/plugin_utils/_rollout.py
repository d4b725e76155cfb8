# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helm values that let running agents follow a changed configuration. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..module_utils._catalogue import SETTINGS
from ..module_utils._catalogue.compatibility import NEWEST
from ..module_utils._catalogue.rollout import AUTO, ROLLOUT
from ..module_utils._dialects.helm import helm_values
from ..module_utils._errors import InputError
from ..module_utils._intent import read
from ..module_utils._release.values import merge

if TYPE_CHECKING:
    from ..module_utils._json import JsonObject

FOLLOW: JsonObject = helm_values(read({ROLLOUT: AUTO}, NEWEST).view)
"""With these the chart gives the pods a checksum of their ConfigMap, so a new configuration restarts them."""
MODES = SETTINGS[ROLLOUT].choices


def with_rollout(values: JsonObject, mode: str) -> JsonObject:
    """Return the values with those of the rollout mode; what the values say themselves wins.

    Raises:
        InputError: the mode is not known.
    """
    if mode not in MODES:
        raise InputError(f"{ROLLOUT}: found {mode!r}, expected one of {', '.join(MODES)}")
    return merge(FOLLOW, values) if mode == AUTO else values
