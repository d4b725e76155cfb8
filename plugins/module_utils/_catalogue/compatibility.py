# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions: which of Cilium the catalogue knows, and which of Kubernetes they go with. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._errors import InputError
from .._findings import WARNING
from .._settings import TEXT, Setting
from .._versions import Span, Version, parse, satisfies, span
from ._model import Feature, Kernel, Rule

if TYPE_CHECKING:
    from ._model import View

VERSION = "cilium_version"
OLDEST = "1.9"
NEWEST = "1.20"

# What each chart demands (kubeVersion in its Chart.yaml); outside of it helm refuses to install.
_DEMANDED: tuple[tuple[Span, str], ...] = (
    (span("1.9", "1.10"), ">= 1.12.0-0"),
    (span("1.10", "1.16"), ">= 1.16.0-0"),
    (span("1.16"), ">= 1.21.0-0"),
)
# Minor versions of Kubernetes, from and to, that Cilium's own tests cover (its page on compatibility).
_TESTED: tuple[tuple[Span, int, int], ...] = (
    (span("1.14", "1.15"), 19, 27),
    (span("1.15", "1.16"), 26, 29),
    (span("1.16", "1.17"), 27, 30),
    (span("1.17", "1.18"), 29, 32),
    (span("1.18", "1.19"), 30, 33),
    (span("1.19", "1.20"), 31, 34),
    (span("1.20", "1.21"), 33, 36),
)


_RHEL8 = {".el8": "4.18"}


def _kubernetes(view: View) -> Version | None:
    """Return the version of Kubernetes, None when it is not known or cannot be read."""
    found = view.facts.get("kubernetes_version")
    try:
        return parse(found) if isinstance(found, str) else None
    except InputError:
        return None


def _outside_demanded(view: View) -> bool:
    version = _kubernetes(view)
    demanded = next((text for bounds, text in _DEMANDED if bounds.holds(view.version)), "")
    return version is not None and bool(demanded) and not satisfies(version, demanded)


def _outside_tested(view: View) -> bool:
    version = _kubernetes(view)
    tested = next(((low, high) for bounds, low, high in _TESTED if bounds.holds(view.version)), None)
    if version is None or tested is None or _outside_demanded(view):
        return False
    return not tested[0] <= version.minor <= tested[1]


VERSIONS = Feature(
    name="versions",
    doc="The version of Cilium, and what it needs of Kubernetes and of the nodes' kernels.",
    settings=(Setting(VERSION, TEXT, "Full version of Cilium to install, such as 1.15.19."),),
    rules=(
        Rule(
            "kubernetes_refused",
            when=_outside_demanded,
            reason="the chart of Cilium {version} refuses this version of Kubernetes",
            remedy="take a version of Cilium that goes with it",
            shows="kubernetes_version",
        ),
        Rule(
            "kubernetes_untested",
            severity=WARNING,
            when=_outside_tested,
            reason="Cilium {version} is not tested with this version of Kubernetes",
            remedy="see Cilium's page on compatibility, and try it on a cluster that does not matter",
            shows="kubernetes_version",
        ),
    ),
    active=lambda _view: True,
    kernel=(
        # RHEL 8 carries what newer Cilium needs back to its 4.18; agents look for the abilities, not the number.
        Kernel("4.9.17", at=span(until="1.13")),
        Kernel("4.19.57", at=span("1.13", "1.16"), backports=_RHEL8),
        Kernel("5.4", at=span("1.16", "1.18"), backports=_RHEL8),
        Kernel("5.10", at=span("1.18"), backports=_RHEL8),
    ),
)

FEATURES = (VERSIONS,)
