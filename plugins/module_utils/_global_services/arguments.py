# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of global_services. PRIVATE to the collection."""

from __future__ import annotations

from .._arguments import KUBERNETES_ARGUMENTS, ArgumentSpec, merged
from .._catalogue._global_services import AFFINITIES

_SERVICE: ArgumentSpec = {
    "namespace": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "global": {"type": "bool", "default": True},
    "shared": {"type": "bool"},
    "affinity": {"type": "str", "choices": [*AFFINITIES]},
    "endpoint_sync": {"type": "bool"},
}
ARGUMENTS: ArgumentSpec = merged(
    KUBERNETES_ARGUMENTS,
    {
        "services": {"type": "list", "elements": "dict", "required": True, "options": _SERVICE},
        "versions": {"type": "list", "elements": "str", "default": []},
        "namespace": {"type": "str", "default": "kube-system"},
    },
)
