"""A cluster as a small API server plays it: agents, their logs, the release and what is around."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ansible_collections.fleet.cilium.plugins.module_utils._context import Context, Result
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._release.ownership import Claim, digests, write_record
from ansible_collections.fleet.cilium.plugins.module_utils._release.store import encode

from tests.stub_api import Answer, Exec, Request, exit_status, kubeconfig, refusal, serve

CHANGED, BEFORE, AFTER = "2026-01-01T00:10:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:20:00Z"
LOG = 'level=warning msg="BPF bandwidth manager could not read procfs. Disabling the feature." subsys=bandwidth\n'
VALUES: JsonObject = {"loadBalancer": {"mode": "dsr"}, "ca": {"key": "nobody may see this"}}


@dataclass
class Site:
    """What the server has; `started` is when each agent read its configuration."""

    started: dict[str, str] = field(default_factory=lambda: {"n1": AFTER, "n2": AFTER})
    mode: str = "DSR"
    log: str = ""
    config: dict[str, str] = field(default_factory=lambda: {"bpf-lb-mode": "dsr"})
    manifest: dict[str, str] = field(default_factory=lambda: {"bpf-lb-mode": "dsr"})
    live: JsonObject = field(default_factory=lambda: VALUES)
    wrote: JsonObject = field(default_factory=lambda: VALUES)
    forbidden: frozenset[str] = frozenset()
    mute: frozenset[str] = frozenset()  # agents that do not tell their status
    requests: list[Request] = field(default_factory=list)
    # What the agent of n1 says of n2, one word for each time it is asked; nothing more where there are none left.
    health: list[str] = field(default_factory=list)

    def play(self, run: Callable[[Mapping[str, Json], Context], Result], **options: Json) -> Result:
        """Run a module's work on it."""
        context = Context(
            check_mode=False, diff=False, warn=print, progress=lambda _text: None, door="module", holder="test/1/1"
        )
        with serve(self.answer) as stub:
            self.requests = stub.requests
            params: JsonObject = {
                "kubeconfig": kubeconfig(stub.url),
                "release_name": "cilium",
                "release_namespace": "kube-system",
                "timeout": 5,
                "parallel": 4,
            }
            return run({**params, **options}, context)

    def answer(self, request: Request) -> Answer | Exec:
        path = request.path
        if any(path.endswith(part) for part in self.forbidden):
            return refusal(403, "Forbidden", f"cannot list {path.rpartition('/')[2]}")
        if path.endswith("/exec"):
            return self.execute(path.split("/")[-2], list(request.query["command"]))
        if path.endswith("/log"):
            return Answer(200, self.log.encode())
        return Answer(200, self.lists().get(path)) if path in self.lists() else refusal(404, "NotFound", path)

    def lists(self) -> dict[str, JsonObject]:
        """Each path with its answer."""
        nodes: list[Json] = [
            {"metadata": {"name": name}, "status": {"nodeInfo": {"kernelVersion": "6.1.0"}}} for name in self.started
        ]
        flannel: JsonObject = {
            "metadata": {"namespace": "kube-flannel", "name": "kube-flannel-ds"},
            "status": {"desiredNumberScheduled": 2},
        }
        return {
            "/version": {"gitVersion": "v1.36.3"},
            "/api/v1/nodes": {"items": nodes},
            "/api/v1/pods": {"items": [self.web("old"), self.web("managed")]},
            "/apis/cilium.io/v2/ciliumendpoints": {"items": [{"metadata": {"namespace": "shop", "name": "managed"}}]},
            "/apis/apps/v1/daemonsets": {"items": [flannel]},
            "/api/v1/namespaces/kube-system/pods": {"items": [self.agent(name) for name in self.started]},
            "/api/v1/namespaces/kube-system/configmaps/cilium-config": self.config_map(),
            "/api/v1/namespaces/kube-system/secrets": {"items": self.secrets()},
        }

    @staticmethod
    def web(name: str) -> JsonObject:
        status: JsonObject = {"phase": "Running", "podIP": "10.0.0.9", "startTime": BEFORE}
        return {"metadata": {"namespace": "shop", "name": name}, "spec": {"nodeName": "n1"}, "status": status}

    def agent(self, node: str) -> JsonObject:
        started: list[Json] = [{"name": "config", "state": {"terminated": {"startedAt": self.started[node]}}}]
        return {
            "metadata": {"namespace": "kube-system", "name": f"cilium-{node}"},
            "spec": {"nodeName": node, "containers": [{"name": "cilium-agent"}]},
            "status": {"conditions": [{"type": "Ready", "status": "True"}], "initContainerStatuses": started},
        }

    def config_map(self) -> JsonObject:
        written: list[Json] = [{"time": CHANGED, "fieldsV1": {"f:data": {}}}]
        metadata: JsonObject = {"creationTimestamp": BEFORE, "managedFields": written}
        return {"metadata": metadata, "data": {**self.config}}

    def secrets(self) -> list[Json]:
        """The newest revision and the record of who owns its values, metadata and all at once."""
        made: JsonObject = {
            "kind": "ConfigMap",
            "apiVersion": "v1",
            "metadata": {"name": "cilium-config"},
            "data": {**self.manifest},
        }
        body: JsonObject = {
            "version": 2,
            "config": self.live,
            "manifest": f"---\n{json.dumps(made)}\n",
            "info": {"status": "deployed", "last_deployed": BEFORE},
            "chart": {"metadata": {"name": "cilium", "version": "1.15.19", "appVersion": "1.15.19"}},
        }
        labels: JsonObject = {"owner": "helm", "name": "cilium", "version": "2", "status": "deployed"}
        release: JsonObject = {"metadata": {"labels": labels}, "data": {"release": encode(body)}}
        return [release, write_record("cilium", {"release": Claim(owned=digests(self.wrote))}, namespace="kube-system")]

    def healths(self, pod: str) -> JsonObject:
        if pod != "cilium-n1" or not self.health:
            return {"local": {"name": pod}, "nodes": []}
        probe: JsonObject = {"status": "timeout"} if self.health.pop(0) == "unreachable" else {}
        address: JsonObject = {"ip": "192.0.2.2", "icmp": probe, "http": probe}
        return {"local": {"name": "n1"}, "nodes": [{"name": "n2", "host": {"primary-address": address}}]}

    def execute(self, pod: str, command: list[str]) -> Exec:
        status: JsonObject = {
            "cilium": {"state": "Ok", "msg": "1.15.19 (v1.15.19-1)"},
            "kube-proxy-replacement": {
                "mode": "True",
                "features": {"nodePort": {"enabled": True, "mode": self.mode, "algorithm": "Random"}},
            },
            "bandwidth-manager": {"enabled": False},
        }
        if pod.rpartition("-")[2] in self.mute and command[1:2] == ["status"] and command[0] != "cilium-health":
            return Exec(((2, b"cannot connect"),), exit_status(1))
        if command[0] == "ls":
            return Exec(((1, b"05-cilium.conflist\n10-flannel.conflist\n"),), exit_status(0))
        told: JsonObject = {"RoutingMode": "native", "NodePortMode": self.mode.lower()}
        answer = status if command[1:2] == ["status"] and command[0] != "cilium-health" else told
        if command[0] == "cilium-health":
            answer = self.healths(pod)
        return Exec(((1, json.dumps(answer).encode()),), exit_status(0))
