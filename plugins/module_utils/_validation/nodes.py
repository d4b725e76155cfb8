# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that have not what the features of a cluster need. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._catalogue import FEATURES
from .._catalogue.devices import DEVICES, is_named
from .._errors import InputError
from .._findings import WARNING, Finding
from .._json import get_objects, get_text
from .._versions import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._catalogue._model import Drivers, Feature, Kernel, View
    from .._json import Json, JsonObject
    from .._versions import Version


def unfit_nodes(view: View) -> Iterator[Finding]:
    """Yield a finding for each node whose kernel, or a device's driver, is not what an active feature needs."""
    nodes = get_objects(dict(view.facts), "nodes")
    for feature in FEATURES if nodes else ():
        if feature.active is None or not feature.active(view):
            continue
        needed = next((kernel for kernel in feature.kernel if kernel.at.holds(view.version)), None)
        for node in nodes:
            if needed is not None and _older(_kernel(node), _oldest(needed, node)):
                yield _old_kernel(feature, node, oldest=needed.oldest)
            if feature.drivers is not None:
                yield from _unfit_devices(feature, feature.drivers, node=node, wanted=view.effective.get(DEVICES))


def _kernel(node: JsonObject) -> Version | None:
    """Return a node's kernel: 5.15.0 of "5.15.0-113-generic"; None if it is not known."""
    text = get_text(node, "kernel") or ""
    try:
        return parse(text.split("-")[0].split("+")[0])
    except InputError:
        return None


def _oldest(needed: Kernel, node: JsonObject) -> str:
    """Return the oldest kernel that will do on a node, whose distribution may have ported back what is needed."""
    name = get_text(node, "kernel") or ""
    return next((oldest for part, oldest in needed.backports.items() if part in name), needed.oldest)


def _older(kernel: Version | None, oldest: str) -> bool:
    return kernel is not None and kernel < parse(oldest)


def _old_kernel(feature: Feature, node: JsonObject, *, oldest: str) -> Finding:
    return Finding(
        rule="kernel_old",
        severity=WARNING,
        subject={"node": get_text(node, "name") or ""},
        feature=feature.name,
        found=node.get("kernel"),
        reason=f"{feature.name.replace('_', ' ')} needs Linux {oldest} or what a distribution carried back from it",
        remedy="upgrade the node's kernel, unless you know that it has what is needed",
    )


def _unfit_devices(feature: Feature, drivers: Drivers, *, node: JsonObject, wanted: Json) -> Iterator[Finding]:
    """Yield a finding for each device that Cilium uses, whose driver is not among those, or whose kernel is older."""
    for device in get_objects(node, "devices"):
        name, driver = get_text(device, "name") or "", get_text(device, "driver") or ""
        if not driver or not _is_used(name, wanted):
            continue
        family = max((known for known in drivers.oldest if driver.startswith(known)), key=len, default="")
        if family and not _older(_kernel(node), drivers.oldest[family]):
            continue
        since = f" before Linux {drivers.oldest[family]}" if family else ""
        yield Finding(
            rule="driver_unfit",
            severity=drivers.severity,
            subject={"node": get_text(node, "name") or "", "device": name},
            feature=feature.name,
            found={"driver": driver, "kernel": node.get("kernel")},
            reason=f"device {name} has driver {driver}{since}: {drivers.reason}",
            remedy=drivers.remedy,
        )


def _is_used(device: str, wanted: Json) -> bool:
    """Tell whether Cilium uses a device: one of those that are asked for (a final + stands for anything), else all."""
    if not isinstance(wanted, list):
        return True
    return any(is_named(device, str(name)) for name in wanted)
