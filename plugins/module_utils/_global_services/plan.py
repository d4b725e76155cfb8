# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done to the Services of a cluster. PRIVATE to the collection. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._diff import difference
from .._errors import InputError
from .._findings import INFO, WARNING, Finding
from .._json import get_object, get_text
from .annotations import annotations_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._json import JsonObject

# Names the annotations of a Service that are ours, joined by commas; it is one itself.
OWNED = "fleet.cilium/global-services"
Key = tuple[str, str]


@dataclass(frozen=True)
class Change:
    """What happens to one Service: its annotations before and after, as far as they are concerned; None for none."""

    key: Key
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]

    @property
    def needed(self) -> bool:
        """Whether there is anything to do."""
        return dict(self.before) != dict(self.after)

    @property
    def patch(self) -> JsonObject:
        """What to send; null takes an annotation away."""
        return {"metadata": {"annotations": dict(sorted(self.after.items()))}}


@dataclass(frozen=True)
class Plan:
    """What has to be done: Services to annotate, Services that are no longer declared; and what there is to say."""

    declared: tuple[Change, ...] = ()
    dropped: tuple[Change, ...] = ()
    missing: tuple[Key, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def changes(self) -> list[Change]:
        """What there is to do."""
        return [change for change in (*self.declared, *self.dropped) if change.needed]

    def names(self) -> dict[str, list[str]]:
        """Return the Services, as "namespace/name", by what happens to them."""
        return {
            "updated": sorted("/".join(change.key) for change in self.declared if change.needed),
            "released": sorted("/".join(change.key) for change in self.dropped),
            "unchanged": sorted("/".join(change.key) for change in self.declared if not change.needed),
            "missing": sorted("/".join(key) for key in self.missing),
        }

    def diff(self) -> JsonObject:
        """Return the result's `diff`: the annotations of what changes."""
        sides = [
            {"/".join(change.key): _present(side) for change, side in pairs}
            for pairs in (
                [(change, change.before) for change in self.changes],
                [(change, change.after) for change in self.changes],
            )
        ]
        return difference(dict(sides[0]), dict(sides[1]), title="annotations of Services")


def read(services: Sequence[JsonObject], versions: Sequence[str]) -> dict[Key, dict[str, str]]:
    """Return the annotations that are declared, by namespace and name.

    Raises:
        InputError: as annotations_for(), or a Service is declared twice.
    """
    found: dict[Key, dict[str, str]] = {}
    for entry in services:
        key = (get_text(entry, "namespace") or "", get_text(entry, "name") or "")
        if not all(key):
            raise InputError(f"services: found the Service {'/'.join(key)}, expected a namespace and a name")
        if key in found:
            raise InputError(f"services: {'/'.join(key)} stands there twice, expected each Service once")
        said = {word: value for word, value in entry.items() if word not in ("namespace", "name")}
        found[key] = annotations_for(said, versions, where="/".join(key))
    return found


def plan(declared: Mapping[Key, Mapping[str, str]], live: Mapping[Key, Mapping[str, str]], cluster: str) -> Plan:
    """Return what makes the Services' annotations those that are declared.

    Annotations that an earlier run has set and that are no longer declared go; those of others stay, and one of them
    that is declared becomes ours.

    Args:
        declared: the annotations of each Service, by namespace and name.
        live: all annotations of the cluster's Services, those at least that are declared or carry our mark.
        cluster: its name, for the findings.
    """
    findings: list[Finding] = []
    wanted, missing = [], []
    for key, asked in sorted(declared.items()):
        if key not in live:
            missing.append(key)
            findings.append(_missing(key, cluster))
            continue
        there = live[key]
        foreign = {name: there[name] for name in asked if name in there and name not in _owned(there)}
        changed = {name: value for name, value in foreign.items() if value != asked[name]}
        findings += [_adopted(key, cluster, asked=asked, found=changed)] if changed else []
        wanted.append(_change(key, there, {**asked, OWNED: ",".join(sorted(asked))}))
    dropped = [_change(key, there, {}) for key, there in sorted(live.items()) if OWNED in there and key not in declared]
    return Plan(tuple(wanted), tuple(dropped), tuple(missing), tuple(findings))


def _owned(there: Mapping[str, str]) -> set[str]:
    """Return the annotations of a Service that are ours."""
    return {name for name in there.get(OWNED, "").split(",") if name} | ({OWNED} & set(there))


def _change(key: Key, there: Mapping[str, str], wanted: Mapping[str, str]) -> Change:
    concerned = sorted(_owned(there) | set(wanted))
    before = {name: there.get(name) for name in concerned}
    return Change(key, before, {name: wanted.get(name) for name in concerned})


def _present(side: Mapping[str, str | None]) -> JsonObject:
    return {name: value for name, value in sorted(side.items()) if value is not None}


def _missing(key: Key, cluster: str) -> Finding:
    return Finding(
        "mesh_service_missing",
        WARNING,
        {"cluster": cluster, "namespace": key[0], "service": key[1]},
        f"There is no Service {'/'.join(key)} in this cluster, so it is not global here: a global service is one that "
        "has the same name and namespace in each cluster.",
        "Create the Service in this cluster too, with or without pods behind it, and run again.",
        asked="/".join(key),
    )


def _adopted(key: Key, cluster: str, *, asked: Mapping[str, str], found: Mapping[str, str]) -> Finding:
    return Finding(
        "mesh_service_annotation_adopted",
        INFO,
        {"cluster": cluster, "namespace": key[0], "service": key[1]},
        "Somebody else has set annotations of this Service that are declared otherwise; they become ours.",
        "Nothing, unless what has set them does so again: then let one of the two have them.",
        asked={name: asked[name] for name in sorted(found)},
        found=dict(sorted(found.items())),
    )


def annotations_of(service: JsonObject) -> dict[str, str]:
    """Return the annotations of an object."""
    given = get_object(service, "metadata", "annotations")
    return {name: value for name, value in given.items() if isinstance(value, str)}
