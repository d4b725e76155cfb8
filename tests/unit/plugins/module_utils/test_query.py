"""JMESPath expressions: what is wrong is found before anything is read, with its column."""

from __future__ import annotations

from contextlib import suppress

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils import _query
from ansible_collections.fleet.cilium.plugins.module_utils._errors import ConfigurationError, InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json
from ansible_collections.fleet.cilium.plugins.module_utils._query import compiled, query_of
from hypothesis import given
from hypothesis import strategies as st

RESULT: dict[str, Json] = {
    "changed": False,
    "nodes": {"n1": {"version": "1.15.19", "size": 251}, "n2": {"version": "1.16.1"}},
    "findings": [{"rule": "agent_timeout"}],
}

ANSWERS: list[tuple[str, Json]] = [
    ("nodes.n1.version", "1.15.19"),
    ("nodes.*.version | sort(@)", ["1.15.19", "1.16.1"]),
    ("nodes.nobody", None),
    ("keys(nodes)", ["n1", "n2"]),
    ("length(findings)", 1),
    ("findings[?rule == 'agent_timeout'] | [0].rule", "agent_timeout"),
    ("{sizes: nodes.*.size, first: nodes.n1}", {"sizes": [251], "first": {"version": "1.15.19", "size": 251}}),
    ("merge(nodes.n1, nodes.n2, `{}`).version", "1.16.1"),
    ("not_null(nodes.n3, [nodes.n1.size, nodes.n2.size])", [251, None]),
    ("sort_by(values(nodes), &version)[0].size", 251),
]


@pytest.mark.parametrize(("text", "expected"), ANSWERS)
def test_answers(text: str, expected: Json) -> None:
    assert compiled(text, where="query").answer(RESULT) == expected


def test_a_reduced_result_keeps_what_is_wrong() -> None:
    assert compiled("nodes.n2.version", where="query").reduced(RESULT) == {
        "changed": False,
        "findings": [{"rule": "agent_timeout"}],
        "query_result": "1.16.1",
    }


WRONG = [
    ("", 1, "it is empty"),
    ("nodes.*.version |", 18, "it ends too early"),
    ("nodes[", 7, "it ends too early"),
    ("nodes nodes", 7, "Unexpected token: nodes"),
    ("nodes.#", 7, "Unknown token #"),
    ("nodes.'n1", 7, "Unclosed ' delimiter"),
    ("nodes..n1", 7, "got: dot"),
    ("nodes.node-1", 11, "-1"),
    ("length(nodes", 13, "it ends too early"),
    ("nodes | len(@)", 9, "there is no function len, only abs, avg,"),
    ("keys(nodes, findings)", 1, "function keys takes 1 arguments, found 2"),
    ("[keys()]", 2, "function keys takes 1 arguments, found 0"),
    ("nodes.* | [?contains(version)]", 13, "function contains takes 2 arguments, found 1"),
    ("sort_by(values(nodes))", 1, "function sort_by takes 2 arguments, found 1"),
    ("merge()", 1, "function merge takes 1 or more arguments, found 0"),
    ("(" * 100_000, 1, "nested too deeply"),
]


@pytest.mark.parametrize(("text", "column", "reason"), WRONG, ids=lambda value: str(value)[:20])
def test_what_is_wrong(text: str, column: int, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        compiled(text, where="Option query")
    assert f"column {column}: " in caught.value.message
    assert reason in caught.value.message
    assert caught.value.message.startswith("Option query: ")
    assert caught.value.details["column"] == column


def test_types_that_do_not_fit() -> None:
    with pytest.raises(InputError, match=r"does not fit what was read: .*sort"):
        compiled("sort(nodes)", where="query").answer(RESULT)


def test_an_expression_that_is_no_value() -> None:
    with pytest.raises(InputError, match="query: found a"):
        compiled("&nodes", where="query").answer(RESULT)


def test_no_query() -> None:
    assert query_of({}) is None
    assert query_of({"query": None}) is None
    with pytest.raises(InputError, match="it is empty"):
        query_of({"query": ""})


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_query, "IMPORT_ERROR", "Traceback …")
    assert query_of({}) is None
    with pytest.raises(ConfigurationError, match=r"package jmespath cannot be imported.* -m pip install jmespath"):
        query_of({"query": "nodes"})


PIECES = [
    "a",
    "b",
    "n",
    ".",
    "*",
    "[",
    "]",
    "[?",
    "[]",
    "{",
    "}",
    "(",
    ")",
    "|",
    "&",
    "@",
    "!",
    "<",
    "==",
    "'",
    ",",
    ":",
]
PIECES += ["`", '"', "0", "-1", "\\", " ", "#", "[::0]", "ceil(", "sort(", "max_by(", "`1e999`", "`[1]`", "to_number("]


@pytest.mark.filterwarnings("ignore:deprecated string literal syntax")
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_any_text_is_an_expression_or_an_error_of_ours(text: str) -> None:
    with suppress(InputError):
        compiled(text, where="query").answer({"a": 1, "b": [{"n": 2}]})
