"""``python -m tools.role_settings``: write the settings of the catalogue into the argument spec of role cilium.

They stand between two marks; the other options are written by hand.
"""

from __future__ import annotations

import importlib
import re
import sys
import textwrap
from typing import TYPE_CHECKING, Protocol

import yaml

from testbed import paths
from tools import collection

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

SPEC = paths.PROJECT / "roles" / "cilium" / "meta" / "argument_specs.yml"
BEGIN = "      # BEGIN settings: written by `make docs` from the catalogue; change them there.\n"
END = "      # END settings\n"
# Options of the role that the catalogue knows too, described by hand because the role does more with them.
BY_HAND = {"cilium_version", "cilium_rollout"}
_TYPES = {"bool": "bool", "int": "int", "str": "str", "word": "str", "list": "list", "dict": "dict"}


class SettingLike(Protocol):
    """What of a setting the spec shows (the catalogue is imported by name, so its types are not known here)."""

    doc: str
    kind: str
    choices: tuple[str, ...]
    readings: Mapping[str, object]


def settings() -> Mapping[str, SettingLike]:
    """Return the settings of the catalogue by name."""
    link = str(collection.link())
    if link not in sys.path:
        sys.path.insert(0, link)
    catalogue = importlib.import_module("ansible_collections.fleet.cilium.plugins.module_utils._catalogue")
    return dict(catalogue.SETTINGS)


def option(setting: SettingLike) -> dict[str, Any]:
    """Return the option of an argument spec for a setting.

    A word that has other readings (Kubespray's true for full) is raw: the settings' own reading checks it.
    """
    doc = re.sub(r"`([^`]*)`", _markup, setting.doc)
    found: dict[str, Any] = {"description": doc, "type": _TYPES[setting.kind]}
    if setting.choices and setting.readings:
        words = ", ".join(f"V({word})" for word in setting.choices)
        found = {"description": [doc, f"One of {words}; older words for the same are understood."], "type": "raw"}
    elif setting.choices:
        found["choices"] = list(setting.choices)
    if setting.kind == "list":
        found["elements"] = "str"
    return found


def _markup(match: re.Match[str]) -> str:
    word = match.group(1)
    return f"O({word})" if word in settings() else f"V({word})"


def render(text: str) -> str:
    """Return the text of the argument spec with the settings written anew."""
    options = {name: option(setting) for name, setting in settings().items() if name not in BY_HAND}
    block = yaml.dump(options, Dumper=_Indented, sort_keys=False, width=112, allow_unicode=True)
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return before + BEGIN + textwrap.indent(block, " " * 6) + END + after


class _Indented(yaml.SafeDumper):
    """Indents lists below their key, as yamllint asks."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 -- PyYAML's own signature
        super().increase_indent(flow, False)


if __name__ == "__main__":
    SPEC.write_text(render(SPEC.read_text(encoding="utf-8")), encoding="utf-8")
    print(SPEC)
