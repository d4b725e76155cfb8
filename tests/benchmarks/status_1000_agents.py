"""``make bench``: status_info over 1,000 simulated agents, beside ``kubectl exec`` once per agent, 16 at a time.

The API server is real and so are its pods, made from the real chart; nodes and agents are simulated: an exec ends in a
shell script that prints a file. Both sides ask 16 agents at a time. Ours is a whole run of ansible-playbook with one
task; its memory is that of the biggest of its processes. The peer's answers are only counted.
Prints ``bench status_1000_agents (simulated) ratio=R ours=SECONDS peer=SECONDS memory=MB``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import yaml

from testbed import toolchain
from testbed.bare import bare_cluster
from testbed.errors import TestbedError
from testbed.fleet import Cluster
from testbed.simulated import install
from testbed.simulated.simulator import CONTAINER, NAMESPACE, serving
from tests.benchmarks import measured
from tools import collection

AGENTS = 1000
AT_ONCE = 16
RATIO = 0.5
MEGABYTES = 200.0
COMMAND = ("cilium-dbg", "status", "-o", "json")
# Of the control plane only what takes part in an exec: nothing else is to run beside the measurement.
PROGRAMS = ("etcd", "kube-apiserver")
VALUES = {"kubeProxyReplacement": True, "loadBalancer": {"mode": "dsr", "algorithm": "maglev"}}


def ours(cluster: Cluster, folder: Path) -> tuple[float, float]:
    """Return the seconds and the megabytes of a run of ansible-playbook that asks every agent."""
    task = {
        "fleet.cilium.status_info": {"kubeconfig": str(cluster.kubeconfig), "parallel": AT_ONCE, "timeout": 120},
        "register": "asked",
    }
    check = {"ansible.builtin.assert": {"that": [f"asked.nodes | length == {AGENTS}", "not asked.findings"]}}
    path = folder / "play.yml"
    path.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [task, check]}]))
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    words = [sys.executable, "-S", "-E", measured.__file__, program, "-i", "localhost,", "-c", "local", str(path)]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(collection.link()), "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise TestbedError(f"bench status_1000_agents: {done.stderr[-3000:]}")
    found = json.loads(done.stdout)
    return float(found["seconds"]), float(found["megabytes"])


def peer(cluster: Cluster) -> float:
    """Return the seconds of one kubectl exec for each agent."""
    base = [str(toolchain.find("kubectl")), "--kubeconfig", str(cluster.kubeconfig), "-n", NAMESPACE]
    started = time.monotonic()
    listed = _run([*base, "get", "pods", "-l", "k8s-app=cilium", "-o", "name"]).split()

    def ask(pod: str) -> bool:
        answer = json.loads(_run([*base, "exec", pod, "-c", CONTAINER, "--", *COMMAND]))
        return bool(answer["cilium"]["state"] == "Ok")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        good = sum(pool.map(ask, listed))
    if good != AGENTS:
        raise TestbedError(f"bench status_1000_agents: kubectl had {good} answers of {AGENTS}")
    return time.monotonic() - started


def _run(words: list[str]) -> str:
    return subprocess.run(words, capture_output=True, text=True, timeout=300, check=True).stdout


def run() -> bool:
    """Measure both, print the line, and tell whether the limits are kept."""
    name = "bench status_1000_agents (simulated)"
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        cluster = stack.enter_context(bare_cluster("reims", nodes=AGENTS, programs=PROGRAMS))
        simulator = stack.enter_context(serving(cluster, lease_seconds=36_000))
        started = time.monotonic()
        install.chart(cluster, VALUES)
        install.place(cluster)
        simulator.step()
        install.wait(cluster, 30)
        print(f"{name}: {AGENTS} pods made in {time.monotonic() - started:.0f} s", flush=True)
        seconds, megabytes = ours(cluster, Path(place))
        others = peer(cluster)
    ratio = seconds / others
    print(f"{name} ratio={ratio:.3f} ours={seconds:.2f} peer={others:.2f} memory={megabytes:.0f}MB", flush=True)
    return ratio <= RATIO and megabytes < MEGABYTES
