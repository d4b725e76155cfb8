"""Every role: what its spec says, its defaults hold, its tasks use and its README tells, must agree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from tools import role_readme, role_settings

ROLES = role_readme.roles()
# Named in messages for people who use it; no variable of ours.
KUBESPRAYS_OWN = {"cilium_extra_values"}
GROUPS = {"cilium_clusters", "cilium_nodes"}
# Facts that a role leaves for others.
FACTS = {"cilium_verify_result", "cilium_clustermesh_authority"}
# What a role tells another one that it includes; its own spec has them.
TOLD_TO_OTHERS = {"cilium_verify_fail", "cilium_restart_unmanaged_pods"}
every_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


def specs(role: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    return dict(loaded["argument_specs"])


def defaults(role: Path) -> dict[str, Any]:
    path = role / "defaults" / "main.yml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8"))) if path.exists() else {}


def is_template(value: object) -> bool:
    return isinstance(value, str) and "{{" in value


def test_every_role_has_a_spec() -> None:
    assert ROLES
    assert {path.name for path in role_readme.ROLES.iterdir()} == {role.name for role in ROLES}


@every_role
def test_readme_is_generated(role: Path) -> None:
    assert (role / "README.md").read_text(encoding="utf-8") == role_readme.render(role), "run: make docs"


@every_role
def test_defaults_are_those_of_the_spec(role: Path) -> None:
    promised = {
        name: option["default"]
        for spec in specs(role).values()
        for name, option in spec.get("options", {}).items()
        if "default" in option
    }
    plain = {name: value for name, value in defaults(role).items() if not is_template(value)}
    assert plain == promised


@every_role
def test_every_variable_is_specified(role: Path) -> None:
    names = set(specs(role)["main"]["options"])
    assert set(defaults(role)) <= names
    texts = [*sorted((role / "tasks").glob("*.yml")), *sorted((role / "vars").glob("*.yml"))]
    text = "".join(path.read_text(encoding="utf-8") for path in texts)
    used = set(re.findall(r"(?<![\w.])(cilium_\w+)", text)) - KUBESPRAYS_OWN - GROUPS - FACTS
    if role.name != "verify":
        used -= TOLD_TO_OTHERS
    if "lookup('fleet.cilium.settings')" in text:
        used |= set(role_settings.settings())
    assert used <= names, "used but not in the spec"
    assert names <= used, "in the spec but not used"


@every_role
def test_variables_are_named_as_they_should_be(role: Path) -> None:
    assert all(name.startswith("cilium_") for name in specs(role)["main"]["options"])
    for path in sorted((role / "tasks").glob("*.yml")):
        for own in re.findall(r"(?:register:|^\s+)\s*(__\w+)\b", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            assert own.startswith(f"__{role.name}_"), f"{path}: {own}"


def test_every_option_of_a_release_can_be_set_by_the_role() -> None:
    """Messages recommend options of the module; who uses the role must be able to follow."""
    module = Path(role_readme.ROLES.parent / "plugins" / "modules" / "release.py").read_text(encoding="utf-8")
    options: dict[str, Any] = yaml.safe_load(module.partition('DOCUMENTATION = r"""')[2].partition('"""')[0])["options"]
    tasks: list[dict[str, Any]] = yaml.safe_load((role_readme.ROLES / "cilium/tasks/release.yml").read_text())
    (given,) = (task["fleet.cilium.release"] for task in tasks if "fleet.cilium.release" in task)
    assert set(options) - set(given) == {"state"}
    ours = specs(role_readme.ROLES / "cilium")["main"]["options"]
    for name in set(re.findall(r"cilium_\w+", str(given))) & set(ours):
        option = options.get(name.removeprefix("cilium_"), {})
        same = {key: ours[name].get(key) for key in ("type", "choices", "elements") if key in option}
        assert same == {key: option[key] for key in same}, name


@every_role
def test_every_entry_point_has_tasks(role: Path) -> None:
    assert all((role / "tasks" / f"{name}.yml").exists() for name in specs(role))


def test_settings_are_those_of_the_catalogue() -> None:
    text = role_settings.SPEC.read_text(encoding="utf-8")
    assert role_settings.render(text) == text, "run: make docs"
    options = yaml.safe_load(text)["argument_specs"]["main"]["options"]
    assert set(role_settings.settings()) <= set(options)


@pytest.mark.parametrize("name", sorted(role_settings.settings()))
def test_option_takes_what_the_setting_takes(name: str) -> None:
    """A spec that refuses what the setting's own reading takes would be a second, stricter door."""
    setting = role_settings.settings()[name]
    option = specs(role_settings.SPEC.parents[1])["main"]["options"][name]
    given: dict[str, object] = {word: word for word in (*setting.choices, *setting.readings)}
    given["true"] = "true" if "true" in given else None
    for value in given.values():
        checked = ArgumentSpecValidator({name: {**option}}).validate({name: value} if value else {})
        assert not checked.error_messages
