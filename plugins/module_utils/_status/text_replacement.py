# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the agent says about kube-proxy replacement: one line, or a block of details. PRIVATE to the collection.

Each function takes the value with single spaces between its words, and returns None if it does not understand it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Optional

from .model import Device, KubeProxyReplacement, Services
from .splitting import flag, groups, items, number

Read = Callable[[str], Optional[KubeProxyReplacement]]

_MODES = frozenset({"True", "False", "Strict", "Partial", "Probe", "Disabled"})
_DIRECT = re.compile(r"\((?:Direct Routing|DR)\)")
_SELECTION = re.compile(r"(?P<algorithm>\w{1,40})(?: \(Table Size: (?P<size>\d{1,9})\))?")
_PORTS = re.compile(r"\(Range: (?P<range>\d{1,5}-\d{1,5})\)")
# Up to 1.8 the line lists what is on, and with what: NodePort (SNAT, 30000-32767, XDP: NONE).
_LOAD_BALANCER = {"HYBRID": "Hybrid"}
_FEATURES = ("NodePort", "HostPort", "ExternalIPs", "HostReachableServices", "SessionAffinity")


def line(value: str) -> KubeProxyReplacement | None:
    """As in: Strict [eth0 192.0.2.1 (Direct Routing), eth1 192.0.2.2]; up to 1.8 with a list of what is on."""
    words, lists = groups(value)
    mode = words.partition(" ")[0]
    if mode not in _MODES:
        return None
    features = next((items(text) for text in lists if text.startswith(_FEATURES)), None)
    devices = next((text for text in lists if not text.startswith(_FEATURES)), None)
    if features is None:
        return KubeProxyReplacement(mode, None if devices is None else devices_of(devices))
    return _with_features(mode, None if devices is None else devices_of(devices), features)


def devices_of(text: str) -> list[Device]:
    """Return the devices of "eth0 192.0.2.1 f00d::1 (Direct Routing), eth1"."""
    found: list[Device] = []
    for item in items(text):
        name, *addresses = _DIRECT.sub(" ", item).split() or [""]
        if name:
            found.append(Device(name, addresses or None, _DIRECT.search(item) is not None))
    return found


def _with_features(mode: str, devices: list[Device] | None, features: list[str]) -> KubeProxyReplacement:
    on = {feature.partition(" ")[0]: feature.partition("(")[2].rstrip(")") for feature in features}
    port = items(on.get("NodePort", ""))
    ranges = [part for part in port if re.fullmatch(r"\d{1,5}-\d{1,5}", part)]
    xdp = [part.partition(": ")[2] for part in port if part.startswith("XDP: ")]
    sockets = [name for name in on if name.startswith("HostReachableServices")]
    protocols = [name[len("HostReachableServices") :] for name in sockets if name != "HostReachableServices"]
    return KubeProxyReplacement(
        mode=mode,
        devices=devices,
        load_balancer_mode=_LOAD_BALANCER.get(port[0], port[0]) if port and port[0] not in ranges else None,
        acceleration=xdp[0].capitalize() if xdp else None,
        socket_lb=bool(sockets),
        socket_lb_protocols=protocols + items(on.get("HostReachableServices", "")) if sockets else None,
        session_affinity="SessionAffinity" in on,
        services=Services(
            cluster_ip=True,
            node_port="NodePort" in on,
            load_balancer="NodePort" in on,
            external_ips="ExternalIPs" in on,
            host_port="HostPort" in on,
        ),
        nodeport_range=ranges[0] if ranges else None,
    )


def _mode(value: str) -> KubeProxyReplacement | None:
    return KubeProxyReplacement(mode=value) if value in _MODES else None


def _protocols(value: str) -> KubeProxyReplacement | None:
    protocols = items(value)
    if protocols == ["Disabled"]:
        return KubeProxyReplacement(socket_lb=False)
    return KubeProxyReplacement(socket_lb=True, socket_lb_protocols=protocols) if protocols else None


def _selection(value: str) -> KubeProxyReplacement | None:
    found = _SELECTION.fullmatch(value)
    return (
        KubeProxyReplacement(algorithm=found["algorithm"], maglev_table_size=number(found["size"] or ""))
        if found
        else None
    )


def _node_port(value: str) -> KubeProxyReplacement | None:
    on, ports = flag(value), _PORTS.search(value)
    if on is None:
        return None
    return KubeProxyReplacement(services=Services(node_port=on), nodeport_range=ports["range"] if ports else None)


def _nat46x64(value: str) -> KubeProxyReplacement | None:
    """An empty value has lines for services and gateway below it: then it is on."""
    return KubeProxyReplacement(nat46x64=flag(value) if value else True)


def _service(build: Callable[[bool], Services]) -> Read:
    def read(value: str) -> KubeProxyReplacement | None:
        on = flag(value)
        return None if on is None else KubeProxyReplacement(services=build(on))

    return read


def _flag(build: Callable[[bool], KubeProxyReplacement]) -> Read:
    def read(value: str) -> KubeProxyReplacement | None:
        on = flag(value)
        return None if on is None else build(on)

    return read


def _head(value: str) -> KubeProxyReplacement | None:
    return None if value else KubeProxyReplacement()


# What stands in the block, by its label; a dash before a label is part of it.
DETAILS: dict[str, Read] = {
    "Status": _mode,
    "Socket LB": _flag(lambda on: KubeProxyReplacement(socket_lb=on)),
    "Socket LB Tracing": _flag(lambda on: KubeProxyReplacement(socket_lb_tracing=on)),
    "Socket LB Coverage": lambda value: KubeProxyReplacement(socket_lb_coverage=value),
    "Socket LB Protocols": _protocols,
    "Protocols": _protocols,
    "Devices": lambda value: KubeProxyReplacement(devices=devices_of(value)),
    "Mode": lambda value: KubeProxyReplacement(load_balancer_mode=value),
    "DSR Dispatch Mode": lambda value: KubeProxyReplacement(dsr_dispatch=value),
    "Backend Selection": _selection,
    "Session Affinity": _flag(lambda on: KubeProxyReplacement(session_affinity=on)),
    "Graceful Termination": _flag(lambda on: KubeProxyReplacement(graceful_termination=on)),
    "NAT46/64 Support": _nat46x64,
    "- Services": _flag(lambda on: KubeProxyReplacement(nat46x64_services=on)),
    "- Gateway": _flag(lambda on: KubeProxyReplacement(nat46x64_gateway=on)),
    "Prefixes": lambda value: KubeProxyReplacement(nat46x64_prefixes=items(value)),
    "XDP Acceleration": lambda value: KubeProxyReplacement(acceleration=value),
    "Services": _head,
    "- ClusterIP": _service(lambda on: Services(cluster_ip=on)),
    "- NodePort": _node_port,
    "- LoadBalancer": _service(lambda on: Services(load_balancer=on)),
    "- externalIPs": _service(lambda on: Services(external_ips=on)),
    "- HostPort": _service(lambda on: Services(host_port=on)),
}
