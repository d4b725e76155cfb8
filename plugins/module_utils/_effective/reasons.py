# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why an agent fell back: by its log, by its node, by the settings. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._catalogue._messages import known
from .._intent import Intent
from .._json import get_text
from .._validation.cluster import problems

if TYPE_CHECKING:
    from .._catalogue._model import View
    from .seen import Seen


@dataclass(frozen=True)
class Why:
    """A reason, and what to do about it; `said` is the message of the agent's log that tells it, if one does."""

    reason: str
    remedy: str
    said: str = ""


class Reasons:
    """Finds the reason for a feature on a node: first the agent's own words, then the node, then the settings."""

    def __init__(self, view: View, seen: Seen) -> None:
        self._log = seen.log
        self._nodes: dict[tuple[str, str], Why] = {}
        self._rules: dict[str, Why] = {}
        # What cannot work would have ended the run before; what is left are cautions that came true.
        for found in problems(Intent(view)):
            why = Why(found.reason, found.remedy)
            if found.feature and "node" in found.subject:
                self._nodes.setdefault((found.feature, found.subject["node"]), why)
            elif found.feature:
                self._rules.setdefault(found.feature, why)

    def of(self, feature: str, node: str) -> Why:
        """Return why a feature is not effective on a node."""
        return (
            self._in_log(feature, node)
            or self._nodes.get((feature, node))
            or self._rules.get(feature)
            or self._none(node)
        )

    def _in_log(self, feature: str, node: str) -> Why | None:
        for entry in self._log.get(node, []):
            said = get_text(entry, "message") or ""
            message = known(said)
            if message is not None and feature in message.features:
                return Why(message.means, message.remedy, said)
        return None

    def _none(self, node: str) -> Why:
        looked = "neither the agent's log nor" if node in self._log else "the agent's log was not read, and neither"
        return Why(
            f"{looked} what is known of the node and the settings tells why",
            "look into the agent's log, from its start, for lines of level warning that name the feature",
        )
