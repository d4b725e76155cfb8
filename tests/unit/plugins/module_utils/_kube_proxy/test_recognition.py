"""Distributions by their nodes, kubeadm's configuration, and where an agent looks for the API server."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._kube_proxy import distributions, fetch, kubeadm


def node(kubelet: str = "v1.33.2", image: str = "Debian 12", **labels: str) -> JsonObject:
    info: JsonObject = {"kubeletVersion": kubelet, "osImage": image}
    return {"metadata": {"labels": {**labels}}, "status": {"nodeInfo": info}}


NODES = {
    "k3s": node("v1.33.2+k3s1"),
    "rke2": node("v1.33.2+rke2r1"),
    "k0s": node("v1.33.2+k0s"),
    "microk8s": node(**{"microk8s.io/cluster": "true"}),
    "eks": node("v1.33.2-eks-7c26eb2"),
    "gke": node("v1.33.2-gke.1234000"),
    "aks": node(**{"kubernetes.azure.com/cluster": "mc"}),
    "talos": node(image="Talos (v1.10.4)"),
    "kubernetes": node(),
}


@pytest.mark.parametrize("name", NODES)
def test_a_distribution_is_known_by_its_nodes(name: str) -> None:
    found = distributions.recognise([NODES["kubernetes"], NODES[name]], kubeadm=False)
    assert distributions.name_of(found, kubeadm=False) == name


def test_every_distribution_is_tried() -> None:
    assert {entry.name for entry in distributions.DISTRIBUTIONS} == set(NODES) - {"kubernetes"}


def test_kubeadm_wins() -> None:
    assert distributions.recognise([NODES["eks"]], kubeadm=True) is None
    assert distributions.name_of(None, kubeadm=True) == "kubeadm"


def found(name: str, *, static: tuple[str, ...] = (), there: bool = False, kept: bool = False) -> list[str]:
    entry = distributions.recognise([NODES[name]], kubeadm=False)
    findings = distributions.findings(entry, static=static, there=there, cluster="paris", kept=kept)
    return [finding.rule for finding in findings]


def test_what_a_person_has_to_do() -> None:
    assert found("k3s") == ["kube_proxy_not_an_object"]
    assert found("eks", there=True) == ["kube_proxy_comes_back"]
    assert found("kubernetes", static=("n1",)) == ["kube_proxy_static_pod"]
    assert found("kubernetes") == ["kube_proxy_not_found"]
    assert found("kubernetes", there=True) == []
    assert found("kubernetes", kept=True) == []


LISTED = "{name: service-node-port-range, value: 20000-30000}"
V4 = f"apiVersion: kubeadm.k8s.io/v1beta4\napiServer: {{extraArgs: [{LISTED}]}}\n"
V3 = "apiVersion: kubeadm.k8s.io/v1beta3\napiServer: {extraArgs: {service-node-port-range: 20000-30000}}\n"


@pytest.mark.parametrize("text", [V3, V4])
def test_range_that_kubeadm_was_told(text: str) -> None:
    assert kubeadm.nodeport_range(text) == "20000-30000"


@pytest.mark.parametrize("text", [None, "", "[]", "no: [yaml", "apiVersion: 7", "kind: ClusterConfiguration"])
def test_what_is_no_configuration_says_nothing(text: str | None) -> None:
    assert kubeadm.nodeport_range(text) is None
    assert not kubeadm.has_word(text)
    assert kubeadm.told_off(text or "") == (text or "")
    assert kubeadm.taken_back(text or "") == (text or "")


def test_telling_kubeadm() -> None:
    told = kubeadm.told_off(V4)
    assert yaml.safe_load(told) == {**yaml.safe_load(V4), "proxy": {"disabled": True}}
    assert yaml.safe_load(kubeadm.taken_back(told))["proxy"] == {}
    assert kubeadm.told_off(told) == told


def test_text_for_a_person() -> None:
    text = kubeadm.keep_away()["upgrade_configuration"]
    assert yaml.safe_load(str(text))["node"] == {"skipPhases": ["addon/kube-proxy"]}


def pod(*env: JsonObject) -> JsonObject:
    sidecar: JsonObject = {"name": "other", "env": [{"name": "KUBERNETES_SERVICE_HOST", "value": "wrong"}]}
    return {"spec": {"containers": [sidecar, {"name": "cilium-agent", "env": [*env]}]}}


def test_where_an_agent_looks_for_the_api_server() -> None:
    def look_up(source: JsonObject) -> str | None:
        return "192.0.2.9" if source == {"name": "endpoint", "key": "host"} else None

    reference: JsonObject = {"configMapKeyRef": {"name": "endpoint", "key": "host"}}
    assert fetch.hosts_of(pod({"name": "KUBERNETES_SERVICE_HOST", "value": "[fd00::9]"}), look_up) == ("fd00::9",)
    assert fetch.hosts_of(pod({"name": "KUBERNETES_SERVICE_HOST", "valueFrom": reference}), look_up) == ("192.0.2.9",)
    assert fetch.hosts_of(pod({"name": "KUBERNETES_SERVICE_PORT", "value": "6443"}), look_up) == ()
    assert fetch.hosts_in({"k8s-api-server-urls": "https://a:6443, https://[fd00::1]:6443"}) == ("a", "fd00::1")
    assert fetch.hosts_in({"k8s-api-server": ""}) == ()
