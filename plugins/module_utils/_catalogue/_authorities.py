# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Secrets the charts take certificate authorities from. PRIVATE to the collection.

Read from the templates of every chart from 1.9.0 to 1.20.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._versions import span

if TYPE_CHECKING:
    from .._versions import Span, Version

CILIUM_CA = "cilium-ca"
MESH_CA = "clustermesh-apiserver-ca-cert"
HUBBLE_CA = "hubble-ca-secret"

# What the mesh's certificates are signed from with method helm: the first of these that is there. Up to 1.11 the chart
# looks nothing up then, it takes values or makes a new authority each time.
_MESH: tuple[tuple[Span, tuple[str, ...]], ...] = (
    (span(until="1.12"), ()),
    (span("1.12", "1.15"), (MESH_CA, CILIUM_CA)),
    (span("1.15"), (CILIUM_CA,)),
)
# Up to there, method cronJob keeps the authority that it finds in this one.
_BY_JOB = span(until="1.12")
# The same as the first for Hubble's.
_HUBBLE: tuple[tuple[Span, tuple[str, ...]], ...] = (
    (span(until="1.12"), ()),
    (span("1.12", "1.14"), (HUBBLE_CA, CILIUM_CA)),
    (span("1.14"), (CILIUM_CA,)),
)
# Certificates that a chart keeps when it finds them, while it writes the new authority beside them.
_KEPT: tuple[tuple[Span, tuple[str, ...]], ...] = (
    (span(until="1.18"), ()),
    (span("1.18"), ("hubble-server-certs", "hubble-relay-client-certs")),
)


def signed_from(version: Version) -> tuple[str, ...]:
    """Return the Secrets that method helm signs the mesh's certificates from; the first that is there wins."""
    return _of(_MESH, version)


def secrets_of(version: Version | None) -> tuple[str, ...]:
    """Return the Secrets that have to hold one authority so that all certificates come from it.

    Args:
        version: of Cilium; None where it is not known, which is taken as a current one.
    """
    if version is None:
        return (CILIUM_CA,)
    if _BY_JOB.holds(version):
        return (MESH_CA,)
    return tuple(sorted({CILIUM_CA, *_of(_MESH, version), *_of(_HUBBLE, version)}))


def kept_leaves(version: Version) -> tuple[str, ...]:
    """Return the Secrets of certificates that have to be removed before an upgrade makes them anew."""
    return _of(_KEPT, version)


def _of(table: tuple[tuple[Span, tuple[str, ...]], ...], version: Version) -> tuple[str, ...]:
    return next((names for bounds, names in table if bounds.holds(version)), ())
