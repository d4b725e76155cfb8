"""kube_proxy on a real API server without nodes: the objects go, wait in the backup, and come back as they were."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from testbed import kube_proxy
from testbed.fleet import Cluster
from tests.integration.kube_proxy_site import BACKUP, DOORS, Site
from tests.integration.witness import kubectl

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real
ALL = [
    "DaemonSet kube-proxy",
    "ConfigMap kube-proxy",
    "RoleBinding kube-proxy",
    "Role kube-proxy",
    "ClusterRoleBinding kubeadm:node-proxier",
    "ServiceAccount kube-proxy",
]


@pytest.fixture
def site(bare_cluster: Cluster, tmp_path: Path) -> Iterator[Site]:
    """A control plane with kubeadm's objects of kube-proxy, just made; nothing of an earlier test."""
    kubectl(bare_cluster, "delete", BACKUP, "--ignore-not-found")
    kube_proxy.install(bare_cluster)
    yield Site(bare_cluster, tmp_path)
    kube_proxy.remove(bare_cluster)


def rules(result: dict[str, Any]) -> list[str]:
    return [finding["rule"] for finding in result["findings"]]


@pytest.mark.parametrize("door", DOORS)
def test_life(site: Site, door: str) -> None:
    before, text = site.objects(), site.kubeadm()
    assert len(before) == len(ALL)
    checked = site.do("absent", "--check", "--diff", door=door)
    assert (checked["changed"], checked["removed"]) == (True, ALL)
    assert (site.objects(), site.kubeadm(), site.has_backup()) == (before, text, False)

    gone = site.do("absent", door=door)
    assert (gone["changed"], gone["removed"], gone["distribution"]) == (True, ALL, "kubeadm")
    assert rules(gone) == ["connections_break", "no_network_yet"]
    assert gone["backup"] == "kube-system/fleet-cilium.kube-proxy"
    assert (site.objects(), site.has_backup()) == ({}, True)
    assert yaml.safe_load(site.kubeadm()) == {**yaml.safe_load(text), "proxy": {"disabled": True}}
    again = site.do("absent", door=door)
    assert (again["changed"], again["removed"], again["findings"]) == (False, [], [])

    promised = site.do("present", "--check", door=door)
    assert (promised["changed"], sorted(promised["restored"])) == (True, sorted(ALL))
    assert site.objects() == {}
    back = site.do("present", door=door)
    assert (back["changed"], sorted(back["restored"])) == (True, sorted(ALL))
    assert (site.objects(), site.kubeadm(), site.has_backup()) == (before, text, False)
    assert site.do("present", door=door)["changed"] is False


def test_the_diff_shows_both_sides(site: Site) -> None:
    diff = site.do("absent", "--check", "--diff")["diff"]
    assert diff["before"]["DaemonSet kube-proxy"]["spec"]["template"]["spec"]["hostNetwork"] is True
    assert diff["after"]["DaemonSet kube-proxy"] == {}
    assert "disabled: true" in diff["after"]["ConfigMap kubeadm-config"]


def test_a_run_that_was_killed_half_way_is_finished(site: Site) -> None:
    """The DaemonSet is gone, the rest is there: the backup keeps what it had."""
    before = site.objects()
    site.do("absent")
    kube_proxy.install(site.cluster)
    kubectl(site.cluster, "delete", "daemonset/kube-proxy")
    assert site.do("absent")["removed"] == ALL[1:]
    site.do("present")
    assert site.objects() == before


def test_what_was_changed_since_the_backup_is_restored(site: Site) -> None:
    before = site.objects()
    site.do("absent")
    kube_proxy.install(site.cluster, "nftables")
    assert site.do("present")["restored"] == ["ConfigMap kube-proxy"]
    assert site.objects() == before


def test_a_user_who_edited_kubeadms_configuration_keeps_the_edit(site: Site) -> None:
    site.do("absent")
    edited = site.kubeadm().replace("clusterName: lyon", "clusterName: nice")
    body = json.dumps({"data": {"ClusterConfiguration": edited}})
    kubectl(site.cluster, "patch", "configmap", "kubeadm-config", "--type=merge", "-p", body)
    site.do("present")
    assert yaml.safe_load(site.kubeadm())["proxy"] == {}
    assert yaml.safe_load(site.kubeadm())["clusterName"] == "nice"


def test_nothing_to_restore_is_said(site: Site) -> None:
    kube_proxy.remove(site.cluster)
    failed = site.do("present")
    assert failed["failed"] is True
    assert "kubeadm init phase addon kube-proxy" in failed["msg"]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"wait_timeout": 0}, "wait_timeout"),
        ({"nodes": ["n1"]}, "nodes"),
        ({"strategy": "node", "nodes": ["nobody"]}, "nobody"),
        ({"skip_gates": ["all"]}, "skip_gates"),
    ],
)
def test_bad_options_change_nothing(site: Site, options: dict[str, Any], word: str) -> None:
    before = site.objects()
    failed = site.do("absent", **options)
    assert failed["failed"] is True
    assert word in failed["msg"]
    assert site.objects() == before
