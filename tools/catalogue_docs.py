"""``python -m tools.catalogue_docs``: write docs/features.md and docs/variables.md from the feature catalogue."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from testbed import paths
from tools import collection

if TYPE_CHECKING:
    from ansible_collections.fleet.cilium.plugins.module_utils._catalogue._model import Feature, Kernel, Rule
    from ansible_collections.fleet.cilium.plugins.module_utils._settings import Setting

PRIVATE = "ansible_collections.fleet.cilium.plugins.module_utils"
NOTE = "<!-- Written by `make docs` from the feature catalogue; change it there. -->"
MINORS = range(9, 21)
# Enough to tell what a version has: the last number that any boundary inside a minor version needs.
LAST_PATCH = 99
MARKS = {"all": "●", "some": "◐", "none": ""}

sys.path.insert(0, str(collection.link()))
catalogue = importlib.import_module(f"{PRIVATE}._catalogue")
versions = importlib.import_module(f"{PRIVATE}._versions")

FEATURES_HEAD = """\
What each feature is, and in which versions of Cilium it can be asked for: ● all of its settings; ◐ some of them, or in
some of the minor version's releases only. A setting that a version does not have is refused before anything is changed,
with what to do instead."""
SETTINGS_HEAD = """\
What a cluster can be asked for, as variables. They mean the same for every version of Cilium; the collection turns them
into the Helm values of the version at hand. What is not set is left to the chart. Where Kubespray has a variable for
the same thing, the name is Kubespray's, and its values are read as Kubespray means them."""
FACTS = """\
## Facts

What is known of a cluster beside its settings, for filter `problems`; all of it is optional.

| Fact | What it is |
| --- | --- |
| `kubernetes_version` | Version of Kubernetes, such as `v1.31.4`. |
| `pod_cidrs`, `service_cidrs`, `node_cidrs` | Lists of networks; pods' only where addresses do not come from a pool. |
| `cilium_version` | Version of Cilium that runs. Networks that overlap are a warning in a cluster that runs so. |
| `cilium_pod_cidrs` | The networks that nodes have from Cilium for pods. |
| `nodes` | A list of mappings with `name`, `kernel` (as `uname -r` prints it) and `devices`. |
| `nodes[].devices` | A list of mappings with `name` and `driver` (as `ethtool -i` prints it). |"""


def features_text() -> str:
    """Return the text of docs/features.md."""
    blocks = [
        NOTE,
        "# Features and versions",
        FEATURES_HEAD,
        _matrix(),
    ]
    for family, features in catalogue.FAMILIES.items():
        blocks.append(f"## {family.replace('_', ' ').capitalize()}")
        for feature in features:
            blocks += _section(feature)
    return "\n\n".join(blocks) + "\n"


def _matrix() -> str:
    head = "| Feature | " + " | ".join(f"1.{minor}" for minor in MINORS) + " |"
    rows = [head, "| --- |" + " :-: |" * len(MINORS)]
    for feature in catalogue.FEATURES:
        if _carried(feature):
            marks = " | ".join(MARKS[_extent(feature, minor)] for minor in MINORS)
            rows.append(f"| [{_title(feature)}](#feature-{feature.name}) | {marks} |")
    return "\n".join(rows)


def _carried(feature: Feature) -> list[str]:
    return [setting.name for setting in feature.settings if setting.name in catalogue.CARRIED]


def _extent(feature: Feature, minor: int) -> str:
    """Tell whether a minor version has all, some or none of a feature's settings."""
    first = versions.parse(f"1.{minor}.0")
    last = versions.parse(f"1.{minor}.{LAST_PATCH}")
    have = [bool(catalogue.carriers_at(version)[name]) for name in _carried(feature) for version in (first, last)]
    if all(have):
        return "all"
    return "some" if any(have) else "none"


def _section(feature: Feature) -> list[str]:
    blocks = [f"### Feature `{feature.name}`", feature.doc]
    if feature.settings:
        blocks.append("Settings: " + ", ".join(f"`{setting.name}`" for setting in feature.settings) + ".")
    needs = [_kernel(kernel) for kernel in feature.kernel]
    if feature.drivers is not None:
        drivers = (f"`{name}` from {oldest}" for name, oldest in feature.drivers.oldest.items())
        needs.append(f"a network driver of these, by Linux version: {', '.join(drivers)}")
    if needs:
        blocks.append("Needs: " + "; ".join(needs) + ".")
    if feature.rules or feature.fleet:
        rows = [_rule_row(rule) for rule in feature.rules]
        rows += [f"| `{rule.name}` | error | in a mesh | {_cell(rule.reason)} |" for rule in feature.fleet]
        blocks.append("\n".join(["| Rule | Severity | Versions | Why |", "| --- | --- | --- | --- |", *rows]))
    return blocks


def _kernel(kernel: Kernel) -> str:
    ported = "".join(f"; `{part}` kernels from {oldest}" for part, oldest in kernel.backports.items())
    return f"Linux {kernel.oldest} ({kernel.at}{ported})"


def _rule_row(rule: Rule) -> str:
    reason = rule.reason.replace("{version}", "of this version")
    for name in rule.about:
        reason = reason.replace(f"{{{name}}}", f"`{name}`")
    return f"| `{rule.name}` | {rule.severity} | {rule.at} | {_cell(reason)} |"


def variables_text() -> str:
    """Return the text of docs/variables.md."""
    blocks = [
        NOTE,
        "# Settings",
        SETTINGS_HEAD,
    ]
    for family, features in catalogue.FAMILIES.items():
        settings = [setting for feature in features for setting in feature.settings]
        if settings:
            head = [
                "| Variable | Type | The chart's default | Versions | What it is |",
                "| --- | --- | --- | --- | --- |",
            ]
            blocks += [f"## {family.replace('_', ' ').capitalize()}", "\n".join([*head, *map(_setting_row, settings)])]
    return "\n\n".join([*blocks, FACTS]) + "\n"


def _setting_row(setting: Setting) -> str:
    kind = " or ".join(f"`{choice}`" for choice in setting.choices) if setting.choices else setting.kind
    spans = catalogue.spans_of(setting.name) or ["any version"]
    readings = [f"`{word}`" for word, reading in setting.readings.items() if reading.reason]
    doc = setting.doc + (f" Also read: {', '.join(readings)}." if readings else "")
    return f"| `{setting.name}` | {kind} | {_defaults(setting)} | {'<br>'.join(spans)} | {_cell(doc)} |"


def _defaults(setting: Setting) -> str:
    shown = [f"`{_value(value)}`" + (f" from {since}" if since else "") for since, value in setting.defaults]
    others = [other for other in catalogue.OWNERS[setting.name].otherwise if other.setting == setting.name]
    shown += [f"`{_value(other.value)}` {other.why} ({other.at})" for other in others]
    return ", ".join(shown) or ("`false`" if setting.kind == "bool" else "")


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _title(feature: Feature) -> str:
    return str(feature.name.replace("_", " "))


def _cell(text: str) -> str:
    """Return a text that may stand in a table."""
    return text.replace("|", "\\|")


TEXTS = {"features.md": features_text, "variables.md": variables_text}


def main() -> int:
    """Write both files."""
    for name, text in TEXTS.items():
        path = paths.PROJECT / "docs" / name
        path.write_text(text(), encoding="utf-8")
        print(path.relative_to(paths.PROJECT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
