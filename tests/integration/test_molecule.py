"""Molecule calls a run over no hosts a success; ours fails. The scenario is the real one, only its inventory is not."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tools import collection, molecule

WITHOUT_CLUSTERS = "all:\n  hosts:\n    elsewhere: {ansible_connection: local}\n"
UNPARSED = r"failed to parse inventory source .*hosts\.yml"
NO_INVENTORY = "this is: no: inventory\n"


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(WITHOUT_CLUSTERS, r"match supplied host pattern.*cilium_clusters", id="no hosts"),
        pytest.param(NO_INVENTORY, UNPARSED, id="not an inventory"),
        pytest.param(None, UNPARSED, id="no file"),
    ],
)
def test_nothing_to_play_on_is_a_failure(text: str | None, message: str, tmp_path: Path) -> None:
    inventory = tmp_path / "hosts.yml"
    if text is not None:
        inventory.write_text(text)
    places = {"ANSIBLE_HOME": str(tmp_path / "home"), "TESTBED_INVENTORY": str(inventory)}
    done = subprocess.run(
        molecule.command("converge", "--scenario-name", "default"),
        cwd=collection.copy(),
        env={**molecule.environment(), **places, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode != 0, output
    assert re.search(message, output), output
