# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancing of services: mode, backend selection, acceleration. PRIVATE to the collection."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .._findings import INFO, WARNING
from .._settings import INT, TEXT, WORD, Setting
from .._versions import span
from ._conditions import absent, all_of, among, any_of, given, holds, none_of, on
from ._drivers import XDP as DRIVERS_WITH_XDP
from ._model import Carrier, Derived, Drivers, Expectation, Feature, Kernel, Rule
from .devices import DEVICES
from .kube_proxy_replacement import KPR, SERVES_NODE_PORTS
from .routing import IPV6_UNDERLAY, NATIVE, TUNNEL, TUNNELLED

if TYPE_CHECKING:
    from .._json import Json

MODE = "cilium_loadbalancer_mode"
DISPATCH = "cilium_loadbalancer_dsr_dispatch"
ALGORITHM = "cilium_loadbalancer_algorithm"
TABLE = "cilium_maglev_table_size"
BACKENDS = "cilium_maglev_backends"
SEED = "cilium_maglev_hash_seed"
ACCELERATION = "cilium_loadbalancer_acceleration"

# The only table sizes that agents take, in every version (supportedPrimes in the agent's source).
TABLE_SIZES = (251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071)
SEED_BYTES = 12

DSR = among(MODE, "dsr", "hybrid")
XDP = among(ACCELERATION, "native", "best-effort")
REPLACES = any_of(SERVES_NODE_PORTS, among(KPR, "probe"))


def table_size_for(backends: int) -> int | None:
    """Return the smallest allowed table for a number of backends: above 100 times it; None when none is big enough."""
    return next((size for size in TABLE_SIZES if size > 100 * backends), None)


def is_seed(value: Json) -> bool:
    """Tell whether a text is 12 bytes in base64."""
    try:
        return isinstance(value, str) and len(base64.b64decode(value, validate=True)) == SEED_BYTES
    except (binascii.Error, ValueError):
        return False


def _table_size(settings: Mapping[str, Json]) -> Json:
    backends = settings.get(BACKENDS)
    return table_size_for(backends) if isinstance(backends, int) else None


def _small_table(settings: Mapping[str, Json]) -> bool:
    size, backends = settings.get(TABLE), settings.get(BACKENDS)
    return isinstance(size, int) and isinstance(backends, int) and size <= 100 * backends


LB_MODE = Feature(
    name="load_balancing_mode",
    doc=(
        "How a request from outside that arrives at a node without a backend goes on. SNAT: through this node, both "
        "ways. DSR: the backend's node answers the client directly, which saves a hop and keeps the client's address. "
        "Hybrid: DSR for TCP, SNAT for UDP. DSR needs native routing, or Geneve dispatch in a Geneve tunnel."
    ),
    settings=(
        Setting(
            MODE,
            WORD,
            "How requests from outside go on to another node's backend: `snat`, `dsr` or `hybrid`.",
            choices=("snat", "dsr", "hybrid"),
            defaults=(("", "snat"),),
        ),
        Setting(
            DISPATCH,
            WORD,
            "How DSR tells the backend's node the service's address: an IP `opt`ion, an `ipip` packet, or `geneve`.",
            choices=("opt", "ipip", "geneve"),
            defaults=(("", "opt"),),
        ),
    ),
    values=(
        Carrier("loadBalancer.mode", MODE),
        Carrier("loadBalancer.dsrDispatch", DISPATCH, at=span("1.10.1", "1.14"), words={"opt": "opt", "ipip": "ipip"}),
        Carrier("loadBalancer.dsrDispatch", DISPATCH, at=span("1.14")),
    ),
    keys=(
        Carrier("node-port-mode", MODE, at=span(until="1.10.1")),
        Carrier("bpf-lb-mode", MODE, at=span("1.10.1")),
        Carrier("bpf-lb-dsr-dispatch", DISPATCH, at=span("1.10.1")),
    ),
    rules=(
        Rule(
            "load_balancing_without_replacement",
            severity=WARNING,
            when=all_of(DSR, none_of(REPLACES)),
            about=(MODE, KPR),
            reason="the mode of load balancing does nothing while kube-proxy serves the services",
            remedy=f"set {KPR} to full",
        ),
        Rule(
            "dsr_needs_native_routing",
            at=span(until="1.14"),
            when=all_of(DSR, TUNNELLED),
            about=(MODE, "cilium_routing_mode"),
            reason="DSR does not work through a tunnel: agents up to 1.12 silently use SNAT, 1.13 refuses to start",
            remedy="set cilium_routing_mode to native, or cilium_loadbalancer_mode to snat",
        ),
        Rule(
            "dsr_in_tunnel_needs_geneve",
            at=span("1.14"),
            when=all_of(DSR, TUNNELLED, none_of(all_of(among(TUNNEL, "geneve"), among(DISPATCH, "geneve")))),
            about=(MODE, "cilium_routing_mode", TUNNEL, DISPATCH),
            reason="agents refuse DSR through a tunnel, except with Geneve dispatch in a Geneve tunnel",
            remedy=f"set cilium_routing_mode to native, or both {TUNNEL} and {DISPATCH} to geneve",
        ),
        Rule(
            "geneve_dispatch_needs_protocol",
            at=span("1.15"),
            when=all_of(DSR, NATIVE, among(DISPATCH, "geneve"), none_of(among(TUNNEL, "geneve"))),
            about=(DISPATCH, TUNNEL),
            reason="agents refuse Geneve dispatch with native routing unless the tunnel protocol is Geneve",
            remedy=f"set {TUNNEL} to geneve",
        ),
        Rule(
            "ipip_dispatch_needs_load_balancer_only",
            at=span(until="1.18"),
            when=all_of(DSR, among(DISPATCH, "ipip")),
            about=(MODE, DISPATCH),
            reason="IPIP dispatch works up to 1.17 only on machines that do nothing but load balancing",
            remedy=f"set {DISPATCH} to opt, or to geneve from 1.14",
        ),
        Rule(
            "ipip_dispatch_needs_xdp",
            at=span("1.18", "1.19"),
            when=all_of(DSR, among(DISPATCH, "ipip"), none_of(XDP)),
            about=(DISPATCH, ACCELERATION),
            reason="IPIP dispatch in 1.18 works only in XDP",
            remedy=f"set {ACCELERATION} to native, or {DISPATCH} to opt",
        ),
        Rule(
            "dsr_lowers_mtu",
            severity=INFO,
            when=all_of(DSR, REPLACES),
            about=(MODE, DISPATCH),
            reason="DSR adds the service's address to packets, so the usable MTU is lower, and answers take another "
            "way than requests",
            remedy="see that nothing on the way drops IP options or answers without a request: switch off source and "
            "destination checks of clouds, and rp_filter on the devices",
        ),
    ),
    active=DSR,
    expectations=(
        Expectation(
            "kube_proxy_replacement.load_balancer_mode",
            MODE,
            {"snat": ("SNAT",), "dsr": ("DSR",), "hybrid": ("Hybrid",)},
            when=REPLACES,
        ),
        Expectation(
            "kube_proxy_replacement.dsr_dispatch",
            DISPATCH,
            {"opt": ("IP Option/Extension",), "ipip": ("IPIP",), "geneve": ("Geneve",)},
            at=span("1.16"),
            when=all_of(DSR, REPLACES),
        ),
    ),
)

MAGLEV = Feature(
    name="maglev",
    doc=(
        "Consistent choice of backends for requests from outside: a connection keeps its backend whichever node it "
        "arrives at, and few connections move when backends come or go. Every agent needs the same table size and hash "
        "seed. It costs memory for a table per service; connections from pods are not affected."
    ),
    settings=(
        Setting(
            ALGORITHM,
            WORD,
            "How a backend is chosen for requests from outside: `random` or `maglev`.",
            choices=("random", "maglev"),
            defaults=(("", "random"),),
        ),
        Setting(TABLE, INT, f"Entries of a service's table, one of {', '.join(map(str, TABLE_SIZES))}.", empty=(0,)),
        Setting(
            BACKENDS,
            INT,
            f"Most backends that a service has; `{TABLE}` follows from it (the smallest above 100 times as many).",
            low=1,
        ),
        Setting(
            SEED,
            TEXT,
            "Seed of the hash: 12 random bytes in base64, the same in a cluster (and mesh); or `auto`: the live one, "
            "else a new one.",
            unresolved=("auto",),
        ),
    ),
    values=(
        Carrier("loadBalancer.algorithm", ALGORITHM),
        Carrier("maglev.tableSize", TABLE),
        Carrier("maglev.hashSeed", SEED),
    ),
    keys=(
        Carrier("bpf-lb-algorithm", ALGORITHM),
        Carrier("bpf-lb-maglev-table-size", TABLE),
        Carrier("bpf-lb-maglev-hash-seed", SEED),
    ),
    derived=(Derived(TABLE, _table_size, because=f"{BACKENDS} says how big it has to be"),),
    rules=(
        Rule(
            "maglev_table_size_unknown",
            when=holds(TABLE, lambda size: size not in TABLE_SIZES),
            about=(TABLE,),
            reason=f"agents refuse a table of {{{TABLE}}} entries",
            remedy=f"set {TABLE} to one of {', '.join(map(str, TABLE_SIZES))}",
        ),
        Rule(
            "maglev_too_many_backends",
            when=holds(BACKENDS, lambda number: isinstance(number, int) and table_size_for(number) is None),
            about=(BACKENDS,),
            reason=f"no table is big enough for {{{BACKENDS}}} backends: the biggest has {TABLE_SIZES[-1]} entries",
            remedy=f"set {BACKENDS} to {TABLE_SIZES[-1] // 100} or less",
        ),
        Rule(
            "maglev_table_small",
            severity=WARNING,
            when=lambda view: _small_table(view.effective),
            about=(TABLE, BACKENDS),
            reason="with less than 100 entries per backend, more connections than needed move when backends change",
            remedy=f"remove {TABLE}, so that it follows from {BACKENDS}",
        ),
        Rule(
            "maglev_seed_malformed",
            when=holds(SEED, lambda seed: seed != "auto" and not is_seed(seed)),
            about=(SEED,),
            reason=f"agents refuse a hash seed that is not {SEED_BYTES} bytes in base64",
            remedy=f"set {SEED} to auto, or to the output of: head -c{SEED_BYTES} /dev/urandom | base64 -w0",
        ),
        Rule(
            "maglev_without_replacement",
            severity=WARNING,
            when=all_of(among(ALGORITHM, "maglev"), none_of(REPLACES)),
            about=(ALGORITHM, KPR),
            reason="the choice of backends does nothing while kube-proxy serves the services",
            remedy=f"set {KPR} to full",
        ),
        Rule(
            "maglev_settings_unused",
            severity=WARNING,
            when=all_of(any_of(given(TABLE), given(SEED)), none_of(among(ALGORITHM, "maglev"))),
            about=(ALGORITHM, TABLE, SEED),
            reason="table size and hash seed matter only when backends are chosen by Maglev",
            remedy=f"set {ALGORITHM} to maglev",
        ),
        Rule(
            "maglev_for_outside_traffic",
            severity=INFO,
            when=among(ALGORITHM, "maglev"),
            about=(ALGORITHM, TABLE),
            reason="Maglev costs memory for a table per service on every node, and concerns requests from outside only",
            remedy="nothing, if that is what you want",
        ),
        Rule(
            "maglev_seed_public",
            severity=INFO,
            when=all_of(among(ALGORITHM, "maglev"), absent(SEED)),
            about=(ALGORITHM, SEED),
            reason="without a hash seed of your own, agents use one that everybody can read in Cilium's source",
            remedy=f"set {SEED} to auto",
        ),
    ),
    active=among(ALGORITHM, "maglev"),
    expectations=(
        Expectation(
            "kube_proxy_replacement.algorithm",
            ALGORITHM,
            {"random": ("Random",), "maglev": ("Maglev",)},
            when=REPLACES,
        ),
        Expectation(
            "kube_proxy_replacement.maglev_table_size", TABLE, when=all_of(REPLACES, among(ALGORITHM, "maglev"))
        ),
    ),
)

XDP_ACCELERATION = Feature(
    name="xdp_acceleration",
    doc=(
        "Requests for services that arrive and leave again are handled in the network driver (XDP), before the kernel "
        "builds a packet of its own; tcpdump does not see them. Every device needs a driver with native XDP; "
        "best-effort (from 1.15) skips those without."
    ),
    settings=(
        Setting(
            ACCELERATION,
            WORD,
            "Handle services in the network driver: `disabled`, `native`, or `best-effort` (from 1.15).",
            choices=("disabled", "native", "best-effort"),
            defaults=(("", "disabled"),),
        ),
    ),
    values=(
        Carrier(
            "loadBalancer.acceleration",
            ACCELERATION,
            at=span(until="1.15"),
            words={"disabled": "disabled", "native": "native"},
        ),
        Carrier("loadBalancer.acceleration", ACCELERATION, at=span("1.15")),
    ),
    keys=(
        Carrier("node-port-acceleration", ACCELERATION, at=span(until="1.10.1")),
        Carrier("bpf-lb-acceleration", ACCELERATION, at=span("1.10.1")),
    ),
    rules=(
        Rule(
            "xdp_needs_replacement",
            when=all_of(XDP, none_of(REPLACES)),
            about=(ACCELERATION, KPR),
            reason="acceleration works on services that Cilium serves, and it serves none",
            remedy=f"set {KPR} to full, or {ACCELERATION} to disabled",
        ),
        Rule(
            "xdp_refuses_tunnel",
            at=span(until="1.13"),
            when=all_of(XDP, TUNNELLED),
            about=(ACCELERATION, "cilium_routing_mode"),
            reason="agents refuse acceleration together with a tunnel before 1.13",
            remedy=f"set cilium_routing_mode to native, or {ACCELERATION} to disabled",
        ),
        Rule(
            "xdp_refuses_ipv6_tunnel",
            at=span("1.18"),
            when=all_of(XDP, IPV6_UNDERLAY),
            about=(ACCELERATION, "cilium_routing_mode", "cilium_enable_ipv4"),
            reason="agents refuse acceleration when tunnels between nodes are IPv6",
            remedy=f"set cilium_routing_mode to native, cilium_enable_ipv4 to true, or {ACCELERATION} to disabled",
        ),
        Rule(
            "xdp_takes_one_device",
            at=span(until="1.10"),
            when=all_of(XDP, holds(DEVICES, lambda devices: isinstance(devices, list) and len(devices) > 1)),
            about=(ACCELERATION, DEVICES),
            reason="agents of 1.9 refuse acceleration on more than one device",
            remedy=f"name one device in {DEVICES}",
        ),
        Rule(
            "xdp_not_encrypted",
            severity=WARNING,
            when=all_of(XDP, on("cilium_encryption_node_encryption")),
            about=(ACCELERATION, "cilium_encryption_node_encryption"),
            reason="requests from outside that XDP sends on to another node are not encrypted",
            remedy=f"set {ACCELERATION} to disabled if they have to be",
        ),
    ),
    active=XDP,
    kernel=(Kernel("4.8"),),
    drivers=Drivers(
        DRIVERS_WITH_XDP,
        reason="no native XDP, so agents refuse to start with acceleration, or with best-effort skip it",
        remedy=f"set {ACCELERATION} to best-effort (from 1.15) or disabled, or name other devices in {DEVICES}",
        severity=WARNING,
    ),
    expectations=(
        Expectation(
            "kube_proxy_replacement.acceleration",
            ACCELERATION,
            {"disabled": ("Disabled", "None"), "native": ("Native",), "best-effort": ("Best-Effort",)},
            when=REPLACES,
        ),
    ),
    instead=f"set {ACCELERATION} to native or disabled",
)

FEATURES = (LB_MODE, MAGLEV, XDP_ACCELERATION)
