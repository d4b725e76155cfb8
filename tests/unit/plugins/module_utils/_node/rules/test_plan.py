"""What goes and what stays."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._node.rules import report, xtables
from ansible_collections.fleet.cilium.plugins.module_utils._node.rules.model import (
    Left,
    Place,
    Plan,
    Programs,
    Ruleset,
    Server,
    State,
    TablePlan,
)
from ansible_collections.fleet.cilium.plugins.module_utils._node.rules.plan import plan, plan_table, restore_input
from hypothesis import given, settings

from tests.rule_sets import RuleSet, rule_sets

NFT = Programs("nft", "ipv4", "iptables-nft-save", "iptables-nft-restore")
SERVICE, ENDPOINT = "KUBE-SVC-MARKETSHOPMARKET", "KUBE-SEP-MARKETSHOPMARKET"
PORTALS = '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES'
POSTROUTING = '-m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING'


def table_of(name: str, *lines: str) -> xtables.Table:
    """A table of these lines; built-in chains are declared by themselves."""
    built_in = [f":{chain} ACCEPT [0:0]" for chain in ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")]
    return xtables.parse("\n".join([f"*{name}", *built_in, *lines, "COMMIT"])).tables[name]


def planned(name: str, *lines: str, family: str = "ipv4") -> tuple[TablePlan, dict[str, Left]]:
    place = Place("iptables-nft", family, name)
    table_plan, left = plan_table(table_of(name, *lines), place)
    return table_plan, {each.name: each for each in left}


NAT = [
    ":CNI-HOSTPORT-DNAT - [0:0]",
    ":KUBE-SERVICES - [0:0]",
    f":{SERVICE} - [0:0]",
    f":{ENDPOINT} - [0:0]",
    ":KUBE-MARK-MASQ - [0:0]",
    ":KUBE-POSTROUTING - [0:0]",
    "[9:540] -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT",
    f"[5:300] -A PREROUTING {PORTALS}",
    f"[6:360] -A OUTPUT {PORTALS}",
    f"[7:420] -A POSTROUTING {POSTROUTING}",
    f"[1:60] -A KUBE-SERVICES -d 10.96.0.9/32 -p tcp -m tcp --dport 80 -j {SERVICE}",
    f"[1:60] -A {SERVICE} -j {ENDPOINT}",
    f"[0:0] -A {ENDPOINT} -j KUBE-MARK-MASQ",
    f"[1:60] -A {ENDPOINT} -p tcp -j DNAT --to-destination 10.244.1.9:8080",
    "[0:0] -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000",
    "[7:420] -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN",
]
OLD_KUBELET = [":KUBE-MARK-DROP - [0:0]", "[0:0] -A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000"]


def test_all_of_kube_proxy_goes() -> None:
    table, left = planned("nat", *NAT)
    assert table.jumps == tuple(NAT[7:10])
    assert table.delete == ("KUBE-SERVICES", SERVICE, ENDPOINT, "KUBE-MARK-MASQ", "KUBE-POSTROUTING")
    assert len(table.rules) == 6
    assert not left


def test_the_transaction_holds_nothing_but_deletions() -> None:
    table, _left = planned("nat", *NAT)
    lines = restore_input(table).splitlines()
    assert lines[0] == "*nat"
    assert lines[-1] == "COMMIT"
    assert f"-D PREROUTING {PORTALS}" in lines
    assert f":{SERVICE} - [0:0]" in lines
    assert lines.index(f"-X {SERVICE}") > lines.index(f":{ENDPOINT} - [0:0]")
    assert {line[:2] for line in lines[1:-1]} == {":K", "-D", "-X"}


def test_what_an_older_kubelet_made_stays() -> None:
    table, left = planned("nat", *NAT, *OLD_KUBELET)
    assert table.delete == ("KUBE-SERVICES", SERVICE, ENDPOINT)
    assert table.jumps == tuple(NAT[7:9])
    assert set(left) == {"KUBE-MARK-MASQ", "KUBE-POSTROUTING", "KUBE-MARK-DROP"}
    assert "kubelet before Kubernetes 1.28" in left["KUBE-MARK-MASQ"].reason


def test_an_empty_chain_of_marks_is_kube_proxys() -> None:
    table, left = planned("nat", *NAT, OLD_KUBELET[0])
    assert "KUBE-MARK-DROP" in table.delete
    assert not left


def test_who_else_marks_packets_keeps_the_chains_of_marks() -> None:
    line = "[3:180] -A CNI-HOSTPORT-DNAT -s 10.244.0.0/16 -j KUBE-MARK-MASQ"
    table, left = planned("nat", *NAT, line)
    assert "KUBE-POSTROUTING" not in table.delete
    assert left["KUBE-MARK-MASQ"].lines == (line,)
    assert not left["KUBE-POSTROUTING"].lines


@pytest.mark.parametrize(
    "line",
    [
        "[2:120] -A PREROUTING -j KUBE-SERVICES",
        "[2:120] -A CNI-HOSTPORT-DNAT -g KUBE-SERVICES",
        f"[2:120] -A PREROUTING -i eth7 {PORTALS}",
    ],
)
def test_a_chain_that_others_jump_to_stays_empty(line: str) -> None:
    table, left = planned("nat", *NAT, line)
    assert "KUBE-SERVICES" in table.flush
    assert "KUBE-SERVICES" not in table.delete
    assert left["KUBE-SERVICES"].lines == (line,)
    assert line not in table.jumps
    again, still = planned("nat", ":KUBE-SERVICES - [0:0]", ":CNI-HOSTPORT-DNAT - [0:0]", line)
    assert again.empty
    assert set(still) == {"KUBE-SERVICES"}


def test_rules_that_mention_kube_proxy_are_no_jumps() -> None:
    lines = [
        '[2:120] -A PREROUTING -m comment --comment "-j KUBE-SERVICES" -j ACCEPT',
        '[2:120] -A INPUT -j LOG --log-prefix "KUBE-SERVICES "',
    ]
    table, left = planned("nat", *NAT, *lines)
    assert not left
    assert not set(lines) & {*table.jumps, *table.rules}


def test_filter_of_a_node_with_docker() -> None:
    lines = [
        ":DOCKER-USER - [0:0]",
        ":KUBE-FIREWALL - [0:0]",
        ":KUBE-FORWARD - [0:0]",
        ":KUBE-KUBELET-CANARY - [0:0]",
        ":KUBE-ROUTER-INPUT - [0:0]",
        '[4:4] -A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
        "[4:4] -A FORWARD -j DOCKER-USER",
        "[4:4] -A INPUT -j KUBE-FIREWALL",
        "[0:0] -A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP",
        "[0:0] -A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT",
    ]
    table, left = planned("filter", *lines)
    assert table.delete == ("KUBE-FORWARD",)
    assert table.jumps == (lines[5],)
    assert {name: each.reason.split(";")[0] for name, each in left.items()} == {
        "KUBE-FIREWALL": "The kubelet's",
        "KUBE-KUBELET-CANARY": "The kubelet's.",
        "KUBE-ROUTER-INPUT": "No kube-proxy makes a chain of this name in this table.",
    }


FIREWALL = [":KUBE-FIREWALL - [0:0]", "[1:1] -A INPUT -j KUBE-FIREWALL", "[1:1] -A OUTPUT -j KUBE-FIREWALL"]


def test_the_empty_copy_of_the_kubelets_chain_goes_in_ipv6() -> None:
    table, left = planned("filter", *FIREWALL, family="ipv6")
    assert table.delete == ("KUBE-FIREWALL",)
    assert table.jumps == tuple(FIREWALL[1:])
    assert not left


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_the_kubelets_own_stays(family: str) -> None:
    drop = "[0:0] -A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP"
    table, left = planned("filter", *FIREWALL, drop, family=family)
    assert table.empty
    assert set(left) == {"KUBE-FIREWALL"}


def test_ipvs_mode_after_iptables_mode_beside_calico() -> None:
    lines = [
        ":KUBE-FIREWALL - [0:0]",
        ":KUBE-LOAD-BALANCER - [0:0]",
        ":KUBE-MARK-DROP - [0:0]",
        ":KUBE-SERVICES - [0:0]",
        f":{SERVICE} - [0:0]",
        ":cali-PREROUTING - [0:0]",
        '[1:1] -A PREROUTING -m comment --comment "cali:0123456789abcdef" -j cali-PREROUTING',
        f"[1:1] -A PREROUTING {PORTALS}",
        "[0:0] -A KUBE-FIREWALL -j KUBE-MARK-DROP",
        "[0:0] -A KUBE-LOAD-BALANCER -j KUBE-FIREWALL",
        "[0:0] -A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000",
        "[0:0] -A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT",
    ]
    table, left = planned("nat", *lines)
    assert set(table.delete) == {"KUBE-FIREWALL", "KUBE-LOAD-BALANCER", "KUBE-SERVICES", SERVICE}
    assert set(left) == {"KUBE-MARK-DROP"}


def whole(**state: object) -> Plan:
    return plan(State(**state))  # type: ignore[arg-type]  # -- one helper for fields of any type


def test_nothing_found_is_nothing_to_do() -> None:
    empty = whole(rulesets=(Ruleset(NFT, {"nat": table_of("nat")}),), sets=("mine",))
    assert empty.empty
    assert not empty.left
    assert report.removed(empty) == []
    assert report.difference(empty, [])["before"] == ""


def test_sets_that_others_ask_stay() -> None:
    line = "[0:0] -A INPUT -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT"
    own = "[0:0] -A KUBE-FORWARD -m set --match-set KUBE-LOOP-BACK dst,dst,src -j ACCEPT"
    table = table_of("filter", ":KUBE-FORWARD - [0:0]", own, line)
    result = whole(
        rulesets=(Ruleset(NFT, {"filter": table}),),
        sets=("KUBE-CLUSTER-IP", "KUBE-LOOP-BACK", "KUBE-6-LOOP-BACK", "KUBE-SRC-ABCDEFGHIJKLMNOP", "mine"),
    )
    assert result.sets == ("KUBE-LOOP-BACK", "KUBE-6-LOOP-BACK")
    assert {each.name: bool(each.lines) for each in result.left} == {
        "KUBE-CLUSTER-IP": True,
        "KUBE-SRC-ABCDEFGHIJKLMNOP": False,
    }


def test_servers_of_others_stay() -> None:
    ours, theirs = Server("TCP", "10.96.0.1", 443, "rr"), Server("TCP", "192.0.2.9", 6443, "wlc")
    result = whole(servers=(ours, theirs), device=("10.96.0.1",))
    assert result.servers == (ours,)
    assert [each.name for each in result.left] == ["TCP 192.0.2.9:6443"]


def test_the_report_counts_and_the_difference_has_every_line() -> None:
    result = whole(
        rulesets=(Ruleset(NFT, {"nat": table_of("nat", *NAT)}),),
        nft_tables=(("ip", "kube-proxy"),),
        device=("10.96.0.1",),
        servers=(Server("UDP", "10.96.0.1", 53, "rr"),),
        sets=("KUBE-CLUSTER-IP",),
    )
    place = {"backend": "iptables-nft", "family": "ipv4", "table": "nat"}
    assert report.removed(result)[0] == {**place, "chains": 5, "rules": 9}
    assert len(report.removed(result)) == 5
    before = str(report.difference(result, ["table ip kube-proxy {", "}"])["before"]).splitlines()
    assert set(NAT[7:]) <= set(before)
    assert NAT[6] not in before
    for line in (
        "ipvs UDP 10.96.0.1:53 rr",
        "link kube-ipvs0 10.96.0.1",
        "ipset KUBE-CLUSTER-IP",
        "table ip kube-proxy {",
    ):
        assert line in before


def restored(text: str, commands: str) -> list[str]:
    """What iptables-save would say after iptables-restore --noflush, by the rules of its manual page."""
    lines = [line for line in text.splitlines() if line]
    start = lines.index(commands.splitlines()[0])
    end = lines.index("COMMIT", start)
    inside = lines[start + 1 : end]
    for command in commands.splitlines()[1:-1]:
        action, _space, rest = command.partition(" ")
        if action.startswith(":"):
            assert any(line.startswith(f"{action} ") for line in inside), f"{action} would be made"
            inside = [line for line in inside if f"-A {action[1:]} " not in line]
        elif action == "-D":
            inside.remove(next(line for line in inside if line.partition("-A ")[2] == rest))
        else:
            assert action == "-X"
            assert not [line for line in inside if line.endswith((f"-j {rest}", f"-g {rest}"))], f"{rest} is in use"
            inside.remove(f":{rest} - [0:0]")
    return lines[: start + 1] + inside + lines[end:]


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(rule_sets())
def test_any_rules_of_others_stay_as_they_are(rules: RuleSet) -> None:
    saved = xtables.parse(rules.before)
    text = rules.before
    for _programs, table in plan(State(rulesets=(Ruleset(NFT, saved.tables),))).tables:
        text = "\n".join(restored(text, restore_input(table)))
    # The order of chains means nothing, that of rules everything.
    assert [line for line in text.splitlines() if not line.startswith(":")] == [
        line for line in rules.after.splitlines() if not line.startswith(":")
    ]
    assert sorted(text.splitlines()) == sorted(rules.after.splitlines())
