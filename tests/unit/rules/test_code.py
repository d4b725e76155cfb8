"""The project's rules that no linter checks, for every Python file that git knows."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.collection import tracked

PROJECT = Path(__file__).resolve().parents[3]
FILES = [PROJECT / name for name in tracked() if name.endswith(".py")]
PLUGINS = [path for path in FILES if PROJECT / "plugins" in path.parents]
Function = ast.FunctionDef | ast.AsyncFunctionDef

MAX_FILE = 400
MAX_FUNCTION = 40
MAX_PARAMETERS = 5
DOCUMENTATION = {"DOCUMENTATION", "EXAMPLES", "RETURN"}
SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:|pylint:|fmt:)")
WITH_REASON = re.compile(r"#\s*(noqa: [A-Z0-9, ]+|type: ignore\[[a-z, -]+\] *#|pragma: no cover) -- \S")

every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PROJECT)))
every_plugin = pytest.mark.parametrize("path", PLUGINS, ids=lambda path: str(path.relative_to(PROJECT)))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def lines_of_documentation(path: Path) -> int:
    """Lines that the documentation blocks of an Ansible plugin take; they are no code."""
    total = 0
    for node in parsed(path).body:
        names = {target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)}
        if names & DOCUMENTATION:
            total += (node.end_lineno or node.lineno) - node.lineno + 1
    return total


@every_file
def test_files_are_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines()) - lines_of_documentation(path)
    assert lines <= MAX_FILE, f"{path}: {lines} lines; expected at most {MAX_FILE}: split it"


@every_file
def test_functions_are_short(path: Path) -> None:
    long = {
        node.name: (node.end_lineno or node.lineno) - node.lineno + 1
        for node in functions(path)
        if (node.end_lineno or node.lineno) - node.lineno >= MAX_FUNCTION
    }
    assert not long, f"{path}: functions of more than {MAX_FUNCTION} lines: {long}"


@every_file
def test_functions_take_few_parameters(path: Path) -> None:
    many = {}
    for node in functions(path):
        positional = [name.arg for name in (*node.args.posonlyargs, *node.args.args) if name.arg not in {"self", "cls"}]
        count = len(positional) + len(node.args.kwonlyargs)
        if "tests" not in path.parts and count > MAX_PARAMETERS:
            many[node.name] = count
    assert not many, f"{path}: functions of more than {MAX_PARAMETERS} parameters: {many}"


@every_file
def test_no_broad_except(path: Path) -> None:
    broad = [
        node.lineno
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    ]
    assert not broad, f"{path}: except clauses that catch everything, in lines {broad}"


@every_file
def test_what_is_not_used_has_a_name_all_the_same(path: Path) -> None:
    """ansible-test disallows the name _, but finds it a minute later than this."""
    bare = [node.lineno for node in ast.walk(parsed(path)) if isinstance(node, ast.Name) and node.id == "_"]
    assert not bare, f"{path}: the name _ in lines {bare}; expected one such as _rest"


@every_file
def test_suppressions_say_why(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    comments = [
        token.string
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    ]
    mute = [text for text in comments if SUPPRESSION.search(text) and not WITH_REASON.search(text)]
    assert not mute, f"{path}: suppressions without a reason: {mute}"


@every_file
def test_annotations_are_postponed(path: Path) -> None:
    body = parsed(path).body
    imports = [node for node in body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    only_documentation = len(body) <= 1
    assert only_documentation or any(name.name == "annotations" for node in imports for name in node.names), path


@every_plugin
def test_plugins_are_python_3_9(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), filename=str(path), feature_version=(3, 9))


@every_plugin
def test_plugins_run_on_python_3_9(path: Path) -> None:
    """What the grammar of 3.9 allows and its library does not: slots and kw_only of dataclasses, match, zip(strict)."""
    newer = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            keywords = {keyword.arg for keyword in node.keywords}
            if (name == "dataclass" and keywords & {"slots", "kw_only"}) or (name == "zip" and "strict" in keywords):
                newer.append(node.lineno)
    assert not newer, f"{path}: newer than Python 3.9, in lines {newer}"


@every_plugin
def test_plugins_carry_the_licence(path: Path) -> None:
    head = path.read_text(encoding="utf-8")[:500]
    assert "# SPDX-License-Identifier: GPL-3.0-or-later" in head, path
    assert "GNU General Public License v3.0+" in head, path


@every_plugin
def test_private_code_says_so(path: Path) -> None:
    if "module_utils" in path.parts or "plugin_utils" in path.parts:
        relative = path.relative_to(PROJECT / "plugins").parts[1:]
        assert any(part.startswith("_") for part in relative), f"{path}: expected a leading underscore"
        assert "PRIVATE to the collection" in (ast.get_docstring(parsed(path)) or ""), path


@every_plugin
def test_only_the_doors_end_a_run(path: Path) -> None:
    """exit_json and fail_json are called by main(), and by the module door that every main() goes through."""
    if path.name == "_module.py":
        return
    calls = [
        f"{node.name}:{call.lineno}"
        for node in functions(path)
        if node.name != "main"
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in {"exit_json", "fail_json"}
    ]
    assert not calls, f"{path}: {calls}"
