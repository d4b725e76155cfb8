"""Runs the collection's playbooks over the testbed's inventory, as a user would."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from testbed import inventory, paths
from testbed.api import Object
from testbed.errors import TestbedError
from tools import collection

VARIABLES = Path(__file__).with_name("cilium.yml")
MESH = Path(__file__).with_name("mesh.yml")
_RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", re.MULTILINE)


def converge() -> dict[str, int]:
    """Run ``converge.yml`` with its output live; return how many tasks changed on each cluster."""
    return _changes(_run("converge.yml", live=True))


def site() -> dict[str, int]:
    """Run ``site.yml``, with the mesh, with its output live; return how many tasks changed on each cluster and node."""
    return _changes(_run("site.yml", "-e", f"@{MESH}", live=True))


def status() -> dict[str, Object]:
    """Run ``status.yml``; return for each cluster what its agents say, by node."""
    output = _run("status.yml", ANSIBLE_STDOUT_CALLBACK="ansible.posix.json")
    answer = json.loads(output[output.index("{\n") :])  # modules may tell of their progress before it
    result: dict[str, Object] = {}
    for play in answer["plays"]:
        for task in play["tasks"]:
            for cluster, outcome in task["hosts"].items():
                if "nodes" in outcome:
                    result[cluster] = outcome["nodes"]
    return result


def report() -> tuple[Path, Object]:
    """Run ``report.yml``; return where the page is, and the counts of the fleet that it shows."""
    page = paths.RUNNING / "cilium-report.html"
    _run("report.yml", "-e", f"cilium_report_path={page}")
    content = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    return page, dict(content["fleet"])


def _changes(output: str) -> dict[str, int]:
    return {host: int(changed) for host, changed in _RECAP.findall(output)}


def _run(name: str, *options: str, live: bool = False, **variables: str) -> str:
    """Run a playbook and return its output; TestbedError when it fails."""
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(inventory.folder() / "fleet.yml")]
    command += ["-e", f"@{VARIABLES}", *options, str(paths.PROJECT / "playbooks" / name)]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(collection.link()), **variables}
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=paths.PROJECT) as process:
        for line in process.stdout or ():
            lines.append(line)
            if live:
                print(f"    {line}", end="", flush=True)
    output = "".join(lines)
    if process.returncode != 0:
        raise TestbedError(f"playbook {name}: exit {process.returncode}" + ("" if live else f":\n{output[-3000:]}"))
    return output
