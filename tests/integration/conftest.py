"""The fleet that the integration tests share, and a way to play on it as a user would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from testbed import bare, inventory, lifecycle, toolchain
from testbed import fleet as fleets
from testbed.demo import playbook as demo
from testbed.fleet import Cluster, Fleet

SECONDS = 900
# Fixtures that are a fleet of the testbed.
FLEETS = ("fleet", "mesh_fleet")


@dataclass(frozen=True)
class Played:
    """A run of ansible-playbook: its exit code, all it printed, and the result of each task on each host."""

    code: int
    output: str
    stats: Mapping[str, Mapping[str, int]]
    results: list[tuple[str, str, dict[str, Any]]]

    @property
    def changed(self) -> int:
        """How many results said that something changed."""
        return sum(host["changed"] for host in self.stats.values())

    def result(self, task: str, host: str | None = None) -> dict[str, Any]:
        """Return the last result of the task (whose name may be the end of the full one) on the host, or on any."""
        found = [data for name, where, data in self.results if name.endswith(task) and host in (None, where)]
        assert found, f"no result of task {task!r} on {host or 'any host'}:\n{self.output}"
        return found[-1]


Play = Callable[..., Played]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a whole run begin as on a new machine: what a demo or an ended run left in the clusters is not found."""
    parser.addoption("--fresh-testbed", action="store_true", help="take the testbed down before the tests, and after")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of each fleet, so that they can be run without the others: ``-m fleet``, ``-m "not fleet"``."""
    for item in items:
        wanted = [name for name in FLEETS if name in getattr(item, "fixturenames", ())]
        assert len(wanted) < 2, f"{item.nodeid}: expected one fleet, as each is held by one run; found {wanted}"
        for name in wanted:
            item.add_marker(name)


@pytest.fixture(scope="session")
def fleet(request: pytest.FixtureRequest) -> Iterator[Fleet]:
    """The testbed's fleet, up."""
    yield from _up(fleets.DEFAULT_FILE, fresh=request.config.getoption("--fresh-testbed"))


@pytest.fixture(scope="session")
def mesh_fleet(request: pytest.FixtureRequest) -> Iterator[Fleet]:
    """Three clusters (two nodes, one, one) on a bridge of their own, up, beside the other fleet if that is up.

    What tests find is what other tests left: install with mesh_site.install() or the collection, and clean up with
    mesh_site.remove().
    """
    yield from _up(fleets.MESH_FILE, fresh=request.config.getoption("--fresh-testbed"))


def _up(file: Path, *, fresh: bool) -> Iterator[Fleet]:
    """Bring a fleet up for this run alone. What was up before stays up afterwards, unless a fresh one is asked for."""
    described = fleets.load(file)
    with lifecycle.exclusive(described):
        if fresh:
            lifecycle.down(described)
        there_before = all(lifecycle.status(described).values())
        lifecycle.up(described)
        yield described
        if not there_before:
            lifecycle.down(described)


@pytest.fixture(scope="session")
def cilium(fleet: Fleet) -> Fleet:
    """The fleet with Cilium on every cluster, as the demo asks for it."""
    demo.converge()
    return fleet


@pytest.fixture(scope="session")
def fleet_inventory(fleet: Fleet) -> Path:
    """The inventory of the whole fleet: a host per cluster in cilium_clusters, a host per node in cilium_nodes."""
    return inventory.write(fleet)


@pytest.fixture(scope="session")
def mesh_inventory(mesh_fleet: Fleet) -> Path:
    """The inventory of the three clusters: cilium_clusters and cilium_nodes, as fleet_inventory."""
    return inventory.write(mesh_fleet)


@pytest.fixture(scope="module")
def bare_cluster() -> Iterator[Cluster]:
    """A control plane of its own without nodes, on loopback: for tests that need an API server and nothing else."""
    with bare.bare_cluster("lyon") as cluster:
        yield cluster


@pytest.fixture
def play(fleet_inventory: Path, tmp_path: Path) -> Play:
    """Return a function that runs a playbook on the fleet's inventory; see player()."""
    return player(fleet_inventory, tmp_path)


@pytest.fixture
def local_play(tmp_path: Path) -> Play:
    """Return a function that runs a playbook for localhost, for tests that leave the fleet alone; see player()."""
    inventory = tmp_path / "inventory.yml"
    inventory.write_text("all: {hosts: {localhost: {ansible_connection: local}}}\n")
    return player(inventory, tmp_path)


def player(inventory: Path, folder: Path) -> Play:
    """Return a function that runs a playbook, given by its name or as a list of plays, and returns what came of it.

    ``on`` is another inventory, ``options`` are more words for the command line; whatever else is given by name is a
    variable.
    """

    def run(playbook: str | list[dict[str, Any]], *options: str, on: Path = inventory, **variables: object) -> Played:
        if isinstance(playbook, list):
            path = folder / "playbook.yml"
            path.write_text(yaml.safe_dump(playbook, sort_keys=False))
            playbook = str(path)
        given = folder / "variables.json"
        given.write_text(json.dumps(variables))
        command = ["ansible-playbook", "-i", str(on), playbook, "-e", f"@{given}", *options]
        answer = subprocess.run(
            command, env=environment(), cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        return read(answer)

    return run


def environment() -> dict[str, str]:
    """Return what ansible-playbook needs to find our programs, and to answer in JSON."""
    path = os.pathsep.join((str(Path(sys.executable).parent), toolchain.path_of_programs(), os.environ["PATH"]))
    return {
        **os.environ,
        "PATH": path,
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_HOST_PATTERN_MISMATCH": "error",
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "ANSIBLE_NOCOLOR": "1",
    }


def read(answer: subprocess.CompletedProcess[str]) -> Played:
    """Return what the run printed, in parts; warnings may stand before the JSON."""
    text = answer.stdout
    start = text.find("{\n")
    data = json.JSONDecoder().raw_decode(text[start:])[0] if start >= 0 else {"plays": [], "stats": {}}
    results = [
        (task["task"]["name"], host, result)
        for one in data["plays"]
        for task in one["tasks"]
        for host, result in task["hosts"].items()
    ]
    return Played(answer.returncode, text + answer.stderr, data["stats"], results)
