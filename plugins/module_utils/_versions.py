# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Semantic versions, spans of them, and the ranges that charts write into ``kubeVersion``. PRIVATE to the collection.

The grammar is that of Masterminds/semver, which Helm uses: ``||`` between alternatives, comma or space between
conditions, the operators = != > < >= <= ~ ^, hyphen ranges and wildcards; a pre-release such as ``v1.29.1-eks-1`` is
within a range only if that condition names a pre-release too (that is why charts write ``>= 1.16.0-0``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, total_ordering

from ._errors import InputError

_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_CONDITION = re.compile(
    r"(=|!=|>=|=>|<=|=<|>|<|~>|~|\^)?\s*"
    r"(v?(?:\d+|[xX*])(?:\.(?:\d+|[xX*]))?(?:\.(?:\d+|[xX*]))?(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)"
)
_HYPHEN = re.compile(r"(\S+)\s+-\s+(\S+)")
_WILD = ("x", "X", "*")
Numbers = tuple[int, int, int]


@total_ordering
@dataclass(frozen=True)
class Version:
    """A version; build metadata is dropped, as it does not order."""

    major: int
    minor: int
    patch: int
    prerelease: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[int, int, int]:
        """Return major, minor and patch."""
        return (self.major, self.minor, self.patch)

    def __lt__(self, other: Version) -> bool:
        if self.numbers != other.numbers:
            return self.numbers < other.numbers
        if not self.prerelease or not other.prerelease:
            return bool(self.prerelease) and not other.prerelease
        return _identifiers(self.prerelease) < _identifiers(other.prerelease)

    def __str__(self) -> str:
        numbers = ".".join(str(number) for number in self.numbers)
        return f"{numbers}-{'.'.join(self.prerelease)}" if self.prerelease else numbers


@dataclass(frozen=True)
class Span:
    """Versions from `since` on and before `until`, by their numbers: a pre-release counts as its final release."""

    since: Numbers = (0, 0, 0)
    until: Numbers | None = None

    def __str__(self) -> str:
        since = _short(self.since) if any(self.since) else ""
        if self.until is None:
            return f"{since} or newer" if since else "any version"
        return f"{since} up to, but not, {_short(self.until)}" if since else f"older than {_short(self.until)}"

    def holds(self, version: Version) -> bool:
        """Tell whether a version lies within."""
        return self.since <= version.numbers and (self.until is None or version.numbers < self.until)


def _short(numbers: Numbers) -> str:
    """Return the shortest text of a version: 1.14 for 1.14.0."""
    return ".".join(str(number) for number in (numbers if numbers[2] else numbers[:2]))


@cache
def span(since: str = "", until: str = "") -> Span:
    """Return the span between two versions such as "1.14" and "1.15.8"; an empty text is no bound."""
    return Span(parse(since).numbers if since else (0, 0, 0), parse(until).numbers if until else None)


def _identifiers(prerelease: tuple[str, ...]) -> list[tuple[int, int, str]]:
    """Order numeric identifiers by number and before all others (semver.org, item 11)."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in prerelease]


def parse(text: str) -> Version:
    """Return the version that a text says; a leading ``v`` is fine. Raises InputError when it says none."""
    match = _VERSION.fullmatch(text.strip())
    if match is None:
        raise InputError(f"version {text!r}: expected a version such as 1.15.19")
    major, minor, patch, prerelease = match.groups()
    return Version(int(major), int(minor or 0), int(patch or 0), tuple(prerelease.split(".")) if prerelease else ())


def is_exact(text: str) -> bool:
    """Tell whether a text is one full version, not a range."""
    return re.fullmatch(r"v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?", text.strip()) is not None


def satisfies(version: Version, constraint: str) -> bool:
    """Tell whether a version is within a range. Raises InputError when the range cannot be read."""
    return any(_within(version, part) for part in constraint.split("||"))


def _within(version: Version, text: str) -> bool:
    plain = _HYPHEN.sub(r">=\1 <=\2", text)
    found = list(_CONDITION.finditer(plain))
    rest = _CONDITION.sub("", plain).replace(",", "").strip()
    if rest or not found:
        raise InputError(f"version range {text!r}: cannot read {rest or text!r}; expected e.g. '>= 1.16.0-0'")
    return all(_holds(version, match.group(1) or "", match.group(2)) for match in found)


def _holds(version: Version, operator: str, text: str) -> bool:
    low, high, asks_prerelease = _bounds(text)
    if version.prerelease and not asks_prerelease:
        return False
    inside = low <= version and (version.numbers < high if high is not None else version == low)
    if text.lstrip("v")[:1] in _WILD:
        inside = True
    if operator in ("", "="):
        return inside
    if operator == "!=":
        return not inside
    if operator in ("~", "~>", "^"):
        return low <= version and version.numbers < _ceiling(operator, text, low)
    above = version.numbers >= high if high is not None else version > low
    return {
        ">": above,
        ">=": version >= low,
        "=>": version >= low,
        "<": version < low,
        "<=": version < low or inside,
        "=<": version < low or inside,
    }[operator]


def _bounds(text: str) -> tuple[Version, tuple[int, int, int] | None, bool]:
    """Return the lowest version that a text names, the numbers just above, and whether it names a pre-release.

    There are numbers just above only where the text leaves parts out.
    """
    numbers, _dash, prerelease = text.lstrip("v").partition("+")[0].partition("-")
    parts = [int(part) for part in numbers.split(".") if part not in _WILD]
    major, minor, patch = [*parts, 0, 0, 0][:3]
    low = Version(major, minor, patch, tuple(prerelease.split(".")) if prerelease else ())
    high = {1: (low.major + 1, 0, 0), 2: (low.major, low.minor + 1, 0)}.get(len(parts))
    if not parts:
        high = (2**31, 0, 0)
    return low, high, bool(prerelease)


def _ceiling(operator: str, text: str, low: Version) -> tuple[int, int, int]:
    parts = [part for part in text.lstrip("v").partition("-")[0].split(".") if part not in _WILD]
    if not parts:
        return (2**31, 0, 0)
    if operator != "^":
        return (low.major + 1, 0, 0) if len(parts) == 1 else (low.major, low.minor + 1, 0)
    if low.major or len(parts) == 1:
        return (low.major + 1, 0, 0)
    if low.minor or len(parts) == 2:
        return (0, low.minor + 1, 0)
    return (0, 0, low.patch + 1)
