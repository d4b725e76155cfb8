"""``mesh_first_N`` and ``mesh_again_N``: N clusters become a full mesh, and are to become it again when they are one.

Control planes are real (kube-apiserver and etcd, with a Node object each), and the real chart is installed on each with
helm, without a mesh but with the name and id that it needs; nothing waits for pods, as there are none. Both sides start
from a fresh release with the same authority in each cluster.

Ours is one run of ansible-playbook with one task of clustermesh, of which what an empty play costs is taken off. The
peer is what the documentation says, done by a script: in all clusters at once ``helm upgrade --reuse-values`` that
enables the mesh API server, then their addresses are asked with kubectl, then in all clusters at once the upgrade that
connects (cilium-cli's ``connect --connection-mode mesh --parallel``). The quickest round of each side counts. Both have
to end with the same values. Told are also the Helm revisions that each side has made.
Prints ``bench NAME ratio=R ours=SECONDS peer=SECONDS``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import yaml

from testbed import toolchain
from testbed.api import Object
from testbed.errors import TestbedError
from tests.bare_mesh import NAMESPACE, Place, control_planes, each, fresh, mesh_values
from tests.integration.mesh_site import new_authority
from tools import collection

SIZES = (2, 4, 8)
TARGETS = {"first": 0.5, "again": 0.1}
BENCHMARKS = tuple(f"mesh_{kind}_{size}" for size in SIZES for kind in TARGETS)
ROUNDS = 3
SECONDS = 600
Figures = dict[str, list[float]]


def play(folder: Path, places: Sequence[Place], *, changes: int) -> float:
    """Make the clusters a mesh by one task; return how many seconds it took. No clusters is an empty play."""
    members = [place.declared for place in places]
    task: dict[str, object] = {"members": members, "wait": False, "helm_binary": str(toolchain.find("helm"))}
    path = folder / "play.yml"
    tasks = [{"fleet.cilium.clustermesh": task}] if places else [{"ansible.builtin.meta": "noop"}]
    path.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(collection.link()), "ANSIBLE_NOCOLOR": "1"}
    words = [program, "-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
    started = time.monotonic()
    done = subprocess.run(
        [*words, str(path)], env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    seconds = time.monotonic() - started
    if done.returncode != 0 or (places and f"changed={changes} " not in done.stdout):
        raise TestbedError(f"bench mesh: expected changed={changes}:\n{done.stdout}{done.stderr}")
    return seconds


def script(places: Sequence[Place]) -> float:
    """Make the clusters a mesh in the documented way; return how many seconds it took."""
    started = time.monotonic()
    each(_enable, places)
    addresses = dict(zip([place.name for place in places], each(_addresses, places)))
    each(lambda place: _connect(place, places, addresses), places)
    return time.monotonic() - started


def _enable(place: Place) -> None:
    server = {"service": {"type": "NodePort", "nodePort": place.port}}
    _upgrade(place, {"useAPIServer": True, "apiserver": server})


def _addresses(place: Place) -> list[str]:
    words = [str(toolchain.find("kubectl")), "--kubeconfig", str(place.cluster.kubeconfig), "get", "nodes", "-o", "json"]
    listed = json.loads(subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout)
    found = [entry for node in listed["items"] for entry in node["status"]["addresses"]]
    return [str(entry["address"]) for entry in found if entry["type"] == "InternalIP"]


def _connect(place: Place, places: Sequence[Place], addresses: dict[str, list[str]]) -> None:
    peers = [{"name": one.name, "ips": addresses[one.name], "port": one.port} for one in places if one != place]
    _upgrade(place, {"config": {"enabled": True, "clusters": peers}})


def _upgrade(place: Place, mesh: dict[str, object]) -> None:
    words = ["upgrade", "cilium", str(toolchain.find("chart")), "--reuse-values", "--values=-"]
    place.helm(*words, stdin=json.dumps({"clustermesh": mesh}))


def check(places: Sequence[Place], before: int, expected: int) -> int:
    """Return how many revisions there are since `before` in all. TestbedError if they or the values are not right."""
    for place, live in zip(places, each(Place.live, places)):
        if live != mesh_values(place, places):
            raise TestbedError(f"bench mesh: {place.name} has {live}, expected {mesh_values(place, places)}")
    made = sum(number for _status, number in each(Place.status, places)) - before
    if made != expected:
        raise TestbedError(f"bench mesh: {made} revisions in {NAMESPACE}, expected {expected}")
    return made


def measure(folder: Path, places: Sequence[Place], authority: Object) -> tuple[Figures, dict[str, int]]:
    """Return the seconds of each round, and the revisions, by kind and side; and those of an empty play."""
    size = len(places)
    seconds: Figures = {"empty": []}
    revisions: dict[str, int] = {}
    expected = {"first ours": size, "first peer": 2 * size, "again ours": 0, "again peer": 2 * size}
    for number in range(ROUNDS):
        for side in ("peer", "ours"):
            fresh(places, authority)
            made = size
            seconds["empty"].append(play(folder, [], changes=0))
            for kind in TARGETS:
                name = f"{kind} {side}"
                took = script(places) if side == "peer" else play(folder, places, changes=int(kind == "first"))
                seconds.setdefault(name, []).append(took)
                revisions[name] = check(places, made, expected[name])
                made += revisions[name]
        said = ", ".join(f"{name} {taken[-1]:.2f} s" for name, taken in seconds.items())
        print(f"bench mesh of {size}: round {number + 1} of {ROUNDS}: {said}", flush=True)
    return seconds, revisions


def run(names: Sequence[str]) -> bool:
    """Measure those of BENCHMARKS, print a line for each, and tell whether all targets are met."""
    wanted = {size: [kind for kind in TARGETS if f"mesh_{kind}_{size}" in names] for size in SIZES}
    largest, good = max(size for size in SIZES if wanted[size]), True
    with tempfile.TemporaryDirectory() as place, control_planes(largest) as places:
        authority = new_authority(Path(place))
        for size, kinds in wanted.items():
            if not kinds:
                continue
            seconds, revisions = measure(Path(place), places[:size], authority)
            empty = min(seconds["empty"])
            for kind in kinds:
                ours, peer = min(seconds[f"{kind} ours"]) - empty, min(seconds[f"{kind} peer"])
                print(
                    f"bench mesh_{kind}_{size} ratio={ours / peer:.3f} ours={ours:.2f} peer={peer:.2f} "
                    f"(revisions: ours {revisions[f'{kind} ours']}, peer {revisions[f'{kind} peer']}; "
                    f"an empty play, taken off: {empty:.2f})",
                    flush=True,
                )
                good = good and ours / peer <= TARGETS[kind]
    return good
