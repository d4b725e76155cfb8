"""Filters and lookups with templated input, on this ansible-core, the oldest and the newest."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tools import collection
from tools.cores import CORES, playbook_program

PROJECT = Path(__file__).resolve().parents[4]
PLAYBOOK = Path(__file__).with_name("every_filter.yml")
MINE = "of this environment"


def program(core: str) -> str:
    """ansible-playbook of a version of ansible-core; skips where there is none."""
    found = shutil.which("ansible-playbook") if core == MINE else playbook_program(core)
    if found is None:
        pytest.skip(f"no ansible-core {core}: `python -m tools.cores` makes it")
    return str(found)


@pytest.mark.parametrize("core", [MINE, *CORES])
def test_templated_input(core: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(collection.link()),
        "ANSIBLE_HOME": str(tmp_path),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
    }
    command = [program(core), "-i", "localhost,", "-c", "local", str(PLAYBOOK)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DEPRECATION" not in done.stderr


def test_the_playbook_uses_every_filter_and_lookup() -> None:
    used = set(re.findall(r"fleet\.cilium\.(\w+)", PLAYBOOK.read_text(encoding="utf-8")))
    there = {path.stem for kind in ("filter", "lookup") for path in (PROJECT / "plugins" / kind).glob("[a-z]*.py")}
    assert there - used == set()
