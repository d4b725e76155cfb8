# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of one agent, as far as it is known. PRIVATE to the collection.

None means: not told, so not known. That is another thing than False, 0 or an empty list. Names of fields are those of
the results of status_info; words such as "DSR" or "Native" are the agent's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .model_health import Health
from .model_part import Flag, Number, Part, Text


@dataclass(frozen=True)
class Kubernetes(Part):
    """The API server as the agent sees it; a message in the place of a version, if there is none."""

    state: Text = None
    message: Text = None
    version: Text = None
    platform: Text = None
    apis: list[str] | None = None


@dataclass(frozen=True)
class Component(Part):
    """Something with a state and a word about it."""

    state: Text = None
    message: Text = None


@dataclass(frozen=True)
class Device(Part):
    """A network device that kube-proxy replacement works on."""

    name: str
    addresses: list[str] | None = None
    direct_routing: Flag = None


@dataclass(frozen=True)
class Services(Part):
    """Which kinds of services the agent serves."""

    cluster_ip: Flag = None
    node_port: Flag = None
    load_balancer: Flag = None
    external_ips: Flag = None
    host_port: Flag = None


@dataclass(frozen=True)
class KubeProxyReplacement(Part):
    """What the agent does in kube-proxy's place; port range as "30000-32767"."""

    mode: Text = None
    devices: list[Device] | None = None
    load_balancer_mode: Text = None
    dsr_dispatch: Text = None
    algorithm: Text = None
    maglev_table_size: Number = None
    acceleration: Text = None
    socket_lb: Flag = None
    socket_lb_tracing: Flag = None
    socket_lb_protocols: list[str] | None = None
    socket_lb_coverage: Text = None
    session_affinity: Flag = None
    graceful_termination: Flag = None
    nat46x64: Flag = None
    nat46x64_services: Flag = None
    nat46x64_gateway: Flag = None
    nat46x64_prefixes: list[str] | None = None
    services: Services | None = None
    nodeport_range: Text = None
    annotations: list[str] | None = None


@dataclass(frozen=True)
class Routing(Part):
    """How packets travel: between nodes (Native, Tunnel), and inside the node (BPF, Legacy)."""

    mode: Text = None
    tunnel_protocol: Text = None
    host: Text = None


@dataclass(frozen=True)
class Masquerading(Part):
    """How pods' addresses are hidden: BPF, iptables or Disabled."""

    mode: Text = None
    devices: list[str] | None = None
    cidr_v4: Text = None
    cidr_v6: Text = None
    ipv4: Flag = None
    ipv6: Flag = None
    ip_masq_agent: Flag = None


@dataclass(frozen=True)
class Pool(Part):
    """Addresses of one family: used, of how many, from which network."""

    used: Number = None
    total: Number = None
    cidr: Text = None


@dataclass(frozen=True)
class Ipam(Part):
    """Pod addresses of this node; `allocated` names the owner of each address."""

    ipv4: Pool | None = None
    ipv6: Pool | None = None
    message: Text = None
    allocated: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Cni(Part):
    """The agent's place in the node's CNI configuration."""

    chaining: Text = None
    config_file: Text = None


@dataclass(frozen=True)
class BandwidthManager(Part):
    """Pacing of pods' traffic."""

    enabled: Flag = None
    congestion_control: Text = None
    devices: list[str] | None = None


@dataclass(frozen=True)
class BigTcp(Part):
    """Whether packets may be bigger than 64 KiB inside the node, and how big in bytes."""

    ipv4: Flag = None
    ipv6: Flag = None
    ipv4_max_gro: Number = None
    ipv4_max_gso: Number = None
    ipv6_max_gro: Number = None
    ipv6_max_gso: Number = None


@dataclass(frozen=True)
class HostFirewall(Part):
    """Network policies for the node itself."""

    mode: Text = None
    devices: list[str] | None = None


@dataclass(frozen=True)
class Encryption(Part):
    """Encryption between nodes: Disabled, IPsec, Wireguard, …."""

    mode: Text = None
    message: Text = None
    node_encryption: Text = None
    interfaces: list[str] | None = None
    peers: Number = None
    keys_in_use: Number = None
    max_sequence: Text = None
    errors: Number = None


@dataclass(frozen=True)
class RemoteCluster(Part):
    """Another cluster of the mesh, as this agent sees it.

    expected and retrieved are about its configuration; synced tells by kind whether all of it has arrived.
    """

    name: str
    ready: Flag = None
    connected: Flag = None
    status: Text = None
    cluster_id: Number = None
    nodes: Number = None
    endpoints: Number = None
    identities: Number = None
    services: Number = None
    service_exports: Number = None
    endpoint_slices: Number = None
    failures: Number = None
    expected: Flag = None
    retrieved: Flag = None
    kvstoremesh: Flag = None
    sync_canaries: Flag = None
    exports: Flag = None
    endpoint_slice_export_mode: Text = None
    synced: Mapping[str, bool] | None = None


@dataclass(frozen=True)
class ClusterMesh(Part):
    """The other clusters of the mesh."""

    ready: Number = None
    total: Number = None
    clusters: list[RemoteCluster] | None = None
    global_services: Number = None


@dataclass(frozen=True)
class Hubble(Part):
    """The agent's record of flows."""

    state: Text = None
    message: Text = None
    flows: Number = None
    capacity: Number = None
    metrics: Text = None


@dataclass(frozen=True)
class FailingController(Part):
    """A controller (a background job of the agent) whose last run failed."""

    name: str
    failures: Number = None
    message: Text = None


@dataclass(frozen=True)
class Controllers(Part):
    """The agent's background jobs."""

    healthy: Number = None
    total: Number = None
    failing: list[FailingController] | None = None


@dataclass(frozen=True)
class NodeMonitor(Part):
    """The channel by which BPF programs report; sizes in bytes."""

    enabled: Flag = None
    cpus: Number = None
    pages: Number = None
    page_size: Number = None
    lost: Number = None
    unknown: Number = None


@dataclass(frozen=True)
class ClockSource(Part):
    """The clock of the BPF programs."""

    mode: Text = None
    hertz: Number = None


@dataclass(frozen=True)
class IdentityRange(Part):
    """Numbers for the identities of this cluster."""

    min: Number = None
    max: Number = None


@dataclass(frozen=True)
class Redirect(Part):
    """One kind of traffic that the agent sends through the proxy."""

    name: str
    protocol: Text = None
    port: Number = None


@dataclass(frozen=True)
class Proxy(Part):
    """The layer-7 proxy."""

    ip: Text = None
    port_range: Text = None
    redirects: Number = None
    redirected: list[Redirect] | None = None
    envoy: Text = None


@dataclass(frozen=True)
class BpfMaps(Part):
    """Sizes of the BPF maps, in entries."""

    dynamic_size_ratio: float | None = None
    maps: Mapping[str, int] | None = None


@dataclass(frozen=True)
class ReportingModule(Part):
    """A part of the agent that is not well, in its own words, and since when ("82s")."""

    name: str
    message: Text = None
    since: Text = None


@dataclass(frozen=True)
class ModulesHealth(Part):
    """How many of the agent's parts are in which state; `failing` has those that are degraded.

    Stopped is what has done its work, or was told to. Where the agent prints all parts, they are counted here.
    """

    stopped: Number = None
    degraded: Number = None
    ok: Number = None
    failing: list[ReportingModule] | None = None


@dataclass(frozen=True)
class Srv6(Part):
    """Segment routing."""

    enabled: Flag = None
    encapsulation: Text = None


@dataclass(frozen=True)
class Datapath(Part):
    """How programs are attached (tc, tcx), and what pods' devices are (veth, netkit, netkit-l2)."""

    attach_mode: Text = None
    device_mode: Text = None


@dataclass(frozen=True)
class AgentStatus(Part):
    """One agent's state.

    Attributes:
        error: what was said in the place of a state, when there was none to be had.
        stale: since when a part of the state is old, by the part.
        unparsed: lines of a text that were not understood; None for what is not from a text.
    """

    version: Text = None
    state: Text = None
    message: Text = None
    error: Text = None
    stale: Mapping[str, str] | None = None
    cluster: Text = None
    kubernetes: Kubernetes | None = None
    kvstore: Component | None = None
    container_runtime: Component | None = None
    kube_proxy_replacement: KubeProxyReplacement | None = None
    routing: Routing | None = None
    datapath: Datapath | None = None
    srv6: Srv6 | None = None
    masquerading: Masquerading | None = None
    ipam: Ipam | None = None
    cni: Cni | None = None
    bandwidth_manager: BandwidthManager | None = None
    big_tcp: BigTcp | None = None
    host_firewall: HostFirewall | None = None
    encryption: Encryption | None = None
    cluster_mesh: ClusterMesh | None = None
    hubble: Hubble | None = None
    controllers: Controllers | None = None
    health: Health | None = None
    node_monitor: NodeMonitor | None = None
    clock_source: ClockSource | None = None
    identity_range: IdentityRange | None = None
    proxy: Proxy | None = None
    bpf_maps: BpfMaps | None = None
    modules_health: ModulesHealth | None = None
    install_mode: Text = None
    unparsed: list[str] | None = None
