"""Findings about features, with the reason that can be told."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue import FEATURES
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue._messages import MESSAGES, known
from ansible_collections.fleet.cilium.plugins.module_utils._effective.features import features
from ansible_collections.fleet.cilium.plugins.module_utils._effective.judge import judge
from ansible_collections.fleet.cilium.plugins.module_utils._effective.seen import Seen
from ansible_collections.fleet.cilium.plugins.module_utils._findings import Finding
from ansible_collections.fleet.cilium.plugins.module_utils._intent import read
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject

from tests.unit.plugins.module_utils._effective.seeing import NO_FQ, logged, seen, state, view

BANDWIDTH = {"enable_bandwidth_manager": True}
ON: JsonObject = state(bandwidth_manager={"enabled": True})
ENTRY: JsonObject = {"name": "n1", "kernel": "6.1.0-13", "devices": [{"name": "eth0", "driver": "e1000"}]}


def findings(cluster: Seen, facts: JsonObject | None = None, /, **asked: Json) -> list[Finding]:
    wanted = view("1.15.19", facts, **asked)
    return judge(features(wanted, cluster), wanted, cluster)


def test_everything_effective() -> None:
    assert findings(seen()) == []


def test_fell_back_on_every_node_with_the_agents_own_reason() -> None:
    (found,) = findings(seen(log={"n1": logged("other", NO_FQ), "n2": logged(NO_FQ)}), **BANDWIDTH)
    assert (found.rule, found.severity, found.feature) == ("fell_back", "error", "bandwidth_manager")
    assert found.subject == {"cluster": "paris", "nodes": "n1, n2"}
    assert found.asked == {"cilium_enable_bandwidth_manager": True}
    assert found.found == {"bandwidth_manager.enabled": False}
    assert "asks for true, and every agent shows false: the node has no net.core.default_qdisc" in found.reason
    assert NO_FQ in found.reason
    assert "sch_fq" in found.remedy


def test_a_reason_for_each_node() -> None:
    log = {"n1": logged(NO_FQ), "n2": logged("BPF bandwidth manager needs kernel 5.1 or newer. Disabling the feature.")}
    found = findings(seen(log=log), **BANDWIDTH)
    assert [(one.rule, one.subject["node"]) for one in found] == [("fell_back", "n1"), ("fell_back", "n2")]
    assert "older than 5.1" in found[1].reason


def test_on_some_nodes_only() -> None:
    (found,) = findings(seen({"n1": ON, "n2": state(), "n3": ON}), **BANDWIDTH)
    assert (found.rule, found.subject) == ("partly_effective", {"cluster": "paris", "node": "n2"})
    assert "the agent's log was not read" in found.reason


def test_no_reason_in_a_log_that_was_read() -> None:
    (found,) = findings(seen({"n1": state()}, log={"n1": logged("other")}), **BANDWIDTH)
    assert "neither the agent's log nor what is known of the node and the settings tells why" in found.reason


def test_an_old_kernel_is_a_reason() -> None:
    nodes: list[Json] = [{"name": "n1", "kernel": "4.19.0-26-amd64"}, {"name": "n2", "kernel": "6.1.0"}]
    old, unknown = findings(seen(log={"n1": [], "n2": []}), {"nodes": nodes}, **BANDWIDTH)
    assert (old.subject["node"], unknown.subject["node"]) == ("n1", "n2")
    assert "needs Linux 5.1" in old.reason


def test_a_driver_without_xdp_is_a_reason() -> None:
    slow = state(kube_proxy_replacement={"mode": "True", "load_balancer_mode": "DSR", "acceleration": "Disabled"})
    found = findings(seen({"n1": slow}, log={"n1": []}), {"nodes": [ENTRY]}, loadbalancer_acceleration="native")
    (xdp,) = [one for one in found if one.feature == "xdp_acceleration"]
    assert "device eth0 has driver e1000" in xdp.reason


def test_a_rule_about_the_settings_is_a_reason() -> None:
    asked: dict[str, Json] = {**BANDWIDTH, "encryption_enabled": True, "encryption_type": "ipsec"}
    cluster = seen({"n1": state(encryption={"mode": "IPsec"}, routing={"mode": "Native", "host": "Legacy"})})
    (found,) = [one for one in findings(cluster, **asked) if one.feature == "bandwidth_manager"]
    assert "agents switch the bandwidth manager off when IPsec is on" in found.reason


def test_many_nodes_are_named_in_short() -> None:
    (found,) = findings(seen({f"n{number:03}": state() for number in range(40)}), **BANDWIDTH)
    assert found.subject["nodes"] == "40 of 40 (n000, n001, n002, n003, n004, …)"


@pytest.mark.parametrize(("asked", "severity"), [(BANDWIDTH, "error"), ({}, "warning")])
def test_agents_that_wait_for_a_restart(asked: dict[str, Json], severity: str) -> None:
    (found,) = findings(
        seen(stale=frozenset({"n2"}), nodes={"n1": ON, "n2": state()} if asked else {"n2": state()}), **asked
    )
    assert (found.rule, found.severity, found.subject["node"]) == ("older_config", severity, "n2")
    assert (found.asked is not None) == bool(asked)
    assert "restart_needed" in found.remedy


def test_a_stale_agent_that_is_gone_is_no_news() -> None:
    assert findings(seen(stale=frozenset({"n9"}))) == []


def test_values_that_never_arrived_are_one_finding() -> None:
    plain = state(
        kube_proxy_replacement={"mode": "False"}, masquerading={"mode": "IPTables"}, routing={"host": "Legacy"}
    )
    (found,) = findings(seen({"n1": plain, "n2": plain}, config={"kube-proxy-replacement": "false"}))
    assert (found.rule, found.severity) == ("runs_on_defaults", "error")
    assert "did not reach" in found.reason
    assert isinstance(found.asked, dict)
    assert found.asked["cilium_kube_proxy_replacement"] == "full"


def test_values_that_arrived_are_judged_one_by_one() -> None:
    plain = state(kube_proxy_replacement={"mode": "False"}, masquerading={"mode": "IPTables"})
    found = findings(seen({"n1": plain}, config={"kube-proxy-replacement": "true"}))
    assert {one.rule for one in found} == {"fell_back"}


def test_nothing_asked() -> None:
    wanted = read({}, "1.15.19").view
    (found,) = judge(features(wanted, seen()), wanted, seen())
    assert (found.rule, found.severity) == ("runs_on_defaults", "info")


def test_no_agent_answers() -> None:
    assert findings(seen({}, silent=("n1",))) == []


def test_messages_belong_to_features_that_exist() -> None:
    names = {feature.name for feature in FEATURES}
    assert {name for message in MESSAGES for name in message.features} <= names
    assert len({message.name for message in MESSAGES}) == len(MESSAGES)
    for message in MESSAGES:
        assert message.harmless != bool(message.remedy), message.name
        assert not message.means.endswith("."), message.name


# As agents of 1.15 write them.
SAID = {
    NO_FQ: "bandwidth_no_fq",
    "BPF bandwidth manager needs kernel 5.1 or newer. Disabling the feature.": "bandwidth_kernel_old",
    "The bandwidth manager cannot be used with IPSec. Disabling the bandwidth manager.": "bandwidth_refuses_ipsec",
    "BPF bandwidth manager could not detect host devices. Disabling the feature.": "bandwidth_no_devices",
    "BIG TCP could not detect host devices. Disabling the feature.": "big_tcp_no_devices",
    "Cannot enable --enable-ipv4-big-tcp, needs kernel 6.3 or newer": "big_tcp_kernel_old",
    "Could not modify IPv6 gro_max_size and gso_max_size, disabling BIG TCP": "big_tcp_device_refused",
    "failed to detect devices, disabling BPF NodePort": "node_ports_no_devices",
    "Perf ring buffer events lost. This may affect captured packets.": "events_lost",
    "Regeneration of endpoint failed": "endpoint_regeneration_failed",
    "Network status error received, restarting client connections": "restart_of_connections",
    "Session affinity for host reachable services needs kernel 5.7.0 or newer": "session_affinity_kernel_old",
    "Unable to ensure that BPF JIT compilation is enabled. This can be ignored when": "jit_not_set",
    "Waiting for k8s node information": "waiting_for_node",
    "something new": None,
}


@pytest.mark.parametrize(("said", "name"), SAID.items())
def test_known_messages(said: str, name: str | None) -> None:
    found = known(said)
    assert (found.name if found else None) == name
