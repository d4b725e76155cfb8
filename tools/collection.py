"""The checkout as an Ansible collection: as a link for quick runs, as a copy for tools that refuse links.

``python -m tools.collection`` brings the copy up to date and prints where it is.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from testbed import paths

NAME = Path("ansible_collections") / "fleet" / "cilium"
DEPENDENCY = Path("kubernetes") / "core"


def link() -> Path:
    """Return a collections path (ANSIBLE_COLLECTIONS_PATH) in which fleet.cilium is a link to this checkout.

    It serves as a Python path too: its ``ansible_collections`` is a package that also finds installed collections.
    """
    root = folder() / "link"
    target = root / NAME
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.is_symlink() or target.readlink() != paths.PROJECT:
        target.unlink(missing_ok=True)
        target.symlink_to(paths.PROJECT)
    package = target.parent.parent / "__init__.py"
    if not package.exists():
        package.write_text("__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n", encoding="utf-8")
    return root


def copy() -> Path:
    """Bring the copy of this checkout in the cache up to date; return its path, …/ansible_collections/fleet/cilium.

    The copy holds what git tracks or would track, and nothing else. kubernetes.core lies beside it.
    """
    target = folder() / "copy" / NAME
    wanted = {target / name: paths.PROJECT / name for name in tracked()}
    for path in sorted(target.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in wanted:
            path.unlink()
    for path, source in wanted.items():
        if not path.exists() or path.read_bytes() != source.read_bytes():
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, path)
    _copy_dependency(target.parents[1] / DEPENDENCY)
    return target


def folder() -> Path:
    """Return the folder in the cache that belongs to this checkout: several may be at work at a time."""
    return paths.CACHE / "checkouts" / hashlib.sha256(bytes(paths.PROJECT)).hexdigest()[:12]


def tracked() -> list[str]:
    """Return the names of the files that git tracks or would track, as they are in the checkout now, sorted."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=paths.PROJECT, capture_output=True, text=True, timeout=60, check=True)
    return sorted(name for name in listed.stdout.split("\0") if name and (paths.PROJECT / name).is_file())


def _copy_dependency(target: Path) -> None:
    """Copy kubernetes.core from the Python environment to the target, once per version."""
    places = [Path(place) / "ansible_collections" / DEPENDENCY for place in sys.path]
    source = next((place for place in places if place.exists()), None)
    if source is None:
        raise FileNotFoundError("kubernetes.core is not in the Python environment; expected it there: run: make venv")
    stamp = "MANIFEST.json"
    if (target / stamp).exists() and (target / stamp).read_bytes() == (source / stamp).read_bytes():
        return
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


if __name__ == "__main__":
    print(copy())
