"""``mesh_first_N`` and ``mesh_again_N``: N clusters become a full mesh, and are to become it again when they are one.

Control planes are real (kube-apiserver and etcd, with a Node object each), and the real chart is installed on each with
helm, without a mesh but with the name and id that it needs; nothing waits for pods, as there are none. Both sides start
from a fresh release with the same authority in each cluster.

Ours is one run of ansible-playbook with one task of clustermesh, of which what an empty play costs is taken off. The
peer is what the documentation says, done by a script, one command after the other: in each cluster ``helm upgrade
--reuse-values`` that enables the mesh API server, then its address is asked with kubectl, then in each the upgrade that
connects. A third side does the same in all clusters at once, which no documentation says but a careful script may; it
is told as ``at_once``, and not judged. The quickest round of each side counts. All have to end with the same values.
Told are also the Helm revisions that each side has made.
Prints ``bench NAME ratio=R ours=SECONDS peer=SECONDS at_once=SECONDS …``, then revisions, and seconds of processor
(without those of the API servers), which other work on the machine changes less.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from testbed import toolchain
from testbed.api import Object
from testbed.errors import TestbedError
from tests.bare_mesh import NAMESPACE, Found, Place, control_planes, each, fresh, mesh_values
from tests.integration.mesh_site import new_authority
from tools import collection

SIZES = (2, 4, 8)
TARGETS = {"first": 0.5, "again": 0.1}
BENCHMARKS = tuple(f"mesh_{kind}_{size}" for size in SIZES for kind in TARGETS)
ROUNDS = {2: 3, 4: 3, 8: 2}  # a round of eight clusters takes longer, and chance weighs less
SECONDS = 600


@dataclass
class Figures:
    """Of each kind and side (and "empty") what each round took; and the Helm revisions that it made."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    processor: dict[str, list[float]] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def taken(self, name: str) -> Iterator[None]:
        """Add what the block takes: seconds that pass, and processor seconds of the processes that end in it."""
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        yield
        self.seconds.setdefault(name, []).append(time.monotonic() - started)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.processor.setdefault(name, []).append(used)

    def line(self, kind: str, size: int) -> str:
        """Return the line that is printed for a benchmark."""
        ours, peer = self.sides(kind)
        at_once = min(self.seconds[f"{kind} at_once"])
        used = {side: min(self.processor[f"{kind} {side}"]) for side in ("ours", "peer")}
        made = {side: self.revisions[f"{kind} {side}"] for side in ("ours", "peer")}
        empty, empty_used = min(self.seconds["empty"]), min(self.processor["empty"])
        return (
            f"bench mesh_{kind}_{size} ratio={ours / peer:.3f} ours={ours:.2f} peer={peer:.2f} at_once={at_once:.2f} "
            f"revisions ours={made['ours']} peer={made['peer']} "
            f"processor ours={used['ours'] - empty_used:.2f} peer={used['peer']:.2f} "
            f"(taken off: an empty play, {empty:.2f} s, {empty_used:.2f} s of processor)"
        )

    def sides(self, kind: str) -> tuple[float, float]:
        """Return the seconds of ours and of the peer, each of its quickest round."""
        return min(self.seconds[f"{kind} ours"]) - min(self.seconds["empty"]), min(self.seconds[f"{kind} peer"])


def play(folder: Path, places: Sequence[Place], *, changes: int) -> None:
    """Make the clusters a mesh by one task. No clusters is an empty play."""
    members = [place.declared for place in places]
    task: dict[str, object] = {"members": members, "wait": False, "helm_binary": str(toolchain.find("helm"))}
    path = folder / "play.yml"
    tasks = [{"fleet.cilium.clustermesh": task}] if places else [{"ansible.builtin.meta": "noop"}]
    path.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(collection.link()), "ANSIBLE_NOCOLOR": "1"}
    words = [program, "-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
    done = subprocess.run(
        [*words, str(path)], env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    if done.returncode != 0 or (places and f"changed={changes} " not in done.stdout):
        raise TestbedError(f"bench mesh: expected changed={changes}:\n{done.stdout}{done.stderr}")


def script(places: Sequence[Place], *, at_once: bool = False) -> None:
    """Make the clusters a mesh in the documented way, one after the other or at once."""

    def do(work: Callable[[Place], Found]) -> list[Found]:
        return each(work, places) if at_once else [work(place) for place in places]

    do(_enable)
    addresses = dict(zip([place.name for place in places], do(_addresses), strict=True))
    do(lambda place: _connect(place, places, addresses))


def _enable(place: Place) -> None:
    server = {"service": {"type": "NodePort", "nodePort": place.port}}
    _upgrade(place, {"useAPIServer": True, "apiserver": server})


def _addresses(place: Place) -> list[str]:
    words = [
        str(toolchain.find("kubectl")),
        "--kubeconfig",
        str(place.cluster.kubeconfig),
        "get",
        "nodes",
        "-o",
        "json",
    ]
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
    for place, live in zip(places, each(Place.live, places), strict=True):
        if live != mesh_values(place, places):
            raise TestbedError(f"bench mesh: {place.name} has {live}, expected {mesh_values(place, places)}")
    made = sum(number for _status, number in each(Place.status, places)) - before
    if made != expected:
        raise TestbedError(f"bench mesh: {made} revisions in {NAMESPACE}, expected {expected}")
    return made


def measure(folder: Path, places: Sequence[Place], authority: Object) -> Figures:
    """Return what each side took in each round."""
    size, found = len(places), Figures()
    expected = {"ours": {"first": size, "again": 0}}
    for number in range(ROUNDS[size]):
        for side in ("peer", "at_once", "ours"):
            fresh(places, authority)
            made = size
            with found.taken("empty"):
                play(folder, [], changes=0)
            for kind in TARGETS:
                name = f"{kind} {side}"
                with found.taken(name):
                    _once(side, folder, places, changes=int(kind == "first"))
                found.revisions[name] = check(places, made, expected.get(side, {}).get(kind, 2 * size))
                made += found.revisions[name]
        said = ", ".join(f"{name} {taken[-1]:.2f} s" for name, taken in found.seconds.items())
        print(f"bench mesh of {size}: round {number + 1} of {ROUNDS[size]}: {said}", flush=True)
    return found


def _once(side: str, folder: Path, places: Sequence[Place], *, changes: int) -> None:
    if side == "ours":
        play(folder, places, changes=changes)
    else:
        script(places, at_once=side == "at_once")


def run(names: Sequence[str]) -> bool:
    """Measure those of BENCHMARKS, print a line for each, and tell whether all targets are met."""
    wanted = {size: [kind for kind in TARGETS if f"mesh_{kind}_{size}" in names] for size in SIZES}
    largest, met = max(size for size in SIZES if wanted[size]), []
    with tempfile.TemporaryDirectory() as place, control_planes(largest) as places:
        authority = new_authority(Path(place))
        for size in [size for size in SIZES if wanted[size]]:
            found = measure(Path(place), places[:size], authority)
            for kind in wanted[size]:
                ours, peer = found.sides(kind)
                met.append(ours / peer <= TARGETS[kind])
                print(found.line(kind, size), flush=True)
    return all(met)
