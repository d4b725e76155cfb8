# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helm values that came, went or were renamed, where a chart says nothing or too little. PRIVATE to the collection.

A chart ignores a value of another version in silence. These are the ones that people carry from one version to the
next; the remedy is what to write instead. First and last releases are exact to the patch: they are those of the
published charts (values.yaml and templates of 1.9.0 to 1.20.0); renames are from Cilium's upgrade guides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .._versions import Version, parse
from ._known import BOOLEAN, TEXT

if TYPE_CHECKING:
    from ._known import Keys


class Moved(NamedTuple):
    """One value. It, and all below it, has an effect from ``first`` to ``last`` only (empty: no limit known).

    ``earlier`` and ``later`` say what does the same before and after that, or why nothing does.
    """

    path: str
    first: str = ""
    last: str = ""
    earlier: str = ""
    later: str = ""

    @property
    def keys(self) -> Keys:
        """The path's keys; none of these has a dot in it."""
        return tuple(self.path.split("."))

    def remedy(self, version: Version) -> str:
        """Return what to do about it in a version that does not obey it."""
        return self.later if self.last and parse(self.last) < version else self.earlier


MOVED = (
    # kube-proxy replacement
    Moved("nodePort.enabled", last="1.18.12", later="set kubeProxyReplacement to true; there are no parts any more"),
    Moved("hostPort.enabled", last="1.17.18", later="set kubeProxyReplacement to true; there are no parts any more"),
    Moved("externalIPs.enabled", last="1.17.5", later="set kubeProxyReplacement to true; there are no parts any more"),
    Moved("hostServices", last="1.11.20", later="use socketLB"),
    Moved("socketLB", first="1.12.0", earlier="use hostServices"),
    Moved("sessionAffinity", last="1.18.12", later="remove it: session affinity is always on"),
    # routing and masquerading
    Moved("tunnel", last="1.14.19", later="use routingMode (native or tunnel) and tunnelProtocol (vxlan or geneve)"),
    Moved("routingMode", first="1.14.0", earlier="use tunnel: disabled for native routing, else vxlan or geneve"),
    Moved("tunnelProtocol", first="1.14.0", earlier="use tunnel: vxlan or geneve"),
    Moved("tunnelPort", first="1.11.0", earlier="use extraConfig.tunnel-port"),
    Moved("nativeRoutingCIDR", last="1.11.20", later="use ipv4NativeRoutingCIDR"),
    Moved("ipv4NativeRoutingCIDR", first="1.11.0", earlier="use nativeRoutingCIDR"),
    Moved("ipv6NativeRoutingCIDR", first="1.12.0", earlier="remove it: this version has none for IPv6"),
    Moved("masquerade", last="1.10.12", later="use enableIPv4Masquerade"),
    Moved("enableIPv4Masquerade", first="1.10.0", earlier="use masquerade"),
    Moved("enableIPv6Masquerade", first="1.10.0", earlier="use masquerade"),
    Moved("bpf.hostRouting", first="1.9.1", last="1.12.19", later="use bpf.hostLegacyRouting; true means the same"),
    Moved("bpf.hostLegacyRouting", first="1.12.0", earlier="use bpf.hostRouting, where true means legacy routing too"),
    Moved("MTU", first="1.13.0", earlier="use extraConfig.mtu"),
    Moved("datapathMode", last="1.12.19", later="remove it: ipvlan is gone; netkit is bpf.datapathMode, from 1.16 on"),
    Moved("ipvlan", last="1.12.0", later="remove it: ipvlan is gone"),
    Moved("flannel", last="1.9.18", later="use cni.chainingMode: flannel"),
    # IPAM
    Moved(
        "ipam.operator.clusterPoolIPv4PodCIDR",
        last="1.13.18",
        later="use ipam.operator.clusterPoolIPv4PodCIDRList, a list; without it pods get addresses of 10.0.0.0/8",
    ),
    Moved("ipam.operator.clusterPoolIPv6PodCIDR", last="1.13.18", later="use ipam.operator.clusterPoolIPv6PodCIDRList"),
    Moved(
        "ipam.operator.clusterPoolIPv4PodCIDRList",
        first="1.11.0",
        earlier="use ipam.operator.clusterPoolIPv4PodCIDR, one CIDR; without it pods get addresses of 10.0.0.0/8",
    ),
    Moved(
        "ipam.operator.clusterPoolIPv6PodCIDRList", first="1.11.0", earlier="use ipam.operator.clusterPoolIPv6PodCIDR"
    ),
    # load balancer
    Moved("loadBalancer.dsrDispatch", first="1.10.1", earlier="remove it: only IP options (opt) carry the address"),
    Moved("loadBalancer.serviceTopology", first="1.11.0", earlier="remove it: this version has no topology awareness"),
    Moved("bpf.lbExternalClusterIP", first="1.10.3", earlier="remove it: this version cannot"),
    Moved("loadBalancer.standalone", first="1.10.1", last="1.19.4", later="remove it: this version cannot"),
    Moved("l2NeighDiscovery", first="1.10.5", earlier="remove it: this version always resolves its neighbours"),
    Moved("l2NeighDiscovery.arping-refresh-period", last="1.11.3", later="use l2NeighDiscovery.refreshPeriod"),
    Moved("l2NeighDiscovery.refreshPeriod", last="1.17.18", later="remove it: the kernel renews its neighbours"),
    # egress gateway and endpoint slices
    Moved("egressGateway", first="1.10.0", earlier="remove it: this version has no egress gateway"),
    Moved("egressGateway.installRoutes", first="1.12.0", last="1.15.19", later="remove it: the agent sees to routes"),
    Moved("enableCiliumEndpointSlice", last="1.17.18", later="use ciliumEndpointSlice.enabled"),
    Moved("ciliumEndpointSlice", first="1.16.0", earlier="use enableCiliumEndpointSlice"),
    # encryption
    *(
        Moved(f"encryption.{name}", last="1.15.19", later=f"use encryption.ipsec.{name}")
        for name in ("keyFile", "mountPath", "secretName", "interface")
    ),
    *(
        Moved(
            f"encryption.strictMode.{name}",
            first="1.15.0",
            last="1.19.6",
            later=f"use encryption.strictMode.egress.{name}",
        )
        for name in ("enabled", "cidr", "allowRemoteNodeIdentities")
    ),
    Moved(
        "encryption.strictMode.egress", first="1.19.0", earlier="use encryption.strictMode.enabled and its neighbours"
    ),
    Moved("encryption.wireguard.userspaceFallback", last="1.16.19", later="remove it: the kernel must have WireGuard"),
    # mesh, Hubble, certificates
    Moved("clustermesh.enableMCSAPISupport", last="1.19.6", later="use clustermesh.mcsapi.enabled"),
    Moved("clustermesh.mcsapi", first="1.19.0", earlier="use clustermesh.enableMCSAPISupport, from 1.16 on"),
    Moved("clustermesh.apiserver.tls.ca", last="1.14.19", later="use tls.ca"),
    Moved("hubble.tls.ca", last="1.13.18", later="use tls.ca"),
    Moved("externalWorkloads", last="1.17.18", later="remove it: external workloads are gone"),
    # the rest
    Moved("bgp", first="1.10.0", last="1.16.19", later="use bgpControlPlane and its resources"),
    Moved("proxy", last="1.15.19", later="use envoy; its own pods are on by default"),
    Moved("remoteNodeIdentity", last="1.15.19", later="remove it: remote nodes always have their identity"),
    Moved("containerRuntime", last="1.15.19", later="remove it: the agent needs none"),
    Moved("enableRuntimeDeviceDetection", last="1.17.18", later="remove it: devices are always followed"),
    Moved("enableTunnelBIGTCP", first="1.19.0", last="1.19.2", later="remove it: this version cannot"),
    Moved("enableCnpStatusUpdates", last="1.14.19", later="remove it: policies carry no node status any more"),
    Moved("enableK8sEventHandover", last="1.14.19", later="remove it"),
)
_BY_KEYS = {entry.keys: entry for entry in MOVED}

# Values whose default says less than the templates accept: the letters of further types (_catalogue/_known.py), first
# and last release. Source: the templates.
ALSO = {
    ("bandwidthManager",): (BOOLEAN, "1.12.0", "1.12.19"),
    ("ipam", "operator", "clusterPoolIPv4PodCIDRList"): (TEXT, "1.11.0", "1.15.19"),
    ("ipam", "operator", "clusterPoolIPv6PodCIDRList"): (TEXT, "1.11.0", "1.15.19"),
}

# Options of the agent (keys of cilium-config) that people write as values, and the values that set them.
OPTIONS = {
    "arping-refresh-period": "l2NeighDiscovery.refreshPeriod",
    "cluster-id": "cluster.id",
    "cluster-name": "cluster.name",
    "enable-bandwidth-manager": "bandwidthManager.enabled",
    "enable-bpf-masquerade": "bpf.masquerade",
    "enable-egress-gateway": "egressGateway.enabled",
    "enable-ipv4-egress-gateway": "egressGateway.enabled",
    "enable-l7-proxy": "l7Proxy",
    "kube-proxy-replacement": "kubeProxyReplacement",
    "monitor-aggregation": "bpf.monitorAggregation",
}


def moved(keys: Keys, version: Version) -> Moved | None:
    """Return what is known of a value that this version's chart does not obey; None if nothing is."""
    final = Version(*version.numbers)
    for length in range(len(keys), 0, -1):
        entry = _BY_KEYS.get(keys[:length])
        if entry is not None and not _within(final, entry.first, entry.last):
            return entry
    return None


def also(keys: Keys, version: Version) -> str:
    """Return the letters of further types that this version's templates accept for a value."""
    final = Version(*version.numbers)
    entry = ALSO.get(keys)
    return entry[0] if entry is not None and _within(final, *entry[1:]) else ""


def _within(version: Version, first: str, last: str) -> bool:
    return not (first and version < parse(first)) and not (last and parse(last) < version)
