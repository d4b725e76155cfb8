"""Every role has a scenario of Molecule that plays it twice and has it judged."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tools import role_readme

SCENARIOS = Path(__file__).resolve().parents[3] / "extensions" / "molecule"
# Scenarios are called as their role; only the collection's main role has the name that Molecule gives the first one.
MAIN = {"cilium": "default"}


@pytest.mark.parametrize("role", role_readme.roles(), ids=lambda role: role.name)
def test_every_role_has_a_scenario(role: Path) -> None:
    folder = SCENARIOS / MAIN.get(role.name, role.name)
    assert (folder / "molecule.yml").exists()
    assert f"name: fleet.cilium.{role.name}\n" in (folder / "converge.yml").read_text(encoding="utf-8")
    assert list(folder.glob("tests/test_*.py")), f"{folder}: Molecule takes no tests for a success"


def test_an_empty_scenario_fails() -> None:
    """The two settings without which Molecule takes a run over nothing for a success, and no scenario undoes them."""
    shared = yaml.safe_load((SCENARIOS / "config.yml").read_text(encoding="utf-8"))
    environment = shared["ansible"]["env"]
    assert environment["ANSIBLE_HOST_PATTERN_MISMATCH"] == "error"
    assert environment["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] == "true"
    assert {"converge", "idempotence", "verify"} <= set(shared["scenario"]["test_sequence"])
    for path in SCENARIOS.glob("*/molecule.yml"):
        own = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        assert "scenario" not in own, f"{path}: the sequence is that of config.yml"
        assert not set(environment) & set(own.get("ansible", {}).get("env", {})), path
