# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rollout: whether running agents follow a changed configuration. PRIVATE to the collection."""

from __future__ import annotations

from .._settings import WORD, Setting
from .._versions import span
from ._conditions import among, none_of
from ._model import Carrier, Feature

ROLLOUT = "cilium_rollout"
AUTO = "auto"
AGENTS = "rollOutCiliumPods"
OPERATOR = "operator.rollOutPods"

FOLLOWING = Feature(
    name="rollout",
    doc=(
        "Agents read their configuration when they start. By default the chart leaves running ones alone when it "
        "changes; with `auto` it restarts them and the operator, with `restart_needed` the collection restarts those "
        "whose configuration differs, and with `manual` nobody does, and a finding says so."
    ),
    settings=(
        Setting(
            ROLLOUT,
            WORD,
            "Who restarts agents when their configuration changes: the chart (`auto`), you (`manual`), or the "
            "collection, only those that need it (`restart_needed`).",
            choices=(AUTO, "manual", "restart_needed"),
        ),
    ),
    values=(
        Carrier(AGENTS, ROLLOUT, at=span("1.9.4"), words={AUTO: True}),
        Carrier(OPERATOR, ROLLOUT, at=span("1.9.4"), words={AUTO: True}),
    ),
    moot=none_of(among(ROLLOUT, AUTO)),
    instead=f"set {ROLLOUT} to restart_needed",
)

FEATURES = (FOLLOWING,)
