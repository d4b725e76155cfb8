"""Module clustermesh as a person runs it, on three real clusters."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from testbed.fleet import Cluster, Fleet
from tests.integration import witness
from tests.integration.conftest import Play, Played, environment
from tools import collection

Member = dict[str, object]
Mesh = Callable[..., Played]


def declared(cluster: Cluster, **more: object) -> Member:
    """Return a member as a person writes it."""
    return {"name": cluster.name, "id": cluster.id, "kubeconfig": str(cluster.kubeconfig), **more}


def started(members: list[Member], folder: Path, **options: object) -> subprocess.Popen[str]:
    """Begin to run the module on members, in a process group of its own, so that it can be killed."""
    path = folder / "started.yml"
    path.write_text(yaml.safe_dump(_play(members, options)))
    return subprocess.Popen(
        ["ansible-playbook", "-i", "localhost,", "-c", "local", str(path)],
        env={**environment(), "ANSIBLE_COLLECTIONS_PATH": str(collection.link())},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def _play(members: list[Member], options: Mapping[str, object]) -> list[dict[str, Any]]:
    task = {"name": "mesh", "fleet.cilium.clustermesh": {"members": members, "wait_timeout": 120, **options}}
    return [{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]


def runner(play: Play) -> Mesh:
    """Return a function that runs the module on members, with words for the command line, and options."""

    def run(members: list[Member], *words: str, **options: object) -> Played:
        return play(_play(members, options), *words)

    return run


def result(played: Played, *, changed: bool | None = None) -> Mapping[str, Any]:
    """Return the task's result; the run went well, and changed something or nothing, as it is said."""
    assert played.code == 0, played.output
    found = played.result("mesh")
    assert changed is None or found["changed"] is changed, found.get("diff")
    return found


def rules(found: Mapping[str, Any]) -> set[str]:
    """Return the rules of a result's findings."""
    return {finding["rule"] for finding in found["findings"]}


def revisions(fleet: Fleet) -> list[int]:
    """Return the newest revision of each cluster's release, as helm says it."""
    found = []
    for cluster in fleet.clusters:
        (release,) = json.loads(witness.helm(cluster, "list", "--output=json"))
        found.append(int(release["revision"]))
    return found
