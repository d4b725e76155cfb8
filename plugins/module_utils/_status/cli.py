# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command-line client's status: from `cilium status -o json` to the model. PRIVATE to the collection.

The JSON is the client's status.Status. Errors and warnings are counted only: the client writes them as empty objects.
"""

from __future__ import annotations

from .._json import JsonObject, get_bool, get_int, get_list, get_object, get_text
from . import json
from .model_cli import CliStatus, ClusterPods, Complaint, ComponentState, Image, Workload

OK = "OK"
DISABLED = "disabled"
ERRORS = "errors"
WARNINGS = "warnings"

# The client's workloads that stand in its picture, by the names that they have there.
COMPONENTS = {
    "cilium": "cilium",
    "operator": "cilium-operator",
    "envoy_daemonset": "cilium-envoy",
    "hubble_relay": "hubble-relay",
    "clustermesh": "clustermesh-apiserver",
}


def parse_json(content: JsonObject) -> CliStatus:
    """Return what the client says.

    Args:
        content: the JSON of `cilium status -o json`.
    """
    components = {name: _component(get_object(content, "errors", key)) for name, key in COMPONENTS.items()}
    pods = get_object(content, "pods_count")
    return CliStatus(
        components=components,
        workloads={name: _workload(get_object(part)) for name, part in get_object(content, "pod_state").items()},
        containers={
            name: {phase: count for phase, count in get_object(part).items() if isinstance(count, int)}
            for name, part in get_object(content, "phase_count").items()
        },
        cluster_pods=ClusterPods(get_int(pods, "by_cilium"), get_int(pods, "all")) if pods else None,
        helm_chart_version=get_text(content, "helm_chart_version"),
        images=_images(get_object(content, "image_count")),
        errors=_complaints(content, "Errors"),
        warnings=_complaints(content, "Warnings"),
        agents={name: json.parse(get_object(part)) for name, part in get_object(content, "cilium_status").items()},
        healthy=is_healthy(components),
    )


def is_healthy(components: dict[str, ComponentState]) -> bool:
    """Return whether every part is well or not wanted."""
    return all(component.state in {OK, DISABLED} for component in components.values())


def state_of(errors: int, warnings: int, *, disabled: bool) -> str:
    """Return the word for a part."""
    if errors:
        return ERRORS
    if warnings:
        return WARNINGS
    return DISABLED if disabled else OK


def image_of(component: str | None, text: str, count: int) -> Image:
    """Return an image from "registry/name:tag@sha256:…"."""
    name, _at, digest = text.partition("@")
    return Image(name, component, digest or None, count)


def _component(pods: JsonObject) -> ComponentState:
    errors = sum(len(get_list(part, "Errors")) for part in pods.values())
    warnings = sum(len(get_list(part, "Warnings")) for part in pods.values())
    disabled = any(get_bool(part, "Disabled") for part in pods.values())
    return ComponentState(state_of(errors, warnings, disabled=disabled), errors, warnings)


def _workload(part: JsonObject) -> Workload:
    return Workload(
        get_text(part, "Type"),
        get_int(part, "Desired"),
        get_int(part, "Ready"),
        get_int(part, "Available"),
        get_int(part, "Unavailable"),
    )


def _images(counts: JsonObject) -> list[Image]:
    return [
        image_of(component, text, count)
        for component, part in counts.items()
        for text, count in get_object(part).items()
        if isinstance(count, int)
    ]


def _complaints(content: JsonObject, kind: str) -> list[Complaint]:
    return [
        Complaint(component, pod, entry if isinstance(entry, str) else None)
        for component, pods in get_object(content, "errors").items()
        for pod, part in get_object(pods).items()
        for entry in get_list(part, kind)
    ]
