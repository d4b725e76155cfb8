# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option `query` of modules that read: a JMESPath expression that reduces their result. PRIVATE to the collection.

What can be known to be wrong without the result (syntax, names of functions, numbers of arguments) is found by
compiled(), before anything is read.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ._arguments import ArgumentSpec
from ._errors import ConfigurationError, InputError
from ._json import Json, plain

if TYPE_CHECKING:
    from jmespath.parser import ParsedResult

    from ._context import Result

try:
    import jmespath
    from jmespath import exceptions
    from jmespath.functions import Functions
    from jmespath.lexer import Lexer
except ImportError:
    IMPORT_ERROR: str | None = traceback.format_exc()
else:
    IMPORT_ERROR = None

QUERY_ARGUMENTS: ArgumentSpec = {"query": {"type": "str"}}
ANSWER = "query_result"

_OPENING, _CLOSING = {"lparen", "lbracket", "lbrace", "filter"}, {"rparen", "rbracket", "rbrace"}


class Query:
    """An expression that is known to be well-formed."""

    def __init__(self, text: str, expression: ParsedResult, where: str) -> None:
        self.text = text
        self._expression = expression
        self._where = where

    def answer(self, value: Json) -> Json:
        """Return what the expression gives of a value.

        Raises:
            InputError: what was read has other types than the expression takes, or the answer is no JSON.
        """
        try:
            return plain(self._expression.search(value), where=self._where)
        except (ValueError, ArithmeticError) as error:  # such as its own errors, a slice of step 0, ceil(infinity)
            raise InputError(
                f"{self._where}: {self.text!r} does not fit what was read: {_first_line(error)} Look at the result "
                "without it."
            ) from error

    def reduced(self, result: Mapping[str, object]) -> Result:
        """Return a module's result reduced: `changed` and `findings` as they are, the rest as ANSWER.

        The expression sees the whole result, `findings` too. Errors as answer().
        """
        kept: Result = {key: result[key] for key in ("changed", "findings") if key in result}
        return {**kept, ANSWER: self.answer(plain(result, where="result"))}


def query_of(params: Mapping[str, Json]) -> Query | None:
    """Return the query that the options of QUERY_ARGUMENTS ask for; None for none. Errors as compiled()."""
    text = params.get("query")
    return None if text is None else compiled(str(text), where="Option query")


def compiled(text: str, *, where: str) -> Query:
    """Return an expression, checked.

    Args:
        text: in JMESPath.
        where: whose expression it is, for messages.

    Raises:
        InputError: it is not well-formed; the message names the column, counted from 1.
        ConfigurationError: the package jmespath is missing.
    """
    if IMPORT_ERROR is not None:
        raise ConfigurationError(
            f"{where}: the Python package jmespath cannot be imported by the Python that does the work. Install it "
            f"there: {sys.executable} -m pip install jmespath",
            exception=IMPORT_ERROR,
        )
    try:
        expression = jmespath.compile(text)
        tokens = [(token["type"], str(token["value"]), token["start"]) for token in Lexer().tokenize(text)]
    except exceptions.EmptyExpressionError as error:
        raise _bad(where, text, 0, "it is empty") from error
    except exceptions.ParseError as error:
        raise _bad(where, text, error.lex_position, _reason(error)) from error
    except RecursionError as error:
        raise _bad(where, text, 0, "it is nested too deeply") from error
    _check_calls(tokens, text, where)
    return Query(text, expression, where)


def _bad(where: str, text: str, position: int, reason: str) -> InputError:
    return InputError(
        f"{where}: {text!r} is no JMESPath expression: column {position + 1}: {reason}. See https://jmespath.org.",
        column=position + 1,
    )


def _reason(error: exceptions.ParseError) -> str:
    if isinstance(error, exceptions.IncompleteExpressionError):
        return "it ends too early"
    if isinstance(error, exceptions.LexerError):
        return str(error.message)
    return str(error.msg)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".:") + "."


def _check_calls(tokens: list[tuple[str, str, int]], text: str, where: str) -> None:
    """Look at every function call: jmespath itself would find a wrong one only when it gets there, or never.

    Raises:
        InputError: no such function, or not with so many arguments.
    """
    # Of each bracket that is open: the function's name and place ("" if it is none), and how many commas came.
    waiting: list[tuple[str, int, int]] = []
    for index, (kind, _value, _start) in enumerate(tokens):
        if kind in _OPENING:
            before = tokens[index - 1] if index else ("", "", 0)
            called = kind == "lparen" and before[0] == "unquoted_identifier"
            waiting.append((before[1], before[2], 0) if called else ("", 0, 0))
        elif kind == "comma" and waiting:
            name, start, commas = waiting[-1]
            waiting[-1] = (name, start, commas + 1)
        elif kind in _CLOSING and waiting:
            name, start, commas = waiting.pop()
            none = tokens[index - 1][0] == "lparen"
            reason = _call_problem(name, 0 if none else commas + 1) if name else None
            if reason:
                raise _bad(where, text, start, reason)


def _call_problem(name: str, given: int) -> str | None:
    """Return what is wrong with a call of a function with so many arguments; None if nothing."""
    known = Functions.FUNCTION_TABLE
    if name not in known:
        return f"there is no function {name}, only {', '.join(sorted(known))}"
    signature = known[name]["signature"]
    more = bool(signature) and bool(signature[-1].get("variadic"))
    if given == len(signature) or (more and given > len(signature)):
        return None
    return f"function {name} takes {len(signature)}{' or more' if more else ''} arguments, found {given}"
