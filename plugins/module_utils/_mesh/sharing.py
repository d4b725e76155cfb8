# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificate authority each member of a mesh is to have. PRIVATE to the collection. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from .._errors import InputError
from .._findings import ERROR, WARNING, Finding
from .authority import create
from .certificates import current_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from .authority import Authority

REFUSE, ADOPT_FIRST, BUNDLE, REPLACE = "refuse", "adopt_first", "bundle", "replace"
POLICIES = (REFUSE, ADOPT_FIRST, BUNDLE, REPLACE)
AHEAD = timedelta(days=30)


@dataclass(frozen=True)
class Sharing:
    """What is to become of the members' authorities.

    Attributes:
        wanted: what each member is to sign with.
        write: members whose Secret is to be written, in their order.
        rotate: those of them whose certificates another authority has signed.
        created: what they get is new, made by this plan.
        trust: PEM of the certificates that everybody has to trust in the end, sorted, each once.
        trust_meanwhile: the same with those that are in use now, for as long as certificates are being renewed.
        findings: what a person should know; with an error among them nothing should be written.
    """

    wanted: Mapping[str, Authority]
    write: tuple[str, ...]
    rotate: tuple[str, ...]
    created: bool
    trust: str
    trust_meanwhile: str
    findings: tuple[Finding, ...]

    @property
    def several(self) -> bool:
        """Whether there is more than one authority in the end, so that charts have to be given `trust`."""
        found = list(self.wanted.values())
        return any(not one.signs_like(found[0]) for one in found)


def plan_share(
    found: Mapping[str, Authority | None],
    given: Authority | None,
    policy: str,
    *,
    now: datetime | None = None,
    make: Callable[[], Authority] = create,
) -> Sharing:
    """Return what is to become of the members' authorities.

    Authorities of the same name and key count as one: what either has signed is good under both.

    Args:
        found: what each member has, in the members' order; None for none.
        given: the one that is declared; None where nothing is.
        policy: what to do when they differ. REFUSE: nothing. ADOPT_FIRST: all get that of the first member that has
            one. BUNDLE: everyone keeps its own, and all trust all. REPLACE: all get the one that is given.
        now: the moment to judge by.
        make: makes a new one; called only when nobody has one and none is given.

    Raises:
        InputError: they differ and the policy refuses that, or does not say what should be.
    """
    there = {name: one for name, one in found.items() if one is not None}
    _refuse(there, given, policy)
    common, created = _common(there, given, policy, make)
    keeps = policy == BUNDLE or (given is None and policy == REFUSE)
    wanted = {name: there[name] if keeps and name in there else common for name in found}
    write = tuple(name for name in found if name not in there or _differs(there[name], wanted[name]))
    rotate = tuple(name for name in write if name in there and not there[name].signs_like(wanted[name]))
    expiring = expiry_findings(wanted, now or current_time())
    return Sharing(
        wanted=wanted,
        write=write,
        rotate=rotate,
        created=created and bool(write),
        trust=_bundle(wanted.values()),
        trust_meanwhile=_bundle([*wanted.values(), *there.values()]),
        findings=(*_differing(wanted), *expiring, *key_findings(there, wanted)),
    )


def expiry_findings(authorities: Mapping[str, Authority], now: datetime) -> Iterator[Finding]:
    """Yield a finding for each cluster whose authority has ended, or is about to."""
    for cluster, one in authorities.items():
        left = one.not_after - now
        if left > AHEAD:
            continue
        ended = left <= timedelta(0)
        yield Finding(
            "mesh_ca_expires",
            ERROR if ended else WARNING,
            {"cluster": cluster},
            f"The certificate authority {one.subject} of {cluster} "
            + ("has ended, so no certificate of it is valid any more." if ended else f"ends in {left.days} days."),
            "Renew its certificate with the same key and import it (module clustermesh_ca), or replace it (module "
            "clustermesh with ca_policy replace).",
            asked=f"{AHEAD.days} days or more",
            found=one.as_result()["not_after"],
        )


def _refuse(there: Mapping[str, Authority], given: Authority | None, policy: str) -> None:
    """Raise InputError where the policy does not say what should be."""
    if policy == REPLACE and given is None:
        raise InputError("ca_policy replace: found no authority that is to replace the others; give one in ca")
    if policy == ADOPT_FIRST and given is not None and there:
        name, first = next(iter(there.items()))
        if not first.signs_like(given):
            raise InputError(
                f"ca_policy adopt_first: found in ca {given.subject} ({given.fingerprint}), but {name}, the first that "
                f"has one, has {first.subject} ({first.fingerprint}). Leave ca out to adopt that, or set ca_policy to "
                "replace."
            )
    asked = [given] if given is not None else list(there.values())[:1]
    if policy == REFUSE and any(not one.signs_like(asked[0]) for one in there.values()):
        shown = "; ".join(f"{name} has {one.subject} {one.fingerprint}" for name, one in there.items())
        declared = f", declared is {given.subject} {given.fingerprint}" if given is not None else ""
        raise InputError(
            f"Certificate authorities differ: {shown}{declared}. Expected one, so that the clusters trust each other. "
            "Choose with ca_policy: adopt_first (all get the first one's), replace (all get the one in ca), or bundle "
            "(each keeps its own, all trust all). Nothing was changed.",
            findings=[
                Finding(
                    "mesh_ca_differs",
                    ERROR,
                    {"cluster": name},
                    f"{name} signs with {one.subject}, which others do not trust.",
                    "Set ca_policy.",
                    asked=asked[0].fingerprint,
                    found=one.fingerprint,
                ).as_dict()
                for name, one in there.items()
                if not one.signs_like(asked[0])
            ],
        )


def _common(
    there: Mapping[str, Authority], given: Authority | None, policy: str, make: Callable[[], Authority]
) -> tuple[Authority, bool]:
    """Return what everyone gets that does not keep its own, and whether it is new."""
    if given is not None and not (policy == ADOPT_FIRST and there):
        return given, False
    if not there:
        return make(), True
    first = next(iter(there.values()))
    candidates = [*([given] if given is not None else []), *there.values()]
    alike = [one for one in candidates if one.has_key and one.signs_like(first)]
    return (first if first.has_key or not alike else alike[0]), False


def _differs(live: Authority, wanted: Authority) -> bool:
    """Tell whether a Secret has to be written."""
    return live.fingerprint != wanted.fingerprint or (wanted.has_key and not live.has_key)


def _bundle(authorities: Iterable[Authority]) -> str:
    return "".join(sorted({text for one in authorities for text in one.certificates}))


def _differing(wanted: Mapping[str, Authority]) -> Iterator[Finding]:
    """Yield a finding for each cluster that keeps an authority of its own beside the first one's."""
    first = next(iter(wanted.values()), None)
    for cluster, one in wanted.items():
        if first is not None and not one.signs_like(first):
            yield Finding(
                "mesh_ca_differs",
                WARNING,
                {"cluster": cluster},
                f"{cluster} signs with {one.subject} of its own, so every cluster has to trust all of them.",
                "Nothing, if it is meant; otherwise set ca_policy to adopt_first or replace.",
                asked=first.fingerprint,
                found=one.fingerprint,
            )


def key_findings(there: Mapping[str, Authority], wanted: Mapping[str, Authority]) -> Iterator[Finding]:
    """Yield a finding for each cluster that has, or would get, a certificate without the key to sign with."""
    for cluster, one in wanted.items():
        kept = cluster in there and not _differs(there[cluster], one)
        if (there[cluster] if kept else one).has_key:
            continue
        yield Finding(
            "mesh_ca_without_key",
            WARNING if kept else ERROR,
            {"cluster": cluster},
            f"{cluster} has {one.subject} without its private key, so the chart's method helm cannot sign there."
            if kept
            else f"{cluster} would get {one.subject} without its private key, and could sign nothing.",
            "Nothing, if cert-manager or another program signs there; otherwise import the authority with its key."
            if kept
            else "Give the authority with its key in ca.",
            found=one.fingerprint,
        )
