"""Settings of many clusters turned into Helm values, and what the filter costs a task.

Prints ``bench values_1000_clusters seconds=SECONDS target=2`` and ``bench filter_task milliseconds=MS target=20``: the
difference in processor time between a task with the filter and the same task without it, in a run that has loaded one
of the collection's modules, as every run of its roles has.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import yaml

from tools import collection

if TYPE_CHECKING:
    from collections.abc import Callable

CLUSTERS = 1000
SECONDS = 2.0
TASKS = 40
ROUNDS = 3
MILLISECONDS = 20.0
SETTINGS = {
    "cilium_install_mode": "bpf_host_routing",
    "cilium_k8s_service_host": "192.0.2.1",
    "cilium_routing_mode": "native",
    "cilium_native_routing_cidr": "10.0.0.0/8",
    "cilium_loadbalancer_mode": "dsr",
    "cilium_loadbalancer_algorithm": "maglev",
    "cilium_maglev_backends": 100,
    "cilium_enable_egress_gateway": True,
    "cilium_cluster_name": "paris",
}
FILTERED = "{{ settings | fleet.cilium.helm_values('1.15.19') }}"
PLAIN = "{{ settings | combine({}) }}"


def helm_values() -> Callable[[object, object], object]:
    """The filter itself."""
    sys.path.insert(0, str(collection.link()))
    from ansible_collections.fleet.cilium.plugins.filter import helm_values as plugin

    return cast("Callable[[object, object], object]", plugin.helm_values)


def seconds_for_all() -> float:
    """Make the values of all clusters, each a little different."""
    values = helm_values()
    start = time.perf_counter()
    for number in range(CLUSTERS):
        values({**SETTINGS, "cilium_cluster_id": number % 255 + 1}, "1.15.19")
    return time.perf_counter() - start


def seconds_of_play(expression: str) -> float:
    """Return the processor time of a play of many tasks that evaluate the expression."""
    # As in role cilium, whose first question it is. It fails at once; what matters is that Ansible has loaded it.
    load = {"fleet.cilium.cluster_info": {"nonsense": True}, "ignore_errors": True}
    task = {"ansible.builtin.set_fact": {"made": expression}}
    play = {"hosts": "all", "gather_facts": False, "vars": {"settings": SETTINGS}, "tasks": [load, *[task] * TASKS]}
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(collection.link())}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "play.yml"
        path.write_text(yaml.safe_dump([play]), encoding="utf-8")
        command = ["ansible-playbook", "-i", "localhost,", "-c", "local", str(path)]
        start = _used()
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, timeout=300)
        return _used() - start


def _used() -> float:
    """Return the processor time of all programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run() -> bool:
    """Run both, print a line for each, and tell whether the targets are met."""
    seconds = seconds_for_all()
    print(f"bench values_{CLUSTERS}_clusters seconds={seconds:.2f} target={SECONDS:g}", flush=True)
    differences = [seconds_of_play(FILTERED) - seconds_of_play(PLAIN) for _round in range(ROUNDS)]
    milliseconds = statistics.median(differences) / TASKS * 1000
    print(f"bench filter_task milliseconds={milliseconds:.1f} target={MILLISECONDS:g}", flush=True)
    return seconds <= SECONDS and milliseconds <= MILLISECONDS
