"""The generator of covering sets."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.charts.pairwise import pairwise

PARAMETERS = {"a": (1, 2), "b": (1, 2, 3), "c": (False, True), "d": ("x", "y")}


def pairs(row: Mapping[str, object]) -> set[tuple[tuple[str, object], tuple[str, object]]]:
    return set(combinations(sorted(row.items(), key=lambda item: item[0]), 2))


def test_every_pair_is_there() -> None:
    cover = pairwise(PARAMETERS, limit=60)
    found = set().union(*(pairs(row) for row in cover.rows))
    for one, other in combinations(PARAMETERS, 2):
        for left, right in product(PARAMETERS[one], PARAMETERS[other]):
            assert ((one, left), (other, right)) in found
    assert len(cover.covered) == cover.pairs
    # All combinations would be 24.
    assert len(cover.rows) < 12


def test_rows_are_limited() -> None:
    many = {f"p{number}": (True, False) for number in range(30)}
    cover = pairwise(many, limit=5)
    assert len(cover.rows) == 5
    assert len(cover.covered) < cover.pairs


def test_only_what_is_allowed() -> None:
    cover = pairwise(PARAMETERS, limit=60, allowed=lambda row: not (row.get("a") == 2 and row.get("b") == 3))
    assert cover.rows
    assert not any(row.get("a") == 2 and row.get("b") == 3 for row in cover.rows)
    assert cover.pairs - len(cover.covered) == 1


def test_a_value_that_needs_another_is_tried_again() -> None:
    """Here a needs z, which comes after it."""
    cover = pairwise({"a": (1,), "b": (1,), "z": (1,)}, limit=3, allowed=lambda row: "a" not in row or "z" in row)
    assert {"a": 1, "b": 1, "z": 1} in cover.rows


def test_rows_begin_as_asked() -> None:
    cover = pairwise({"a": (1, 2), "b": (1, 2)}, limit=60, starts=({"z": 2}, {"z": 1}))
    assert [row["z"] for row in cover.rows] == [2, 1, 2, 1]


def test_true_is_not_one() -> None:
    cover = pairwise({"a": (1, True), "b": (0, False)}, limit=60)
    assert len(cover.covered) == 4


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 4), min_size=2))
def test_all_pairs_whatever_the_sizes(sizes: dict[str, int]) -> None:
    parameters = {name: tuple(range(size)) for name, size in sizes.items()}
    cover = pairwise(parameters, limit=200)
    assert len(cover.covered) == cover.pairs
