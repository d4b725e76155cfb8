# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages in agents' logs whose meaning is known. PRIVATE to the collection.

Each has our own words for what it means. A message that belongs to a feature tells why agents fell back from it; a
harmless one needs nobody. Patterns are searched in a message in small letters, the first that fits counts; they hold
no more than the words that stay when Cilium rewords a message (read in the sources of 1.15).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from .bandwidth import BBR, MANAGER
from .devices import BIG4, BIG6, DEVICES
from .load_balancing import ACCELERATION


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        name: stable snake_case name.
        pattern: regular expression for the message in small letters.
        means: what it says, without a full stop.
        remedy: what to do; empty for a harmless one.
        features: of the catalogue, which agents fell back from if they say so.
        harmless: it comes in the life of a healthy agent.
    """

    name: str
    pattern: str
    means: str
    remedy: str = ""
    features: tuple[str, ...] = ()
    harmless: bool = False


_BANDWIDTH = ("bandwidth_manager", "bbr")
_NODE_DEVICES = f"name the devices in {DEVICES}"

MESSAGES: tuple[Message, ...] = (
    # Why a feature is not effective.
    Message(
        "bandwidth_no_fq",
        r"bandwidth manager could not read procfs",
        "the node has no net.core.default_qdisc, so the queueing discipline fq, which paces traffic, cannot be set",
        "take nodes whose kernel has fq (module sch_fq) and whose agents see the sysctls of the machine, or set "
        f"{MANAGER} to false",
        _BANDWIDTH,
    ),
    Message(
        "bandwidth_kernel_old",
        r"bandwidth manager needs kernel",
        "the node's kernel is older than 5.1, which the bandwidth manager needs",
        f"upgrade the node's kernel, or set {MANAGER} to false",
        _BANDWIDTH,
    ),
    Message(
        "bandwidth_refuses_ipsec",
        r"bandwidth manager cannot be used with ipsec",
        "the agent switches the bandwidth manager off when IPsec is on",
        f"take WireGuard, or set {MANAGER} to false",
        _BANDWIDTH,
    ),
    Message(
        "bandwidth_no_devices",
        r"bandwidth manager could not detect host devices",
        "the agent finds no network device of the node to pace traffic on",
        _NODE_DEVICES,
        _BANDWIDTH,
    ),
    Message(
        "bandwidth_qdisc_refused",
        r"cannot (upgrade|dump) qdisc|replace root qdisc",
        "the kernel refuses to set the queueing discipline fq on a device of the node",
        "take nodes whose kernel has fq (module sch_fq) and whose devices take it",
        _BANDWIDTH,
    ),
    Message(
        "bbr_kernel_old",
        r"cannot enable --enable-bbr\b",
        "the node's kernel is older than 5.18, which BBR needs",
        f"upgrade the node's kernel, or set {BBR} to false",
        ("bbr",),
    ),
    Message(
        "big_tcp_kernel_old",
        r"cannot enable --enable-ipv[46]-big-tcp",
        "the node's kernel is too old for BIG TCP (5.19 for IPv6, 6.3 for IPv4)",
        f"upgrade the node's kernel, or set {BIG4} and {BIG6} to false",
        ("big_tcp",),
    ),
    Message(
        "big_tcp_no_devices",
        r"big tcp could not detect host devices",
        "the agent finds no network device of the node for BIG TCP",
        _NODE_DEVICES,
        ("big_tcp",),
    ),
    Message(
        "big_tcp_device_refused",
        r"could not modify ipv[46] gro_max_size",
        "a network device of the node does not take packets as big as BIG TCP makes them",
        f"take other devices (mlx4, mlx5 and ice are known to), or set {BIG4} and {BIG6} to false",
        ("big_tcp",),
    ),
    Message(
        "xdp_refused",
        r"attaching xdp program|cannot set nodeport acceleration|failed to (load|attach) .*\bxdp\b",
        "the driver of a network device of the node does not take XDP programs",
        f"take devices whose driver has native XDP, or set {ACCELERATION} to best-effort or disabled",
        ("xdp_acceleration",),
    ),
    Message(
        "node_ports_no_devices",
        r"failed to detect devices, disabling bpf nodeport",
        "the agent finds no network device of the node, so it serves no node ports",
        _NODE_DEVICES,
        ("kube_proxy_replacement", "kube_proxy_replacement_parts", "node_ports", "load_balancing_mode"),
    ),
    Message(
        "session_affinity_kernel_old",
        r"session affinity .*needs kernel",
        "the node's kernel is older than 5.7, which session affinity for the node itself needs",
        "upgrade the node's kernel",
        ("session_affinity",),
    ),
    Message(
        "host_namespace_only_without_socket_lb",
        r"only takes effect when .*(sock|socket)",
        "load balancing in the node's namespace only has no effect without socket load balancing",
        "switch socket load balancing on",
        ("socket_load_balancing",),
    ),
    # What breaks, or will.
    Message(
        "peer_lost",
        r"(failed to create peer|error while receiving peer change)",
        "the agent has lost another part of Hubble for a while",
        "look whether Hubble relay runs, if it keeps coming",
    ),
    Message(
        "events_lost",
        r"perf ring buffer events lost",
        "flows came faster than they were read, so some are missing in Hubble",
        "raise monitor aggregation, or give the agents more processors",
    ),
    Message(
        "endpoint_regeneration_failed",
        r"regeneration of endpoint failed|failed to reload datapath",
        "the datapath of a pod could not be built, so the pod keeps its old one or has none",
        "look at the agent's log around it; a full disk, a full BPF map or a kernel without a helper is usual",
    ),
    Message(
        "insecure_hubble",
        r"hubble server will be exposing its api insecurely",
        "anybody in the network can read flows from this agent",
        "switch Hubble's TLS on",
    ),
    Message(
        "deprecated_value",
        r"deprecated (value|option|flag)|\bis deprecated\b|will be removed in",
        "the configuration uses something that a later version of Cilium does not know",
        "write the newer form before the next upgrade",
    ),
    Message(
        "map_full",
        r"(map|table) (is )?full|no space left|argument list too long",
        "a BPF map has no room left, so new entries are refused",
        "raise the size of the map",
    ),
    # What a healthy agent says, above all while it starts.
    Message(
        "name_lock",
        r"name lock acquisition time",
        "two changes waited for each other",
        harmless=True,
    ),
    Message(
        "jit_not_set",
        r"unable to ensure that bpf jit compilation is enabled",
        "the agent cannot see whether the kernel compiles BPF programs, as in a network namespace of its own",
        harmless=True,
    ),
    Message(
        "symbol_substitution",
        r"skipping symbol substitution",
        "a part of a BPF program that is not needed was left out",
        harmless=True,
    ),
    Message(
        "waiting_for_node",
        r"waiting for k8s node information",
        "the agent started before Kubernetes knew all of its node",
        harmless=True,
    ),
    Message(
        "no_cgroup_base_path",
        r"no valid cgroup base path",
        "Hubble cannot tell which pod a connection came from that socket load balancing has turned",
        harmless=True,
    ),
    Message(
        "restored_endpoint_gone",
        r"endpoint to restore has been deleted|unable to restore endpoint|restoring directory for endpoint failed",
        "a pod went away while the agent was restarting",
        harmless=True,
    ),
    Message(
        "header_file",
        r"c header file",
        "files of a pod that went away while the agent was restarting",
        harmless=True,
    ),
    Message(
        "router_address",
        r"router ip (could not be re-?allocated|.*mismatch)|failed to remove old router ips",
        "the node got another address for its own end of the pods' network after a restart",
        harmless=True,
    ),
    Message(
        "restart_of_connections",
        r"network status error received, restarting client|heartbeat timed out, restarting client",
        "the connection to the API server was renewed",
        harmless=True,
    ),
    Message(
        "unfinished_endpoint",
        r"endpoint lacks identity, skipping|cancel(led|ling) .*endpoint creat|fetch(ing)? latest pod",
        "a pod was deleted or replaced while it was being made",
        harmless=True,
    ),
    Message(
        "retry_later",
        r"will (be )?(re-?tr(y|ied)|try again)|retrying",
        "something that the agent tries again",
        harmless=True,
    ),
    Message(
        "old_state",
        r"(no such file or directory|does not exist|not found).*(skipping|ignoring)|old health state",
        "leftovers of an earlier agent that are gone already",
        harmless=True,
    ),
    Message(
        "stale_cleanup",
        r"error while (removing directory|deleting stale map)|clean(ing)? (up )?stale",
        "leftovers of an earlier agent are removed",
        harmless=True,
    ),
)


@cache
def known(message: str) -> Message | None:
    """Return what a message of a log means; None for one that is not known."""
    small = message.lower()
    return next((entry for entry in MESSAGES if re.search(entry.pattern, small)), None)
