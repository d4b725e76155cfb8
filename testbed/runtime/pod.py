"""A pod's life on its node: network, volumes, init containers, containers with probes and restarts, the end."""

from __future__ import annotations

import shutil
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TypeVar

from testbed import kwok
from testbed.api import Api, ApiError, Object
from testbed.errors import TestbedError
from testbed.fleet import Cluster, Node
from testbed.network import NAMESPACES
from testbed.runtime import programs, status, volumes
from testbed.runtime.container import Container, now
from testbed.runtime.probes import Probe
from testbed.runtime.sandbox import NotReady, Sandbox
from testbed.runtime.status import Report

_T = TypeVar("_T")
_TICK = 0.2
_RETRY = 0.5
_BACKOFF = (1.0, 2.0, 5.0, 10.0, 20.0)
_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


class Stopped(Exception):
    """The pod is to end; unwinds the worker's thread."""


class PodWorker(threading.Thread):
    """Runs one pod until it is told to stop."""

    def __init__(self, api: Api, cluster: Cluster, node: Node, body: Object) -> None:
        meta = body["metadata"]
        super().__init__(name=f"{meta['namespace']}/{meta['name']}", daemon=True)
        self.stopping = threading.Event()
        self._api, self._cluster, self._node, self._body = api, cluster, node, body
        self._folder = node.folder / "pods" / f"{meta['namespace']}_{meta['name']}_{meta['uid']}"
        self._path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
        self._sandbox = Sandbox(node, body, self._folder)
        self._report = Report(node_address=node.address, started_at=now())
        self._sent: Object = {}
        self._containers: list[Container] = []
        self._probes: dict[str, dict[str, Probe]] = {}
        self._next_start: dict[str, float] = {}
        self._mentioned = volumes.mentioned(body)
        self._stale = threading.Event()

    def run(self) -> None:
        """Thread body: live, then clean up, then confirm the deletion."""
        while not self.stopping.is_set():
            try:
                self._live()
            except Stopped:
                break
            except (TestbedError, OSError):  # its node was away while it started
                traceback.print_exc()
                self.stopping.wait(_RETRY)
        self._end()

    def see(self, body: Object) -> None:
        """Take note of a changed pod: others (the node controller) may have changed its conditions."""
        self._body["status"] = body.get("status", {})

    def see_source(self, plural: str, namespace: str, name: str) -> None:
        """Take note of a changed Secret or ConfigMap; one in this pod's volumes is laid out anew soon."""
        if namespace == self._body["metadata"]["namespace"] and (plural, name) in self._mentioned:
            self._stale.set()

    def _live(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._check_images()
        pod = self._retry(self._attach)
        self._retry(lambda: volumes.write(pod))
        spec = self._body["spec"]
        folders = {c["name"]: self._folder / c["name"] for c in spec["containers"]}
        kwok.register_pod(self._api, pod.namespace, pod.name, folders)
        for container in spec.get("initContainers", []):
            self._initialise(pod, container)
        self._report.initialised = True
        self._containers = [self._container(entry) for entry in spec["containers"]]
        while not self.stopping.is_set():
            try:
                if not self._sandbox.alive or not self._folder.exists():  # the node was made anew
                    pod = self._retry(self._attach)
                    volumes.write(pod)
                self._refresh(pod)
                self._tick(pod)
            except (TestbedError, OSError) as error:  # the API server may be away for a while
                print(f"{self.name}: {error}", flush=True)
            self.stopping.wait(_TICK)

    def _refresh(self, pod: volumes.Pod) -> None:
        """Lay changed volumes out anew; without a Secret that the pod must have, the old content stays."""
        if not self._stale.is_set():
            return
        self._stale.clear()
        try:
            volumes.write(pod)
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                self._stale.set()
            raise

    def _check_images(self) -> None:
        """Report containers whose image is not known and wait for the end, as for an image nobody has."""
        spec = self._body["spec"]
        groups = {kind: spec.get(kind, []) for kind in ("initContainers", "containers")}
        unknown = {c["image"] for group in groups.values() for c in group if not programs.find(self._body, c["image"])}
        if not unknown:
            return

        def entry(container: Object) -> Object:
            image = container["image"]
            message = f"image {image} is not known to the testbed" if image in unknown else ""
            state = status.waiting("ImagePullBackOff" if image in unknown else "PodInitializing", message)
            return status.container_status(container["name"], image, state)

        self._report.init = [entry(c) for c in groups["initContainers"]]
        self._report.containers = [entry(c) for c in groups["containers"]]
        self._send()
        self.stopping.wait()
        raise Stopped

    def _attach(self) -> volumes.Pod:
        self._report.pod_address = self._sandbox.create()
        self._send()
        return volumes.Pod(self._api, self._body, self._folder, self._report.pod_address, self._node.address)

    def _retry(self, action: Callable[[], _T]) -> _T:
        """Repeat an action until the node or the API is ready for it."""
        while not self.stopping.is_set():
            try:
                return action()
            except (NotReady, ApiError) as error:
                print(f"{self.name}: {error}", flush=True)
                self.stopping.wait(_RETRY)
        raise Stopped

    def _container(self, spec: Object) -> Container:
        return Container(
            spec, self._node, self._folder / spec["name"], f"{self._body['metadata']['uid']}-{spec['name']}"
        )

    def _program(self, container: Object) -> programs.Program:
        found = programs.find(self._body, container["image"])
        assert found is not None
        return found

    def _initialise(self, pod: volumes.Pod, spec: Object) -> None:
        """Run one init container until it succeeds, or report it done when the node provides its effect."""
        program = self._program(spec)
        name = spec["name"]
        container = self._container(spec)
        done: Object = {"exitCode": 0, "reason": "Completed", "startedAt": now(), "finishedAt": now()}
        if name in program.provided:
            done["message"] = f"provided by {program.provided[name]}"
        else:
            while not self.stopping.is_set():
                container.start(pod, program, network=self._sandbox.namespace)
                container.run_to_end(self.stopping.is_set)
                done = container.note_exit()
                if done["exitCode"] == 0:
                    break
                container.restarts += 1
                print(f"{self.name}: init container {name}: {done}", flush=True)
                self._tell_init(container, status.waiting("CrashLoopBackOff", done["message"]))
                self.stopping.wait(_BACKOFF[min(container.restarts, len(_BACKOFF)) - 1])
            else:
                raise Stopped
        self._tell_init(container, {"terminated": done}, ready=True)

    def _tell_init(self, container: Container, state: Object, *, ready: bool = False) -> None:
        """Report an init container, in place of what was told of it before."""
        told = [entry for entry in self._report.init if entry["name"] != container.name]
        entry = status.container_status(
            container.name,
            container.spec["image"],
            state,
            ready=ready,
            restarts=container.restarts,
            last=None if ready else container.last_exit,
        )
        self._report.init = [*told, entry]
        self._send()

    def _tick(self, pod: volumes.Pod) -> None:
        for container in self._containers:
            self._keep_running(pod, container)
        self._report.phase = "Running"
        self._report.containers = [self._status(container) for container in self._containers]
        self._send()

    def _keep_running(self, pod: volumes.Pod, container: Container) -> None:
        """Start, probe or restart one container, whatever is due."""
        name = container.name
        if container.process is None:
            if time.monotonic() >= self._next_start.get(name, 0):
                container.start(pod, self._program(container.spec), network=self._sandbox.namespace)
                self._probes[name] = self._new_probes(container)
        elif not container.running:
            self._plan_restart(container, None)
        elif self._run_probes(container):
            container.stop(5)
            self._plan_restart(container, "LivenessProbeFailed")

    def _plan_restart(self, container: Container, reason: str | None) -> None:
        ended = container.note_exit(reason)
        container.process = None
        container.restarts += 1
        pause = _BACKOFF[min(container.restarts, len(_BACKOFF)) - 1]
        self._next_start[container.name] = time.monotonic() + pause
        print(f"{self.name}: {container.name} ended with {ended['exitCode']}, again in {pause:.0f} s", flush=True)

    def _new_probes(self, container: Container) -> dict[str, Probe]:
        address, execute = self._report.pod_address, container.folder / "exec"
        network = NAMESPACES / self._node.namespace  # as a kubelet: from the node, also to pods with their own
        kinds = [kind for kind in _PROBES if kind in container.spec]
        return {kind: Probe(container.spec[kind], address, network, execute) for kind in kinds}

    def _run_probes(self, container: Container) -> bool:
        """Run what is due; tell whether the container is to be restarted."""
        probes = self._probes[container.name]
        startup = probes.get("startupProbe")
        if startup is not None and not startup.passed:
            startup.run_when_due()
            return startup.failed
        if (readiness := probes.get("readinessProbe")) is not None:
            readiness.run_when_due(None if readiness.passed else 1.0)
        if (liveness := probes.get("livenessProbe")) is not None:
            liveness.run_when_due()
            return liveness.failed
        return False

    def _status(self, container: Container) -> Object:
        probes = self._probes.get(container.name, {})
        started = container.running and all(probes[k].passed for k in ("startupProbe",) if k in probes)
        ready = started and all(probes[k].passed for k in ("readinessProbe",) if k in probes)
        if container.process is None:
            state = status.waiting("CrashLoopBackOff", f"restarting {container.name}")
        else:
            state = {"running": {"startedAt": container.started_at}}
        return status.container_status(
            container.name,
            container.spec["image"],
            state,
            ready=ready,
            started=started,
            restarts=container.restarts,
            last=container.last_exit,
        )

    def _send(self) -> None:
        """Patch the pod's status if it differs from what was sent last."""
        seen = self._body.get("status", {})
        wanted = status.build(self._report, seen.get("conditions", []), now())
        told = {key: value for key, value in wanted.items() if key != "conditions"}
        if told == self._sent and status.words(wanted) == status.words(seen):
            return
        try:
            self._body["status"] = self._api.patch(f"{self._path}/status", {"status": wanted})["status"]
            self._sent = told
        except ApiError as error:
            print(f"{self.name}: status not sent: {error}", flush=True)

    def _end(self) -> None:
        """Stop the containers, detach the pod, confirm its deletion."""
        meta = self._body["metadata"]
        grace = float(self._body["spec"].get("terminationGracePeriodSeconds", 30))
        if self._containers:
            with ThreadPoolExecutor(len(self._containers)) as pool:  # all at once, as a kubelet does
                list(pool.map(lambda container: container.stop(grace), self._containers))
        try:
            self._sandbox.delete()
            kwok.forget_pod(self._api, meta["namespace"], meta["name"])
            options = {"gracePeriodSeconds": 0, "preconditions": {"uid": meta["uid"]}}
            self._api.delete(self._path, options)
        except TestbedError as error:
            print(f"{self.name}: end: {error}", flush=True)
        shutil.rmtree(self._folder, ignore_errors=True)
