"""kube_proxy against a small API server on loopback: what it asks, what it finds, what it refuses."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._context import Context, Result
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject, get_object
from ansible_collections.fleet.cilium.plugins.module_utils._kube_proxy.objects import REFS
from ansible_collections.fleet.cilium.plugins.module_utils._kube_proxy.run import run

from tests.stub_api import Answer, Exec, Request, exit_status, kubeconfig, refusal, serve

SYSTEM = "/api/v1/namespaces/kube-system"
PODS = f"{SYSTEM}/pods"
SERVICE = "/api/v1/namespaces/default/services/kubernetes"
READY: JsonObject = {"conditions": [{"type": "Ready", "status": "True"}]}
STATUS: JsonObject = {
    "cilium": {"state": "Ok", "msg": "1.15.19 (v1.15.19-1)"},
    "kubernetes": {"state": "Ok"},
    "kube-proxy-replacement": {
        "mode": "True",
        "features": {"nodePort": {"enabled": True, "portMin": 30000, "portMax": 32767}, "socketLB": {"enabled": True}},
    },
    "routing": {"inter-host-routing-mode": "Native"},
}
HOST: JsonObject = {"name": "KUBERNETES_SERVICE_HOST", "value": "192.0.2.1"}


def items(*listed: JsonObject) -> JsonObject:
    return {"items": [*listed]}


def pod(name: str, labels: str, node: str = "n1", **spec: Json) -> JsonObject:
    """A pod; the label is of the form that a selector has."""
    key, _equals, value = labels.partition("=")
    metadata: JsonObject = {"name": name, "namespace": "kube-system", "labels": {key: value}}
    return {"metadata": metadata, "spec": {"nodeName": node, **spec}, "status": READY}


def agent(node: str = "n1", *env: JsonObject) -> JsonObject:
    containers: list[Json] = [{"name": "cilium-agent", "env": [*env]}]
    return pod(f"cilium-{node}", "k8s-app=cilium", node, containers=containers, hostNetwork=True)


@dataclass
class World:
    """What the API server holds: objects by path, pods by themselves; and what was asked of it."""

    objects: dict[str, JsonObject] = field(default_factory=dict)
    pods: list[JsonObject] = field(default_factory=list)
    said: JsonObject = field(default_factory=lambda: STATUS)
    changes: list[str] = field(default_factory=list)
    way: str = "reached"

    def answer(self, request: Request) -> Answer | Exec:
        if request.path.endswith("/exec") and request.query["command"][0] == "bash":
            return Exec(((1, f"{self.way}\n".encode()),), exit_status(0))
        if request.path.endswith("/exec"):
            return Exec(((1, json.dumps(self.said).encode()),), exit_status(0))
        if request.method != "GET":
            return self.change(request)
        if request.path in {PODS, "/api/v1/pods"}:
            return Answer(200, items(*self.selected(request)))
        found = self.objects.get(request.path)
        return Answer(200, found) if found else refusal(404, "NotFound", request.path)

    def selected(self, request: Request) -> list[JsonObject]:
        wanted = dict(part.split("=", 1) for part in request.query.get("labelSelector", [""])[0].split(",") if part)
        return [one for one in self.pods if wanted.items() <= get_object(one, "metadata", "labels").items()]

    def change(self, request: Request) -> Answer:
        dry = "dry " if "dryRun" in request.query else ""
        self.changes.append(f"{dry}{request.method} {request.path}")
        if not dry and request.method == "DELETE":
            self.objects.pop(request.path, None)
            self.pods = [one for one in self.pods if "daemonsets" not in request.path or is_agent(one)]
        return Answer(200, json.loads(request.body or b"{}"))

    def run(self, *, check: bool = False, **options: Json) -> Result:
        params: dict[str, Json] = {
            "state": "absent",
            "strategy": "all",
            "skip_gates": [],
            "namespace": "kube-system",
            "timeout": 5,
            "parallel": 2,
            "wait_timeout": 5,
        }
        context = Context(check, True, lambda _text: None, lambda _text: None, "module", "here/1/1")
        with serve(self.answer) as server:
            return run({**params, "kubeconfig": kubeconfig(server.url), **options}, context)

    def refused(self) -> set[str]:
        with pytest.raises(InputError) as caught:
            self.run()
        assert self.changes == []
        found: Any = caught.value.details["findings"]
        return {finding["rule"] for finding in found if finding["severity"] == "error"}


def is_agent(one: JsonObject) -> bool:
    return "cilium" in json.dumps(one["metadata"])


def world(**version: str) -> World:
    """A cluster of one node with an agent, and kube-proxy beside it."""
    node: JsonObject = {"metadata": {"name": "n1"}, "status": {"nodeInfo": {"kubeletVersion": "v1.33.2", **version}}}
    objects: dict[str, JsonObject] = {
        "/api/v1/nodes": items(node),
        "/api/v1/services": items(),
        SERVICE: {"spec": {"clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1"]}},
        **{ref.path: {"kind": ref.kind, "metadata": {"name": ref.name}} for ref in REFS},
    }
    return World(objects, [agent("n1", HOST), pod("kube-proxy-x", "k8s-app=kube-proxy", hostNetwork=True)])


def rules(result: Result) -> list[str]:
    found: Any = result["findings"]
    return [finding["rule"] for finding in found]


def test_it_removes_what_is_there() -> None:
    cluster = world()
    result = cluster.run()
    assert (result["changed"], result["service_address"]) == (True, "10.96.0.1")
    assert rules(result) == ["connections_break"]
    assert cluster.changes == [f"POST {SYSTEM}/secrets", *(f"DELETE {ref.path}" for ref in reversed(REFS))]


def test_check_mode_only_asks() -> None:
    cluster = world()
    assert cluster.run(check=True)["changed"] is True
    assert all(change.startswith("dry ") for change in cluster.changes)
    assert len(cluster.changes) == 1 + len(REFS)


def test_an_agent_without_a_host_looks_at_the_service() -> None:
    cluster = world()
    cluster.pods[0] = agent()
    assert cluster.refused() == {"api_endpoint"}
    cluster.objects[f"{SYSTEM}/configmaps/cilium-config"] = {"data": {"k8s-api-server-urls": "https://192.0.2.1:6443"}}
    assert cluster.run()["changed"] is True


def test_a_new_connection_to_the_api_server_is_tried() -> None:
    cluster = world()
    cluster.way = "not reached"
    assert cluster.refused() == {"api_endpoint"}
    cluster.way = "bash: no such program"
    assert cluster.run()["changed"] is True


def test_a_host_from_a_config_map() -> None:
    cluster = world()
    source: JsonObject = {"configMapKeyRef": {"name": "endpoint", "key": "host"}}
    cluster.pods[0] = agent("n1", {"name": "KUBERNETES_SERVICE_HOST", "valueFrom": source})
    cluster.objects[f"{SYSTEM}/configmaps/endpoint"] = {"data": {"host": "10.96.0.1"}}
    assert cluster.refused() == {"api_endpoint"}


def test_the_api_servers_own_range() -> None:
    cluster = world()
    command: list[Json] = ["kube-apiserver", "--service-node-port-range=20000-25000"]
    containers: list[Json] = [{"name": "kube-apiserver", "command": command}]
    cluster.pods.append(pod("kube-apiserver-n1", "component=kube-apiserver", containers=containers, hostNetwork=True))
    assert cluster.refused() == {"nodeport_range"}


def test_a_nodeport_beyond_the_agents_range() -> None:
    cluster = world()
    web: JsonObject = {"metadata": {"name": "web", "namespace": "shop"}, "spec": {"ports": [{"nodePort": 29999}]}}
    cluster.objects["/api/v1/services"] = items(web)
    assert cluster.refused() == {"nodeport_range"}


def test_pods_with_a_kernel_of_their_own() -> None:
    cluster = world()
    cluster.objects["/apis"] = {"groups": [{"name": "apps"}, {"name": "kubevirt.io"}]}
    assert cluster.refused() == {"socket_lb_scope"}


def test_a_cordoned_node_and_a_windows_node_need_no_agent() -> None:
    cluster = world()
    cordoned: JsonObject = {"metadata": {"name": "n2"}, "spec": {"unschedulable": True}}
    windows: JsonObject = {"metadata": {"name": "n3", "labels": {"kubernetes.io/os": "windows"}}}
    cluster.objects["/api/v1/nodes"]["items"] += [cordoned, windows]  # type: ignore[operator]  # -- it is a list
    assert cluster.run()["changed"] is True


def test_no_network_means_no_agent_and_no_pod_of_its_own() -> None:
    cluster = world()
    cluster.pods = [one for one in cluster.pods if not is_agent(one)]
    assert "no_network_yet" in rules(cluster.run())
    other = world()
    other.pods = [pod("web", "app=web")]
    assert other.refused() == {"agents_ready"}


def test_a_skipped_gate_warns() -> None:
    cluster = world()
    cluster.said = {**STATUS, "kube-proxy-replacement": {"mode": "False"}}
    assert cluster.refused() == {"agents_replace_kube_proxy"}
    result = cluster.run(skip_gates=["agents_replace_kube_proxy"])
    found: Any = result["findings"]
    assert {finding["rule"]: finding["severity"] for finding in found}["agents_replace_kube_proxy"] == "warning"


def test_an_agent_that_says_nothing() -> None:
    cluster = world()
    cluster.said = {}
    assert {"agents_replace_kube_proxy", "api_endpoint"} <= cluster.refused()


def test_a_static_pod_is_no_pod_of_the_daemon_set() -> None:
    cluster = world()
    mirror = pod("kube-proxy-n1", "component=kube-proxy")
    mirror["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "1"}  # type: ignore[index,call-overload]  # -- as above
    cluster.pods.append(mirror)
    assert "kube_proxy_static_pod" in rules(cluster.run())


@pytest.mark.parametrize(("version", "rule"), [("v1.33.2+k3s1", "not_an_object"), ("v1.33.2-eks-1", "comes_back")])
def test_a_distribution_says_what_a_person_has_to_do(version: str, rule: str) -> None:
    cluster = world(kubeletVersion=version)
    if rule == "not_an_object":
        cluster.objects = {path: body for path, body in cluster.objects.items() if path not in {r.path for r in REFS}}
        cluster.pods = cluster.pods[:1]
    result = cluster.run()
    assert rules(result)[0] == f"kube_proxy_{rule}"
    assert result["distribution"] == ("k3s" if "k3s" in version else "eks")


def test_an_old_form_of_kubeadms_configuration() -> None:
    cluster = world()
    text = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n"
    cluster.objects[f"{SYSTEM}/configmaps/kubeadm-config"] = {"data": {"ClusterConfiguration": text}}
    assert rules(cluster.run())[0] == "kubeadm_upgrade_may_restore"
    assert not [change for change in cluster.changes if "kubeadm-config" in change]


def test_a_backup_older_than_the_cluster() -> None:
    cluster = world()
    container: list[Json] = [{"name": "kube-proxy", "image": "registry.k8s.io/kube-proxy:v1.31.4"}]
    daemon_set = cluster.objects[REFS[-1].path]
    daemon_set["spec"] = {"template": {"spec": {"containers": container}}}
    secrets: list[JsonObject] = []
    answer = cluster.answer

    def keeping(request: Request) -> Answer | Exec:
        if request.method == "POST":
            secrets.append(json.loads(request.body))
        return answer(request)

    cluster.answer = keeping  # type: ignore[method-assign]  # -- it listens, and answers as before
    cluster.run()
    cluster.objects[f"{SYSTEM}/secrets/fleet-cilium.kube-proxy"] = secrets[0]
    cluster.objects["/version"] = {"gitVersion": "v1.33.2"}
    result = cluster.run(state="present", check=True)
    assert rules(result) == ["kube_proxy_older_than_cluster"]
