"""The catalogue is whole: everything it refers to exists, and nothing else knows what it knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils import _catalogue
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue import FAMILIES, FEATURES, OWNERS, SETTINGS
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue._model import (
    ESP,
    Carrier,
    Condition,
    Feature,
    View,
)
from ansible_collections.fleet.cilium.plugins.module_utils._findings import ERROR, INFO, WARNING
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json
from ansible_collections.fleet.cilium.plugins.module_utils._settings import BOOL, INT, LIST, MAP, TEXT, WORD
from ansible_collections.fleet.cilium.plugins.module_utils._status import model as status
from ansible_collections.fleet.cilium.plugins.module_utils._versions import parse

from tests.unit.asking import RELEASES

PROJECT = Path(__file__).resolve().parents[5]
FOLDER = Path(str(_catalogue.__file__)).parent

every_feature = pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)


class Recorder(Mapping[str, Json]):
    """Settings that remember which of them were asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Json:
        self.asked.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def carriers(feature: Feature) -> tuple[Carrier, ...]:
    return (*feature.values, *feature.keys)


def conditions(feature: Feature) -> list[Condition]:
    found = [rule.when for rule in feature.rules]
    optional = [feature.active, feature.moot, *(carrier.when for carrier in carriers(feature))]
    optional += [expected.when for expected in feature.expectations]
    optional += [other.when for other in feature.otherwise]
    optional += [port.when for port in feature.ports]
    return [*found, *(condition for condition in optional if condition is not None)]


def test_every_family_is_imported() -> None:
    assert set(FAMILIES) == {path.stem for path in FOLDER.glob("[a-z]*.py")}


def test_settings_belong_to_one_feature() -> None:
    names = [setting.name for feature in FEATURES for setting in feature.settings]
    assert sorted(names) == sorted(set(names))
    assert all(re.fullmatch(r"cilium_[a-z0-9_]+", name) for name in names)


def test_names_are_unique() -> None:
    features = [feature.name for feature in FEATURES]
    rules = [rule.name for feature in FEATURES for rule in feature.rules]
    rules += [rule.name for feature in FEATURES for rule in feature.fleet]
    assert sorted(features) == sorted(set(features))
    assert sorted(rules) == sorted(set(rules))


@every_feature
def test_what_a_feature_refers_to_exists(feature: Feature) -> None:
    named = {carrier.setting for carrier in carriers(feature)} | {derived.setting for derived in feature.derived}
    named |= {name for rule in feature.rules for name in rule.about}
    named |= {name for rule in feature.rules for name in re.findall(r"{(cilium_\w+)}", rule.reason + rule.remedy)}
    named |= {expected.setting for expected in feature.expectations} | {rule.setting for rule in feature.fleet}
    named |= {other.setting for other in feature.otherwise} | {port.setting for port in feature.ports if port.setting}
    for version in RELEASES:
        recorder = Recorder()
        view = View(parse(version), recorder, recorder)
        for condition in conditions(feature):
            condition(view)
        for derived in feature.derived:
            derived.of(recorder)
        named |= recorder.asked
    named -= {"version"}
    assert named <= set(SETTINGS), named - set(SETTINGS)


@every_feature
def test_a_feature_carries_its_own_settings(feature: Feature) -> None:
    assert {OWNERS[carrier.setting].name for carrier in carriers(feature)} <= {feature.name}


@every_feature
def test_texts_are_there(feature: Feature) -> None:
    assert feature.doc.endswith(".")
    for setting in feature.settings:
        assert setting.doc.endswith("."), setting.name
        assert setting.kind in {BOOL, INT, LIST, MAP, TEXT, WORD}
        assert bool(setting.choices) == (setting.kind == WORD), setting.name
    for rule in feature.rules:
        assert rule.severity in {ERROR, WARNING, INFO}
        assert re.fullmatch(r"[a-z0-9_]+", rule.name)
        for text in (rule.reason, rule.remedy):
            assert text, rule.name
            assert not text.endswith("."), rule.name


@every_feature
def test_ports_have_a_number_or_need_none(feature: Feature) -> None:
    for port in feature.ports:
        assert (port.number is None) != (not port.setting) or port.protocol == ESP, port.name
        assert port.severity in {ERROR, WARNING}


@every_feature
def test_words_are_choices(feature: Feature) -> None:
    for carrier in carriers(feature):
        setting = SETTINGS[carrier.setting]
        if setting.kind == WORD and carrier.words is not None:
            assert set(carrier.words) <= set(setting.choices), carrier


@every_feature
def test_expectations_are_paths_into_the_status(feature: Feature) -> None:
    for expected in feature.expectations:
        part, field = expected.path.split(".")
        owner = status.AgentStatus.__annotations__[part]
        name = re.sub(r"\s*\|.*", "", str(owner))
        assert field in getattr(status, name).__annotations__, expected.path


def literals() -> set[str]:
    """Paths of values, keys of the ConfigMap: those that cannot be a word of another kind."""
    targets = {carrier.target for feature in FEATURES for carrier in carriers(feature)}
    return {target for target in targets if re.search(r"[a-z][.A-Z-]", target)}


@pytest.mark.parametrize(
    "path",
    [path for path in (PROJECT / "plugins").rglob("*.py") if not {"_catalogue", "_status"} & set(path.parts)],
    ids=lambda path: str(path.relative_to(PROJECT)),
)
def test_only_the_catalogue_knows_paths_and_keys(path: Path) -> None:
    """Beside _status, where the agent's JSON has some of the same words."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert not texts & literals(), f"{path}: these belong into the catalogue"
