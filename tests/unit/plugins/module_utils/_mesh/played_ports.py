"""Clusters behind small API servers, from whose agents' pods a real shell tries ports of loopback."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from ansible_collections.fleet.cilium.plugins.module_utils import _kubernetes
from ansible_collections.fleet.cilium.plugins.module_utils._context import Context
from ansible_collections.fleet.cilium.plugins.module_utils._intent import read
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.endpoints import Endpoint
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.plan import Wanted
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.reachability import Limits
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.reaching import Reachability, check

from tests.stub_api import Answer, Exec, Request, exit_status, kubeconfig, refusal, serve
from tests.unit.asking import long

SYSTEM = "/api/v1/namespaces/kube-system"
NATIVE: dict[str, Json] = {"routing_mode": "native", "native_routing_cidr": "10.0.0.0/8"}


@dataclass
class Played:
    """A cluster whose one agent's pod is this machine: what it serves, and which programs it was asked to run.

    `inside` goes before each program; `rules` is what programs print of firewalls instead of what they do.
    """

    name: str
    rules: str | None = ""
    served: bool = True
    shell: Callable[[list[str]], Exec] | None = None
    inside: Callable[[list[str]], list[str]] = list
    commands: list[list[str]] = field(default_factory=list)

    def answer(self, request: Request) -> Answer | Exec:
        if request.path.endswith("/exec"):
            return self.execute(request.query["command"])
        there: dict[str, JsonObject] = {
            f"{SYSTEM}/pods": {"items": [self.pod()]},
            "/apis/cilium.io/v2/ciliumnodes": {"items": [self.node()]},
        }
        if self.served:
            there[f"{SYSTEM}/services/clustermesh-apiserver"] = {"spec": {}}
        found = there.get(request.path)
        return Answer(200, found) if found is not None else refusal(404, "NotFound", "not found")

    def pod(self) -> JsonObject:
        return {
            "metadata": {"namespace": "kube-system", "name": f"cilium-{self.name}"},
            "spec": {"nodeName": f"{self.name}-1", "containers": [{"name": "cilium-agent"}]},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]},
        }

    def node(self) -> JsonObject:
        addresses: list[Json] = [
            {"type": "InternalIP", "ip": "127.0.0.1"},
            {"type": "CiliumInternalIP", "ip": "10.0.0.7"},
        ]
        return {
            "metadata": {"name": f"{self.name}-1"},
            "spec": {"addresses": addresses, "health": {"ipv4": "127.0.0.1"}},
        }

    def execute(self, command: list[str]) -> Exec:
        self.commands.append(command)
        if self.shell is not None:
            return self.shell(command)
        if "iptables-save" in command[2] and self.rules is not None:
            return Exec(((1, self.rules.encode()),), exit_status(0))
        done = subprocess.run(self.inside(command), capture_output=True, timeout=30, check=False)
        return Exec(((1, done.stdout), (2, done.stderr)), exit_status(done.returncode))


def play(
    *clusters: Played, server: int, health: int, reachable: bool = True, settings: dict[str, Json] | None = None
) -> Reachability:
    """Each cluster is connected with each other one; all have the same ports, and the same settings beside them."""
    whole = read(long({**(settings or NATIVE), "cluster_health_port": health}), "1.15.19")
    names = [one.name for one in clusters]
    wanted = {
        name: Wanted({}, {}, tuple(set(names) - {name}), Endpoint("NodePort", server, ("127.0.0.1",)), whole)
        for name in names
    }
    with ExitStack() as stack:
        urls = {one.name: stack.enter_context(serve(one.answer)).url for one in clusters}
        clients = {name: _kubernetes.connect({"kubeconfig": kubeconfig(url)}) for name, url in urls.items()}
        if not reachable:
            del clients[names[-1]]
        context = Context(False, False, lambda _text: None, lambda _text: None, "module", "test/1/1")
        return check(clients, wanted, Limits(timeout=2), connected=True, context=context)


def states(found: Reachability, cluster: str = "paris") -> dict[str, str]:
    return {row.attempt.port.name: row.outcome.state for row in found.rows if row.attempt.cluster == cluster}
