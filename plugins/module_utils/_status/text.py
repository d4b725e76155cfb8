# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the texts of the agent's `status` to the model. PRIVATE to the collection.

A label that is known begins an entry, wherever its line starts and however its columns stand; the lines up to the next
one belong to it. So neither shifted columns, nor tabs, nor lost indentation matter. VALUES and TABLES say what each
label means; what they do not understand is in `unparsed`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Optional

from . import text_replacement, text_rows, text_values
from .cleaning import lines_of, sort_out
from .health_text import LONGEST
from .install_mode import install_mode
from .model import AgentStatus, Encryption
from .model_health import Health
from .model_part import merged
from .splitting import collapsed, depth, items, number

Value = Callable[[str], Optional[AgentStatus]]
Table = Callable[[str, list[str]], tuple[AgentStatus, list[str]]]

_DETAILS_HEAD = "KubeProxyReplacement Details"
# A list may be wrapped over this many lines at most.
_WRAPPED = 64


def _replacement(read: text_replacement.Read) -> Value:
    def value(text: str) -> AgentStatus | None:
        found = read(text)
        return AgentStatus(kube_proxy_replacement=found) if found is not None else None

    return value


def _head(text: str) -> AgentStatus | None:
    return None if text else AgentStatus()


def _encryption(build: Callable[[str], Encryption]) -> Value:
    return lambda text: AgentStatus(encryption=build(text))


# Labels whose line says all.
VALUES: dict[str, Value] = {
    "KVStore": text_values.kvstore,
    "ContainerRuntime": text_values.container_runtime,
    "Kubernetes": text_values.kubernetes,
    "Kubernetes APIs": text_values.apis,
    "KubeProxyReplacement": _replacement(text_replacement.line),
    "Host firewall": text_values.host_firewall,
    "SRv6": text_values.srv6,
    "CNI Chaining": text_values.chaining,
    "CNI Config file": text_values.config_file,
    "Cilium": text_values.cilium,
    "Stale status": text_values.stale,
    "Cilium health daemon": text_values.health_daemon,
    "IPAM": text_values.ipam,
    "IPv4 address pool": partial(text_values.pool_of, "4"),
    "IPv6 address pool": partial(text_values.pool_of, "6"),
    "IPv4 BIG TCP": partial(text_values.big_tcp, "4"),
    "IPv6 BIG TCP": partial(text_values.big_tcp, "6"),
    "BandwidthManager": text_values.bandwidth_manager,
    "Host Routing": text_values.host_routing,
    "Routing": text_values.routing,
    "Attach Mode": text_values.attach_mode,
    "Device Mode": text_values.device_mode,
    "Masquerading": text_values.masquerading,
    "Clock Source for BPF": text_values.clock_source,
    "Global Identity Range": text_values.identity_range,
    "Hubble": text_values.hubble,
    "Encryption": text_values.encryption,
    # Of `encrypt status`.
    "Decryption interface(s)": _encryption(lambda text: Encryption(interfaces=items(text))),
    "Keys in use": _encryption(lambda text: Encryption(keys_in_use=number(text))),
    "Max Seq. Number": _encryption(lambda text: Encryption(max_sequence=text or None)),
    "Node Encryption": _encryption(lambda text: Encryption(node_encryption=text or None)),
    "Interface": _encryption(lambda text: Encryption(interfaces=[text])),
    "Public key": lambda _text: AgentStatus(),
    "Number of peers": _encryption(lambda text: Encryption(peers=number(text))),
    _DETAILS_HEAD: _head,
    **{label: _replacement(read) for label, read in text_replacement.DETAILS.items()},
    # Of `cilium-health status`, where somebody has put it below.
    "Probe time": lambda text: AgentStatus(health=Health(time=text or None)),
}

# Labels with lines below them.
TABLES: dict[str, Table] = {
    "NodeMonitor": text_rows.node_monitor,
    "Allocated addresses": text_rows.allocated,
    "ClusterMesh": text_rows.cluster_mesh,
    "Controller Status": text_rows.controllers,
    "Proxy Status": text_rows.proxy,
    "BPF Maps": text_rows.bpf_maps,
    "Cluster health": text_rows.cluster_health,
    "Nodes": text_rows.cluster_health,
    "Modules Health": text_rows.modules_health,
    "Annotations": text_rows.annotated,
    "Errors": text_rows.ipsec_errors,
}

# Labels that mean something inside the details only, unless the text begins in the middle of them.
_INSIDE = frozenset({"Status", "Mode", "Devices", "Protocols", "Prefixes", "Services", "- Services", "- Gateway"})


@dataclass
class Entry:
    """A label's line, and the lines below it."""

    line: str
    value: str
    rows: list[str] = field(default_factory=list)


def parse(text: str) -> AgentStatus:
    """Return what an agent says about itself.

    Args:
        text: what `cilium status` or `cilium-dbg status` prints in the agent's pod, also with --verbose, in any
            version of Cilium; with what a terminal, a shell and kubectl add to it.
    """
    entries, loose = _entries(lines_of(text))
    status = AgentStatus()
    unread = list(loose)
    for label, entry in entries.items():
        part, left = _read(label, entry)
        status = merged(status, part)
        unread += left
    left_over = sort_out(unread)
    return replace(
        status,
        error=left_over.error,
        install_mode=install_mode(status.kube_proxy_replacement, status.routing),
        unparsed=left_over.unparsed,
    )


def _entries(lines: list[str]) -> tuple[dict[str, Entry], list[str]]:
    """Return the entries by their label, and the lines before the first; of two with one label the later counts."""
    entries: dict[str, Entry] = {}
    loose: list[str] = []
    rows = loose
    inside: bool | None = None
    for line in lines:
        label = _label(line)
        if label is None or (label in _INSIDE and inside is False):
            rows.append(line)
            continue
        inside = label == _DETAILS_HEAD or label in text_replacement.DETAILS
        before = entries.pop(label, None)
        if before is not None:
            loose += _superseded(label, before)
        entry = Entry(line, line.partition(":")[2].strip())
        entries[label] = entry
        rows = entry.rows
    return entries, loose


def _label(line: str) -> str | None:
    """Return the known label that a line begins with."""
    head, colon, rest = line.partition(":")
    if not colon or (rest and rest[0] not in " \t") or len(line) > LONGEST:
        return None
    label = head.strip()
    if "  " in label or "\t" in label:
        label = collapsed(label)
    return label if label in VALUES or label in TABLES else None


def _superseded(label: str, entry: Entry) -> list[str]:
    """Return the lines below an entry that do not belong to it; a later entry says what it says."""
    return _read(label, entry)[1] if entry.rows else []


def _read(label: str, entry: Entry) -> tuple[AgentStatus, list[str]]:
    """Return what an entry says, and the lines of it that are not understood."""
    if label in TABLES:
        return TABLES[label](collapsed(entry.value), entry.rows)
    value, rows = _whole(entry)
    part = VALUES[label](collapsed(value))
    if part is None:
        return AgentStatus(), [entry.line, *entry.rows]
    return part, rows


def _whole(entry: Entry) -> tuple[str, list[str]]:
    """Return a value with its continuation lines, if its brackets are not closed on its own, and the other lines."""
    level = depth(entry.value)
    if level <= 0 or not entry.rows:
        return entry.value, entry.rows
    for index, line in enumerate(entry.rows[:_WRAPPED]):
        level += depth(line)
        if level <= 0:
            return " ".join([entry.value, *entry.rows[: index + 1]]), entry.rows[index + 1 :]
    return entry.value, entry.rows
