# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What agents' status has to show when a cluster runs as it is asked to. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._catalogue import FEATURES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._catalogue._model import Expectation, View
    from .._json import Json


@dataclass(frozen=True)
class Expected:
    """What an agent shows.

    Attributes:
        feature: of the catalogue.
        setting: that asks for it.
        asked: its effective value.
        path: into the model of an agent's state, such as "routing.mode".
        shows: any of these.
    """

    feature: str
    setting: str
    asked: Json
    path: str
    shows: tuple[Json, ...]


def expected(view: View) -> Iterator[Expected]:
    """Yield what every agent of a cluster shows, of what is set or is the chart's default."""
    for feature in FEATURES:
        for expectation in feature.expectations:
            if not expectation.at.holds(view.version):
                continue
            if expectation.when is not None and not expectation.when(view):
                continue
            asked = view.effective.get(expectation.setting)
            shows = _shows(expectation, asked)
            if shows:
                yield Expected(feature.name, expectation.setting, asked, expectation.path, shows)


def _shows(expectation: Expectation, asked: Json) -> tuple[Json, ...]:
    """Return what stands for a value in the status; nothing where nothing is known or said."""
    if asked is None:
        return ()
    if expectation.shows is None:
        return (asked,)
    return expectation.shows.get(asked, ()) if isinstance(asked, (bool, int, str)) else ()
