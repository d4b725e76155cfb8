# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands behind a label of the agent's status, as parts of the model. PRIVATE to the collection.

Each function takes the value with single spaces between its words, and returns None if it does not understand it. The
words are those of Cilium's pkg/client, FormatStatusResponse, from 1.4 to 1.20.
"""

from __future__ import annotations

import re

from .json import kubernetes_of, version_of
from .model import (
    AgentStatus,
    BandwidthManager,
    BigTcp,
    ClockSource,
    ClusterMesh,
    Cni,
    Component,
    Controllers,
    Datapath,
    Encryption,
    HostFirewall,
    Hubble,
    IdentityRange,
    Ipam,
    Masquerading,
    NodeMonitor,
    Pool,
    Proxy,
    Routing,
    Srv6,
)
from .model_health import Health
from .parts import pools_of
from .splitting import collapsed, flag, groups, items, number, of

_NAME = re.compile(r'"([^"]{0,200})"')
_STATES = frozenset({"Ok", "Warning", "Failure", "Disabled"})
_MONITOR = re.compile(r"Listening for events on (\d{1,9}) CPUs with (\d{1,9})x(\d{1,9}) of shared memory")
_RANGE = re.compile(r"min (\d{1,19}), max (\d{1,19})")
_FLOWS = re.compile(r"Current/Max Flows: (\d{1,19})/(\d{1,19})(?: \([^()]{1,20}\))?")
_RATE = re.compile(r"Flows/s: [\d.]{1,40}|Flows/s: \S{1,40}")
_METRICS = re.compile(r"Metrics: (\w{1,20})")
_PROXY_IP = re.compile(r"\bip ([0-9A-Za-z.:]{1,64})")
_PROXY_PORTS = re.compile(r"(?:on ports|port-range) ([\d-]{1,20})")
_PROXY_REDIRECTS = re.compile(r"(\d{1,9}) redirects")
_PROXY_ENVOY = re.compile(r"Envoy: ([\w-]{1,40})")
_STALE = re.compile(r'"([^"]{1,80})" since ([^,]{1,60})')
_ROUTING = re.compile(r"Network: (?P<mode>\w{1,20})(?: \[(?P<protocol>\w{1,20})\])?(?:,? Host: (?P<host>\w{1,20}))?")
_POOL = re.compile(r"(\d{1,40})(?:/(\d{1,40}))? allocated(?: from (\S{1,80}))?")
_INTERFACE = re.compile(r"(?P<name>[^\s()]{1,40}) \(.{0,200}?Peers: (?P<peers>\d{1,9})\)")
_ATTACH = {"Legacy TC": "tc", "TCX": "tcx"}
_CLOCK = re.compile(r"(?P<mode>\w{1,20})(?: \[(?P<hertz>\d{1,9}) Hz\])?")


def kvstore(value: str) -> AgentStatus | None:
    """As in: Ok etcd: 1/1 connected, has-quorum=true: ….; or Disabled."""
    return AgentStatus(kvstore=_component(value))


def container_runtime(value: str) -> AgentStatus | None:
    """As in: Ok docker daemon: OK; up to 1.19."""
    return AgentStatus(container_runtime=_component(value))


def _component(value: str) -> Component:
    state, _space, message = value.partition(" ")
    return Component(state, message or None)


def kubernetes(value: str) -> AgentStatus | None:
    """As in: Ok 1.30+ (v1.30.13-eks-5d4a308) [linux/amd64]."""
    state, _space, message = value.partition(" ")
    return AgentStatus(kubernetes=kubernetes_of(state, message, None)) if state else None


def apis(value: str) -> AgentStatus | None:
    """As in: ["core/v1::Node", "core/v1::Pods"]."""
    if _NAME.sub("", value).strip("[], "):
        return None
    names = sorted(name for name in _NAME.findall(value) if name)
    return AgentStatus(kubernetes=kubernetes_of(None, "", names))


def host_firewall(value: str) -> AgentStatus | None:
    """As in: Enabled [eth0, eth1]; or Disabled."""
    mode, lists = groups(value)
    return AgentStatus(host_firewall=HostFirewall(mode, items(lists[0]) if lists else None)) if mode else None


def srv6(value: str) -> AgentStatus | None:
    """As in: Enabled [encap-mode: reduced]; or Disabled."""
    encapsulation = re.search(r"encap-mode: ([\w-]{1,40})", value)
    on = flag(value)
    known = Srv6(on, encapsulation.group(1) if encapsulation else None)
    return AgentStatus(srv6=known) if on is not None else None


def chaining(value: str) -> AgentStatus | None:
    """As in: none; or aws-cni."""
    return AgentStatus(cni=Cni(chaining=value)) if value else None


def config_file(value: str) -> AgentStatus | None:
    """As in: successfully wrote CNI configuration file to /host/etc/cni/net.d/05-cilium.conflist."""
    return AgentStatus(cni=Cni(config_file=value)) if value else None


def cilium(value: str) -> AgentStatus | None:
    """As in: Ok 1.15.19 (v1.15.19-28c0f2a1); or Warning Stale status data."""
    state, _space, message = value.partition(" ")
    if state not in _STATES:
        return None
    version = version_of(message)
    told = None if version or message in {"", "OK", "(v-)"} else message
    return AgentStatus(version=version, state=state, message=told)


def stale(value: str) -> AgentStatus | None:
    """As in: "kubernetes" since 2018-11-21T11:11:45.164Z, "kvstore" since 2018-11-21T11:09:43.133Z."""
    found = dict(_STALE.findall(value))
    return AgentStatus(stale=found) if found else None


def node_monitor(value: str) -> AgentStatus | None:
    """As in: Listening for events on 4 CPUs with 64x4096 of shared memory; or Disabled."""
    found = _MONITOR.match(value)
    if found:
        cpus, pages, size = (int(text) for text in found.groups())
        return AgentStatus(
            node_monitor=NodeMonitor(enabled=True, cpus=cpus, pages=pages, page_size=size, lost=0, unknown=0)
        )
    return AgentStatus(node_monitor=NodeMonitor(enabled=False)) if value == "Disabled" else None


def health_daemon(value: str) -> AgentStatus | None:
    """As in: Ok; or Failure Unable to reach the daemon."""
    state, _space, message = value.partition(" ")
    return AgentStatus(health=Health(daemon=state, message=message or None)) if state in _STATES else None


def ipam(value: str) -> AgentStatus | None:
    """As in: IPv4: 5/254 allocated from 10.0.0.0/24, IPv6: 4/65534 allocated from f00d::/112."""
    return AgentStatus(ipam=pools_of(value)) if value else None


def pool_of(family: str, value: str) -> AgentStatus | None:
    """As in: 260/65535 allocated, behind "IPv4 address pool"; up to 1.5."""
    found = _POOL.match(value)
    if not found:
        return None
    pool = Pool(number(found.group(1)), number(found.group(2) or ""), found.group(3))
    return AgentStatus(ipam=Ipam(ipv4=pool) if family == "4" else Ipam(ipv6=pool))


def cluster_mesh(value: str) -> ClusterMesh | None:
    """As in: 1/1 remote clusters ready, 9 global-services."""
    counts = of(value)
    services = re.search(r"(\d{1,9}) global-services", value)
    if counts is None:
        return None
    return ClusterMesh(counts[0], counts[1], None, int(services.group(1)) if services else None)


def big_tcp(family: str, value: str) -> AgentStatus | None:
    """As in: Enabled [196608]; or Enabled [65536, 196608], which are GRO and GSO; or Disabled."""
    on = flag(value)
    if on is None:
        return None
    lists = groups(value)[1]
    sizes = [number(item) for item in items(lists[0])] if lists else []
    gro, gso = (sizes[0], sizes[-1]) if sizes else (None, None)
    if family == "4":
        return AgentStatus(big_tcp=BigTcp(ipv4=on, ipv4_max_gro=gro, ipv4_max_gso=gso))
    return AgentStatus(big_tcp=BigTcp(ipv6=on, ipv6_max_gro=gro, ipv6_max_gso=gso))


def bandwidth_manager(value: str) -> AgentStatus | None:
    """As in: EDT with BPF [BBR] [eth0, eth1]; up to 1.11 without the control; or Disabled."""
    if value == "Disabled":
        return AgentStatus(bandwidth_manager=BandwidthManager(enabled=False))
    words, lists = groups(value)
    if not words.startswith(("EDT", "Enabled")):
        return None
    control = lists[0].lower() if len(lists) > 1 else None
    devices = items(lists[-1]) if lists else None
    return AgentStatus(bandwidth_manager=BandwidthManager(True, control, devices))


def host_routing(value: str) -> AgentStatus | None:
    """As in: BPF; or Legacy. Up to 1.15."""
    return AgentStatus(routing=Routing(host=value)) if value else None


def routing(value: str) -> AgentStatus | None:
    """As in: Network: Tunnel [vxlan] Host: Legacy. Since 1.16."""
    found = _ROUTING.match(value)
    return AgentStatus(routing=Routing(found["mode"], found["protocol"], found["host"])) if found else None


def attach_mode(value: str) -> AgentStatus | None:
    """As in: TCX; or Legacy TC."""
    return AgentStatus(datapath=Datapath(attach_mode=_ATTACH.get(value, value.lower()))) if value else None


def device_mode(value: str) -> AgentStatus | None:
    """As in: veth; or netkit."""
    return AgentStatus(datapath=Datapath(device_mode=value)) if value else None


def masquerading(value: str) -> AgentStatus | None:
    """As in: BPF (ip-masq-agent) [eth0] 10.0.0.0/8 [IPv4: Enabled, IPv6: Disabled]; the last list since 1.10."""
    words, lists = groups(value)
    mode, *rest = words.split(" ") if words else [""]
    if mode not in {"BPF", "IPTables", "Disabled", "Enabled"}:
        return None
    families = next((text for text in lists if text.startswith("IPv")), None)
    flags = dict(item.partition(": ")[::2] for item in items(families)) if families else {}
    devices = next((text for text in lists if not text.startswith("IPv")), None)
    networks = [word for word in rest if "/" in word]
    bpf = mode == "BPF"
    return AgentStatus(
        masquerading=Masquerading(
            mode="iptables" if mode == "IPTables" else mode,
            devices=items(devices) if bpf and devices is not None else None,
            cidr_v4=next((word for word in networks if ":" not in word), None),
            cidr_v6=next((word for word in networks if ":" in word), None),
            ipv4=False if mode == "Disabled" else flag(flags.get("IPv4", "")),
            ipv6=False if mode == "Disabled" else flag(flags.get("IPv6", "")),
            ip_masq_agent="(ip-masq-agent)" in rest if bpf else None,
        )
    )


def clock_source(value: str) -> AgentStatus | None:
    """As in: ktime; or jiffies [1000 Hz]."""
    found = _CLOCK.fullmatch(value)
    return AgentStatus(clock_source=ClockSource(found["mode"], number(found["hertz"] or ""))) if found else None


def controllers(value: str) -> Controllers | None:
    """As in: 22/23 healthy."""
    counts = of(value)
    if counts is None:
        return None
    return Controllers(counts[0], counts[1], [] if counts[0] == counts[1] else None)


def proxy(value: str) -> Proxy | None:
    """As in: OK, ip 10.0.0.1, 0 redirects active on ports 10000-20000, Envoy: embedded."""
    if value.startswith("No managed proxy"):
        return Proxy(redirects=0)
    found = [kind.search(value) for kind in (_PROXY_IP, _PROXY_PORTS, _PROXY_REDIRECTS, _PROXY_ENVOY)]
    if not any(found):
        return None
    ip, ports, redirects, envoy = (each.group(1) if each else None for each in found)
    return Proxy(ip, ports, number(redirects or ""), None, envoy)


def identity_range(value: str) -> AgentStatus | None:
    """As in: min 256, max 65535; or Unknown, which tells nothing."""
    found = _RANGE.match(value)
    if found:
        return AgentStatus(identity_range=IdentityRange(int(found.group(1)), int(found.group(2))))
    return AgentStatus() if value == "Unknown" else None


def hubble(value: str) -> AgentStatus | None:
    """As in: Ok Current/Max Flows: 84/4096 (2.05%), Flows/s: 0.42 Metrics: Disabled; or Warning Server not …."""
    state = value.partition(" ")[0]
    if state not in _STATES:
        return None
    flows, metrics = _FLOWS.search(value), _METRICS.search(value)
    rest = value[len(state) :]
    for part in (_FLOWS, _RATE, _METRICS):
        rest = part.sub(" ", rest, count=1)
    known = Hubble(
        state=state,
        message=collapsed(rest).strip(" ,") or None,
        flows=int(flows.group(1)) if flows else None,
        capacity=int(flows.group(2)) if flows else None,
        metrics=metrics.group(1) if metrics else None,
    )
    return AgentStatus(hubble=known)


def encryption(value: str) -> AgentStatus | None:
    """As in: Wireguard [NodeEncryption: Disabled, cilium_wg0 (Pubkey: …, Port: 51871, Peers: 2)]; or Disabled."""
    mode, lists = groups(value)
    mode, _space, message = mode.partition(" ")
    if not mode:
        return None
    entries = items(lists[0]) if lists else []
    nodes = next((item.partition(": ")[2] for item in entries if item.startswith("NodeEncryption:")), None)
    interfaces = [found for found in map(_INTERFACE.match, entries) if found]
    known = Encryption(
        mode=mode,
        message=message or None,
        node_encryption=nodes,
        interfaces=[found["name"] for found in interfaces] if lists else None,
        peers=sum(int(found["peers"]) for found in interfaces) if lists else None,
    )
    return AgentStatus(encryption=known)
