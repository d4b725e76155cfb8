"""A mesh that is played: for each cluster a small API server on loopback, whose pods answer commands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from ansible_collections.fleet.cilium.plugins.module_utils._context import Context, Telling
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject

from tests.stub_api import Answer, Exec, Request, Script, Stub, exit_status, kubeconfig, refusal, serve

SYSTEM = "/api/v1/namespaces/kube-system"


class Command(Protocol):
    """What a container answers to a command; None for nothing."""

    def __call__(self, pod: str, container: str, words: list[str], /) -> Answer | Exec | None: ...


def remote(name: str, *, ready: bool = True, **further: Json) -> JsonObject:
    """What an agent says of another cluster."""
    told: JsonObject = {
        "name": name,
        "ready": ready,
        "connected": ready,
        "status": "etcd: 1/1 connected" if ready else "Waiting for initial connection to be established",
        "config": {"required": True, "retrieved": ready},
        "num-nodes": 2,
        "num-endpoints": 5,
        "num-identities": 7,
        "num-shared-services": 1,
    }
    return {**told, **further}


def said(text: str, code: int = 0) -> Exec:
    """What a command wrote."""
    return Exec(((1, text.encode()),), exit_status(code))


@dataclass
class Played:
    """One cluster: whom its agents name, and what its pods say to commands that are not the status.

    `command` gets the pod, the container and the command; None leaves the answer to the cluster.
    """

    name: str
    id: int
    peers: Mapping[str, JsonObject]
    nodes: Sequence[str] = ("n1", "n2")
    servers: Sequence[str] = ("mesh",)
    command: Command = lambda _pod, _container, _command: None
    container: str = "apiserver"
    requests: list[Request] = field(default_factory=list)

    def script(self, request: Request) -> Answer | Exec:
        """Answer one request."""
        self.requests.append(request)
        if request.path == f"{SYSTEM}/pods":
            label = request.query["labelSelector"][0]
            return Answer(200, {"kind": "PodList", "items": self._pods(server="apiserver" in label)})
        if request.path == f"{SYSTEM}/configmaps/cilium-config":
            return Answer(200, {"data": {"cluster-name": self.name, "cluster-id": str(self.id)}})
        if not request.path.endswith("/exec"):
            return refusal(404, "NotFound", f"there is no {request.path}")
        command = list(request.query["command"])
        answer = self.command(request.path.split("/")[-2], request.query["container"][0], command)
        if answer is not None:
            return answer
        if "kvstoremesh-dbg" in command:
            return said(json.dumps(list(self.peers.values())))
        if "status" in command:
            return said(json.dumps({"cluster-mesh": {"clusters": list(self.peers.values())}}))
        return said("")

    def _pods(self, *, server: bool) -> list[Json]:
        if server:
            return [self._pod(name, "n1", "etcd", self.container) for name in self.servers]
        return [self._pod(f"cilium-{node}", node, "cilium-agent") for node in self.nodes]

    @staticmethod
    def _pod(name: str, node: str, *containers: str) -> JsonObject:
        return {
            "metadata": {"namespace": "kube-system", "name": name},
            "spec": {"nodeName": node, "containers": [{"name": container} for container in containers]},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
        }


def two(**further: object) -> tuple[Played, Played]:
    """Two clusters that are connected; further attributes are of the first."""
    paris = Played("paris", 1, {"berlin": remote("berlin")})
    for name, value in further.items():
        setattr(paris, name, value)
    return paris, Played("berlin", 2, {"paris": remote("paris")})


@contextmanager
def playing(*clusters: Played) -> Iterator[dict[str, JsonObject]]:
    """Yield a kubeconfig for each cluster, by name."""
    with ExitStack() as stack:
        stubs: dict[str, Stub] = {one.name: stack.enter_context(serve(_script(one))) for one in clusters}
        yield {name: kubeconfig(stub.url) for name, stub in stubs.items()}


def _script(cluster: Played) -> Script:
    return cluster.script


def context(said_lines: list[str] | None = None) -> Context:
    """A task's side that keeps what is said in a list."""
    lines = [] if said_lines is None else said_lines

    def progress(telling: Telling) -> None:
        lines.append(telling if isinstance(telling, str) else telling())

    return Context(check_mode=False, diff=False, warn=print, progress=progress, door="module", holder="test/1/1")
