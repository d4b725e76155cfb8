# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster told of itself, as facts for the rules. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._json import get_list, get_objects, get_text

if TYPE_CHECKING:
    from .._json import JsonObject


def facts_of(cluster: JsonObject) -> JsonObject:
    """Return what cluster_info told as the facts that rules read."""
    addresses = [text for node in get_objects(cluster, "nodes") for text in get_list(node, "addresses")]
    known: JsonObject = {
        "kubernetes_version": get_text(cluster, "kubernetes_version"),
        "nodes": get_list(cluster, "nodes"),
        "pod_cidrs": get_list(cluster, "pod_cidrs"),
        "cilium_pod_cidrs": get_list(cluster, "cilium_pod_cidrs"),
        "cilium_version": get_text(cluster, "cilium_version"),
        "service_cidrs": get_list(cluster, "service_cidrs"),
        "node_cidrs": [f"{text}/{128 if ':' in str(text) else 32}" for text in addresses],
    }
    return {name: value for name, value in known.items() if value}
