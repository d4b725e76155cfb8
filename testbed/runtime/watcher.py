"""Watches the pods of a cluster and keeps one worker for each that is bound to a node of the testbed.

Secrets and ConfigMaps are watched too: their files in running pods follow them.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from functools import partial

from testbed import node as nodes
from testbed.api import Api, ApiError, Object
from testbed.fleet import Cluster
from testbed.runtime import programs
from testbed.runtime.pod import PodWorker

_PODS = "/api/v1/pods"
_SOURCES = ("secrets", "configmaps")
_WATCH_SECONDS = 300
# Pods that kwok or a simulator owns.
_FOREIGN_ANNOTATION = "testbed.fleet.cilium/simulated"


class Watcher:
    """The runtime of one cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._api = Api(cluster)
        self._nodes = {node.name: node for node in cluster.nodes}
        self._workers: dict[str, PodWorker] = {}
        self._stopping = threading.Event()

    def run(self) -> None:
        """Run until TERM; containers are left to whoever stops the nodes."""
        signal.signal(signal.SIGTERM, lambda *_: self._stopping.set())
        programs.write_wrappers()
        self._clear_leftovers()
        for follow in (self._follow_pods, *(partial(self._follow_source, plural) for plural in _SOURCES)):
            threading.Thread(target=self._forever, args=(follow,), daemon=True).start()
        self._stopping.wait()

    def _clear_leftovers(self) -> None:
        """End containers of a runtime that died; sandboxes are kept, so pods keep their addresses."""
        for node in self._cluster.nodes:
            for group in nodes.cgroup(node).iterdir():
                if group.is_dir() and not group.name.startswith("sandbox-"):
                    nodes.end_all(group, seconds=2)

    def _forever(self, follow: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                follow()
            except ApiError as error:
                print(f"watch: {error}", flush=True)
                self._stopping.wait(1)

    def _follow_source(self, plural: str) -> None:
        """Tell the workers of each object of a kind that is there or changes, until the watch ends."""
        path = f"/api/v1/{plural}"
        listed = self._api.get(path)
        for item in listed["items"]:
            self._tell(plural, item)
        for event in self._api.watch(path, listed["metadata"]["resourceVersion"], _WATCH_SECONDS):
            if event["type"] == "ERROR":
                return
            self._tell(plural, event["object"])

    def _tell(self, plural: str, changed: Object) -> None:
        for worker in list(self._workers.values()):
            worker.see_source(plural, changed["metadata"]["namespace"], changed["metadata"]["name"])

    def _follow_pods(self) -> None:
        listed = self._api.get(_PODS)
        present = {pod["metadata"]["uid"]: pod for pod in listed["items"]}
        for uid in set(self._workers) - set(present):
            self._stop(uid)
        for pod in present.values():
            self._see(pod)
        version = listed["metadata"]["resourceVersion"]
        for event in self._api.watch(_PODS, version, _WATCH_SECONDS):
            if event["type"] == "ERROR":
                return
            if event["type"] == "DELETED":
                self._stop(event["object"]["metadata"]["uid"])
            else:
                self._see(event["object"])

    def _see(self, pod: Object) -> None:
        """Start a worker for a new pod of ours; stop that of a pod being deleted."""
        meta = pod["metadata"]
        node = self._nodes.get(pod["spec"].get("nodeName", ""))
        if node is None or _FOREIGN_ANNOTATION in (meta.get("annotations") or {}):
            return
        if (known := self._workers.get(meta["uid"])) is not None:
            known.see(pod)
        else:
            worker = PodWorker(self._api, self._cluster, node, pod)
            self._workers[meta["uid"]] = worker
            worker.start()
        if "deletionTimestamp" in meta:
            self._stop(meta["uid"])

    def _stop(self, uid: str) -> None:
        worker = self._workers.get(uid)
        if worker is not None:
            worker.stopping.set()
