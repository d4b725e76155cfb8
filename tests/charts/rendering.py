"""Render a real chart with real helm, and compare its cilium-config with what the catalogue says."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import yaml
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject

from testbed import toolchain

FOLDER = "CILIUM_CHARTS"
# The last patch of every minor, and releases inside a minor at which something changed.
VERSIONS = (
    *("1.9.18", "1.10.20", "1.11.20", "1.12.19", "1.13.18", "1.14.19", "1.15.0", "1.15.19", "1.16.19"),
    *("1.17.5", "1.17.18", "1.18.2", "1.18.12", "1.19.6", "1.20.0"),
)
# Every chart of these versions supports it.
KUBERNETES = "1.31.0"
PROCESSES = 2
TIMEOUT = 60
CONFIG = "templates/cilium-configmap.yaml"

Keys = dict[str, str]


def chart_of(version: str) -> Path | None:
    """Return the chart of a version: the tool chain's, or a package in the folder that CILIUM_CHARTS names."""
    if f"v{version}" == toolchain.version("cilium"):
        return toolchain.find("chart")
    folder = os.environ.get(FOLDER)
    package = Path(folder) / f"cilium-{version}.tgz" if folder else None
    return package if package is not None and package.exists() else None


@dataclass(frozen=True)
class Rendered:
    """What helm made of values: the keys of cilium-config, or why the chart refused them."""

    keys: Keys = field(default_factory=dict)
    refusal: str = ""


def render(chart: Path, values: JsonObject) -> Rendered:
    """Return the ConfigMap that a chart makes of values."""
    command = [
        *("nice", str(toolchain.find("helm")), "template", "cilium", str(chart), "--namespace", "kube-system"),
        *("--kube-version", KUBERNETES, "--show-only", CONFIG, "--values", "-"),
    ]
    process = subprocess.run(
        command, input=json.dumps(values), capture_output=True, text=True, check=False, timeout=TIMEOUT
    )
    if process.returncode:
        return Rendered(refusal=process.stderr.strip() or f"exit code {process.returncode}")
    return Rendered(keys=config_of(process.stdout))


def render_all(chart: Path, asked: list[JsonObject]) -> list[Rendered]:
    """Return what a chart makes of each of many values; equal ones are rendered once."""
    texts = [json.dumps(values, sort_keys=True) for values in asked]
    distinct = dict(zip(texts, asked, strict=True))
    with ThreadPoolExecutor(PROCESSES) as pool:
        done = dict(zip(distinct, pool.map(lambda values: render(chart, values), distinct.values()), strict=True))
    return [done[text] for text in texts]


def config_of(manifests: str) -> Keys:
    """Return the keys of ConfigMap cilium-config in manifests; a value that is no text keeps its JSON form."""
    for manifest in yaml.load_all(manifests, Loader=yaml.CSafeLoader):
        if isinstance(manifest, dict) and manifest.get("metadata", {}).get("name") == "cilium-config":
            data = cast("dict[str, object]", manifest["data"])
            return {key: value if isinstance(value, str) else f"not text: {value!r}" for key, value in data.items()}
    raise AssertionError("no ConfigMap cilium-config among the manifests")


@dataclass(frozen=True)
class Side:
    """A key that the chart writes, or leaves out, on its own account when another key has some value.

    Attributes:
        key: the key that comes along, or goes.
        because: the other key.
        value: what the other key is then, as a regular expression; None for absent.
        then: what the key is then, as a regular expression; None for absent.
    """

    key: str
    because: str
    value: str | None = ".*"
    then: str | None = ".*"

    def excuses(self, config: Mapping[str, str]) -> bool:
        """Tell whether the key is as it has to be then."""
        return _is(config.get(self.because), self.value) and _is(config.get(self.key), self.then)


def _is(found: str | None, pattern: str | None) -> bool:
    if found is None or pattern is None:
        return found is pattern
    return re.fullmatch(pattern, found, re.DOTALL) is not None


def differences(
    rendered: Mapping[str, str], base: Mapping[str, str], expected: Mapping[str, str], sides: tuple[Side, ...]
) -> list[str]:
    """Return each way in which a rendered ConfigMap is not what was expected.

    Args:
        rendered: with the settings.
        base: without any.
        expected: the keys that the settings should make.
        sides: keys that may come along.
    """
    found = [
        f"{key}: expected {value!r}, found {rendered.get(key)!r}"
        for key, value in sorted(expected.items())
        if rendered.get(key) != value
    ]
    changed = {key for key in rendered.keys() | base.keys() if rendered.get(key) != base.get(key)}
    excused = {side.key for side in sides if side.excuses(rendered)}
    found += [
        f"{key}: not expected, {base.get(key)!r} became {rendered.get(key)!r}"
        for key in sorted(changed - expected.keys() - excused)
    ]
    return found
