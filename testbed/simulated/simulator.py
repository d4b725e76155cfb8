"""The simulator: plays the kubelet and the agent for every agent's pod on a node of kwok's.

An agent reads its configuration when it starts, as a real one does: what it answers follows from the ConfigMap at
that moment, until its pod is replaced.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from testbed import kwok
from testbed.api import Api, ApiError, Object
from testbed.fleet import Cluster
from testbed.runtime.container import now
from testbed.simulated.answers import Agent, Config, answers

NAMESPACE = "kube-system"
SELECTOR = "k8s-app=cilium"
CONTAINER = "cilium-agent"
LOG = "an agent's log begins"
# With more nodes, what all health daemons together say would be too big.
MOST_PEERS = 200
_AT_ONCE = 8
_SECONDS = 0.5
_PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
_TAG = re.compile(r":v(\d+)\.(\d+)\.(\d+)")
# Prints the file named after the command; a program that has no file at all is not there.
_EXEC = f"""\
#!/bin/sh
IFS=_
[ -f "${kwok.CONTAINER_VARIABLE}/$*" ] && exec /bin/cat "${kwok.CONTAINER_VARIABLE}/$*"
echo "$1: not found (simulated agent)" >&2
exit 127
"""


class Simulator:
    """Answers for the agents of one cluster, whose nodes are all kwok's."""

    def __init__(self, cluster: Cluster) -> None:
        self._api = Api(cluster)
        self._nodes = {node.name: (number, node.address) for number, node in enumerate(cluster.nodes)}
        self._folder = cluster.folder / "simulated"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._shared = self._folder / "exec"
        self._shared.write_text(_EXEC)
        self._shared.chmod(0o755)
        self._known: set[str] = set()

    def step(self) -> None:
        """Look at all pods once: new agents start, ended ones go."""
        found = self._api.find(f"/api/v1/namespaces/{NAMESPACE}/configmaps/cilium-config")
        config: Config = (found or {}).get("data") or {}
        pods = [pod for pod in self._api.get(_PODS)["items"] if pod["spec"].get("nodeName") in self._nodes]
        leaving = [pod for pod in pods if "deletionTimestamp" in pod["metadata"]]
        coming = [pod for pod in pods if pod not in leaving and pod["metadata"]["uid"] not in self._known]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._end, leaving))
            list(pool.map(lambda pod: self._start(pod, config), coming))
        self._known = {pod["metadata"]["uid"] for pod in pods if pod not in leaving}

    def folder(self, pod: str) -> Path:
        """Return where the answers of an agent's pod lie, a file for each command."""
        return self._folder / pod

    def _end(self, pod: Object) -> None:
        name = pod["metadata"]["name"]
        kwok.forget_pod(self._api, NAMESPACE, name)
        self._api.delete(f"{_PODS}/{name}", {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0})

    def _start(self, pod: Object, config: Config) -> None:
        name, node = pod["metadata"]["name"], pod["spec"]["nodeName"]
        if pod["metadata"].get("labels", {}).get("k8s-app") == "cilium":
            folder = self._write(name, self._agent(pod, node), config)
            kwok.register_pod(self._api, NAMESPACE, name, {CONTAINER: folder})
        self._api.patch(f"{_PODS}/{name}/status", {"status": _ready(pod, self._nodes[node][1])})

    def _agent(self, pod: Object, node: str) -> Agent:
        image = next(each["image"] for each in pod["spec"]["containers"] if each["name"] == CONTAINER)
        tag = _TAG.search(image)
        assert tag is not None, image
        number, address = self._nodes[node]
        few = len(self._nodes) <= MOST_PEERS
        peers = tuple((name, place) for name, (_number, place) in self._nodes.items()) if few else ()
        return Agent(node, number, address, (int(tag[1]), int(tag[2]), int(tag[3])), peers)

    def _write(self, name: str, agent: Agent, config: Config) -> Path:
        folder = self.folder(name)
        folder.mkdir(exist_ok=True)
        for command, text in answers(agent, config).items():
            (folder / command.replace(" ", "_")).write_text(text)
        (folder / "log").write_text(_log())
        if not (folder / "exec").exists():
            (folder / "exec").symlink_to(self._shared)
        return folder


def _log() -> str:
    """Return a log in the form of the container runtimes' interface, as kwok wants it."""
    lines = (
        f'level=info msg="{LOG}" subsys=daemon',
        'level=warning msg="A simulated warning" subsys=simulator',
        'level=warning msg="A simulated warning" subsys=simulator',
        'level=error msg="A simulated error" subsys=simulator',
    )
    return "".join(f"2026-01-01T00:00:0{number}.000000000Z stdout F {line}\n" for number, line in enumerate(lines))


def _ready(pod: Object, address: str) -> Object:
    started = now()
    statuses = [
        {
            "name": container["name"],
            "image": container["image"],
            "imageID": "",
            "ready": True,
            "started": True,
            "restartCount": 0,
            "state": {"running": {"startedAt": started}},
        }
        for container in pod["spec"]["containers"]
    ]
    conditions = [
        {"type": kind, "status": "True", "lastTransitionTime": started}
        for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready")
    ]
    return {
        "phase": "Running",
        "hostIP": address,
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": started,
        "conditions": conditions,
        "containerStatuses": statuses,
    }


@contextmanager
def serving(cluster: Cluster, *, lease_seconds: int = 40) -> Iterator[Simulator]:
    """Start kwok for a cluster; the simulator does nothing until its step() is called."""
    kwok.start(cluster, lease_seconds=lease_seconds)
    try:
        yield Simulator(cluster)
    finally:
        kwok.stop(cluster)


@contextmanager
def simulating(cluster: Cluster) -> Iterator[Simulator]:
    """Start kwok for a cluster, and a simulator that looks at it again and again; both end with the block.

    Raises ApiError at the end when the simulator's last look at the cluster failed.
    """
    ended, failed = threading.Event(), list[ApiError]()

    def run(simulator: Simulator) -> None:
        while not ended.wait(_SECONDS):
            failed.clear()
            try:
                simulator.step()
            except ApiError as error:  # a pod that goes while it is looked at; the next step will not meet it
                failed.append(error)

    with serving(cluster) as simulator:
        thread = threading.Thread(target=run, args=(simulator,), daemon=True)
        thread.start()
        try:
            yield simulator
        finally:
            ended.set()
            thread.join()
    if failed:
        raise failed[0]
