# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Secrets are to be written so that each cluster signs with the authority it is to have.

PRIVATE to the collection. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._catalogue._authorities import CILIUM_CA
from .._diff import difference
from .._errors import InputError
from .._json import get_list, get_object, get_text
from .._mesh.authority_secret import RELEASE_NAME, RELEASE_NAMESPACE, ownership, secret
from .._owner import owner_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._json import JsonObject
    from .._mesh.authority import Authority
    from .._mesh.sharing import Sharing
    from .arguments import Options
    from .fetch import Live

_CERT_MANAGER = "cert-manager.io/certificate-name"


@dataclass(frozen=True)
class Step:
    """One Secret that is to be written: created, or patched where it is there.

    Attributes:
        cluster: name of the cluster.
        name: of the Secret.
        body: the new object, or the patch.
        create: there is none yet.
        replaces: it holds an authority whose certificates the new one's trust does not cover.
    """

    cluster: str
    name: str
    body: JsonObject = field(repr=False)
    create: bool
    replaces: bool = False


@dataclass(frozen=True)
class Plan:
    """What has to be done, and both sides of the diff."""

    steps: tuple[Step, ...]
    before: JsonObject
    after: JsonObject

    @property
    def changed(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.steps)

    @property
    def replaced(self) -> tuple[str, ...]:
        """Clusters in which an authority gives way to another."""
        return tuple(dict.fromkeys(step.cluster for step in self.steps if step.replaces))

    def written(self) -> JsonObject:
        """Return the names of the Secrets that are written, by cluster."""
        clusters = dict.fromkeys(step.cluster for step in self.steps)
        return {name: [step.name for step in self.steps if step.cluster == name] for name in clusters}

    def diff(self) -> JsonObject:
        """Return the result's `diff`; there is no key in it."""
        return difference(self.before, self.after, title="certificate authorities")


def plan(clusters: Sequence[Live], shared: Sharing, options: Options, *, hidden: bool) -> Plan:
    """Return what has to be written.

    Args:
        clusters: as they are.
        shared: what each of them is to sign with.
        options: of the task.
        hidden: what is written is not made in earnest, so the diff shows only what is known of it.

    Raises:
        InputError: a Secret belongs to another Helm release.
    """
    steps = [step for live in clusters for step in _steps(live, shared.wanted[live.name], options)]
    before: JsonObject = {live.name: _shown(live, {}, options) for live in clusters}
    after: JsonObject = {
        live.name: _shown(live, _after(live, steps, shared.wanted[live.name]), options, hidden=hidden)
        for live in clusters
    }
    return Plan(tuple(steps), before, after)


def _steps(live: Live, wanted: Authority, options: Options) -> Iterator[Step]:
    for name, body in live.secrets.items():
        if body is None and name != CILIUM_CA and CILIUM_CA in live.secrets:
            continue  # the chart falls back to the one for all
        here = live.authorities[name]
        differs = here is None or here.fingerprint != wanted.fingerprint or (wanted.has_key and not here.has_key)
        new = secret(wanted, name, namespace=options.namespace, release=options.release)
        if body is None:
            yield Step(live.name, name, new, create=True)
            continue
        _refuse_foreign(live.name, name, body, options)
        adopts = wanted.has_key and not _is_managed(body) and not _is_owned(body, options)
        if differs or adopts:
            patch = _patch(body, new, data=differs, adopt=adopts)
            replaces = here is not None and not here.signs_like(wanted)
            yield Step(live.name, name, patch, create=False, replaces=replaces)


def _patch(body: JsonObject, new: JsonObject, *, data: bool, adopt: bool) -> JsonObject:
    """Return a merge patch; it fails if somebody has changed the Secret since it was read."""
    metadata: JsonObject = {"resourceVersion": get_text(body, "metadata", "resourceVersion")}
    if adopt:
        wanted = get_object(new, "metadata")
        metadata.update({key: wanted[key] for key in ("labels", "annotations")})
    return {"metadata": metadata, **({"data": new["data"]} if data else {})}


def _is_managed(body: JsonObject) -> bool:
    """Tell whether something else makes the Secret; it is not for Helm to adopt then."""
    annotations = get_object(body, "metadata", "annotations")
    return bool(get_list(body, "metadata", "ownerReferences")) or _CERT_MANAGER in annotations


def _is_owned(body: JsonObject, options: Options) -> bool:
    wanted = ownership(options.release, options.namespace)
    return all(
        get_text(body, "metadata", kind, key) == value
        for kind in ("labels", "annotations")
        for key, value in get_object(wanted, kind).items()
    )


def _refuse_foreign(cluster: str, name: str, body: JsonObject, options: Options) -> None:
    """Raise InputError for a Secret of another Helm release."""
    annotations = get_object(body, "metadata", "annotations")
    by_helm = owner_of(body) == "Helm"
    found = (annotations.get(RELEASE_NAMESPACE), annotations.get(RELEASE_NAME))
    if by_helm and all(found) and found != (options.namespace, options.release):
        raise InputError(
            f"{cluster}: Secret {options.namespace}/{name}: found that it belongs to the Helm release "
            f"{found[0]}/{found[1]}, expected {options.namespace}/{options.release}. Set release_name to Cilium's."
        )


def _after(live: Live, steps: Sequence[Step], wanted: Authority) -> Mapping[str, Authority]:
    return {step.name: wanted for step in steps if step.cluster == live.name}


def told(one: Authority, *, hidden: bool) -> JsonObject:
    """Return what may be shown of an authority; of one that is not made in earnest, what is known of it."""
    known = one.as_result()
    return {**known, "fingerprint": None, "not_after": None} if hidden else known


def _shown(live: Live, written: Mapping[str, Authority], options: Options, *, hidden: bool = False) -> JsonObject:
    """Return the authorities of a cluster by Secret, for the diff; hidden are those that are written."""
    shown: JsonObject = {}
    for name, here in live.authorities.items():
        one = written.get(name, here)
        if one is None and live.secrets[name] is None:
            continue
        body = live.secrets[name] or {}
        owned = name in written or _is_owned(body, options)
        known = {} if one is None else told(one, hidden=hidden and name in written)
        shown[name] = {**known, "helm_release": owned and not _is_managed(body)}
    return shown
