"""Whole outputs: the founders' own, and one of our own for each shape; their results were read by a person."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._status import reading

from tests.texts import golden_texts, kind_of, text_of

TEXTS = golden_texts()
PLAIN = [path for path in TEXTS if "json" not in path.name]
SEEDS = [path for path in TEXTS if path.parent.name == "seeds"]
each_text = pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
each_plain = pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)


def read(path: Path, text: str | None = None) -> JsonObject:
    return reading.read(kind_of(path), text_of(path) if text is None else text)


@each_text
def test_golden(path: Path) -> None:
    assert read(path) == json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_the_founders_outputs_are_understood_wholly(path: Path) -> None:
    assert read(path)["unparsed"] == []


def test_all_outputs_of_the_founders_are_here() -> None:
    kinds = sorted(path.name.partition("-")[0] for path in SEEDS)
    assert kinds == ["cli", "health", "services", *["status"] * 7]


def each_line(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "\n".join(change(line) if line else line for line in text.split("\n"))


# What a terminal, a copy or a web page does to a text.
CHANGES: dict[str, Callable[[str], str]] = {
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "colours": each_line(lambda line: f"\x1b[1;32m{line}\x1b[0m"),
    "colours in the middle": lambda text: text.replace("Ok", "\x1b[32mOk\x1b[0m").replace(": ", ":\x1b[K "),
    "colours without escape": each_line(lambda line: f"[32m{line}[0m"),
    "title of the window": lambda text: f"\x1b]0;user@host: ~\x07{text}",
    "tabs": lambda text: re.sub(" {2,}", "\t", text),
    "single spaces": each_line(lambda line: " ".join(line.split())),
    "wider columns": lambda text: re.sub("(?<=\\S) {2,}", " " * 31, text),
    "hard spaces": lambda text: text.replace("  ", "\u00a0 "),
    "indented": each_line(lambda line: f"        {line}"),
    "a comment": each_line(lambda line: f"# {line}"),
    "a log": each_line(lambda line: f"[stage-3] {line}"),
    "blank lines": lambda text: text.replace("\n", "\n\n"),
    "no last line break": lambda text: text.rstrip("\n"),
    "preamble and prompt": lambda text: (
        'Defaulted container "cilium-agent" out of: cilium-agent, config (init)\n'
        f"{text}\ncommand terminated with exit code 1\nroot@host:~# "
    ),
    "fence": lambda text: f"```bash\n$ kubectl exec ds/cilium -- some command\n{text}```\n",
}


def essence(result: JsonObject) -> JsonObject:
    """A result without what spaces mean: lines that are not understood, and the way to a part in a drawn tree."""
    shown = {key: value for key, value in result.items() if key != "unparsed"}
    shown["unparsed"] = len(cast(list[Json], result["unparsed"]))
    modules = shown.get("modules_health")
    if isinstance(modules, dict) and isinstance(modules.get("failing"), list):
        failing = [cast(JsonObject, part) for part in cast(list[Json], modules["failing"])]
        modules["failing"] = [{**part, "name": str(part["name"]).rpartition(".")[2]} for part in failing]
    return shown


@pytest.mark.parametrize("change", CHANGES)
@each_plain
def test_what_a_copy_does_to_a_text_changes_nothing(path: Path, change: str) -> None:
    if path.stem == "mesh-cut-json":
        pytest.skip("holds nothing that is understood")
    if text_of(path).count("\n") == 1 and change in {"a comment", "a log"}:
        pytest.skip("one line alone with a sign before it may as well be a command that was typed")
    assert essence(read(path, CHANGES[change](text_of(path)))) == essence(read(path))


@each_plain
def test_a_missing_tail_disturbs_nothing(path: Path) -> None:
    lines = text_of(path).split("\n")
    known = set(map(str, cast(list[Json], read(path)["unparsed"])))
    for count in range(len(lines)):
        part = read(path, "\n".join(lines[:count]))
        if path.stem != "status-wrapped":  # half of a wrapped list is no list
            assert set(map(str, cast(list[Json], part["unparsed"]))) <= known, lines[:count][-1]


@each_plain
def test_a_cut_in_the_middle_of_a_line_is_never_fatal(path: Path) -> None:
    text = text_of(path)
    for end in range(0, len(text), 7):
        read(path, text[:end])
        read(path, text[end:])


@each_plain
def test_a_line_that_nobody_knows_is_kept_wherever_it_stands(path: Path) -> None:
    if path.stem == "status-wrapped":
        pytest.skip("inside a wrapped list any line is taken for its continuation")
    lines = text_of(path).split("\n")
    expected = read(path)
    for index in range(len(lines) + 1):
        result = read(path, "\n".join([*lines[:index], "Zweihundert Wörter 42 unknown", *lines[index:]]))
        assert "Zweihundert Wörter 42 unknown" in json.dumps(result, ensure_ascii=False), index
        if "unparsed" in expected and path.stem != "cli-errors":
            left = [line for line in cast("list[str]", result["unparsed"]) if "Zweihundert" not in line]
            assert left == expected["unparsed"], index
