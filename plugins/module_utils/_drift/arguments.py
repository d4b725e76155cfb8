# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of release_info. PRIVATE to the collection."""

from __future__ import annotations

from .._arguments import KUBERNETES_ARGUMENTS, ArgumentSpec, merged
from .._query import QUERY_ARGUMENTS

ARGUMENTS: ArgumentSpec = merged(
    KUBERNETES_ARGUMENTS,
    QUERY_ARGUMENTS,
    {
        "release_name": {"type": "str", "default": "cilium"},
        "release_namespace": {"type": "str", "default": "kube-system"},
        "settings": {"type": "dict", "default": {}},
        "values": {"type": "raw", "no_log": True},
        "agents": {"type": "bool", "default": True},
        "timeout": {"type": "int", "default": 30},
        "parallel": {"type": "int", "default": 16},
    },
)
