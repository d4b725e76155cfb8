# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of unmanaged_pods. PRIVATE to the collection."""

from __future__ import annotations

from .._arguments import KUBERNETES_ARGUMENTS, ArgumentSpec, merged

ARGUMENTS: ArgumentSpec = merged(
    KUBERNETES_ARGUMENTS,
    {
        "release_namespace": {"type": "str", "default": "kube-system"},
        "batch": {"type": "int", "default": 10},
        "wait_timeout": {"type": "int", "default": 300},
    },
)
