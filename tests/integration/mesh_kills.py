"""Runs of clustermesh that are killed at random moments, on two real API servers with the real chart, and what follows.

Of a killed run either everything dies, or its helm lives on, or only ansible-playbook and its process group die, so
that the worker with the module (which has a session of its own) goes on beside the next run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import yaml

from testbed.api import Api
from tests.bare_mesh import LEASES, Place, control_planes, each, fresh, mesh_values
from tests.integration.conftest import environment, read
from tests.integration.release_site import family, kill, until
from tools import collection

EVERYTHING, HELM_LIVES, GROUP_ONLY = "everything", "all but helm", "process group"
WAYS = (EVERYTHING, HELM_LIVES, GROUP_ONLY)
SECONDS = 300
# Of the time that a whole run takes; before that, ansible-playbook starts and has not read a cluster.
EARLIEST = 0.25
LATEST = 0.97
TRIES = 4


@dataclass(frozen=True)
class Moment:
    """When a run is killed, as a part of the time that a whole one takes, and what of it dies."""

    part: float
    way: str


def moments(seed: int, count: int) -> list[Moment]:
    """Return so many random moments; the ways take turns."""
    random = Random(seed)  # noqa: S311 -- moments that can be repeated, nothing secret
    return [Moment(random.uniform(EARLIEST, LATEST), WAYS[number % len(WAYS)]) for number in range(count)]


@dataclass(frozen=True)
class Site:
    """Two clusters, a folder for files, and how many seconds a whole run takes."""

    places: Sequence[Place]
    folder: Path
    whole: float = 0

    def command(self) -> list[str]:
        """Return the command that makes the clusters a mesh; each has an authority of its own before."""
        task = {"members": [place.declared for place in self.places], "wait": False, "ca_policy": "adopt_first"}
        path = self.folder / "mesh.yml"
        tasks = [{"name": "mesh", "fleet.cilium.clustermesh": task}]
        path.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
        return [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", "-c", "local", str(path)]

    def run(self) -> dict[str, Any]:
        """Make the clusters a mesh; return the result."""
        answer = subprocess.run(
            self.command(), env=_environment(), capture_output=True, text=True, timeout=SECONDS, check=False
        )
        played = read(answer)
        assert played.code == 0, played.output
        return played.result("mesh")

    def start(self) -> subprocess.Popen[str]:
        """Begin to make the clusters a mesh, in a process group of its own."""
        return subprocess.Popen(
            self.command(),
            env=_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def leases(self) -> list[str]:
        """Return the Leases that a run holds or has left, with their clusters."""
        found = each(lambda place: Api(place.cluster).get(LEASES)["items"], self.places)
        return [
            f"{place.name}/{lease['metadata']['name']}"
            for place, leases in zip(self.places, found, strict=True)
            for lease in leases
            if str(lease["metadata"]["name"]).startswith("fleet-cilium")
        ]

    def told(self) -> str:
        """Return in a few words what the clusters look like."""
        states = [
            f"{place.name} {status} {number}"
            for place, (status, number) in zip(self.places, self.statuses(), strict=True)
        ]
        same = len({str(place.authority()) for place in self.places}) == 1
        return f"{', '.join(states)}, {len(self.leases())} Leases, authorities {'the same' if same else 'differ'}"

    def statuses(self) -> list[tuple[str, int]]:
        """Return status and revision of each release, as helm tells them."""
        return each(Place.status, self.places)


def _environment() -> dict[str, str]:
    """Return what ansible-playbook needs, outside of pytest as well."""
    return {**environment(), "ANSIBLE_COLLECTIONS_PATH": str(collection.link())}


@contextmanager
def open_site(folder: Path) -> Iterator[Site]:
    """Start two control planes and measure a whole run; they are gone afterwards."""
    with control_planes(2) as places:
        site = Site(places, folder)
        fresh(places)
        started = time.monotonic()
        site.run()
        yield Site(places, folder, time.monotonic() - started)


def survive(site: Site, moment: Moment) -> str:
    """Kill a run at a moment and let the next one converge; return what the kill left.

    Raises:
        AssertionError: it does not converge, or no run lived long enough to be killed.
    """
    processes, authority = _killed(site, moment)
    left = site.told()
    site.run()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in processes), "what lives on has ended", SECONDS)
    _has_converged(site, authority)
    return left


def _killed(site: Site, moment: Moment) -> tuple[list[int], object]:
    """Kill a run on clusters that are no mesh yet; return its processes, and the first cluster's authority before it.

    A run that is quicker than the one that was measured, and so ends before it is killed, is begun anew; its time is
    the measure then.
    """
    whole = site.whole
    for _try in range(TRIES):
        fresh(site.places)
        authority = site.places[0].authority()
        started = time.monotonic()
        run = site.start()
        try:
            run.wait(timeout=moment.part * whole)
        except subprocess.TimeoutExpired:
            processes = family(run.pid)
            _kill(run, moment.way)
            return processes, authority
        whole = time.monotonic() - started
    raise AssertionError(f"{TRIES} runs ended before they were killed, at {moment.part:.2f} of their time")


def _kill(run: subprocess.Popen[str], way: str) -> None:
    if way == GROUP_ONLY:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    else:
        kill(run, spare="helm" if way == HELM_LIVES else "")


def _has_converged(site: Site, authority: object) -> None:
    """The clusters are the mesh that is declared, nothing is left of the killed run, and one more does nothing."""
    told = site.told()
    for place in site.places:
        live, wanted = place.live(), mesh_values(place, site.places)
        assert live == wanted, f"{told}: {place.name} has {live}, expected {wanted}"
    # Installed, upgraded by the killed run if it came so far, and by the next one if that was not the end.
    assert all(status == "deployed" and 2 <= number <= 3 for status, number in site.statuses()), told
    assert authority is not None
    assert all(place.authority() == authority for place in site.places), told
    assert not site.leases(), f"{told}: {site.leases()}"
    before = site.statuses()
    again = site.run()
    assert again["changed"] is False, f"{told}: changed again: {again.get('diff')}"
    assert site.statuses() == before, told
