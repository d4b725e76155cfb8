# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of status_info. PRIVATE to the collection."""

from __future__ import annotations

from .._arguments import KUBERNETES_ARGUMENTS, ArgumentSpec, merged
from .._query import QUERY_ARGUMENTS
from .gather import PARTS, STATUS

ARGUMENTS: ArgumentSpec = merged(
    KUBERNETES_ARGUMENTS,
    QUERY_ARGUMENTS,
    {
        "namespace": {"type": "str", "default": "kube-system"},
        "gather": {"type": "list", "elements": "str", "choices": list(PARTS), "default": [STATUS]},
        "probe": {"type": "bool", "default": False},
        "require_all": {"type": "bool", "default": False},
        "timeout": {"type": "int", "default": 30},
        "parallel": {"type": "int", "default": 16},
    },
)
