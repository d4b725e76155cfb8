"""Keys that charts write on their own account when a setting is on: accompaniment, not a setting's own key."""

from __future__ import annotations

from tests.charts.rendering import Side

SIDES: tuple[Side, ...] = ()
