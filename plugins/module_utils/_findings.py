# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The finding: the one form in which anything wrong is reported. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._secrets import mask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ._json import Json, JsonObject

ERROR = "error"
WARNING = "warning"
INFO = "info"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        rule: stable snake_case name.
        severity: ERROR, WARNING or INFO.
        subject: what it is about, such as {"cluster": …, "node": …, "pod": …}.
        reason: why it is so, in a sentence.
        remedy: what to do, in a sentence.
        feature: the feature of the catalogue it belongs to, if any.
        asked: what was asked for, if something was.
        found: what is there instead, if something is.
    """

    rule: str
    severity: str
    subject: Mapping[str, str]
    reason: str
    remedy: str
    feature: str | None = None
    asked: Json = None
    found: Json = None

    def as_dict(self) -> JsonObject:
        """Return the finding as it stands in a result: without credentials, which settings may hold."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "subject": dict(self.subject),
            "feature": self.feature,
            "asked": mask(self.asked),
            "found": mask(self.found),
            "reason": self.reason,
            "remedy": self.remedy,
        }


def split(findings: Sequence[Finding], ignored: Sequence[str]) -> tuple[list[Finding], list[Finding]]:
    """Return the findings that end a run, and the others; what is ignored is none of the first."""
    return (
        [found for found in findings if found.severity == ERROR and found.rule not in ignored],
        [found for found in findings if found.severity != ERROR or found.rule in ignored],
    )
