"""``make bench``: sixteen unchanged releases, fleet.cilium.release beside kubernetes.core.helm.

Two API servers without nodes hold eight releases each of the real chart, so what both sides read is of real size. The
peer needs helm 3. Both run over the same inventory with eight forks, in turns; the quickest round of each counts, as
the machine may do other things, and what an empty play costs is taken off.
Prints ``bench release_unchanged ratio=R ours=SECONDS peer=SECONDS``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from testbed import toolchain
from testbed.bare import bare_cluster
from testbed.errors import TestbedError
from testbed.fleet import Cluster
from tools import collection

HOSTS = 16
FORKS = 8
ROUNDS = 5
TARGET = 0.2
Hosts = dict[str, dict[str, object]]
VALUES = {
    "operator": {"replicas": 1},
    "kubeProxyReplacement": True,
    "routingMode": "native",
    "ipv4NativeRoutingCIDR": "10.0.0.0/8",
    "loadBalancer": {"mode": "dsr", "algorithm": "maglev"},
    "bpf": {"masquerade": True},
}


def hosts(clusters: Sequence[Cluster]) -> Hosts:
    """Return the inventory's hosts: one release each, every other one in the other cluster."""
    return {
        f"cluster-{number:02}": {
            "kubeconfig": str(clusters[number % len(clusters)].kubeconfig),
            "namespace": f"bench-{number:02}",
        }
        for number in range(HOSTS)
    }


def install(folder: Path, releases: Hosts) -> None:
    """Install every release with helm 3; the cluster-wide objects are shared by the releases of a cluster."""
    values = folder / "values.json"
    values.write_text(json.dumps(VALUES))
    for host in releases.values():
        command = [
            str(toolchain.find("helm3")),
            "install",
            "cilium",
            str(toolchain.find("chart")),
            "--create-namespace",
        ]
        command += ["--take-ownership", "--kubeconfig", str(host["kubeconfig"]), "-n", str(host["namespace"])]
        subprocess.run([*command, "-f", str(values)], check=True, capture_output=True, timeout=120)


def playbooks(folder: Path, releases: Hosts) -> dict[str, Path]:
    """Write the inventory and the three playbooks; return them by name."""
    chart = str(toolchain.find("chart"))
    shared = {"kubeconfig": "{{ kubeconfig }}", "release_namespace": "{{ namespace }}"}
    tasks: dict[str, list[dict[str, object]]] = {
        "empty": [],
        "ours": [{"fleet.cilium.release": {**shared, "chart": chart, "values": VALUES, "wait": False}}],
        "peer": [
            {
                "kubernetes.core.helm": {
                    **shared,
                    "name": "cilium",
                    "chart_ref": chart,
                    "values": VALUES,
                    "binary_path": str(toolchain.find("helm3")),
                }
            }
        ],
    }
    found = {"inventory": folder / "inventory.json"}
    variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    found["inventory"].write_text(json.dumps({"all": {"hosts": releases, "vars": variables}}))
    for name, listed in tasks.items():
        found[name] = folder / f"{name}.yml"
        found[name].write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": listed}]))
    return found


def play(files: Mapping[str, Path], name: str, *, changes: int | None = 0) -> float:
    """Play a playbook; return how many seconds it took. TestbedError when it did not do what it should."""
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-f", str(FORKS), "-i", str(files["inventory"])]
    started = time.monotonic()
    answer = subprocess.run(
        [*command, str(files[name])], env=environment(), capture_output=True, text=True, timeout=600, check=False
    )
    seconds = time.monotonic() - started
    recap = [line for line in answer.stdout.splitlines() if line.startswith("cluster-") and " : " in line]
    good = [line for line in recap if changes is None or f"changed={changes} " in line]
    expected = 0 if name == "empty" else HOSTS
    if answer.returncode != 0 or len(good) != expected:
        raise TestbedError(f"bench release_unchanged: {name} did not go as expected:\n{answer.stdout}{answer.stderr}")
    return seconds


def environment() -> dict[str, str]:
    """Return the environment of both sides; pipelining is on, which helps the peer."""
    link = str(collection.link())
    return {**os.environ, "ANSIBLE_COLLECTIONS_PATH": link, "ANSIBLE_PIPELINING": "1", "ANSIBLE_NOCOLOR": "1"}


def run() -> bool:
    """Measure, print the line, and tell whether the target is met."""
    with tempfile.TemporaryDirectory() as name, bare_cluster("metz") as one, bare_cluster("nancy") as other:
        folder, releases = Path(name), hosts([one, other])
        print(f"bench release_unchanged: installing {HOSTS} releases of the real chart", flush=True)
        install(folder, releases)
        files = playbooks(folder, releases)
        play(files, "ours", changes=None)  # takes the values over, once
        play(files, "peer", changes=None)
        seconds: dict[str, list[float]] = {"empty": [], "ours": [], "peer": []}
        for number in range(ROUNDS):
            for side, measured in seconds.items():
                measured.append(play(files, side))
            print(f"round {number + 1} of {ROUNDS}: " + ", ".join(f"{s} {m[-1]:.2f} s" for s, m in seconds.items()))
    empty, ours, peer = (min(measured) for measured in seconds.values())
    ratio = (ours - empty) / (peer - empty)
    print(f"bench release_unchanged ratio={ratio:.3f} ours={ours - empty:.2f} peer={peer - empty:.2f}")
    return ratio <= TARGET
