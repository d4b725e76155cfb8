# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module egress_gateway_policies: fetch, plan, apply. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _kubernetes
from .._catalogue.egress_gateway import GATEWAY_KEYS, L7_BYPASSES, L7_KEY
from .._errors import FleetError, InputError
from .._findings import ERROR, WARNING, Finding
from .._json import get_list
from . import fetch, gateways, layer7
from .plan import Plan, plan, plan_difference
from .policies import FORMS, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._context import Context, Result
    from .._json import Json, JsonObject
    from .._kubernetes import Client
    from .plan import Kind
    from .policies import Policy

_DRY_RUN = {"dryRun": "All"}


def run(params: Mapping[str, Json], context: Context) -> Result:
    """Make the cluster's egress gateway policies those that are declared, and return the task's result.

    Args:
        params: the options of ARGUMENTS.
        context: the task's side.

    Raises:
        InputError: a declaration that cannot be meant, or that cannot work in this cluster; nothing is changed then.
        ApiError, ConnectionFailed: as Client.get().
    """
    policies = read(get_list(dict(params), "policies"))
    namespace = str(params["namespace"])
    client = _kubernetes.connect(params)
    kinds = fetch.kinds(client)
    planned = plan(policies, kinds, client.context) if kinds else _without_kinds(policies)
    findings = [*planned.findings]
    if policies:
        configuration = fetch.configuration(client, namespace)
        findings += _off_findings(client, kinds, configuration)
        findings += _gateway_findings(client, policies, namespace=namespace, context=context)
        if configuration.get(L7_KEY) != "false":
            findings += _layer7_findings(client, policies, namespace)
    _refuse(findings, context)
    if kinds:
        _apply(client, planned, context)
    for text in client.warnings:
        context.warn(text)
    result: Result = {
        "changed": planned.changed,
        **planned.names(),
        "kind": kinds[0].form.kind if kinds else None,
        "findings": [finding.as_dict() for finding in findings],
    }
    return {**result, "diff": plan_difference(planned, kinds)} if context.diff else result


def _gateway_findings(client: Client, policies: Sequence[Policy], *, namespace: str, context: Context) -> list[Finding]:
    """Return what there is to say of the policies' gateways in this cluster."""
    nodes = fetch.nodes(client)
    asked = gateways.to_be_asked(policies, nodes)
    nodes = fetch.with_devices(client, nodes, names=asked, namespace=namespace, context=context)
    return gateways.judge(policies, nodes, client.context)


def _layer7_findings(client: Client, policies: Sequence[Policy], namespace: str) -> list[Finding]:
    """Return which policies share endpoints with policies of layer 7, where that does harm."""
    version = fetch.version(client, namespace)
    if version is not None and not L7_BYPASSES.holds(version):
        return []
    rules = fetch.layer7_policies(client)
    return layer7.judge(policies, rules, fetch.endpoints(client), client.context) if rules else []


def _off_findings(client: Client, kinds: Sequence[Kind], configuration: Mapping[str, str]) -> list[Finding]:
    """Return the finding that nobody would act on policies, if so."""
    if kinds and any(configuration.get(key) == "true" for key in GATEWAY_KEYS):
        return []
    return [
        Finding(
            "egress_gateway_off",
            WARNING if kinds else ERROR,
            {"cluster": client.context},
            "The egress gateway is off in this cluster, so the policies do nothing."
            if kinds
            else "The egress gateway is off in this cluster: it knows no object for a policy.",
            "Set cilium_enable_egress_gateway to true and roll Cilium out first.",
            gateways.FEATURE,
        )
    ]


def _without_kinds(policies: Sequence[Policy]) -> Plan:
    """Return the plan for a cluster that knows no policies yet, which only check mode gets to see."""
    objects: list[tuple[str, JsonObject]] = [
        ("", {"kind": FORMS[0].kind, "metadata": {"name": policy.name}, "spec": policy.spec(FORMS[0])})
        for policy in policies
    ]
    return Plan(create=tuple(objects))


def _refuse(findings: Sequence[Finding], context: Context) -> None:
    """Fail when something cannot work; in check mode the gateway may still be going to be switched on.

    Raises:
        InputError: with all reasons.
    """
    errors = [
        finding
        for finding in findings
        if finding.severity == ERROR and not (context.check_mode and finding.rule == "egress_gateway_off")
    ]
    if errors:
        lines = [
            f"{finding.subject.get('policy', finding.subject['cluster'])}: {finding.rule}: {finding.reason} "
            f"{finding.remedy}"
            for finding in errors
        ]
        raise InputError(
            "Egress gateway policies cannot work like this; nothing was changed. " + " ".join(lines),
            findings=[finding.as_dict() for finding in findings],
        )


def _apply(client: Client, planned: Plan, context: Context) -> None:
    """Do what is planned; in check mode the API server only says whether it would.

    Raises:
        FleetError: the API server refuses; what was done before that is said.
    """
    query = _DRY_RUN if context.check_mode else None
    done: list[str] = []
    try:
        for path, item in planned.create:
            client.create(path, item, query=query)
            done.append(path)
        for path, item in planned.update:
            client.replace(path, item, query=query)
            done.append(path)
        for path, _item in planned.delete:
            client.delete(path, query=query)
            done.append(path)
    except FleetError as error:
        error.details["done"] = len(done)
        raise
