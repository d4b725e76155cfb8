# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's own expectations, in JMESPath. PRIVATE to the collection."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import _query
from .._errors import InputError
from .._findings import ERROR, Finding
from .._json import get_text
from .naming import subject, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .._json import Json, JsonObject
    from .._query import Query

NODE, CLUSTER = "node", "cluster"
TESTS = ("equals", "min", "matches")
_KEYS = {"query", "per", "name", *TESTS}


@dataclass(frozen=True)
class Expectation:
    """One expectation, known to be well-formed.

    Attributes:
        query: what is looked at.
        test: one of TESTS.
        wanted: what it is compared with.
        per: NODE (each agent's state) or CLUSTER (the result for the cluster).
        name: for people; the query's text if it has none.
    """

    query: Query
    test: str
    wanted: Json
    per: str
    name: str

    def met_by(self, value: Json) -> bool:
        """Tell whether what the query gave is as expected; null never is, unless null is what is expected."""
        if self.test == "equals":
            return value == self.wanted and isinstance(value, bool) == isinstance(self.wanted, bool)
        if self.test == "min":
            return _is_number(value) and _is_number(self.wanted) and float(str(value)) >= float(str(self.wanted))
        return isinstance(value, str) and re.search(str(self.wanted), value) is not None


@dataclass(frozen=True)
class Person:
    """What a person says beside the settings: expectations, and rules whose errors are warnings to them."""

    expectations: tuple[Expectation, ...] = ()
    ignored: frozenset[str] = frozenset()


def read(entries: list[Json], *, where: str) -> list[Expectation]:
    """Return expectations as a person wrote them, checked.

    Args:
        entries: each {query, one of equals, min and matches, per: node or cluster, name}.
        where: the option, for messages.

    Raises:
        InputError: an entry that means nothing, or whose query is not well-formed.
        ConfigurationError: there is an expectation, and the package jmespath is missing.
    """
    return [_read(entry, f"{where}[{number}]") for number, entry in enumerate(entries)]


def _read(entry: Json, where: str) -> Expectation:
    if not isinstance(entry, dict) or set(entry) - _KEYS:
        raise InputError(f"{where}: found {entry!r}, expected a mapping with query and one of {', '.join(TESTS)}")
    given = {key: value for key, value in entry.items() if not (key in TESTS[1:] and value is None)}
    tests = [test for test in TESTS if test in given]
    query = given.get("query")
    if len(tests) != 1 or not isinstance(query, str):
        raise InputError(
            f"{where}: found {', '.join(tests) or 'no test'}, expected query and exactly one of {', '.join(TESTS)}"
        )
    test, wanted = tests[0], given[tests[0]]
    per = given.get("per") or NODE
    if per not in (NODE, CLUSTER):
        raise InputError(f"{where}: found per: {per!r}, expected {NODE} or {CLUSTER}")
    if test == "min" and not _is_number(wanted):
        raise InputError(f"{where}: found min: {wanted!r}, expected a number")
    if test == "matches":
        _check_pattern(wanted, where)
    return Expectation(_query.compiled(query, where=where), test, wanted, str(per), get_text(given, "name") or query)


def _check_pattern(wanted: Json, where: str) -> None:
    try:
        re.compile(str(wanted))
    except re.error as error:
        raise InputError(f"{where}: matches: {wanted!r} is no regular expression: {error}") from error


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def unmet(expectations: Iterable[Expectation], result: JsonObject, *, cluster: str) -> Iterator[Finding]:
    """Yield a finding for each expectation that the cluster, or one of its nodes, does not meet.

    Args:
        expectations: what read() returned.
        result: of verify_info, with `nodes`.
        cluster: its name.

    Raises:
        InputError: a query's function got a value of a type that it does not take.
    """
    nodes = result.get("nodes")
    states: Mapping[str, Json] = nodes if isinstance(nodes, dict) else {}
    for one in expectations:
        if one.per == CLUSTER:
            value = one.query.answer(result)
            if not one.met_by(value):
                yield _unmet(one, cluster=cluster, found=value, nodes=[])
            continue
        values: dict[str, list[str]] = {}
        shown: dict[str, Json] = {}
        for node, state in states.items():
            value = one.query.answer(state)
            if not one.met_by(value):
                shown[repr(value)] = value
                values.setdefault(repr(value), []).append(node)
        for key, where in sorted(values.items()):
            yield _unmet(one, cluster=cluster, found=shown[key], nodes=where)


def _unmet(one: Expectation, *, cluster: str, found: Json, nodes: list[str]) -> Finding:
    words = {"equals": "to be", "min": "to be at least", "matches": "to match"}
    asked: JsonObject = {"query": one.query.text, one.test: one.wanted}
    return Finding(
        rule="expectation_unmet",
        severity=ERROR,
        subject=subject(cluster, nodes),
        asked=asked,
        found=found,
        reason=f"{one.name}: found {word(found)}, expected it {words[one.test]} {word(one.wanted)}",
        remedy="this expectation is yours (cilium_verify_expectations): correct the cluster, or the expectation",
    )
