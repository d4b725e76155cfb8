# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings beside the features: other plugins, unmanaged pods, health, agents that have to agree.

PRIVATE to the collection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._catalogue._agent_fields import ALIKE
from .._catalogue._cnis import of_daemonset, of_file
from .._findings import ERROR, WARNING, Finding
from .._json import get_path, get_text
from .naming import several, subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._catalogue._agent_fields import Alike
    from .seen import Seen


def around(seen: Seen) -> list[Finding]:
    """Return every finding about a cluster that is not about a feature, but health (see health.py)."""
    return [*other_plugins(seen), *other_files(seen), *unmanaged(seen), *alike(seen), *unread(seen)]


def other_plugins(seen: Seen) -> Iterator[Finding]:
    """Yield a finding for each DaemonSet of another network plugin, unless agents chain to one."""
    if any(_chains(state) for state in seen.nodes.values()):
        return
    for place, pods in sorted(seen.daemonsets.items()):
        plugin = of_daemonset(place.rpartition("/")[2])
        if plugin is not None and pods:
            yield Finding(
                rule="other_cni_daemonset",
                severity=WARNING,
                subject={"cluster": seen.cluster, "object": f"daemonset {place}"},
                found={"pods": pods},
                reason=f"{plugin.name} still runs beside Cilium, on {pods} nodes, and may write its rules and its CNI "
                "configuration again",
                remedy=f"delete daemonset {place} when no pod needs {plugin.name} any more",
            )


def _chains(state: object) -> bool:
    mode = get_text(state if isinstance(state, dict) else {}, "cni", "chaining")
    return mode is not None and mode.lower() not in {"none", "portmap"}


def other_files(seen: Seen) -> Iterator[Finding]:
    """Yield a finding for each other plugin whose CNI configuration the kubelet of a node may still read."""
    nodes: dict[tuple[str, str], list[str]] = {}
    for node, files in seen.cni_files.items():
        if _chains(seen.nodes.get(node)):
            continue
        for name in files:
            found = of_file(name)
            if found is not None and found[1]:
                nodes.setdefault((found[0], name), []).append(node)
    for (plugin, name), where in sorted(nodes.items()):
        yield Finding(
            rule="other_cni_file",
            severity=WARNING,
            subject=subject(seen.cluster, where, len(seen.cni_files)),
            found={"file": name},
            reason=f"the CNI folder still holds {name} of {plugin}; the kubelet takes the first file by name, so pods "
            "may get the other plugin's network while Cilium's file is away",
            remedy=f"remove {name} from the node's CNI folder, or set the chart's cni.exclusive to true",
        )


def unmanaged(seen: Seen) -> Iterator[Finding]:
    """Yield the finding about pods without a CiliumEndpoint, counted and named."""
    if not seen.unmanaged:
        return
    names = [str(pod) for pod in seen.unmanaged]
    bare = [str(pod) for pod in seen.unmanaged if not pod.owner]
    alone = f"; nothing would make {several(bare)} anew" if bare else ""
    yield Finding(
        rule="unmanaged_pods",
        severity=WARNING,
        subject=subject(seen.cluster, {pod.node for pod in seen.unmanaged}),
        found={"count": len(names), "pods": [*sorted(names)]},
        reason=f"{len(names)} pods have no CiliumEndpoint, so no policy applies to them and their traffic is not "
        f"Cilium's: {several(names)}. They started before Cilium, or while its agent was away{alone}",
        remedy="restart them: set cilium_restart_unmanaged_pods to true, or delete them a few at a time",
    )


def alike(seen: Seen) -> Iterator[Finding]:
    """Yield a finding for each thing in which agents have to agree and do not."""
    for one in ALIKE:
        groups: dict[str, list[str]] = {}
        for node, configuration in seen.configuration.items():
            value = get_path(configuration, one.field)
            if value is not None and _matters(one, seen, node):
                groups.setdefault(str(value), []).append(node)
        if len(groups) > 1:
            yield _differ(one, groups, seen)


def _matters(one: Alike, seen: Seen, node: str) -> bool:
    return get_path(seen.nodes.get(node), *one.path.split(".")) == one.word


def _differ(one: Alike, groups: dict[str, list[str]], seen: Seen) -> Finding:
    most = max(groups, key=lambda value: (len(groups[value]), value))
    others = [node for value, nodes in groups.items() if value != most for node in nodes]
    total = sum(map(len, groups.values()))
    return Finding(
        rule=one.rule,
        severity=ERROR,
        subject=subject(seen.cluster, others, total),
        found={value: [*sorted(nodes)] for value, nodes in sorted(groups.items())},
        reason=f"the agents of {several(others, total)} differ from the others in {one.setting}: {one.reason}",
        remedy=one.remedy,
    )


def unread(seen: Seen) -> Iterator[Finding]:
    """Yield a finding for each thing that could not be read, so that nobody takes silence for health."""
    for what in seen.unread:
        yield Finding(
            rule="not_read",
            severity=WARNING,
            subject={"cluster": seen.cluster},
            reason=what,
            remedy="grant the right to the user of the kubeconfig, if that is to be looked at",
        )
