"""The catalogue against the real charts: what ``cilium-config`` says, rendered by real helm.

1.15.19 comes with the tool chain; packages of other versions are looked for in the folder that CILIUM_CHARTS names.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils import _intent
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue import CARRIED, SETTINGS, _paths
from ansible_collections.fleet.cilium.plugins.module_utils._desired.doubts import doubts
from ansible_collections.fleet.cilium.plugins.module_utils._dialects.configmap import configmap
from ansible_collections.fleet.cilium.plugins.module_utils._dialects.helm import helm_values
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._release import chart as charts
from ansible_collections.fleet.cilium.plugins.module_utils._release.known import known
from ansible_collections.fleet.cilium.plugins.module_utils._release.lint import judge, lint

from tests.charts import rendering, samples
from tests.charts.sides import SIDES
from tests.unit.plugins.module_utils._release.test_published_commands import COMMANDS, Expected

# How much of all pairs of sound values the combinations have to hold.
COVERED = 0.85

every_version = pytest.mark.parametrize("version", rendering.VERSIONS)


def chart_or_skip(version: str) -> Path:
    chart = rendering.chart_of(version)
    if chart is None:
        pytest.skip(f"no chart of Cilium {version}: {rendering.FOLDER} names no folder with cilium-{version}.tgz")
    return chart


def mismatches(version: str, chart: Path, work: dict[str, samples.Asked]) -> list[str]:
    """Render everything that is asked; return what differs from the catalogue, named by what was asked."""
    views = {name: _intent.read(asked, version).view for name, asked in work.items()}
    values = {name: helm_values(view) for name, view in views.items()}
    known_values = known(charts.load(str(chart)))
    base, *done = rendering.render_all(chart, [{}, *values.values()])
    assert not base.refusal, base.refusal
    found: list[str] = []
    for (name, asked), rendered in zip(work.items(), done, strict=True):
        if rendered.refusal and samples.is_sound(asked, version):
            found.append(f"{name}: the chart refuses what validation lets pass: {rendered.refusal[-300:]}")
        elif not rendered.refusal and samples.is_sound(asked, version):
            odd = rendering.differences(rendered.keys, base.keys, configmap(views[name]), SIDES)
            found += [f"{name}: {difference}" for difference in odd]
        found += [f"{name}: {finding.reason}" for finding in judge(values[name], known_values)]
    return found


def report(found: list[str]) -> str:
    return "\n".join([f"{len(found)} mismatches", *found[:60]])


def test_every_setting_has_a_sample() -> None:
    assert [name for name in SETTINGS if name in CARRIED and not samples.values_of(name)] == []


def test_a_chart_that_is_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(rendering.FOLDER, "/nonexistent")
    assert rendering.chart_of("1.14.19") is None
    monkeypatch.delenv(rendering.FOLDER)
    assert rendering.chart_of("1.14.19") is None
    assert rendering.chart_of("1.15.19") is not None


@every_version
def test_presets(version: str) -> None:
    chart = chart_or_skip(version)
    assert all(samples.is_sound(asked, version) for name, asked in samples.PRESETS.items() if name in samples.ALWAYS)
    found = mismatches(version, chart, samples.PRESETS)
    assert not found, report(found)


@every_version
def test_settings_alone(version: str) -> None:
    found = mismatches(version, chart_or_skip(version), samples.alone(version))
    assert not found, report(found)


@every_version
def test_combinations(version: str) -> None:
    chart = chart_or_skip(version)
    cover = samples.combinations(version)
    assert len(cover.covered) >= COVERED * cover.pairs, f"{len(cover.rows)} rows hold {len(cover.covered)} pairs"
    found = mismatches(version, chart, {str(row): row for row in cover.rows})
    assert not found, report(found)


@every_version
def test_own_values_are_known(version: str) -> None:
    """No chart's own values.yaml is at odds with the chart, nor with the table of all charts."""
    chart = charts.load(str(chart_or_skip(version)))
    assert judge(chart.defaults, known(chart)) == []
    assert judge(chart.defaults, _paths.known(version)) == []
    assert doubts(chart.defaults, version, "error") == []


@every_version
def test_the_table_says_what_the_chart_says(version: str) -> None:
    chart = charts.load(str(chart_or_skip(version)))
    slips = {"AsMap", "Capabilities"}
    from_chart = {keys for keys in known(chart).paths() if keys[0] not in slips}
    from_table = set(_paths.known(version).paths())
    unknown = sorted(".".join(keys) for keys in from_table - from_chart)
    assert unknown == []
    # The table leaves out what a template reads only to refuse it.
    assert {keys for keys in from_chart - from_table if not samples.has_gone(keys, version)} == set()


@pytest.mark.parametrize(
    ("values", "version", "expected"), [case[1:] for case in COMMANDS], ids=[c[0] for c in COMMANDS]
)
def test_published_commands(values: JsonObject, version: str, expected: Expected) -> None:
    """The chart itself says of these values what the table of all charts says."""
    chart = charts.load(str(chart_or_skip(version)))
    found = {finding.subject["value"]: (finding.rule, finding.remedy) for finding in lint(values, chart)}
    assert found == expected
