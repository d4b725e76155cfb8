# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions of which the catalogue's rules are made. PRIVATE to the collection.

Each returns a function of a View. Unless it says otherwise, a condition looks at what applies: the setting, or the
chart's default where it is not set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from .._versions import span

if TYPE_CHECKING:
    from .._json import Json
    from ._model import Condition, Scalar, View


def on(setting: str) -> Condition:
    """Return whether a switch is on."""
    return lambda view: view.effective.get(setting) is True


def off(setting: str) -> Condition:
    """Return whether a switch is off."""
    return lambda view: view.effective.get(setting) is not True


def among(setting: str, *values: Scalar) -> Condition:
    """Return whether a setting has one of the values."""
    return lambda view: view.effective.get(setting) in values


def given(setting: str) -> Condition:
    """Return whether somebody set it, whatever the chart's default."""
    return lambda view: setting in view.given


def absent(*settings: str) -> Condition:
    """Return whether nothing is known of all of these: not set, and no default."""
    return lambda view: all(not view.effective.get(setting) for setting in settings)


def holds(setting: str, test: Callable[[Json], bool]) -> Condition:
    """Return whether a setting has a value, and the test says yes to it."""

    def condition(view: View) -> bool:
        value = view.effective.get(setting)
        return value is not None and test(value)

    return condition


def all_of(*conditions: Condition) -> Condition:
    """Return whether all conditions hold."""
    return lambda view: all(condition(view) for condition in conditions)


def any_of(*conditions: Condition) -> Condition:
    """Return whether at least one condition holds."""
    return lambda view: any(condition(view) for condition in conditions)


def none_of(*conditions: Condition) -> Condition:
    """Return whether no condition holds."""
    return lambda view: not any(condition(view) for condition in conditions)


def at(since: str = "", until: str = "") -> Condition:
    """Return whether the version of Cilium lies within a span."""
    bounds = span(since, until)
    return lambda view: bounds.holds(view.version)


def fact(name: str, test: Callable[[Json], bool]) -> Condition:
    """Return whether a fact is known, and the test says yes to it."""

    def condition(view: View) -> bool:
        value = view.facts.get(name)
        return value is not None and test(value)

    return condition


def when_setting(table: Mapping[Scalar, Json], source: str) -> Callable[[Mapping[str, Json]], Json]:
    """Return a function for Derived: the table's entry for the value of the source, None when there is none."""

    def derive(settings: Mapping[str, Json]) -> Json:
        value = settings.get(source)
        return table.get(value) if isinstance(value, (bool, int, str)) else None

    return derive
