"""Who guards a node, by what iptables-save and nft print there."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.firewalls import Guard, guard, opens
from hypothesis import given
from hypothesis import strategies as st

KUBERNETES = """\
*filter
:INPUT ACCEPT [0:0]
:KUBE-FIREWALL - [0:0]
:CILIUM_INPUT - [0:0]
-A INPUT -j KUBE-FIREWALL
-A INPUT -j CILIUM_INPUT
-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED -j DROP
-A OUTPUT -d 192.0.2.9/32 -j DROP
COMMIT
"""
PLAIN = """\
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -p tcp -m tcp --dport 4240 -j DROP
-A INPUT -p udp -m multiport --dports 8000:9000,51871 -j REJECT --reject-with icmp-port-unreachable
COMMIT
"""
POLICY = "*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\nCOMMIT\n"
RAW = "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 4240 -j DROP\nCOMMIT\n"
UFW = """\
*filter
:INPUT DROP [0:0]
:ufw-before-input - [0:0]
:ufw-user-input - [0:0]
-A INPUT -j ufw-before-input
-A ufw-user-input -p tcp -m tcp --dport 4240 -j DROP
COMMIT
"""
OLD_FIREWALLD = """\
*filter
:INPUT ACCEPT [0:0]
:INPUT_ZONES - [0:0]
:IN_public - [0:0]
-A INPUT -j INPUT_ZONES
-A INPUT -j REJECT --reject-with icmp-host-prohibited
COMMIT
"""
FIREWALLD = """\
table inet firewalld { # progname firewalld
\tchain filter_INPUT {
\t\ttype filter hook input priority filter + 10; policy accept;
\t\tct state { established, related } accept
\t\treject with icmpx admin-prohibited
\t}
}
"""
NFTABLES = """\
table inet filter {
\tchain input {
\t\ttype filter hook input priority filter; policy drop;
\t\ttcp dport { 22, 80 } accept
\t\ttcp dport 4240 counter packets 3 bytes 180 reject with tcp reset
\t}
\tchain forward {
\t\ttype filter hook forward priority filter; policy drop;
\t}
}
"""
FORWARDING = "table inet mine {\n\tchain out {\n\t\ttype filter hook forward priority 0; policy drop;\n\t}\n}\n"
TRANSLATED = "table ip filter {\n\tchain INPUT {\n\t\ttype filter hook input priority 0; policy drop;\n\t}\n}\n"
DROP_4240 = "-A INPUT -p tcp -m tcp --dport 4240 -j DROP"


def printed(**programs: str) -> str:
    return "".join(f"## {name.replace('_', '-')}\n{text}\n" for name, text in programs.items())


GUARDS: list[tuple[str, str, int | None, Guard]] = [
    ("", "tcp", 4240, Guard(None, (), seen=False)),
    (printed(iptables_save=""), "tcp", 4240, Guard(None, (), seen=False)),
    (printed(iptables_save=KUBERNETES), "tcp", 4240, Guard(None, (), seen=True)),
    (printed(iptables_save=PLAIN), "tcp", 4240, Guard("iptables", (DROP_4240,), seen=True)),
    (printed(iptables_save=PLAIN), "udp", 4240, Guard("iptables", (), seen=True)),
    (printed(iptables_save=PLAIN), "tcp", 22, Guard("iptables", (), seen=True)),
    (
        printed(iptables_save=PLAIN),
        "udp",
        8472,
        Guard(
            "iptables",
            ("-A INPUT -p udp -m multiport --dports 8000:9000,51871 -j REJECT --reject-with icmp-port-unreachable",),
            seen=True,
        ),
    ),
    (printed(iptables_save=PLAIN), "esp", None, Guard("iptables", (), seen=True)),
    (printed(iptables_save=POLICY), "tcp", 4240, Guard("iptables", (), seen=True)),
    (
        printed(iptables_save=RAW),
        "tcp",
        4240,
        Guard("iptables", ("-A PREROUTING -p tcp --dport 4240 -j DROP",), seen=True),
    ),
    (
        printed(iptables_save=UFW),
        "tcp",
        4240,
        Guard("ufw", ("-A ufw-user-input -p tcp -m tcp --dport 4240 -j DROP",), seen=True),
    ),
    (printed(iptables_save=OLD_FIREWALLD), "tcp", 4240, Guard("firewalld", (), seen=True)),
    (printed(iptables_save=KUBERNETES, nft=FIREWALLD), "tcp", 4240, Guard("firewalld", (), seen=True)),
    (
        printed(nft=NFTABLES),
        "tcp",
        4240,
        Guard("nftables", ("tcp dport 4240 counter packets 3 bytes 180 reject with tcp reset",), seen=True),
    ),
    (printed(nft=NFTABLES), "tcp", 2379, Guard("nftables", (), seen=True)),
    (printed(nft=FORWARDING), "tcp", 4240, Guard(None, (), seen=True)),
    (printed(nft=TRANSLATED), "tcp", 4240, Guard(None, (), seen=True)),
    (printed(iptables_save=PLAIN, iptables_nft_save=PLAIN), "tcp", 4240, Guard("iptables", (DROP_4240,), seen=True)),
]


@pytest.mark.parametrize(("text", "protocol", "number", "expected"), GUARDS)
def test_who_guards_a_node(text: str, protocol: str, number: int | None, expected: Guard) -> None:
    assert guard(text, protocol, number) == expected


@pytest.mark.parametrize(
    ("manager", "words"),
    [
        ("firewalld", "--add-port=4240/tcp"),
        ("ufw", "ufw allow 4240/tcp"),
        ("nftables", "tcp dport 4240"),
        ("iptables", "-p tcp --dport 4240"),
    ],
)
def test_what_opens_it(manager: str, words: str) -> None:
    assert words in opens(Guard(manager), "tcp", 4240)


def test_nobody_has_to_open_what_nobody_closes() -> None:
    assert opens(Guard(None), "tcp", 4240) == ""


LINES = st.sampled_from([*f"{PLAIN}{UFW}{NFTABLES}{FIREWALLD}".splitlines(), "## nft", "## iptables-save", '-A X "'])


@given(st.one_of(st.lists(LINES).map("\n".join), st.text()))
def test_any_text_is_read(text: str) -> None:
    found = guard(text, "tcp", 4240)
    assert found.manager is not None or found.rules == ()
