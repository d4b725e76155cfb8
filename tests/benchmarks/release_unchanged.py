"""How long it takes to see that a release is as it should be: our module, and kubernetes.core.helm.

The same two releases on the testbed, 16 inventory hosts that stand for them in turn, 8 forks; the time of a play
without tasks is taken off both. The rounds alternate, and the quickest of each counts: the machine does other things.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from testbed import fleet as fleets
from testbed import lifecycle, toolchain
from testbed.demo import playbook as demo
from testbed.errors import TestbedError
from testbed.fleet import Cluster, Fleet
from tests.integration.conftest import Played, environment, read
from tools import collection

NAME = "release_unchanged"
LIMIT = 0.2
HOSTS = 16
FORKS = 8
ROUNDS = 3
SECONDS = 300

Task = dict[str, Any]

COMMON: Task = {"release_name": "cilium", "release_namespace": "kube-system", "kubeconfig": "{{ kubeconfig }}"}
OURS: Task = {
    "fleet.cilium.release": {
        **COMMON,
        "chart": "{{ chart }}",
        "values": "{{ live }}",
        "helm_binary": "{{ helm }}",
    }
}
# kubernetes.core.helm needs helm 3: helm 4 has no `list --all`.
PEER: Task = {
    "kubernetes.core.helm": {
        **COMMON,
        "chart_ref": "{{ chart }}",
        "release_values": "{{ live }}",
        "binary_path": "{{ helm3 }}",
    }
}


def run() -> bool:
    """Print the figures; return whether the limit is met.

    Raises TestbedError when a play fails or finds something to change.
    """
    fleet = fleets.load()
    lifecycle.up(fleet)
    demo.converge()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "inventory.yml").write_text(yaml.safe_dump(_inventory(fleet)))
        _play(folder, OURS)  # both have been loaded once, and ours owns the values that it is given
        _play(folder, PEER)
        rounds = [(_play(folder, None), _play(folder, OURS), _play(folder, PEER)) for _number in range(ROUNDS)]
    empty = min(times[0] for times in rounds)
    ours = min(times[1] for times in rounds) - empty
    peer = min(times[2] for times in rounds) - empty
    ratio = ours / peer
    print(f"{HOSTS} hosts, {FORKS} forks, {ROUNDS} rounds; an empty play takes {empty:.2f} s, taken off both")
    print(f"bench {NAME} ratio={ratio:.3f} ours={ours:.2f} peer={peer:.2f}", flush=True)
    if ratio > LIMIT:
        print(f"bench {NAME}: expected a ratio of {LIMIT} or less", file=sys.stderr)
    return ratio <= LIMIT


def _inventory(fleet: Fleet) -> Task:
    """Return 16 hosts that stand for the fleet's clusters in turn, each with its live release's values."""
    live = {cluster.name: _values(cluster) for cluster in fleet.clusters}
    hosts = {}
    for number in range(HOSTS):
        cluster = fleet.clusters[number % len(fleet.clusters)]
        hosts[f"bench-{number:02}"] = {"kubeconfig": str(cluster.kubeconfig), "live": live[cluster.name]}
    programs = {name: str(toolchain.find(name)) for name in ("chart", "helm", "helm3")}
    return {"all": {"hosts": hosts, "vars": {"ansible_connection": "local", **programs}}}


def _values(cluster: Cluster) -> Task:
    command = [str(toolchain.find("helm")), "--kubeconfig", str(cluster.kubeconfig), "-n", "kube-system"]
    answer = subprocess.run(
        [*command, "get", "values", "cilium", "-o", "json"], capture_output=True, text=True, timeout=60, check=True
    )
    return dict(json.loads(answer.stdout))


def _play(folder: Path, task: Task | None) -> float:
    """Play one task, or none, on all hosts; return the seconds it took."""
    play = {"hosts": "all", "gather_facts": False, "tasks": [] if task is None else [{"name": "look", **task}]}
    (folder / "playbook.yml").write_text(yaml.safe_dump([play], sort_keys=False))
    command = ["ansible-playbook", "-i", "inventory.yml", "--forks", str(FORKS), "playbook.yml"]
    variables = {**environment(), "ANSIBLE_COLLECTIONS_PATH": str(collection.link())}
    started = time.monotonic()
    answer = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    seconds = time.monotonic() - started
    _judge(read(answer), task)
    return seconds


def _judge(played: Played, task: Task | None) -> None:
    """Raise TestbedError unless every host looked, and found nothing to change."""
    name = "empty play" if task is None else next(iter(task))
    if played.code != 0:
        raise TestbedError(f"bench {NAME}: {name} failed:\n{played.output[-3000:]}")
    if played.changed:
        raise TestbedError(f"bench {NAME}: {name} changed {played.changed} hosts; expected an unchanged release")
    if task is not None and len(played.results) != HOSTS:
        raise TestbedError(f"bench {NAME}: {name} ran on {len(played.results)} hosts; expected {HOSTS}")
