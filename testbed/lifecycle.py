"""Up, down and status of the whole fleet."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from testbed import control_plane, inventory, kwok, machine, network, node, paths
from testbed.errors import TestbedError
from testbed.fleet import Cluster, Fleet
from testbed.processes import Process

_Item = TypeVar("_Item")


@contextlib.contextmanager
def exclusive(fleet: Fleet) -> Iterator[int]:
    """Hold a fleet for one test run at a time on this machine; waits, and says so, while another has it.

    Yields the lock's file descriptor: a program that gets it (``pass_fds``) holds the fleet until it ends itself,
    even when who started it is killed.
    """
    paths.CACHE.mkdir(parents=True, exist_ok=True)
    with (paths.CACHE / f"testbed-{fleet.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"testbed {fleet.name}: another test run has it; waiting", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def up(fleet: Fleet) -> None:
    """Bring everything up; what runs is left alone, what died is started again."""
    machine.require()
    started = time.monotonic()
    network.create_bridge(fleet)
    _at_once(lambda cluster: cluster_up(fleet, cluster), fleet.clusters)
    inventory.write(fleet)
    print(f"testbed: up, {time.monotonic() - started:.1f} s; kubeconfigs: ", end="")
    print(" ".join(str(cluster.kubeconfig) for cluster in fleet.clusters), flush=True)


def down(fleet: Fleet) -> None:
    """Take everything down and leave nothing; another fleet is left alone."""
    _at_once(cluster_down, fleet.clusters)
    network.delete_bridge(fleet)
    node.end_all(node.group_of(fleet.name))
    shutil.rmtree(fleet.folder, ignore_errors=True)
    print("testbed: down", flush=True)


def status(fleet: Fleet) -> dict[str, bool]:
    """Return for each program and node whether it runs, by a readable name."""
    result = {}
    for cluster in fleet.clusters:
        for name in control_plane.PROGRAMS:
            result[f"{cluster.name} {name}"] = Process(cluster.folder, name).pid is not None
        result[f"{cluster.name} API server answers"] = control_plane.is_ready(cluster)
        result[f"{cluster.name} kwok"] = kwok.is_up(cluster)
        result[f"{cluster.name} runtime"] = _runtime(cluster).pid is not None
        for member in cluster.nodes:
            result[f"{cluster.name} node {member.name}"] = node.is_up(member)
    return result


def cluster_up(fleet: Fleet, cluster: Cluster) -> None:
    """Bring one cluster up, on a bridge that is there."""
    _say(cluster, "control plane", lambda: control_plane.start(cluster))
    _say(cluster, "nodes", lambda: _start_nodes(fleet, cluster))
    _say(cluster, "kwok", lambda: kwok.start(cluster))
    _start_runtime(fleet, cluster)


def _start_runtime(fleet: Fleet, cluster: Cluster) -> None:
    """Start the runtime; one that another checkout started is replaced unless its code is the same."""
    process, mark, code = _runtime(cluster), cluster.folder / "runtime.code", _code()
    if process.pid is not None and (not mark.exists() or mark.read_text() != code):
        process.stop(seconds=5)
    command = [sys.executable, "-u", "-m", "testbed", f"--fleet={fleet.file}", "runtime", cluster.name]
    process.start(command, env=_environment())
    mark.write_text(code)


def _code() -> str:
    """Return the digest of the code that the runtime runs."""
    digest = hashlib.sha256()
    for path in sorted((paths.PROJECT / "testbed").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _start_nodes(fleet: Fleet, cluster: Cluster) -> None:
    for member in cluster.nodes:
        node.start(fleet, member)


def cluster_down(cluster: Cluster) -> None:
    """Take one cluster down, with all that it holds; the others of its fleet lose a neighbour."""
    _runtime(cluster).stop(seconds=5)
    kwok.stop(cluster)
    for member in cluster.nodes:
        node.stop(member)
    control_plane.stop(cluster)
    shutil.rmtree(cluster.folder, ignore_errors=True)


def _runtime(cluster: Cluster) -> Process:
    return Process(cluster.folder, "runtime")


def _environment() -> dict[str, str]:
    variables = {"PYTHONPATH": str(paths.PROJECT), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
    return {**variables, "XDG_CACHE_HOME": str(paths.CACHE.parent)}


def _say(cluster: Cluster, what: str, action: Callable[[], object]) -> None:
    started = time.monotonic()
    action()
    print(f"{cluster.name}: {what} up, {time.monotonic() - started:.1f} s", flush=True)


def _at_once(action: Callable[[_Item], None], items: Iterable[_Item]) -> None:
    """Run an action for all items in parallel; the first error is raised after all have ended."""
    with ThreadPoolExecutor() as pool:
        futures = [pool.submit(action, item) for item in items]
    errors = [str(error) for future in futures if isinstance(error := future.exception(), TestbedError)]
    if errors:
        raise TestbedError("\n".join(errors))
    for future in futures:
        future.result()
