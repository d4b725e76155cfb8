# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who owns which value of a release. PRIVATE to the collection.

The record is a Secret of type ``fleet.cilium/ownership.v1`` with one key per manager (``release``, ``clustermesh``).
It holds paths and digests, never values. ``intended`` is written before helm starts and becomes ``owned`` when it is
done; what a manager owns is the union of both, so a run that is killed in between loses nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from .._errors import InputError
from .values import Keys, digest, join, leaves, merge, overlaps, same, split, without

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .._json import Json, JsonObject

SECRET_TYPE = "fleet.cilium/ownership.v1"  # noqa: S105 -- the type of the object, not a secret
OWNER = "fleet.cilium"
SCHEMA = 1
# The path of which every other one is a part.
EVERYTHING: Keys = ()

Digests = dict[Keys, str]


@dataclass(frozen=True)
class Claim:
    """What one manager says of a release.

    ``content`` is the digest of the chart that it installed and ``revision`` the revision that came of it;
    ``ready`` is the newest revision whose pods were seen up to date. ``left`` are the workloads whose pods a run left
    on an older configuration.
    """

    owned: Digests = field(default_factory=dict)
    intended: Digests | None = None
    content: str | None = None
    revision: int | None = None
    ready: int | None = None
    left: tuple[str, ...] = ()

    @property
    def paths(self) -> Digests:
        """Everything that this manager may have set: owned and intended, the newer digest first."""
        return {**self.owned, **(self.intended or {})}

    def intend(self, desired: Mapping[str, Json]) -> Claim:
        """Return the claim to write before helm starts; what an unfinished run intended stays owned."""
        return replace(self, owned=self.paths, intended=digests(desired))

    def settle(self, desired: Mapping[str, Json], *, content: str | None, revision: int) -> Claim:
        """Return the claim to write after helm is done."""
        return Claim(owned=digests(desired), content=content, revision=revision, left=self.left)

    def as_json(self) -> JsonObject:
        """Return the form that is stored."""
        return {
            "schema": SCHEMA,
            "owned": _dumped(self.owned),
            "intended": None if self.intended is None else _dumped(self.intended),
            "content": self.content,
            "revision": self.revision,
            "ready": self.ready,
            "left": list(self.left),
        }


Record = dict[str, Claim]


@dataclass(frozen=True)
class Merged:
    """The values to pass to helm, and what became of those that are not desired (sorted paths)."""

    values: JsonObject
    foreign: list[str]
    pruned: list[str]


def digests(values: Mapping[str, Json]) -> Digests:
    """Return the digest of every leaf."""
    return {keys: digest(value) for keys, value in leaves(values).items()}


def _dumped(found: Digests) -> JsonObject:
    return {join(keys): value for keys, value in sorted(found.items())}


def plan_values(
    live: JsonObject, desired: JsonObject, *, manager: str, record: Record, purged: Collection[Keys] = ()
) -> Merged:
    """Return live − (mine and no longer desired) + desired.

    ``live`` are the user-supplied values of the newest revision. A path that another manager owns too stays.
    Leaves below the paths ``purged`` that no manager owns go as well; EVERYTHING is all of them.
    Raises InputError where another manager has set a desired path to another value.
    """
    others: Digests = {}
    for name, claim in record.items():
        if name != manager:
            others.update(claim.paths)
            _refuse_conflicts(desired, manager=manager, other=name, claim=claim)
    mine = record.get(manager, Claim()).paths
    wanted = leaves(desired)
    gone = {keys for keys in mine if keys not in wanted and keys not in others}
    foreign = [keys for keys in leaves(live) if keys not in mine and keys not in others and keys not in wanted]
    gone |= {keys for keys in foreign if any(keys[: len(path)] == path for path in purged)}
    values = merge(without(live, gone), desired)
    before, after = leaves(live), leaves(values)
    return Merged(
        values=values,
        foreign=sorted(join(keys) for keys in after if keys not in wanted and keys not in others),
        pruned=sorted(join(keys) for keys in before if keys not in after),
    )


def plan_all(
    live: JsonObject, desired: Mapping[str, JsonObject], *, record: Record, purged: Collection[Keys] = ()
) -> Merged:
    """Return what plan_values() does, for several managers whose desired values are known at once.

    ``desired`` are the values by manager. What another of them asked for earlier does not count, only what it asks for
    now.
    """
    asked = {name: Claim(owned=digests(values)) for name, values in desired.items()}
    merged = Merged(live, [], [])
    for manager, values in desired.items():
        claims = {**record, **asked, manager: record.get(manager, Claim())}
        merged = plan_values(merged.values, values, manager=manager, record=claims, purged=purged)
    left = leaves(merged.values)
    return replace(merged, pruned=sorted(join(keys) for keys in leaves(live) if keys not in left))


def _refuse_conflicts(desired: JsonObject, *, manager: str, other: str, claim: Claim) -> None:
    theirs = claim.paths
    empty = digest({})
    conflicts: list[str] = []
    for keys, value in leaves(desired).items():
        if keys in theirs:
            if theirs[keys] != digest(value) and not same(value, {}):
                conflicts.append(join(keys))
        elif not same(value, {}):
            conflicts += [join(path) for path, found in theirs.items() if overlaps(keys, path) and found != empty]
    if conflicts:
        names = ", ".join(sorted(set(conflicts)))
        raise InputError(
            f"values: {names} is set to another value by {other}; {manager} cannot set it as well: "
            f"leave it out of values, or change it where {other} gets it from",
            conflicts=sorted(set(conflicts)),
        )


def read_record(secret: JsonObject | None) -> Record:
    """Return the record that a Secret (or its absence) holds. Raises InputError when it cannot be read."""
    data = cast("JsonObject", (secret or {}).get("data") or {})
    return {name: _read_claim(name, str(text)) for name, text in data.items()}


def _read_claim(manager: str, encoded: str) -> Claim:
    try:
        body = json.loads(base64.b64decode(encoded, validate=True))
        if body["schema"] != SCHEMA:
            raise InputError(
                f"ownership record of {manager}: schema {body['schema']}, expected {SCHEMA}: "
                "it was written by a later fleet.cilium; update the collection here"
            )
        intended = body.get("intended")
        return Claim(
            owned=_loaded(body["owned"]),
            intended=None if intended is None else _loaded(intended),
            content=body.get("content"),
            revision=body.get("revision"),
            ready=body.get("ready"),
            left=tuple(body.get("left") or ()),
        )
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"ownership record of {manager} cannot be read ({error}): restore its Secret, or delete it to make "
            "every value that is live now a foreign one"
        ) from error


def _loaded(found: Mapping[str, str]) -> Digests:
    return {split(path): value for path, value in found.items()}


def secret_name(release: str) -> str:
    """Return the name of the Secret that holds the record of a release."""
    return f"fleet-cilium.{release}"


def write_record(release: str, record: Record, *, namespace: str) -> JsonObject:
    """Return the Secret that holds this record.

    Its labels let one request find it together with Helm's own revisions (store.py).
    """
    data: JsonObject = {
        name: base64.b64encode(json.dumps(claim.as_json(), separators=(",", ":")).encode()).decode()
        for name, claim in record.items()
    }
    labels: JsonObject = {"owner": OWNER, "name": release, "version": "ownership"}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": secret_name(release), "namespace": namespace, "labels": labels},
        "type": SECRET_TYPE,
        "data": data,
    }
