"""Role kube_proxy has left nothing of kube-proxy, and the node's Services answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extensions.molecule.conftest import Node


def test_the_objects_wait_in_the_backup(node: Node) -> None:
    there = node.cluster.kubectl("--namespace=kube-system", "get", "daemonsets,configmaps,secrets", "--output=name")
    assert "secret/fleet-cilium.kube-proxy" in there.splitlines()
    assert not [name for name in there.splitlines() if name.endswith("/kube-proxy")]


def test_no_rule_of_it_is_left(node: Node) -> None:
    for program in ("iptables-nft-save", "iptables-legacy-save", "ip6tables-nft-save", "ip6tables-legacy-save"):
        rules = node.ssh.check_output(f"/usr/sbin/{program}")
        assert not [line for line in rules.splitlines() if "KUBE-SVC" in line or "KUBE-SERVICES" in line], program
    assert "kube-proxy" not in node.ssh.check_output("/usr/sbin/nft list tables")


def test_it_does_not_run(node: Node) -> None:
    pods = node.cluster.kubectl("--namespace=kube-system", "get", "pods", "--selector=k8s-app=kube-proxy")
    assert pods == ""


def test_services_answer(node: Node) -> None:
    address = node.cluster.kubectl("get", "service", "kubernetes", "--output=jsonpath={.spec.clusterIP}")
    assert node.ssh.addr(address).port(443).is_reachable
