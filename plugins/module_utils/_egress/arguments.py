# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of egress_gateway_policies. PRIVATE to the collection."""

from __future__ import annotations

from .._arguments import KUBERNETES_ARGUMENTS, ArgumentSpec, merged

ARGUMENTS: ArgumentSpec = merged(
    KUBERNETES_ARGUMENTS,
    {
        "policies": {"type": "list", "elements": "dict", "required": True},
        "namespace": {"type": "str", "default": "kube-system"},
    },
)
