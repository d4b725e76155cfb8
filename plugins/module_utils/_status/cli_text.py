# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command-line client's status: from the text of `cilium status` to the model. PRIVATE to the collection.

A picture with the parts of Cilium beside it, then tables whose first column is said once and then left empty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from .cleaning import is_noise, lines_of, sort_out
from .cli import DISABLED, OK, image_of, is_healthy, state_of
from .health_text import LONGEST
from .model_cli import CliStatus, ClusterPods, Complaint, ComponentState, Image, Workload
from .splitting import collapsed, number, of

_PICTURE = "/\\_¯ˉ‾~ \t|"
_COMPONENTS = {
    label: label.lower().replace(" ", "_")
    for label in ("Cilium", "Operator", "Envoy DaemonSet", "Hubble", "Hubble Relay", "ClusterMesh")
}
_COUNT = re.compile(r"(?P<count>\d{1,9}) (?P<kind>errors|warnings)")
_KINDS = frozenset({"DaemonSet", "Deployment", "StatefulSet", "ReplicaSet"})
_PODS = re.compile(r"(?P<what>Desired|Ready|Available|Unavailable): (?P<count>\d{1,9})(?:/\d{1,9})?")
_PHASE = re.compile(r"(?P<phase>[A-Z]\w{1,20}): (?P<count>\d{1,9})")
_CONTAINER = re.compile(r"(?P<name>[\w.-]{1,80})(?P<phases>(?: [A-Z]\w{1,20}: \d{1,9},?)*)")
_IMAGE = re.compile(r"(?:(?P<component>[\w.-]{1,80}) )?(?P<image>\S+?): (?P<count>\d{1,9})")
_COMPLAINT = re.compile(r"(?P<component>[a-z0-9.-]{1,120}) (?P<pod>[a-z0-9.-]{1,260}) (?P<message>.+)")
# A message may go on in the next lines, but it does not grow for ever.
_LONG_MESSAGE = 4_000
# Heads of the tables, as they begin a line; only the second of them has no colon.
_HEADS = ("Containers:", "Image versions", "Errors:", "Warnings:")
_PODS_HEAD = "Cluster Pods:"
_CHART_HEAD = "Helm chart version:"


@dataclass
class _Growing:
    """The status while its lines are read."""

    components: dict[str, ComponentState] = field(default_factory=dict)
    workloads: dict[str, Workload] = field(default_factory=dict)
    containers: dict[str, dict[str, int]] = field(default_factory=dict)
    images: list[Image] = field(default_factory=list)
    errors: list[Complaint] = field(default_factory=list)
    warnings: list[Complaint] = field(default_factory=list)
    pods: ClusterPods | None = None
    chart: str | None = None


def parse(text: str) -> CliStatus:
    """Return what the client says.

    Args:
        text: what `cilium status` of the command-line client prints, in any of its versions.
    """
    growing = _Growing()
    unread: list[str] = []
    head = ""
    for line in lines_of(text):
        words = collapsed(line) if len(line) < LONGEST else ""
        begins = next((mark for mark in _HEADS if words.startswith(mark)), None)
        if begins:
            head, words = begins, words[len(begins) :].strip()
            if not words:
                continue
        if _picture(growing, words) or _line(growing, words):
            continue
        if not _row(growing, head, words):
            unread.append(line)
    left = sort_out(unread)
    return CliStatus(
        components=growing.components or None,
        workloads=growing.workloads or None,
        containers=growing.containers or None,
        cluster_pods=growing.pods,
        helm_chart_version=growing.chart,
        images=growing.images or None,
        errors=growing.errors,
        warnings=growing.warnings,
        healthy=is_healthy(growing.components) if growing.components else None,
        error=left.error,
        unparsed=left.unparsed,
    )


def _picture(growing: _Growing, words: str) -> bool:
    """Take in a line of the picture, with the state of a part beside it; return whether it is one."""
    text = words.lstrip(_PICTURE)
    if not text:
        return bool(words)
    label, colon, value = text.partition(":")
    if not colon or label not in _COMPONENTS:
        return False
    counts = {found["kind"]: int(found["count"]) for found in _COUNT.finditer(value)}
    errors, warnings = counts.get("errors", 0), counts.get("warnings", 0)
    state, _space, rest = value.strip().partition(" ")
    if not counts and state not in {OK, DISABLED}:
        return False
    growing.components[_COMPONENTS[label]] = ComponentState(
        state_of(errors, warnings, disabled="disabled" in value),
        errors,
        warnings,
        rest.strip("()") or None if not counts else None,
    )
    return True


def _line(growing: _Growing, words: str) -> bool:
    """Take in a line that stands for itself; return whether it is one."""
    if words.startswith(_PODS_HEAD):
        counts = of(words)
        growing.pods = ClusterPods(*counts) if counts else None
        return counts is not None
    if words.startswith(_CHART_HEAD):
        growing.chart = words[len(_CHART_HEAD) :].strip() or None
        return True
    kind, _space, rest = words.partition(" ")
    if kind not in _KINDS or not rest:
        return False
    name, _space, state = rest.partition(" ")
    counts_by = {found["what"].lower(): int(found["count"]) for found in _PODS.finditer(state)}
    told = Workload(kind, 0, 0, 0, 0) if counts_by else Workload(kind)
    growing.workloads[name] = replace(
        told,
        desired=counts_by.get("desired", told.desired),
        ready=counts_by.get("ready", told.ready),
        available=counts_by.get("available", told.available),
        unavailable=counts_by.get("unavailable", told.unavailable),
    )
    return True


def _row(growing: _Growing, head: str, words: str) -> bool:
    """Take in a line of the table with this head; return whether it is one."""
    if head == "Containers:":
        found = _CONTAINER.fullmatch(words)
        if found:
            phases = {each["phase"]: int(each["count"]) for each in _PHASE.finditer(found["phases"])}
            growing.containers[found["name"]] = phases
        return found is not None
    if head == "Image versions":
        found = _IMAGE.fullmatch(words)
        if found:
            growing.images.append(image_of(found["component"], found["image"], number(found["count"]) or 0))
        return found is not None
    if head in {"Errors:", "Warnings:"}:
        return _complaint(growing.errors if head == "Errors:" else growing.warnings, words)
    return False


def _complaint(rows: list[Complaint], words: str) -> bool:
    if is_noise(words):
        return False
    found = _COMPLAINT.fullmatch(words)
    if found:
        rows.append(Complaint(found["component"], found["pod"], found["message"]))
        return True
    before = rows[-1].message or "" if rows else ""
    if not before or not words or len(before) > _LONG_MESSAGE:
        return False
    rows[-1] = replace(rows[-1], message=f"{before} {words}")
    return True
