# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings: what a person asks of a cluster, typed and independent of a version. PRIVATE to the collection.

Which settings there are stands in the catalogue. Here is what one setting is, and how a value is read as one.
Reading is lenient where Kubespray and people are: numbers as text, a list as text, old words; a reading that changes
the meaning is reported. A value that cannot be read is an error, never a guess.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ._errors import InputError
from ._findings import ERROR, INFO, Finding
from ._secrets import told
from ._versions import parse as parse_version

if TYPE_CHECKING:
    from ._json import Json, JsonObject
    from ._versions import Version

Settings = Mapping[str, "Json"]

BOOL = "bool"
INT = "int"
TEXT = "str"
WORD = "word"
LIST = "list"
MAP = "dict"

_TRUE = frozenset({"true", "yes", "on", "y", "1", "enabled"})
_FALSE = frozenset({"false", "no", "off", "n", "0", "disabled"})


@dataclass(frozen=True)
class Reading:
    """Another word for a value, as older versions or Kubespray have it.

    Attributes:
        means: the value of this setting; None leaves it unset.
        reason: why the word is read so; empty when the word is simply the same, so there is nothing to report.
        sets: further settings that the word says, as a mapping of name to value.
    """

    means: Json
    reason: str = ""
    sets: Settings = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """One setting.

    Attributes:
        name: the variable that holds it; Kubespray's name where Kubespray has one.
        kind: BOOL, INT, TEXT, WORD (one of `choices`), LIST (of text) or MAP.
        doc: one or two sentences for the table of variables.
        choices: the words of a WORD.
        defaults: what applies when it is unset, from which version on, oldest first; () for nothing.
        empty: values that mean "not set", beside None and empty text.
        readings: other words, in lower case, and what they mean.
        also: other variables that are read as this setting.
        unresolved: values that a role replaces by what they stand for, before values are made.
        low, high: bounds of an INT, both within.
    """

    name: str
    kind: str
    doc: str
    choices: tuple[str, ...] = ()
    defaults: tuple[tuple[str, Json], ...] = ()
    empty: tuple[Json, ...] = ()
    readings: Mapping[str, Reading] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    unresolved: tuple[Json, ...] = ()
    low: int | None = None
    high: int | None = None


def default_at(setting: Setting, version: Version) -> Json:
    """Return what applies at a version when the setting is not set; None for nothing."""
    found: Json = False if setting.kind == BOOL and not setting.defaults else None
    for since, value in setting.defaults:
        if not since or parse_version(since).numbers <= version.numbers:
            found = value
    return found


def parse(values: Mapping[str, Json], table: Mapping[str, Setting]) -> tuple[dict[str, Json], list[Finding]]:
    """Read values as settings.

    Args:
        values: plain values by variable.
        table: every setting by its name.

    Returns:
        The settings that are set, typed, and a finding for each value that was read leniently or cannot be read.
    """
    names = {other: name for name, setting in table.items() for other in (name, *setting.also)}
    settings: dict[str, Json] = {}
    implied: dict[str, Json] = {}
    findings: list[Finding] = []
    # A setting's own name comes before the names that are read as it.
    for variable in sorted(values, key=lambda key: (key not in table, key)):
        if variable not in names:
            findings.append(_unknown(variable, list(names)))
            continue
        setting = table[names[variable]]
        try:
            value, reading, notes = _read(setting, values[variable])
        except InputError as error:
            findings.append(_unreadable(setting, values[variable], error))
            continue
        findings += [_lenient(setting, values[variable], note) for note in notes]
        implied.update(reading)
        if value is None:
            continue
        if settings.setdefault(setting.name, value) != value:
            findings.append(_disagree(setting.name, asked=value, found=settings[setting.name], via=variable))
    for name, value in implied.items():
        if settings.setdefault(name, value) != value:
            findings.append(_disagree(name, asked=value, found=settings[name], via="another setting"))
    return settings, findings


def _read(setting: Setting, value: Json) -> tuple[Json, Settings, list[str]]:
    """Return the typed value (None: not set), further settings that it says, and notes on how it was read."""
    if value is None or value == "" or _means_unset(setting, value):
        return None, {}, []
    word = _word(value)
    if word in setting.readings:
        reading = setting.readings[word]
        return reading.means, reading.sets, [reading.reason] if reading.reason else []
    typed, note = _READERS[setting.kind](setting, value)
    if _means_unset(setting, typed):
        return None, {}, []
    return typed, {}, [note] if note else []


def _means_unset(setting: Setting, value: Json) -> bool:
    if setting.kind == INT and isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    return any(value == item and type(value) is type(item) for item in setting.empty)


def _word(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.strip().lower() if isinstance(value, str) else ""


def _bool(setting: Setting, value: Json) -> tuple[Json, str]:
    word = str(value) if isinstance(value, int) and not isinstance(value, bool) else _word(value)
    if word in _TRUE:
        return True, ""
    if word in _FALSE:
        return False, ""
    raise InputError(f"{setting.name}: found {told(value, setting.name)}, expected true or false")


def _int(setting: Setting, value: Json) -> tuple[Json, str]:
    number: int | None = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,18}\s*", value):
        number = int(value)
    if number is None:
        raise InputError(f"{setting.name}: found {told(value, setting.name)}, expected a whole number")
    low, high = setting.low, setting.high
    if (low is not None and number < low) or (high is not None and number > high):
        bounds = f"of {low} or more" if high is None else f"from {low} to {high}"
        raise InputError(f"{setting.name}: found {number}, expected a number {bounds}")
    return number, "a number that is written as text is read as the number" if isinstance(value, str) else ""


def _text(setting: Setting, value: Json) -> tuple[Json, str]:
    if isinstance(value, str):
        return value.strip(), ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value), "a number is read as text"
    raise InputError(f"{setting.name}: found {told(value, setting.name)}, expected text")


def _choice(setting: Setting, value: Json) -> tuple[Json, str]:
    word = _word(value)
    choices = {choice.lower(): choice for choice in setting.choices}
    if word in choices:
        return choices[word], ""
    expected = ", ".join(setting.choices)
    guess = difflib.get_close_matches(word, choices, n=1)
    hint = f"; did you mean {choices[guess[0]]}?" if guess else ""
    raise InputError(f"{setting.name}: found {told(value, setting.name)}, expected one of {expected}{hint}")


def _list(setting: Setting, value: Json) -> tuple[Json, str]:
    if isinstance(value, str):
        return [part for part in re.split(r"[\s,]+", value) if part], ""
    if isinstance(value, list) and all(isinstance(item, (str, int)) and not isinstance(item, bool) for item in value):
        return [str(item).strip() for item in value if item != ""], ""
    raise InputError(f"{setting.name}: found {told(value, setting.name)}, expected a list of text")


def _map(setting: Setting, value: Json) -> tuple[Json, str]:
    if isinstance(value, dict):
        return value, ""
    raise InputError(f"{setting.name}: found {told(value, setting.name)}, expected a mapping")


_READERS: Mapping[str, Callable[[Setting, Json], tuple[Json, str]]] = {
    BOOL: _bool,
    INT: _int,
    TEXT: _text,
    WORD: _choice,
    LIST: _list,
    MAP: _map,
}


def _unknown(variable: str, known: list[str]) -> Finding:
    guess = difflib.get_close_matches(variable, known, n=1, cutoff=0.75)
    return Finding(
        rule="unknown_setting",
        severity=ERROR,
        subject={"setting": variable},
        asked=variable,
        reason=f"there is no setting {variable}, so it would do nothing",
        remedy=f"did you mean {guess[0]}?" if guess else "remove it; docs/variables.md lists all settings",
    )


def _unreadable(setting: Setting, value: Json, error: InputError) -> Finding:
    return Finding(
        rule="unreadable_setting",
        severity=ERROR,
        subject={"setting": setting.name},
        asked=_asked(setting.name, value),
        reason=error.message,
        remedy=f"give {setting.name} as {_expected(setting)}",
    )


def _expected(setting: Setting) -> str:
    if setting.kind == WORD:
        return f"one of {', '.join(setting.choices)}"
    return {BOOL: "true or false", INT: "a whole number", TEXT: "text", LIST: "a list", MAP: "a mapping"}[setting.kind]


def _lenient(setting: Setting, value: Json, note: str) -> Finding:
    return Finding(
        rule="lenient_reading",
        severity=INFO,
        subject={"setting": setting.name},
        asked=_asked(setting.name, value),
        reason=f"{setting.name}: {note}",
        remedy="nothing has to be done; write the new form when you next change it",
    )


def _disagree(name: str, *, asked: Json, found: Json, via: str) -> Finding:
    return Finding(
        rule="settings_disagree",
        severity=ERROR,
        subject={"setting": name},
        asked=_asked(name, asked),
        found=_asked(name, found),
        reason=f"{name} is {told(found, name)}, but {via} says {told(asked, name)}",
        remedy=f"say {name} once",
    )


def _asked(name: str, value: Json) -> JsonObject:
    return {name: value}
