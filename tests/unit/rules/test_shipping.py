"""What a module brings along to the host it runs on: all that it imports, statically and through others."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
UTILS = PLUGINS / "module_utils"
MODULES = sorted(path for path in (PLUGINS / "modules").glob("*.py") if path.name != "__init__.py")
TABLE = UTILS / "_catalogue" / "_paths_data.py"


def folder_of(path: Path, level: int) -> Path:
    """The folder that a relative import of this level starts from."""
    folder = path.parent
    for _step in range(level - 1):
        folder = folder.parent
    return folder


@cache
def imported_by(path: Path) -> frozenset[Path]:
    """Files of the collection that a file imports, in functions too."""
    found: set[Path] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        absolute = (node.module or "").removeprefix("ansible_collections.fleet.cilium.plugins.")
        base = folder_of(path, node.level) if node.level else PLUGINS
        target = base.joinpath(*absolute.split(".")) if absolute else base
        candidates = [target, *(target / name.name for name in node.names)]
        for candidate in candidates:
            files = (candidate.with_suffix(".py"), candidate / "__init__.py", candidate.parent / "__init__.py")
            found |= {file for file in files if file.exists()}
    return frozenset(found)


def shipped_with(module: Path) -> set[Path]:
    seen: set[Path] = set()
    left = [module]
    while left:
        path = left.pop()
        if path not in seen:
            seen.add(path)
            left += imported_by(path)
    return seen


def test_the_walk_finds_what_release_needs() -> None:
    names = {
        path.relative_to(UTILS).as_posix()
        for path in shipped_with(PLUGINS / "modules" / "release.py")
        if UTILS in path.parents
    }
    assert {"_release/lint.py", "_catalogue/_moved.py", "_catalogue/_known.py", "_kubernetes.py"} <= names


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_module_ships_the_table_of_all_charts(module: Path) -> None:
    """It is for the controller: a module reads the values of the chart that it has."""
    assert TABLE not in shipped_with(module)


# Modules that run on the node, where nothing but Python and Ansible's own part of it can be counted on. What has an
# action plugin runs on the controller.
NODE_MODULES = [
    path
    for path in MODULES
    if any(UTILS / "_node" in file.parents for file in shipped_with(path))
    and not (PLUGINS / "action" / path.name).exists()
]


def imported_from_outside(path: Path) -> set[str]:
    """The first words of what a file imports from outside of the collection, also for type checking only."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module or "")
    return found


def test_there_are_node_modules() -> None:
    assert "kube_proxy_rules" in {path.stem for path in NODE_MODULES}


@pytest.mark.parametrize("module", NODE_MODULES, ids=lambda path: path.stem)
def test_node_modules_import_the_standard_library_only(module: Path) -> None:
    foreign = {
        f"{file.relative_to(PLUGINS)}: {name}"
        for file in shipped_with(module)
        for name in imported_from_outside(file)
        if name.partition(".")[0] not in sys.stdlib_module_names and not name.startswith("ansible.module_utils.")
    }
    assert not foreign


def test_the_table_is_compact() -> None:
    assert TABLE.stat().st_size < 150_000
