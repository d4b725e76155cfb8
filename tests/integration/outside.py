"""A machine outside of the clusters: a network namespace on the testbed's bridge with a server that says who asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from testbed import node
from testbed.fleet import Cluster, Fleet, Node
from testbed.paths import PROJECT
from testbed.processes import run
from tests.integration.witness import kubectl

ADDRESS = "172.30.9.9"
PORT = 8080
_NAMESPACE, _LINK = "fleet-outside", "ve-outside"
_SERVER = PROJECT / "testbed" / "runtime" / "server.py"


@contextmanager
def server(fleet: Fleet) -> Iterator[None]:
    """The machine, with its server; it knows no way to pods, so it can only answer addresses of the bridge."""
    _remove()
    run(["ip", "netns", "add", _NAMESPACE])
    try:
        run(["ip", "link", "add", _LINK, "type", "veth", "peer", "name", "eth0", "netns", _NAMESPACE])
        run(["ip", "link", "set", _LINK, "master", fleet.bridge, "up"])
        prefix = fleet.bridge_address.network.prefixlen
        run(["ip", "-n", _NAMESPACE, "address", "add", f"{ADDRESS}/{prefix}", "dev", "eth0"])
        run(["ip", "-n", _NAMESPACE, "link", "set", "eth0", "up"])
        for member in fleet.nodes:
            # BPF takes the link-layer address that the kernel knows, also that of an earlier test's machine.
            run(["ip", "-n", member.namespace, "neighbour", "flush", "to", ADDRESS])
        command = ["ip", "netns", "exec", _NAMESPACE, sys.executable, "-S", "-E", str(_SERVER)]
        with subprocess.Popen(
            command, env={**os.environ, "PORT": str(PORT)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                yield
            finally:
                process.terminate()
    finally:
        _remove()


def _remove() -> None:
    run(["ip", "link", "delete", _LINK], check=False)
    run(["ip", "netns", "delete", _NAMESPACE], check=False)


@contextmanager
def second_address(member: Node, address: str, prefix: int) -> Iterator[str]:
    """One more address on a node's device, which no object of Kubernetes tells."""
    inside = ["ip", "-n", member.namespace, "address"]
    run([*inside, "add", f"{address}/{prefix}", "dev", "eth0"])
    try:
        yield address
    finally:
        run([*inside, "delete", f"{address}/{prefix}", "dev", "eth0"])


def seen_client(cluster: Cluster, member: Node, pod: str, *, namespace: str) -> str:
    """Ask the server from within a pod; return the address of the client that it saw, "" without an answer."""
    uid = kubectl(cluster, "get", "pod", pod, f"--namespace={namespace}", "-o", "jsonpath={.metadata.uid}")
    (procs,) = node.cgroup(member).glob(f"sandbox-{uid}/cgroup.procs")
    holder = procs.read_text().split()[0]
    curl = ["curl", "--noproxy", "*", "--silent", "--max-time", "2", f"http://{ADDRESS}:{PORT}/"]
    done = subprocess.run(
        ["nsenter", f"--net=/proc/{holder}/ns/net", *curl], capture_output=True, text=True, timeout=10, check=False
    )
    return str(json.loads(done.stdout)["client"]) if done.returncode == 0 else ""


def becomes(cluster: Cluster, member: Node, pod: str, wanted: str, *, namespace: str) -> str:
    """Ask until the server sees the wanted client, 20 seconds at most; return what it saw last."""
    deadline = time.monotonic() + 20
    while True:
        seen = seen_client(cluster, member, pod, namespace=namespace)
        if seen == wanted or time.monotonic() > deadline:
            return seen
        time.sleep(0.3)
