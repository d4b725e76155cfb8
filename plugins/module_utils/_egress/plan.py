# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done to the cluster's policies. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._diff import difference
from .._findings import ERROR, INFO, Finding
from .._json import get_object, get_text
from .._owner import MANAGED_BY, OWNER, owner_of
from .gateways import FEATURE
from .policies import GROUP, unknown_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._json import JsonObject
    from .policies import Form, Policy


@dataclass(frozen=True)
class Kind:
    """A kind of policy that the cluster has: its form, the version of its API, its schema, and its objects by name."""

    form: Form
    version: str
    schema: JsonObject
    objects: Mapping[str, JsonObject] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where its objects are in the API."""
        return f"/apis/{GROUP}/{self.version}/{self.form.plural}"


@dataclass(frozen=True)
class Plan:
    """What has to be done: objects to create and to replace, and objects to delete, each with its place in the API."""

    create: tuple[tuple[str, JsonObject], ...] = ()
    update: tuple[tuple[str, JsonObject], ...] = ()
    delete: tuple[tuple[str, JsonObject], ...] = ()
    unchanged: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.create or self.update or self.delete)

    def names(self) -> dict[str, list[str]]:
        """Return the names of policies by what happens to them."""
        done = {"created": self.create, "updated": self.update, "deleted": self.delete}
        named = {word: sorted(_name(item) for _path, item in items) for word, items in done.items()}
        return {**named, "unchanged": sorted(self.unchanged)}


def plan(policies: Sequence[Policy], kinds: Sequence[Kind], cluster: str) -> Plan:
    """Return what makes the cluster's policies those that are declared.

    The first kind is used. Objects that carry our label and are not declared, or are of another kind, are deleted;
    objects of others stay, and one whose name is declared becomes ours unless its label names somebody else.

    Args:
        policies: what is declared.
        kinds: what the cluster has, the kind to use first; at least one if anything is declared.
        cluster: its name, for the findings.
    """
    create, update, unchanged, findings = [], [], [], []
    wanted = {policy.name for policy in policies}
    for policy in policies:
        kind = kinds[0]
        subject = {"cluster": cluster, "policy": policy.name}
        live = kind.objects.get(policy.name)
        desired = _object(policy, kind, live)
        findings += _field_findings(kind, get_object(desired, "spec"), subject)
        findings += _owner_findings(live, subject)
        if live is None:
            create.append((kind.path, desired))
        elif live != desired:
            update.append((f"{kind.path}/{policy.name}", desired))
        else:
            unchanged.append(policy.name)
    delete = [
        (f"{kind.path}/{name}", item)
        for number, kind in enumerate(kinds)
        for name, item in sorted(kind.objects.items())
        if owner_of(item) == OWNER and (number or name not in wanted)
    ]
    return Plan(tuple(create), tuple(update), tuple(delete), tuple(unchanged), tuple(findings))


def plan_difference(planned: Plan, kinds: Sequence[Kind]) -> JsonObject:
    """Return the result's `diff`: the specs of what changes, by kind and name."""
    before: JsonObject = {_title(item): get_object(item, "spec") for _path, item in planned.delete}
    live = {_title(item): item for kind in kinds for item in kind.objects.values()}
    for _path, item in planned.update:
        before[_title(item)] = _shown(live[_title(item)])
    after: JsonObject = {_title(item): _shown(item) for _path, item in planned.create + planned.update}
    return difference(before, after, title="egress gateway policies")


def _shown(item: JsonObject) -> JsonObject:
    owner: JsonObject = {MANAGED_BY: owner_of(item)} if owner_of(item) else {}
    return {**owner, **get_object(item, "spec")}


def _title(item: JsonObject) -> str:
    return f"{get_text(item, 'kind')}/{_name(item)}"


def _object(policy: Policy, kind: Kind, live: JsonObject | None) -> JsonObject:
    """Return the object of a policy; metadata and status of the live one stay."""
    metadata = get_object(live, "metadata")
    labels = {**get_object(metadata, "labels"), MANAGED_BY: OWNER}
    return {
        **(live or {}),
        "apiVersion": f"{GROUP}/{kind.version}",
        "kind": kind.form.kind,
        "metadata": {**metadata, "name": policy.name, "labels": labels},
        "spec": policy.spec(kind.form),
    }


def _field_findings(kind: Kind, spec: JsonObject, subject: Mapping[str, str]) -> list[Finding]:
    unknown = unknown_fields(spec, kind.schema)
    required = kind.schema.get("required")
    missing = [key for key in required if key not in spec] if isinstance(required, list) else []
    found = []
    if unknown:
        found.append(
            Finding(
                "egress_policy_field_unknown",
                ERROR,
                subject,
                f"{kind.form.kind} of this version of Cilium has no field {', '.join(unknown)}; the API server would "
                "drop it without a word.",
                "Leave it out, or upgrade Cilium.",
                FEATURE,
                asked=[*unknown],
            )
        )
    if missing:
        found.append(
            Finding(
                "egress_policy_field_missing",
                ERROR,
                subject,
                f"{kind.form.kind} of this version of Cilium needs {', '.join(map(str, missing))}.",
                "Set egressIP: before Cilium 1.12 it is what tells the gateway.",
                FEATURE,
                asked=missing,
            )
        )
    return found


def _owner_findings(live: JsonObject | None, subject: Mapping[str, str]) -> list[Finding]:
    """Return what there is to say of an object that is there already and is not ours."""
    owner = owner_of(live)
    if live is None or owner == OWNER:
        return []
    if owner is None:
        reason, remedy = "A policy of this name, which nobody owns, was there; it becomes ours.", "Nothing."
        return [Finding("egress_policy_adopted", INFO, subject, reason, remedy, FEATURE)]
    return [
        Finding(
            "egress_policy_of_another",
            ERROR,
            subject,
            f"A policy of this name is there, and its label {MANAGED_BY} says that {owner} manages it.",
            "Give the policy another name, or remove that label.",
            FEATURE,
            asked=OWNER,
            found=owner,
        )
    ]


def _name(item: JsonObject) -> str:
    return get_text(item, "metadata", "name") or ""
