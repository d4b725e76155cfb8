"""The Pythons of this machine, for tools that try a collection with several."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")


def folders() -> list[str]:
    """Return the folders that hold a real ``python3.N``, this program's own environment first.

    A shim (a script that starts one Python or another) is followed to the program behind it: ansible-test takes a
    shim for an interpreter and stops when it does not start.
    """
    found = [str(Path(sys.executable).parent)]
    for version in VERSIONS:
        folder = _real(f"python{version}")
        if folder and folder not in found:
            found.append(folder)
    return found


def search_path() -> str:
    """Return PATH with the real folders first and without folders of shims."""
    rest = [
        folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if "shims" not in Path(folder).parts
    ]
    return os.pathsep.join([*folders(), *rest])


def _real(name: str) -> str | None:
    """Return the folder of the interpreter that a name stands for, or None when none starts."""
    if shutil.which(name) is None:
        return _of_pyenv(name)
    question = [name, "-c", "import sys; print(sys._base_executable)"]
    answer = subprocess.run(question, capture_output=True, text=True, timeout=30, check=False)
    path = Path(answer.stdout.strip() or "/nowhere")
    return str(path.parent) if answer.returncode == 0 and (path.parent / name).exists() else _of_pyenv(name)


def _of_pyenv(name: str) -> str | None:
    """Return the folder of an interpreter that pyenv keeps without having it on PATH."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    places = sorted(root.glob(f"versions/*/bin/{name}"))
    return str(places[-1].parent) if places else None
