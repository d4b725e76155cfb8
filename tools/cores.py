"""``python -m tools.cores``: environments with the oldest and the newest ansible-core that this machine can run.

They lie in the cache, beside the project's own environment; tests that compare versions of ansible-core use them and
are skipped, with that reason, where they are not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from testbed import paths
from tools.interpreters import search_path

# ansible-core's minor version, and the Python that runs it.
CORES = {"2.16": "3.11", "2.21": "3.12"}
ROOT = paths.CACHE / "cores"


def playbook_program(core: str) -> Path | None:
    """Return ansible-playbook of a minor version of ansible-core, None where it was not made."""
    path = ROOT / core / "bin" / "ansible-playbook"
    return path if path.exists() else None


def make(core: str) -> None:
    """Make the environment of one version."""
    uv = str(Path(sys.executable).parent / "uv")
    environment = {**os.environ, "PATH": search_path(), "UV_PYTHON_DOWNLOADS": "never"}
    python = str(ROOT / core / "bin" / "python")
    subprocess.run(
        [uv, "venv", "--quiet", "--clear", "--python", CORES[core], str(ROOT / core)],
        check=True,
        env=environment,
        timeout=300,
    )
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", python, f"ansible-core~={core}.0"],
        check=True,
        env=environment,
        timeout=600,
    )


def main() -> int:
    """Make what is missing."""
    for core, python in CORES.items():
        if playbook_program(core) is not None:
            print(f"ansible-core {core}: {ROOT / core}", flush=True)
        elif shutil.which(f"python{python}", path=search_path()) is None:
            print(f"ansible-core {core}: needs Python {python}, which is not on this machine", flush=True)
        else:
            print(f"ansible-core {core}: making an environment in {ROOT / core}", flush=True)
            make(core)
    return 0


if __name__ == "__main__":
    sys.exit(main())
