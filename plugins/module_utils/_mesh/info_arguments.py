# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of clustermesh_info. PRIVATE to the collection."""

from __future__ import annotations

from .._arguments import ArgumentSpec, merged
from .._query import QUERY_ARGUMENTS
from .members import MEMBERS_ARGUMENTS
from .stored import KINDS

ARGUMENTS: ArgumentSpec = merged(
    MEMBERS_ARGUMENTS,
    QUERY_ARGUMENTS,
    {
        "wait": {"type": "bool", "default": False},
        "wait_timeout": {"type": "int", "default": 300},
        "probe": {"type": "bool", "default": False},
        "require_all": {"type": "bool", "default": False},
        "store": {"type": "list", "elements": "str", "choices": list(KINDS), "default": []},
        "store_namespaces": {"type": "list", "elements": "str", "default": []},
        "store_clusters": {"type": "list", "elements": "str", "default": []},
        "timeout": {"type": "int", "default": 30},
        "parallel": {"type": "int", "default": 16},
    },
)
