# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the filters on settings share. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..module_utils._catalogue import SETTINGS
from ..module_utils._dialects.carry import unresolved
from ..module_utils._errors import InputError
from ..module_utils._findings import ERROR
from ..module_utils._intent import VERSION, Intent, read
from ..module_utils._validation.cluster import in_order, problems
from ..module_utils._validation.fleet import fleet_problems
from ..module_utils._validation.networks import claims, overlaps
from ._plain import plain, plain_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..module_utils._catalogue._model import View
    from ..module_utils._findings import Finding
    from ..module_utils._json import Json


def faultless(settings: object, version: object) -> View:
    """Return what settings ask for at a version of Cilium.

    Raises:
        InputError: they ask for something that cannot work; the message lists every such finding.
    """
    values = plain_mapping(settings, where="settings")
    intent = read(values, version_of(values, version))
    faults = [found for found in (*problems(intent), *unresolved(intent.view)) if found.severity == ERROR]
    if faults:
        raise InputError("\n".join([_heading(intent.view, len(faults)), *(_line(fault) for fault in faults)]))
    return intent.view


def findings_of(settings: object, version: object, facts: object) -> list[Finding]:
    """Return what is wrong with the settings of a cluster, or of a mapping of clusters.

    Raises:
        InputError: the input is no mapping, or there is no version.
    """
    values = plain_mapping(settings, where="settings")
    known = plain_mapping(facts or {}, where="facts")
    if not is_fleet(values):
        intent = read(values, version_of(values, version), known)
        return in_order([*problems(intent), *overlaps(claims("", intent.view))])
    versions = plain(version, where="version")
    return fleet_problems(
        {
            cluster: _member(members, _part(versions, cluster), _part(known.get(cluster), "") or {})
            for cluster, members in values.items()
        }
    )


def is_fleet(values: Mapping[str, Json]) -> bool:
    """Tell whether a mapping holds settings by cluster, not the settings of one."""
    if not values or any(name in SETTINGS for name in values):
        return False
    return any(isinstance(value, dict) for value in values.values()) or not any(values.values())


def _part(value: Json, cluster: str) -> Json:
    """Return what belongs to a cluster: its entry of a mapping by cluster, else the value itself."""
    return value.get(cluster) if isinstance(value, dict) and cluster else value


def _member(settings: Json, version: Json, facts: Json) -> Intent | str:
    """Return what a cluster is asked for, or in words why that is not known."""
    if not isinstance(settings, dict):
        return str(settings) if settings else "no settings"
    try:
        return read(settings, version_of(settings, version), facts if isinstance(facts, dict) else {})
    except InputError as error:
        return error.message


def version_of(settings: Mapping[str, Json], version: object) -> str:
    """Return the version of Cilium that is meant: the one that is given, else the one that the settings name.

    Raises:
        InputError: there is none.
    """
    text = version or settings.get(VERSION)
    if not text:
        raise InputError(
            f"version: found none, expected a version of Cilium such as 1.15.19; give it, or set {VERSION}"
        )
    return str(text)


def _heading(view: View, number: int) -> str:
    these = "this setting" if number == 1 else f"{number} things in these settings"
    return f"Cilium {view.version} cannot work with {these}:"


def _line(fault: Finding) -> str:
    return f"- {fault.rule}: {fault.reason} -> {fault.remedy}"
