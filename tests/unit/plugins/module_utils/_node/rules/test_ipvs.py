"""Virtual servers: reading them, and whose they are."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._node.rules.ipvs import kube_proxy_servers, parse
from ansible_collections.fleet.cilium.plugins.module_utils._node.rules.model import Server

# As the kernel prints it (net/netfilter/ipvs/ip_vs_ctl.c); the addresses are made up.
TEXT = """\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0A600001:01BB rr
  -> C0000207:192B      Masq    1      3          0
UDP  0A60000A:0035 rr
TCP  [fd00:0096:0000:0000:0000:0000:0000:0001]:01BB rr
  -> [fd00:0000:0000:0000:0000:0000:0000:0007]:192B      Masq    1      0          0
TCP  C0000263:192B wlc persistent 360 ffffffff
FWM  00000001 rr
"""
API, DNS, SIX = Server("TCP", "10.96.0.1", 443, "rr"), Server("UDP", "10.96.0.10", 53, "rr"), "fd00:96::1"
KEEPALIVED = Server("TCP", "192.0.2.99", 6443, "wlc")


def test_the_kernels_list() -> None:
    assert parse(TEXT) == (API, DNS, Server("TCP", SIX, 443, "rr"), KEEPALIVED)
    assert str(parse(TEXT)[2]) == "TCP [fd00:96::1]:443"


def test_no_list() -> None:
    assert parse("") == ()


@pytest.mark.parametrize(
    ("device", "entries", "expected"),
    [
        ((), {}, set()),
        (("10.96.0.1", SIX), {}, {"10.96.0.1", SIX}),
        ((), {"KUBE-CLUSTER-IP": ["10.96.0.10,udp:53"]}, {"10.96.0.10"}),
        ((), {"KUBE-CLUSTER-IP": ["10.96.0.10,tcp:53"]}, set()),
        ((), {"KUBE-6-CLUSTER-IP": ["fd00:96::1,tcp:443"]}, {SIX}),
        ((), {"KUBE-NODE-PORT-TCP": ["6443"]}, {"192.0.2.99"}),
        ((), {"KUBE-NODE-PORT-LOCAL-TCP": ["6443"]}, {"192.0.2.99"}),
        ((), {"KUBE-NODE-PORT-UDP": ["6443"]}, set()),
        ((), {"KUBE-NODE-PORT-SCTP-HASH": ["192.0.2.99,sctp:6443"]}, set()),
        ((), {"KUBE-LOOP-BACK": ["10.96.0.1,tcp:443,10.96.0.1"]}, set()),
    ],
)
def test_whose_they_are(device: tuple[str, ...], entries: dict[str, list[str]], expected: set[str]) -> None:
    found = kube_proxy_servers(parse(TEXT), device=device, entries=entries)
    assert {server.address for server in found} == expected
