# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen of a cluster, as plain data. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._json import JsonObject
    from .._pods.unmanaged import Pod


@dataclass(frozen=True)
class Seen:
    """A cluster as it was seen.

    Attributes:
        cluster: its name, for findings.
        nodes: what each agent says of itself, by node (the form of status_info).
        silent: nodes whose agent did not answer.
        stale: nodes whose agent started before its configuration last changed.
        config: data of the ConfigMap that agents read at their start; empty where it is not there.
        daemonsets: every DaemonSet, as "namespace/name", with how many pods it wants.
        unmanaged: pods without a CiliumEndpoint.
        cni_files: names of the files in the CNI folder, by node, where they could be read.
        configuration: what agents run with, by node, where they tell.
        log: messages of level warning and error, by node, where they could be read. Each is {level, subsys, message,
            count, first, last}.
        unread: in words, what could not be read.
    """

    cluster: str
    nodes: Mapping[str, JsonObject]
    silent: tuple[str, ...] = ()
    stale: frozenset[str] = frozenset()
    config: JsonObject = field(default_factory=dict)
    daemonsets: Mapping[str, int] = field(default_factory=dict)
    unmanaged: tuple[Pod, ...] = ()
    cni_files: Mapping[str, list[str]] = field(default_factory=dict)
    configuration: Mapping[str, JsonObject] = field(default_factory=dict)
    log: Mapping[str, list[JsonObject]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
