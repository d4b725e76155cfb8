"""``python -m tools.role_readme``: write each role's README.md from its meta/argument_specs.yml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from testbed import paths

ROLES = paths.PROJECT / "roles"
NOTE = "<!-- Written by `make docs` from meta/argument_specs.yml; change it there. -->"
MARKUP = {
    r"O\(([^)]*)\)": r"`\1`",
    r"V\(([^)]*)\)": r"`\1`",
    r"C\(([^)]*)\)": r"`\1`",
    r"E\(([^)]*)\)": r"`$\1`",
    r"M\(([^)]*)\)": r"`\1`",
    r"P\(([^)#]*)(?:#[^)]*)?\)": r"`\1`",
}

Spec = dict[str, Any]  # what YAML holds is known only as it is read


def roles() -> list[Path]:
    """Return the folders of the roles that have an argument spec."""
    return sorted(path.parent.parent for path in ROLES.glob("*/meta/argument_specs.yml"))


def render(role: Path) -> str:
    """Return the text of a role's README."""
    specs: Spec = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    blocks = [NOTE, f"# fleet.cilium.{role.name}"]
    for name, spec in specs.items():
        if name != "main":
            blocks.append(f"## Entry point `{name}`")
        blocks += _entry_point(role.name, name, spec)
    return "\n\n".join(blocks) + "\n"


def _entry_point(role: str, name: str, spec: Spec) -> list[str]:
    """Return the blocks of text about one entry point."""
    blocks = [f"{_text(spec['short_description'])}.", *(_text(line) for line in _lines(spec.get("description", [])))]
    tasks_from = "" if name == "main" else f"\n    tasks_from: {name}"
    blocks.append(
        "```yaml\n- name: " + str(spec["short_description"]) + "\n  ansible.builtin.include_role:\n"
        f"    name: fleet.cilium.{role}{tasks_from}\n```"
    )
    rows = [_row(option, details) for option, details in spec.get("options", {}).items()]
    if rows:
        blocks.append("\n".join(["| Variable | Type | Default | What it is |", "| --- | --- | --- | --- |", *rows]))
    return blocks


def _row(option: str, details: Spec) -> str:
    """Return the row of the table about one variable."""
    kind = str(details.get("type", "str"))
    if "choices" in details:
        kind = ", ".join(f"`{choice}`" for choice in details["choices"])
    default = "required" if details.get("required") else ""
    if "default" in details:
        value = details["default"]
        default = f"`{str(value).lower() if isinstance(value, bool) else value}`"
    description = " ".join(_text(line) for line in _lines(details["description"]))
    return f"| `{option}` | {kind} | {default} | {description} |"


def _lines(description: str | list[str]) -> list[str]:
    return description if isinstance(description, list) else [description]


def _text(text: str) -> str:
    """Return Ansible's markup as Markdown."""
    for pattern, replacement in MARKUP.items():
        text = re.sub(rf"\b{pattern}", replacement, text)
    return text


if __name__ == "__main__":
    for folder in roles():
        (folder / "README.md").write_text(render(folder), encoding="utf-8")
        print(folder / "README.md")
