# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of kube_proxy_rules. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .model import LEGACY, NFT

if TYPE_CHECKING:
    from ..._arguments import ArgumentSpec

ARGUMENTS: ArgumentSpec = {
    "state": {"type": "str", "choices": ["absent"], "default": "absent"},
    "backends": {"type": "list", "elements": "str", "choices": [LEGACY, NFT]},
    "force": {"type": "bool", "default": False},
    "flush_conntrack": {"type": "str", "choices": ["none", "services"], "default": "none"},
    "lock_timeout": {"type": "int", "default": 60},
    "timeout": {"type": "int", "default": 300},
}
