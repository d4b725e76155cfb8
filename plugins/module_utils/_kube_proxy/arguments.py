# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of kube_proxy. PRIVATE to the collection."""

from __future__ import annotations

from .._arguments import KUBERNETES_ARGUMENTS, ArgumentSpec, merged
from .gates import GATES

ARGUMENTS: ArgumentSpec = merged(
    KUBERNETES_ARGUMENTS,
    {
        "state": {"type": "str", "choices": ["absent", "present"], "required": True},
        "strategy": {"type": "str", "choices": ["all", "node"], "default": "all"},
        "nodes": {"type": "list", "elements": "str"},
        "skip_gates": {"type": "list", "elements": "str", "choices": list(GATES), "default": []},
        "namespace": {"type": "str", "default": "kube-system"},
        "timeout": {"type": "int", "default": 30},
        "parallel": {"type": "int", "default": 16},
        "wait_timeout": {"type": "int", "default": 300},
    },
)
