# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each version spells the annotations of a service of the whole mesh. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._versions import Span, span

if TYPE_CHECKING:
    from .._versions import Version

GLOBAL, SHARED, AFFINITY, ENDPOINT_SYNC = "global", "shared", "affinity", "endpoint_sync"
AFFINITIES = ("local", "remote", "none")


@dataclass(frozen=True)
class Spelling:
    """The annotation that says something about a global service, and the versions of Cilium that read it so."""

    says: str
    annotation: str
    at: Span


# Cilium, pkg/annotation/k8s.go; the older names are still read by the newer versions, so each has one that is best.
SPELLINGS = (
    Spelling(GLOBAL, "io.cilium/global-service", span(until="1.13")),
    Spelling(SHARED, "io.cilium/shared-service", span(until="1.13")),
    Spelling(AFFINITY, "io.cilium/service-affinity", span("1.12", "1.13")),
    Spelling(GLOBAL, "service.cilium.io/global", span("1.13")),
    Spelling(SHARED, "service.cilium.io/shared", span("1.13")),
    Spelling(AFFINITY, "service.cilium.io/affinity", span("1.13")),
    Spelling(ENDPOINT_SYNC, "service.cilium.io/global-sync-endpoint-slices", span("1.16")),
)


def spellings(says: str, versions: tuple[Version, ...]) -> list[str]:
    """Return the annotations that say something to at least one of the versions, oldest first."""
    return [one.annotation for one in SPELLINGS if one.says == says and any(map(one.at.holds, versions))]


def since(says: str) -> str:
    """Return in words the versions that can be told something."""
    return str(Span(min(one.at.since for one in SPELLINGS if one.says == says)))
