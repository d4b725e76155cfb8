# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Helm values that each published chart knows, without the chart. PRIVATE to the collection.

For code that runs on the controller: filters and checks before a chart is there. A module task reads its chart
instead, so that this table is not sent to anybody.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .._versions import Version, parse
from . import _paths_data as data
from ._known import SCHEMA_SINCE, Keys, Known, Node, place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A type that stands for any, and the largest number: a run without an end.
_ANY = "x"
_OPEN = 10**6

Run = tuple[int, int, str]


@cache
def releases() -> tuple[Version, ...]:
    """Return the releases that the table knows, oldest first."""
    return tuple(parse(text) for text in data.RELEASES.split())


def nearest_release(version: str) -> str:
    """Return the known release whose facts hold for a version.

    That is the release itself; for a pre-release the final one; for a patch that is not known yet the last one of the
    same minor before it; outside of all that the oldest or the newest. Raises InputError for what is no version.
    """
    wanted = parse(version)
    final = Version(*wanted.numbers)
    known = releases()
    if final in known:
        return str(final)
    below = [release for release in known if release < final]
    return str(below[-1] if below else known[0])


@cache
def table() -> dict[Keys, tuple[Run, ...]]:
    """Return the runs of every path: index of the first and of the last release, and the letters of its types."""
    distinct = [tuple(_run(part) for part in text.split("+")) for text in data.RUNS.split()]
    found: dict[Keys, tuple[Run, ...]] = {}
    above: Keys = ()
    for word in data.TREE.split():
        name, _sign, number = word.partition("=")
        above = (*above[: int(name[0])], name[1:])
        if number:
            found[above] = distinct[int(number)]
    return found


def _run(text: str) -> Run:
    numbers, letters = text.rstrip("abfiosx"), text.lstrip("0123456789-")
    first, _dash, last = numbers.partition("-")
    return int(first), int(last) if last else _OPEN, letters


@cache
def known(version: str) -> Known:
    """Return what the chart of a version knows. Raises InputError for what is no version."""
    release = nearest_release(version)
    index = releases().index(parse(release))
    root = Node()
    for keys, runs in table().items():
        for first, last, letters in runs:
            if first <= index <= last:
                place(root, keys, kinds="" if letters == _ANY else letters)
    numbers = parse(release).numbers
    return Known(
        name=f"chart cilium {version.lstrip('v')}",
        version=version.lstrip("v"),
        root=root,
        strict=numbers[:2] >= SCHEMA_SINCE,
        gone=_gone(index),
    )


def _gone(index: int) -> Mapping[Keys, tuple[str, str]]:
    return dict(_absent(index))


def _absent(index: int) -> Iterator[tuple[Keys, tuple[str, str]]]:
    """Yield the paths that this release does not know, with the first and the last release that did."""
    names = [str(release) for release in releases()]
    for keys, runs in table().items():
        if not any(first <= index <= last for first, last, _letters in runs):
            before = [last for _first, last, _letters in runs if last < index]
            if before:
                yield keys, (names[runs[0][0]], names[before[-1]])
            else:
                yield keys, (names[runs[0][0]], "")
