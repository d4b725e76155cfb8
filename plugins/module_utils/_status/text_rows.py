# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines below a label of the agent's status, as parts of the model. PRIVATE to the collection.

Each function takes the value and the lines below it, and returns what it understands and the lines that it does not.
"""

from __future__ import annotations

import re
from dataclasses import replace

from . import modules_text, text_values
from .health_text import LONGEST, read_nodes, summary, with_nodes
from .model import (
    AgentStatus,
    BpfMaps,
    ClusterMesh,
    Controllers,
    Encryption,
    FailingController,
    Ipam,
    KubeProxyReplacement,
    NodeMonitor,
    Proxy,
    Redirect,
    RemoteCluster,
)
from .splitting import collapsed, number

Rows = tuple[AgentStatus, list[str]]

_ADDRESS = re.compile(r"(?P<ip>[0-9A-Za-z_.:/-]{2,120}) \((?P<owner>.*)\)?")
_CONTROLLER = re.compile(
    r"(?P<name>\S.*?) (?:never|\S+ ago) (?:never|\S+ ago) (?P<failures>\d{1,9})(?: (?P<message>.*))?"
)
_CONTROLLERS_HEAD = "Name Last success Last error Count Message"
_MAP = re.compile(r"(?P<name>\S.*) (?P<size>\d{1,19})")
_MAPS_HEAD = "Name Size"
_RATIO = re.compile(r"ratio: (\d{1,9}\.\d{1,20})")
_REDIRECTS_HEAD = "Protocol Redirect Proxy Port"
_REDIRECT = re.compile(r"(?P<protocol>\S+) (?P<name>\S.*) (?P<port>\d{1,9})")
_LOST = re.compile(r"(\d{1,19}) events lost, (\d{1,19}) unknown notifications")
_REMOTE = re.compile(r"(?P<name>[^\s:]{1,80}): (?P<ready>ready|not-ready), (?P<counts>.*)")
_DETAIL = re.compile(r"[└├│─|\s]{1,8}(?P<text>\S.*)")
# What a line of a remote cluster counts, by the field that takes it; "failures" is "reconnections" since 1.15.
_COUNTED = {
    "nodes": "nodes",
    "endpoints": "endpoints",
    "identities": "identities",
    "services": "services",
    "endpoint slices": "endpoint_slices",
    "MCS-API service exports": "service_exports",
    "failures": "failures",
    "reconnections": "failures",
}
_CONFIGURATION = "remote configuration: "
_SYNCHRONISED = "synchronization status: "
_BOOLEANS = {"true": True, "false": False, "enabled": True, "disabled": False}
_ANNOTATION = re.compile(r"- (?P<name>[\w./-]{1,200})")


def _words(line: str) -> str:
    return collapsed(line) if len(line) < LONGEST else ""


def node_monitor(value: str, rows: list[str]) -> Rows:
    """The second line has what was lost, if something was."""
    status = text_values.node_monitor(value) or AgentStatus()
    for index, line in enumerate(rows):
        found = _LOST.fullmatch(_words(line))
        if found:
            lost = NodeMonitor(lost=int(found.group(1)), unknown=int(found.group(2)))
            monitor = replace(status.node_monitor or NodeMonitor(), lost=lost.lost, unknown=lost.unknown)
            return AgentStatus(node_monitor=monitor), rows[:index] + rows[index + 1 :]
    return status, rows


def allocated(_value: str, rows: list[str]) -> Rows:
    """Lines such as: 10.0.0.11 (kube-system/coredns-6d4b75cb6d-tbgrr [restored])."""
    owners: dict[str, str] = {}
    unread: list[str] = []
    for line in rows:
        found = _ADDRESS.fullmatch(_words(line))
        if found:
            owners[found.group("ip")] = found.group("owner").removesuffix(")")
        else:
            unread.append(line)
    return AgentStatus(ipam=Ipam(allocated=owners)), unread


def cluster_mesh(value: str, rows: list[str]) -> Rows:
    """A line for each cluster, and below it lines with a sign of their own."""
    mesh = text_values.cluster_mesh(value) or ClusterMesh()
    clusters, unread = remote_clusters(rows)
    complete = mesh.total is not None and len(clusters) == mesh.total
    return AgentStatus(cluster_mesh=replace(mesh, clusters=clusters if clusters or complete else None)), unread


def remote_clusters(rows: list[str]) -> tuple[list[RemoteCluster], list[str]]:
    """Return the clusters that the lines tell of, and the lines that tell of none."""
    clusters: list[RemoteCluster] = []
    unread: list[str] = []
    for line in rows:
        text = _words(line)
        found, detail = _REMOTE.fullmatch(text), _DETAIL.fullmatch(text)
        if found:
            clusters.append(_remote(found))
        elif detail and clusters:
            told = _with_detail(clusters[-1], detail.group("text"))
            clusters[-1] = told or clusters[-1]
            unread += [] if told else [line]
        else:
            unread.append(line)
    return clusters, unread


def _remote(found: re.Match[str]) -> RemoteCluster:
    counts: dict[str, int] = {}
    for item in found.group("counts").partition(" (last:")[0].split(", "):
        count, _space, kind = item.partition(" ")
        value = number(count)
        if kind in _COUNTED and value is not None:
            counts[_COUNTED[kind]] = value
    return RemoteCluster(
        found.group("name"),
        ready=found.group("ready") == "ready",
        nodes=counts.get("nodes"),
        endpoints=counts.get("endpoints"),
        identities=counts.get("identities"),
        services=counts.get("services"),
        service_exports=counts.get("service_exports"),
        endpoint_slices=counts.get("endpoint_slices"),
        failures=counts.get("failures"),
    )


def _with_detail(cluster: RemoteCluster, text: str) -> RemoteCluster | None:
    if text.startswith(_CONFIGURATION):
        pairs = dict(item.partition("=")[::2] for item in text[len(_CONFIGURATION) :].split(", "))
        return replace(
            cluster,
            cluster_id=number(pairs.get("cluster-id", "")),
            expected=_BOOLEANS.get(pairs.get("expected", "")),
            retrieved=_BOOLEANS.get(pairs.get("retrieved", "")),
            kvstoremesh=_BOOLEANS.get(pairs.get("kvstoremesh", "")),
            sync_canaries=_BOOLEANS.get(pairs.get("sync-canaries", "")),
            exports=_BOOLEANS.get(pairs.get("service-exports", "")),
            endpoint_slice_export_mode=pairs.get("endpoint-slice-export-mode"),
        )
    if text.startswith(_SYNCHRONISED):
        pairs = dict(item.partition("=")[::2] for item in text[len(_SYNCHRONISED) :].split(", "))
        return replace(cluster, synced={kind: done == "true" for kind, done in pairs.items()})
    return replace(cluster, status=text) if cluster.status is None else None


def controllers(value: str, rows: list[str]) -> Rows:
    """A table of all controllers, or of those that fail."""
    failing: list[FailingController] = []
    unread: list[str] = []
    for line in rows:
        text = _words(line)
        found = _CONTROLLER.fullmatch(text)
        if found and int(found.group("failures")) > 0:
            failing.append(
                FailingController(found.group("name"), int(found.group("failures")), found.group("message") or None)
            )
        elif not found and text != _CONTROLLERS_HEAD:
            unread.append(line)
    known = text_values.controllers(value) or Controllers()
    return AgentStatus(controllers=replace(known, failing=failing or known.failing)), unread


def proxy(value: str, rows: list[str]) -> Rows:
    """With --verbose a table of redirects, if there are any."""
    redirected: list[Redirect] = []
    unread: list[str] = []
    for line in rows:
        text = _words(line)
        found = _REDIRECT.fullmatch(text)
        if found:
            redirected.append(Redirect(found.group("name"), found.group("protocol"), int(found.group("port"))))
        elif text != _REDIRECTS_HEAD:
            unread.append(line)
    known = text_values.proxy(value) or Proxy()
    return AgentStatus(proxy=replace(known, redirected=redirected or None)), unread


def bpf_maps(value: str, rows: list[str]) -> Rows:
    """A table of names and sizes."""
    ratio = _RATIO.search(value)
    sizes: dict[str, int] = {}
    unread: list[str] = []
    for line in rows:
        text = _words(line)
        found = _MAP.fullmatch(text)
        if found:
            sizes[found.group("name")] = int(found.group("size"))
        elif text != _MAPS_HEAD:
            unread.append(line)
    return AgentStatus(bpf_maps=BpfMaps(float(ratio.group(1)) if ratio else None, sizes or None)), unread


def cluster_health(value: str, rows: list[str]) -> Rows:
    """A table or a tree of nodes; in the table, those that are well may be left out."""
    nodes, unread = read_nodes(rows)
    return AgentStatus(health=with_nodes(summary(value), nodes)), unread


def modules_health(value: str, rows: list[str]) -> Rows:
    """Three counts, or a tree."""
    known, unread = modules_text.read(value, rows)
    return AgentStatus(modules_health=known), unread


def annotated(value: str, rows: list[str]) -> Rows:
    """Lines such as: - service.cilium.io/node."""
    names: list[str] = []
    unread: list[str] = []
    for line in rows:
        found = _ANNOTATION.fullmatch(_words(line))
        if found:
            names.append(found.group("name"))
        else:
            unread.append(line)
    known = names if names or value == "(n/a)" else None
    return AgentStatus(kube_proxy_replacement=KubeProxyReplacement(annotations=known)), unread


def ipsec_errors(value: str, rows: list[str]) -> Rows:
    """Behind "Errors:" of `encrypt status`; below it a line for each kind of error, which are summed up already."""
    unread = [line for line in rows if not re.fullmatch(r"\w{1,60}: \d{1,19}", _words(line))]
    return AgentStatus(encryption=Encryption(errors=number(value))), unread
