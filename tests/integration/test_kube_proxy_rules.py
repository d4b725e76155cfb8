"""kube_proxy_rules after the real kube-proxy, in network namespaces; the witnesses are the node's own programs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from testbed import processes
from tests import kube_proxy
from tests.integration.conftest import Played, environment, read
from tests.namespaces import Namespace, module_command, namespace

# What a kubelet of Kubernetes 1.28 or later makes, and rules of others around it.
KUBELET = """\
*mangle
:KUBE-IPTABLES-HINT - [0:0]
:KUBE-KUBELET-CANARY - [0:0]
COMMIT
*nat
:KUBE-KUBELET-CANARY - [0:0]
:CNI-HOSTPORT-DNAT - [0:0]
[3:180] -A PREROUTING -m addrtype --dst-type LOCAL -m comment --comment "CNI before KUBE-SERVICES" -j CNI-HOSTPORT-DNAT
[5:300] -A CNI-HOSTPORT-DNAT -p tcp -m tcp --dport 8443 -j DNAT --to-destination 10.88.0.9:8443
COMMIT
*filter
:KUBE-FIREWALL - [0:0]
:KUBE-KUBELET-CANARY - [0:0]
:DOCKER-USER - [0:0]
[1:60] -A FORWARD -j DOCKER-USER
[2:120] -A INPUT -j KUBE-FIREWALL
[2:120] -A OUTPUT -j KUBE-FIREWALL
[4:240] -A DOCKER-USER -s 192.0.2.7/32 -j DROP
[0:0] -A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" \
-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
COMMIT
"""
IPVS_MODE = """\
*nat
:KUBE-SERVICES - [0:0]
:KUBE-LOAD-BALANCER - [0:0]
:KUBE-MARK-MASQ - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-SERVICES -m set --match-set KUBE-LOAD-BALANCER dst,dst -j KUBE-LOAD-BALANCER
-A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT
-A POSTROUTING -m set --match-set mine dst -j ACCEPT
COMMIT
"""
SMALL = """\
*nat
:KUBE-SERVICES - [0:0]
:KUBE-MARK-MASQ - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A KUBE-SERVICES -j KUBE-MARK-MASQ
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
COMMIT
"""
SETS = """\
create KUBE-CLUSTER-IP hash:ip,port
create KUBE-LOAD-BALANCER hash:ip,port
create KUBE-NODE-PORT-TCP bitmap:port range 0-65535
create KUBE-SRC-ABCDEFGHIJKLMNOP hash:ip
create mine hash:ip
add KUBE-CLUSTER-IP 10.96.0.1,tcp:443
"""


@pytest.fixture
def node() -> Iterator[Namespace]:
    with namespace("node") as made:
        yield made


@pytest.fixture
def fresh() -> Iterator[Namespace]:
    """A namespace that kube-proxy has never been in: the oracle."""
    with namespace("fresh") as made:
        yield made


def rules(inside: Namespace, program: str) -> list[str]:
    """What iptables-save says, without its remarks and without counters, which packets of the programs may change."""
    return [line for line in inside.run(f"{program}-save").splitlines() if line[:1] in "*:-" and "ACCEPT [" not in line]


def play(inside: Namespace, tasks: list[dict[str, Any]], folder: Path, *options: str) -> Played:
    """Play tasks on the node, as it is reached from inside itself."""
    path = folder / "playbook.yml"
    path.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    local = replace(inside, environment={**environment(), **inside.environment})
    return read(local.call("ansible-playbook", "-i", "localhost,", "-c", "local", str(path), *options))


TASK: list[dict[str, Any]] = [{"name": "rules", "fleet.cilium.kube_proxy_rules": {}}]


@pytest.mark.parametrize("backend", ["nft", "legacy"])
def test_iptables_mode_leaves_nothing_but_what_others_made(
    node: Namespace, fresh: Namespace, tmp_path: Path, backend: str
) -> None:
    """The kube-proxy uses one backend, whichever the node's iptables is of."""
    for inside in (node, fresh):
        inside.run(f"iptables-{backend}-restore", "-c", stdin=KUBELET)
    inside = kube_proxy.with_iptables(node, backend, tmp_path / "programs")
    kube_proxy.program(inside, "iptables", services=3, endpoints=2)
    before = rules(node, f"iptables-{backend}")
    assert len([line for line in before if line.startswith(":KUBE-SVC-")]) == 3

    check = play(node, TASK, tmp_path, "--check", "--diff")
    would = check.result("rules")
    lines = would["diff"]["before"].splitlines()
    gone = [line for line in before if line.startswith("-A") and line not in rules(fresh, f"iptables-{backend}")]
    assert not [line for line in gone if not any(shown.endswith(line) for shown in lines)]
    assert check.changed == 1
    assert rules(node, f"iptables-{backend}") == before

    done = play(node, TASK, tmp_path)
    assert done.code == 0, done.output
    assert done.result("rules")["removed"] == would["removed"]
    assert {entry["backend"] for entry in would["removed"]} == {f"iptables-{backend}"}
    assert rules(node, f"iptables-{backend}") == rules(fresh, f"iptables-{backend}")
    assert "KUBE-" not in node.run(f"ip6tables-{backend}-save")

    again = play(node, TASK, tmp_path)
    assert again.changed == 0, again.output
    assert {chain["name"] for chain in again.result("rules")["left"]} >= {"KUBE-FIREWALL", "KUBE-KUBELET-CANARY"}


def test_nftables_mode_leaves_nothing(node: Namespace, tmp_path: Path) -> None:
    node.run("nft", "-f", "-", stdin="table inet mine {\nchain kube-proxy {\ncounter\n}\n}\ntable ip kube {\n}\n")
    before = node.run("nft", "list", "ruleset")
    kube_proxy.program(node, "nftables", services=3, endpoints=2)
    with_rules = node.run("nft", "list", "ruleset")
    check = play(node, TASK, tmp_path, "--check", "--diff")
    assert "goto service-" in check.result("rules")["diff"]["before"]
    assert node.run("nft", "list", "ruleset") == with_rules
    done = play(node, TASK, tmp_path)
    assert [entry["table"] for entry in done.result("rules")["removed"]] == ["kube-proxy", "kube-proxy"]
    assert node.run("nft", "list", "ruleset") == before
    assert play(node, TASK, tmp_path).changed == 0


def test_rules_that_only_nft_can_show_stay_in_a_table_of_both(node: Namespace) -> None:
    """iptables-save shows this rule as one that accepts all of TCP: restoring that would open the node."""
    node.run("iptables-nft-restore", stdin=SMALL)
    node.run("nft", "add set ip nat mine { type ipv4_addr; }")
    node.run("nft", "add rule ip nat PREROUTING ip saddr @mine tcp dport { 22, 80 } counter packets 7 bytes 420 accept")
    node.run("nft", "add chain ip nat early { type filter hook prerouting priority -310; }")
    assert node.module("kube_proxy_rules")["changed"] is True
    after = node.run("nft", "list", "table", "ip", "nat")
    assert "ip saddr @mine tcp dport { 22, 80 } counter packets 7 bytes 420 accept" in after
    assert "chain early" in after
    assert "KUBE" not in after


def test_a_running_kube_proxy_is_refused_and_forced(node: Namespace) -> None:
    kube_proxy.program(node, "nftables", services=1, endpoints=1)
    with kube_proxy.running(node, "nftables", services=1, endpoints=1):
        refused = node.module("kube_proxy_rules")
        assert refused["failed"] is True
        assert "is a kube-proxy in this network namespace" in refused["msg"]
        assert [finding["rule"] for finding in refused["findings"]] == ["kube_proxy_running"]
        assert "table ip kube-proxy" in node.run("nft", "list", "tables")
        checked = node.module("kube_proxy_rules", check_mode=True)
        assert checked["changed"] is True
        assert checked["findings"][0]["severity"] == "warning"
        forced = node.module("kube_proxy_rules", force=True)
        assert forced["changed"] is True
    assert node.module("kube_proxy_rules").get("failed") is None


def test_another_namespaces_kube_proxy_does_not_count(node: Namespace, fresh: Namespace) -> None:
    with kube_proxy.running(fresh, "nftables", services=1, endpoints=1):
        assert node.module("kube_proxy_rules")["findings"] == []


def test_what_ipvs_mode_leaves(node: Namespace) -> None:
    """This kernel has neither IPVS nor dummy devices: a bridge bears the device's name."""
    node.run("ipset", "restore", stdin=SETS)
    node.run("ip", "link", "add", "kube-ipvs0", "type", "bridge")
    node.run("ip", "address", "add", "10.96.0.1/32", "dev", "kube-ipvs0")
    for backend in ("nft", "legacy"):
        node.run(f"iptables-{backend}-restore", stdin=IPVS_MODE)
    checked = node.module("kube_proxy_rules", check_mode=True)
    assert "link kube-ipvs0 10.96.0.1" in checked["diff"]["before"]
    done = node.module("kube_proxy_rules")
    assert done["changed"] is True, done
    assert [entry["backend"] for entry in done["removed"]] == ["link", "iptables-legacy", "iptables-nft", "ipset"]
    assert set(node.run("ipset", "list", "-n").split()) == {"KUBE-SRC-ABCDEFGHIJKLMNOP", "mine"}
    assert node.call("ip", "link", "show", "kube-ipvs0").returncode != 0
    for backend in ("nft", "legacy"):
        assert [line for line in rules(node, f"iptables-{backend}") if "-A" in line] == [
            "-A POSTROUTING -m set --match-set mine dst -j ACCEPT"
        ]
    assert node.module("kube_proxy_rules")["changed"] is False


def test_a_set_that_something_else_uses_stays(node: Namespace) -> None:
    node.run("ipset", "create", "KUBE-CLUSTER-IP", "hash:ip,port")
    node.run("ipset", "create", "all", "list:set")
    node.run("ipset", "add", "all", "KUBE-CLUSTER-IP")
    done = node.module("kube_proxy_rules")
    assert done["changed"] is False
    assert [(each["name"], "in use" in each["reason"]) for each in done["left"]] == [("KUBE-CLUSTER-IP", True)]


HOLD = "exec 9>>$XTABLES_LOCKFILE; flock 9; echo held; sleep {seconds} <&-"


def test_a_held_lock_is_waited_for_and_its_holder_named(node: Namespace) -> None:
    node.run("iptables-legacy-restore", stdin=SMALL)
    command = node.inside(["sh", "-c", HOLD.format(seconds=60)])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=node.variables()) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        refused = node.module("kube_proxy_rules", lock_timeout=1)
        assert refused["failed"] is True
        assert "xtables.lock: held for 1 s by process" in refused["msg"]
        assert "KUBE-SERVICES" in node.run("iptables-legacy-save")
        end_all(node)
    command = node.inside(["sh", "-c", HOLD.format(seconds=4)])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=node.variables()) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        done = node.module("kube_proxy_rules", lock_timeout=60)
    assert done["changed"] is True
    assert done["waited"][0]["seconds"] > 0
    assert "held by process" in done["waited"][0]["state"]


def end_all(inside: Namespace) -> None:
    """End what runs in a namespace, each process by its id."""
    for pid in subprocess.check_output(["ip", "netns", "pids", inside.name], text=True).split():
        processes.end(int(pid), 2)


# Stands before the real program on PATH: somebody writes a rule just before the module does, three times at most.
MEDDLER = """\
#!/bin/sh
if [ "$(ls {folder}/times | wc -l)" -lt {times} ]; then
  mktemp {folder}/times/XXXXXX >/dev/null
  {real_iptables} {rule}
fi
exec {real} "$@"
"""


def meddled(inside: Namespace, folder: Path, rule: str, *, times: int) -> Namespace:
    (folder / "times").mkdir(parents=True)
    program = folder / "iptables-nft-restore"
    text = MEDDLER.format(
        folder=folder,
        times=times,
        rule=rule,
        real="/usr/sbin/iptables-nft-restore",
        real_iptables="/usr/sbin/iptables-nft",
    )
    program.write_text(text)
    program.chmod(0o755)
    return replace(inside, environment={**inside.environment, "PATH": f"{folder}:{inside.variables()['PATH']}"})


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("-t nat -I PREROUTING -s 192.0.2.0/24 -j KUBE-SERVICES", True),
        ("-t nat -I PREROUTING -s 192.0.2.0/24 -j ACCEPT", True),
        ("-t nat -I OUTPUT -m comment --comment 'kubernetes service portals' -j KUBE-SERVICES", False),
    ],
    ids=["jump of others", "rule of others", "rule of kube-proxy"],
)
def test_a_rule_that_appears_between_reading_and_writing(
    node: Namespace, tmp_path: Path, rule: str, *, kept: bool
) -> None:
    node.run("iptables-nft-restore", stdin=SMALL)
    done = meddled(node, tmp_path / "meddler", rule, times=1).module("kube_proxy_rules")
    assert done["changed"] is True, done
    after = node.run("iptables-nft-save", "-t", "nat")
    assert ("-s 192.0.2.0/24" in after) is kept
    assert "service portals" not in after
    assert node.module("kube_proxy_rules")["changed"] is False


def test_rules_that_come_back_each_time_are_given_up(node: Namespace, tmp_path: Path) -> None:
    node.run("iptables-nft-restore", stdin=SMALL)
    rule = "-t nat -N KUBE-SEP-$(head -c 99 /dev/urandom | base32 -w 0 | head -c 16)"
    failed = meddled(node, tmp_path / "meddler", rule, times=99).module("kube_proxy_rules")
    assert failed["failed"] is True
    assert "After 5 attempts there are still rules of kube-proxy" in failed["msg"]
    assert failed["removed"]


def test_killed_half_way_the_next_run_finishes(node: Namespace, fresh: Namespace, tmp_path: Path) -> None:
    """Each run is killed at its first step, in turn before and after it, until there is none left."""
    for inside in (node, fresh):
        inside.run("iptables-nft-restore", "-c", stdin=KUBELET)
    kube_proxy.program(node, "iptables", services=2, endpoints=2)
    node.run("nft", "add", "table", "ip", "kube-proxy")  # kube-proxy itself removes what its other mode left
    node.run("ipset", "restore", stdin=SETS)
    killed = 0
    while killing(node, tmp_path / str(killed), after=killed % 2 == 1).call(*RUN).returncode != 0:
        killed += 1
        assert killed < 40
    assert killed == 2 * 10  # three tables of two families, nftables, three sets
    assert rules(node, "iptables-nft") == rules(fresh, "iptables-nft")
    assert set(node.run("ipset", "list", "-n").split()) == {"KUBE-SRC-ABCDEFGHIJKLMNOP", "mine"}
    assert "kube-proxy" not in node.run("nft", "list", "tables")


RUN = ["sh", "-c", f"echo '{{}}' | exec {' '.join(module_command('kube_proxy_rules'))}"]
# Stands before a program that writes: kills the run, which is its parent.
KILLER = """\
#!/bin/sh
case "$*" in "list -n") exec {real} "$@";; esac
{first}
kill -9 $PPID
"""


def killing(inside: Namespace, folder: Path, *, after: bool) -> Namespace:
    """The namespace with programs that kill the run at its first writing, before or after it."""
    folder.mkdir()
    for name in ("iptables-nft-restore", "ip6tables-nft-restore", "nft", "ipset"):
        real = f"/usr/sbin/{name}"
        program = folder / name
        program.write_text(KILLER.format(real=real, first=f'{real} "$@"' if after else ""))
        program.chmod(0o755)
    return replace(inside, environment={**inside.environment, "PATH": f"{folder}:{inside.variables()['PATH']}"})


def test_connections_of_services_are_flushed(node: Namespace) -> None:
    kube_proxy.program(node, "nftables", services=1, endpoints=1)
    node.run("ip", "route", "add", "10.0.0.0/8", "dev", "lo", "src", "198.51.100.7")
    node.run("bash", "-c", "exec 3<>/dev/udp/10.55.0.1/80; echo hello >&3")
    node.call("timeout", "0.5", "bash", "-c", "exec 3<>/dev/tcp/10.96.0.1/80")
    tracked = node.run("conntrack", "-L")
    assert "dst=10.96.0.1 " in tracked, tracked
    assert node.module("kube_proxy_rules", check_mode=True, flush_conntrack="services")["connections"] == 1
    done = node.module("kube_proxy_rules", flush_conntrack="services")
    assert done["connections"] == 1
    left = node.run("conntrack", "-L")
    assert "src=10.128.0.1 " not in left
    assert "dst=10.55.0.1 " in left


def test_a_backend_that_is_not_there(node: Namespace, tmp_path: Path) -> None:
    node.run("iptables-nft-restore", stdin=SMALL)
    only = node.module("kube_proxy_rules", backends=["legacy"])
    assert only["changed"] is False
    assert "KUBE-SERVICES" in node.run("iptables-nft-save")
    wrong = node.module("kube_proxy_rules", lock_timeout=0)
    assert wrong["msg"].startswith("Option lock_timeout: found 0")
    assert play(node, TASK, tmp_path).changed == 1
