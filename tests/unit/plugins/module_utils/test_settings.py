"""Values read as settings."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json
from ansible_collections.fleet.cilium.plugins.module_utils._settings import (
    BOOL,
    INT,
    LIST,
    MAP,
    TEXT,
    WORD,
    Reading,
    Setting,
    default_at,
    parse,
)
from ansible_collections.fleet.cilium.plugins.module_utils._versions import parse as version

TABLE = {
    setting.name: setting
    for setting in (
        Setting("flag", BOOL, "A switch."),
        Setting("number", INT, "A number.", low=1, high=9, empty=(0,)),
        Setting("text", TEXT, "Text."),
        Setting("word", WORD, "A word.", choices=("one", "cronJob"), readings={"uno": Reading("one", "it is Spanish")}),
        Setting("list", LIST, "A list.", empty=([],), also=("old_list",)),
        Setting("map", MAP, "A mapping."),
        Setting("mode", WORD, "A mode.", choices=("a",), readings={"b": Reading(None, "b is a flag", {"flag": True})}),
    )
}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("flag", True, True),
        ("flag", "yes", True),
        ("flag", "False", False),
        ("flag", 0, False),
        ("number", 3, 3),
        ("number", "3", 3),
        ("text", " a ", "a"),
        ("text", 3, "3"),
        ("word", "ONE", "one"),
        ("word", "cronjob", "cronJob"),
        ("word", "Uno", "one"),
        ("list", "a, b c", ["a", "b", "c"]),
        ("list", ["a", 1], ["a", "1"]),
        ("old_list", ["a"], ["a"]),
        ("map", {"a": 1}, {"a": 1}),
    ],
)
def test_readable(name: str, value: Json, expected: Json) -> None:
    settings, findings = parse({name: value}, TABLE)
    assert settings == {name.replace("old_", ""): expected}
    assert all(finding.severity == "info" for finding in findings)


@pytest.mark.parametrize(
    ("name", "value"),
    [("flag", None), ("text", ""), ("number", 0), ("number", "0"), ("list", []), ("list", ""), ("map", None)],
)
def test_not_set(name: str, value: Json) -> None:
    assert parse({name: value}, TABLE) == ({}, [])


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("flag", "perhaps", "true or false"),
        ("flag", 2, "true or false"),
        ("number", "three", "whole number"),
        ("number", 10, "from 1 to 9"),
        ("number", True, "whole number"),
        ("text", ["a"], "text"),
        ("word", "onee", "did you mean one"),
        ("word", True, "one of"),
        ("list", {"a": 1}, "list"),
        ("list", [["a"]], "list"),
        ("map", "a", "mapping"),
    ],
)
def test_unreadable(name: str, value: Json, told: str) -> None:
    settings, findings = parse({name: value}, TABLE)
    assert settings == {}
    assert [(finding.rule, finding.severity) for finding in findings] == [("unreadable_setting", "error")]
    assert told in findings[0].reason


def test_unknown_names_the_nearest() -> None:
    (finding,) = parse({"nunber": 1}, TABLE)[1]
    assert (finding.rule, finding.severity) == ("unknown_setting", "error")
    assert "number" in finding.remedy


def test_a_word_may_set_another_setting() -> None:
    settings, findings = parse({"mode": "b"}, TABLE)
    assert settings == {"flag": True}
    assert [finding.rule for finding in findings] == ["lenient_reading"]


def test_a_word_may_contradict_another_setting() -> None:
    findings = parse({"mode": "b", "flag": False}, TABLE)[1]
    assert [finding.rule for finding in findings if finding.severity == "error"] == ["settings_disagree"]


def test_two_names_of_one_setting_have_to_agree() -> None:
    settings, findings = parse({"old_list": ["b"], "list": ["a"]}, TABLE)
    assert settings == {"list": ["a"]}
    assert [finding.rule for finding in findings] == ["settings_disagree"]


@pytest.mark.parametrize(("at", "expected"), [("1.9.0", True), ("1.11.20", True), ("1.12.0", False), ("2.0.0", False)])
def test_defaults_follow_the_version(at: str, expected: bool) -> None:
    setting = Setting("flag", BOOL, "A switch.", defaults=(("", True), ("1.12", False)))
    assert default_at(setting, version(at)) is expected
