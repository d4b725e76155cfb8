"""Few rows that contain many pairs: a covering set of combinations. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Generic, TypeVar

V = TypeVar("V")
Row = dict[str, V]
Pair = tuple[str, int, str, int]
"""Two names in order, each with the index of its value."""


@dataclass
class Cover(Generic[V]):
    """Rows, and how many of all pairs of values they contain."""

    rows: list[Row[V]] = field(default_factory=list)
    covered: set[Pair] = field(default_factory=set)
    pairs: int = 0


def pairwise(
    parameters: Mapping[str, Sequence[V]],
    *,
    limit: int,
    allowed: Callable[[Row[V]], bool] = lambda _row: True,
    starts: Sequence[Row[V]] = ({},),
) -> Cover[V]:
    """Return at most ``limit`` rows that contain as many pairs of values as a greedy choice finds.

    Args:
        parameters: the values of each name. A row may leave a name out.
        limit: how many rows at most; fewer where no pair is left.
        allowed: tells whether a row, complete or not, may be.
        starts: what rows begin with, in turn, where it goes with the pair that the row is for.
    """
    cover: Cover[V] = Cover()
    open_pairs = dict.fromkeys(_all_pairs(parameters))
    cover.pairs = len(open_pairs)
    while open_pairs and len(cover.rows) < limit:
        # Each row begins with a pair that no row has yet, so that none is forgotten for having a dull neighbour.
        one, at, other, other_at = next(iter(open_pairs))
        del open_pairs[one, at, other, other_at]
        anchor = {one: parameters[one][at], other: parameters[other][other_at]}
        row = {**starts[len(cover.rows) % len(starts)], **anchor}
        if not allowed(row):
            row = anchor
            if not allowed(row):
                continue
        _fill(row, parameters, cover.covered, allowed)
        cover.rows.append(row)
        for pair in _pairs_of(parameters, row):
            cover.covered.add(pair)
            open_pairs.pop(pair, None)
    return cover


def _all_pairs(parameters: Mapping[str, Sequence[V]]) -> list[Pair]:
    return [
        _pair(one, at, other, other_at)
        for one, other in combinations(parameters, 2)
        for at in range(len(parameters[one]))
        for other_at in range(len(parameters[other]))
    ]


def _fill(
    row: Row[V], parameters: Mapping[str, Sequence[V]], covered: set[Pair], allowed: Callable[[Row[V]], bool]
) -> None:
    """Give each name of a row the allowed value that brings the most new pairs.

    What is not allowed at first is tried once more when the other names have their values.
    """
    left = [name for name in parameters if name not in row]
    for _attempt in range(2):
        left = [name for name in left if not _put(parameters, covered, allowed, row=row, name=name)]


def _put(
    parameters: Mapping[str, Sequence[V]],
    covered: set[Pair],
    allowed: Callable[[Row[V]], bool],
    *,
    row: Row[V],
    name: str,
) -> bool:
    chosen = _indices(parameters, row)

    def gain(index: int) -> int:
        return sum(_pair(name, index, other, at) not in covered for other, at in chosen.items())

    values = parameters[name]
    for index in sorted(range(len(values)), key=gain, reverse=True):
        if allowed({**row, name: values[index]}):
            row[name] = values[index]
            return True
    return False


def _indices(parameters: Mapping[str, Sequence[V]], row: Row[V]) -> dict[str, int]:
    found = {}
    for name, value in row.items():
        for index, candidate in enumerate(parameters.get(name, ())):
            if candidate == value and type(candidate) is type(value):
                found[name] = index
    return found


def _pairs_of(parameters: Mapping[str, Sequence[V]], row: Row[V]) -> list[Pair]:
    chosen = _indices(parameters, row)
    return [_pair(one, chosen[one], other, chosen[other]) for one, other in combinations(chosen, 2)]


def _pair(one: str, at: int, other: str, other_at: int) -> Pair:
    return (one, at, other, other_at) if one < other else (other, other_at, one, at)
