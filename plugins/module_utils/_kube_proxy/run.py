# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module kube_proxy: fetch, plan, gates, apply. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .. import _kubernetes
from .._errors import InputError
from .._findings import ERROR, INFO, WARNING, Finding
from .._json import get_int, get_list, get_text
from .._versions import parse
from . import distributions, fetch, gates, kubeadm
from .apply import Applier
from .objects import BACKUP_REF, DAEMON_SET_REF, NAMESPACE, image_tag
from .plan import Plan, absent, present

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .._context import Context, Result
    from .._json import Json, JsonObject
    from .._kubernetes import Client
    from .plan import Live

_POSITIVE = ("timeout", "parallel", "wait_timeout")


def run(params: Mapping[str, Json], context: Context) -> Result:
    """Remove kube-proxy's objects from the cluster, or restore them, and return the task's result.

    Args:
        params: the options of ARGUMENTS.
        context: the task's side.

    Raises:
        InputError: an option that means nothing, a gate that is closed, or nothing to restore; nothing is changed then.
        Timeout: pods that do not go or do not come within wait_timeout seconds.
        ApiError, ConnectionFailed: as Client.get().
    """
    _check(params)
    client = _kubernetes.connect(params)
    nodes = fetch.nodes(client)
    live = fetch.live(client, nodes)
    found = distributions.recognise(nodes, kubeadm=live.kubeadm is not None)
    if params["state"] == "present":
        planned, findings = present(live), _age_findings(client, live)
    else:
        planned = absent(live, strategy=str(params["strategy"]), nodes=_names(params, "nodes"))
        findings = _removal_findings(client, live, found, planned)
        findings += _gates(client, nodes, live, planned=planned, params=params)
    waited = Applier(client, context, get_int(dict(params), "wait_timeout") or 1).apply(planned)
    for text in client.warnings:
        context.warn(text)
    kept = params["state"] == "absent" and (live.objects or live.backup)
    result: Result = {
        "changed": planned.changed,
        "removed": list(planned.removed),
        "restored": list(planned.restored),
        "nodes_left": list(planned.nodes_left),
        "backup": f"{NAMESPACE}/{BACKUP_REF.name}" if kept else None,
        "distribution": distributions.name_of(found, kubeadm=live.kubeadm is not None),
        "keep_away": kubeadm.keep_away(),
        "service_address": fetch.service_address(client),
        "findings": [finding.as_dict() for finding in findings],
        "waited": waited,
    }
    return {**result, "diff": planned.diff()} if context.diff else result


def _names(params: Mapping[str, Json], option: str) -> list[str] | None:
    """Return a list of texts; None where the option is not set."""
    if params.get(option) is None:
        return None
    return [item for item in get_list(dict(params), option) if isinstance(item, str)]


def _check(params: Mapping[str, Json]) -> None:
    """Raise InputError for options that mean nothing."""
    for name in _POSITIVE:
        value = params.get(name)
        if not isinstance(value, int) or value < 1:
            raise InputError(f"Option {name}: found {value}, expected a whole number of at least 1.")
    if params.get("nodes") is not None and (params["strategy"] != "node" or params["state"] != "absent"):
        raise InputError("Option nodes: found a list of nodes, expected it only with state absent and strategy node.")


def _removal_findings(
    client: Client, live: Live, found: distributions.Distribution | None, planned: Plan
) -> list[Finding]:
    """Return what a person should know of a removal, the gates apart."""
    subject = {"cluster": client.context}
    findings = distributions.findings(
        found,
        static=fetch.static_nodes(client),
        there=DAEMON_SET_REF.path in live.objects,
        cluster=client.context,
        kept=live.backup is not None,
    )
    text = kubeadm.text_of(live.kubeadm)
    if text is not None and not kubeadm.has_word(text):
        findings.append(
            Finding(
                "kubeadm_upgrade_may_restore",
                INFO,
                subject,
                f"kubeadm's configuration has form {kubeadm.version(text)}, which cannot say that kube-proxy is to "
                "stay away. Up to Kubernetes 1.31 its missing ConfigMap says so; kubeadm 1.32 makes it again.",
                "Before the upgrade to 1.32, run state absent once more with a configuration of form v1beta4, or pass "
                "the result's upgrade_configuration to kubeadm.",
                found=kubeadm.version(text),
            )
        )
    if planned.takes_away:
        findings.append(
            Finding(
                "connections_break",
                WARNING,
                subject,
                "Connections through Services that exist now may break when kube-proxy and its rules go"
                + (", on one node at a time." if planned.nodes_left else "."),
                "Do it when that does no harm, or take nodes one at a time (strategy node) and drain each first.",
            )
        )
    return findings


def _gates(
    client: Client, nodes: Sequence[JsonObject], live: Live, *, planned: Plan, params: Mapping[str, Json]
) -> list[Finding]:
    """Return what the gates found, if a node is to lose kube-proxy.

    Raises:
        InputError: a gate is closed and not skipped.
    """
    if not planned.takes_away:
        return []
    skipped = _names(params, "skip_gates") or []
    found = gates.judge(fetch.facts(client, nodes, live, params))
    gates.refuse(found, skipped)
    return _softened(found, skipped)


def _softened(findings: Sequence[Finding], skipped: Collection[str]) -> list[Finding]:
    """Return the findings, those of skipped gates as warnings."""
    return [
        replace(finding, severity=WARNING) if finding.severity == ERROR and finding.rule in skipped else finding
        for finding in findings
    ]


def _age_findings(client: Client, live: Live) -> list[Finding]:
    """Return the finding that the kube-proxy that comes back is older than its cluster, if so."""
    back = live.backup.objects.get(DAEMON_SET_REF.path) if live.backup else None
    server = get_text(client.get("/version"), "gitVersion") or ""
    tag = image_tag(back) if back else ""
    try:
        older = bool(tag) and parse(tag).numbers[:2] < parse(server).numbers[:2]
    except InputError:  # an image with a tag of one's own
        return []
    if not older:
        return []
    return [
        Finding(
            "kube_proxy_older_than_cluster",
            WARNING,
            {"cluster": client.context},
            f"The kube-proxy of the backup is {tag}, the cluster is {server}.",
            "Bring it to the cluster's version afterwards (kubeadm init phase addon kube-proxy).",
            asked=server,
            found=tag,
        )
    ]
