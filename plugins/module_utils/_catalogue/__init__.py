# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The feature catalogue. PRIVATE to the collection.

To add a feature is to add an entry to one of the families, or a family here, and its tests. Families are imported by
name because Ansible ships only what is imported so.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .._settings import default_at
from .._versions import Span
from . import (
    bandwidth,
    clustermesh,
    compatibility,
    debug,
    devices,
    egress_gateway,
    encryption,
    health,
    host_firewall,
    hubble,
    ingress,
    ipam,
    kube_proxy_replacement,
    load_balancing,
    masquerading,
    mesh,
    rollout,
    routing,
    services,
)

if TYPE_CHECKING:
    from .._json import Json
    from .._settings import Setting
    from .._versions import Version
    from ._model import Carrier, Condition, Feature, Otherwise, Rule

# Keys that nobody knows come first: what a setting says wins over them.
FAMILIES: dict[str, tuple[Feature, ...]] = {
    "debug": debug.FEATURES,
    "kube_proxy_replacement": kube_proxy_replacement.FEATURES,
    "routing": routing.FEATURES,
    "devices": devices.FEATURES,
    "masquerading": masquerading.FEATURES,
    "ipam": ipam.FEATURES,
    "load_balancing": load_balancing.FEATURES,
    "services": services.FEATURES,
    "egress_gateway": egress_gateway.FEATURES,
    "bandwidth": bandwidth.FEATURES,
    "hubble": hubble.FEATURES,
    "ingress": ingress.FEATURES,
    "encryption": encryption.FEATURES,
    "host_firewall": host_firewall.FEATURES,
    "health": health.FEATURES,
    "mesh": mesh.FEATURES,
    "clustermesh": clustermesh.FEATURES,
    "rollout": rollout.FEATURES,
    "compatibility": compatibility.FEATURES,
}
FEATURES: tuple[Feature, ...] = tuple(feature for family in FAMILIES.values() for feature in family)
SETTINGS: dict[str, Setting] = {setting.name: setting for feature in FEATURES for setting in feature.settings}
OWNERS: dict[str, Feature] = {setting.name: feature for feature in FEATURES for setting in feature.settings}
"""The feature of each setting."""


@cache
def defaults_at(version: Version) -> dict[str, Json]:
    """Return what applies at a version for settings that are not set, where anything does. Not to be changed."""
    found = {name: default_at(setting, version) for name, setting in SETTINGS.items()}
    return {name: value for name, value in found.items() if value is not None}


@cache
def otherwise_at(version: Version) -> tuple[Otherwise, ...]:
    """Return the defaults at a version that hold in some clusters only."""
    return tuple(other for feature in FEATURES for other in feature.otherwise if other.at.holds(version))


IN_MESH: Condition = mesh.IN_MESH
"""Whether a cluster is to be a member of a mesh."""
CARRIED: frozenset[str] = frozenset(carrier.setting for feature in FEATURES for carrier in feature.values)
"""The settings that reach the chart; others only stand for settings that do."""


@cache
def values_at(version: Version) -> tuple[Carrier, ...]:
    """Return every carrier of Helm values at a version."""
    return tuple(carrier for feature in FEATURES for carrier in feature.values if carrier.at.holds(version))


@cache
def carriers_at(version: Version) -> dict[str, tuple[Carrier, ...]]:
    """Return, for each setting, what carries it into the chart at a version. Not to be changed."""
    found: dict[str, tuple[Carrier, ...]] = dict.fromkeys(SETTINGS, ())
    for carrier in values_at(version):
        found[carrier.setting] += (carrier,)
    return found


def spans_of(setting: str) -> list[str]:
    """Return in words the spans of versions in which a chart carries a setting, oldest first."""
    carried = [carrier.at for carrier in OWNERS[setting].values if carrier.setting == setting]
    merged: list[Span] = []
    for found in sorted(carried, key=lambda one: one.since):
        last = merged[-1] if merged else None
        if last is None or (last.until is not None and last.until < found.since):
            merged.append(found)
        elif last.until is not None:
            merged[-1] = Span(last.since, None if found.until is None else max(last.until, found.until))
    return [str(found) for found in merged]


@cache
def keys_at(version: Version) -> tuple[Carrier, ...]:
    """Return every carrier of keys of the agent's ConfigMap at a version."""
    return tuple(carrier for feature in FEATURES for carrier in feature.keys if carrier.at.holds(version))


@cache
def rules_at(version: Version) -> tuple[tuple[Feature, Rule], ...]:
    """Return every rule at a version, with the feature it belongs to."""
    return tuple((feature, rule) for feature in FEATURES for rule in feature.rules if rule.at.holds(version))
