"""``python -m tools.molecule [WORDS]``: Molecule, with the words of its own command line, on the testbed.

Without words every scenario is tested (``test --all``). Molecule runs in the copy of the collection, because it wants
an ansible_collections/fleet/cilium, and has the testbed to itself meanwhile. A testbed that was up before stays up;
TESTBED_DOWN=true or false in the environment decides otherwise.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from testbed import fleet as fleets
from testbed import inventory, lifecycle, paths, toolchain
from tools import collection, interpreters


def command(*words: str) -> list[str]:
    """Return Molecule's command line."""
    return [str(Path(sys.executable).with_name("molecule")), *words]


def environment() -> dict[str, str]:
    """Return what Molecule and what it starts need: programs, where the testbed is, a place for its state."""
    programs = [str(Path(sys.executable).parent), toolchain.path_of_programs(), interpreters.search_path()]
    return {
        **os.environ,
        "PATH": os.pathsep.join(programs),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ANSIBLE_HOME": str(collection.folder() / "molecule"),
        # create and destroy do not get the testbed's inventory, which is only there between them.
        "MOLECULE_ANSIBLE_ARGS_STRICT_MODE": "1",
        "TESTBED_CHECKOUT": str(paths.PROJECT),
        "TESTBED_INVENTORY": str(inventory.folder() / "fleet.yml"),
        "TESTBED_DOWN": os.environ.get("TESTBED_DOWN", str(not _is_up()).lower()),
    }


def _is_up() -> bool:
    return all(lifecycle.status(fleets.load()).values())


def main(words: Sequence[str]) -> int:
    """Run Molecule, its output live; return its exit code."""
    with lifecycle.exclusive(fleets.load()) as lock:
        wanted = command(*(words or ("test", "--all", "--no-command-borders")))
        done = subprocess.run(wanted, cwd=collection.copy(), env=environment(), pass_fds=[lock], check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
