# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files by which agents know their peers, as charts of each version lay them out. PRIVATE to the collection.

Source: templates of cilium's charts 1.14 to 1.20 (clustermesh-config, cilium-agent/daemonset.yaml).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._versions import span

if TYPE_CHECKING:
    from .._versions import Version

FOLDER = "/var/lib/cilium/clustermesh"
# The client certificate that all peers take, when they share an authority.
COMMON = "common-etcd-client"
_SHARED = span("1.14")
_LOCAL = span("1.17")
_LOCAL_CLIENT = "local-etcd-client"


def can_share(version: Version) -> bool:
    """Tell whether agents have one client certificate for all peers; before, each peer's stands in values."""
    return _SHARED.holds(version)


def local_client(version: Version) -> str:
    """Return the client certificate with which agents read the copy that KVStoreMesh keeps."""
    return _LOCAL_CLIENT if _LOCAL.holds(version) else COMMON
