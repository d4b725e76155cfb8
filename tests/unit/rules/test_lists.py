"""Lists that must agree."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import cast

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[3]
PLUGINS = PROJECT / "plugins"
FRAGMENT = "fleet.cilium._kubernetes"
# Folders of the checkout that the collection's file carries, and single files beside them.
SHIPPED = {"meta", "plugins", "roles", "playbooks", "docs", "changelogs"}
SHIPPED_FILES = {"CONTRIBUTING.md", "galaxy.yml", "README.md", "CHANGELOG.md", "COPYING"}


def documentation(path: Path) -> dict[str, object]:
    """The DOCUMENTATION of a plugin, read without running it."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(
            getattr(target, "id", "") == "DOCUMENTATION" for target in node.targets
        ):
            return cast("dict[str, object]", yaml.safe_load(ast.literal_eval(node.value)))
    raise AssertionError(f"{path}: no DOCUMENTATION")


def cluster_modules() -> list[str]:
    """Names of the modules that take the options of Kubernetes authentication."""
    found = []
    for path in sorted((PLUGINS / "modules").glob("[a-z]*.py")):
        fragments = documentation(path).get("extends_documentation_fragment", [])
        if FRAGMENT in (fragments if isinstance(fragments, list) else [fragments]):
            found.append(path.stem)
    return found


def test_action_group_is_complete() -> None:
    runtime = yaml.safe_load((PROJECT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert sorted(runtime["action_groups"]["cluster"]) == cluster_modules()


@pytest.mark.parametrize("name", cluster_modules())
def test_cluster_modules_have_both_doors(name: str) -> None:
    assert (PLUGINS / "action" / f"{name}.py").exists()


def test_build_ignores_everything_else() -> None:
    galaxy = yaml.safe_load((PROJECT / "galaxy.yml").read_text(encoding="utf-8"))
    there = {path.name for path in PROJECT.iterdir() if path.name != ".git"}
    shipped = {name for name in there if name not in galaxy["build_ignore"] and not name.endswith((".tar.gz", ".pyc"))}
    assert shipped <= SHIPPED | SHIPPED_FILES, shipped - SHIPPED - SHIPPED_FILES


def test_execution_environment_asks_for_what_the_code_supports() -> None:
    text = (PROJECT / "meta" / "ee-requirements.txt").read_text(encoding="utf-8")
    assert text.splitlines() == ["cryptography >= 40", "jmespath >= 1.0", "kubernetes >= 24.2"]
