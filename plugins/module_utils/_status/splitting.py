# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking the agent's texts apart: lists in brackets, counts, addresses, durations. PRIVATE to the collection."""

from __future__ import annotations

import re

_OPEN = {"(": ")", "[": "]"}
_CLOSED = frozenset(_OPEN.values())
_OF = re.compile(r"(\d{1,20})/(\d{1,20})")
_DURATION = re.compile(r"(\d{1,20})(?:\.(\d{1,20}))?(ns|us|µs|μs|ms|s|m|h)")
_DURATIONS = re.compile(r"(?:\d{1,20}(?:\.\d{1,20})?(?:ns|us|µs|μs|ms|s|m|h)){1,8}")
_ADDRESS = re.compile(
    r"(?:\[(?P<ip6>[0-9A-Za-z.:%]{1,64})\]|(?P<ip>[0-9A-Za-z_.%@-]{1,64})):(?P<port>\d{1,5})"
    r"(?:/(?P<protocol>[A-Z]{2,8}))?(?P<scope>/i)?",
    re.ASCII,
)
_NO_PROTOCOL = frozenset({"NONE", "ANY"})
_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_FLAGS = {"Enabled": True, "Disabled": False}


def collapsed(text: str) -> str:
    """Return a text with single spaces between its words."""
    return " ".join(text.split())


def depth(text: str) -> int:
    """Return how many brackets of a text are still open at its end."""
    return sum(text.count(sign) for sign in _OPEN) - sum(text.count(sign) for sign in _CLOSED)


def items(text: str) -> list[str]:
    """Return the items of a list with commas, those inside brackets of an item's own not counting; no empty ones."""
    found: list[str] = []
    start = level = 0
    for index, sign in enumerate(text):
        if sign in _OPEN:
            level += 1
        elif sign in _CLOSED:
            level -= 1
        elif sign == "," and level <= 0:
            found.append(text[start:index].strip())
            start = index + 1
    found.append(text[start:].strip())
    return [item for item in found if item]


def groups(text: str) -> tuple[str, list[str]]:
    """Return what stands outside of a text's square brackets, and what stands in each of them (one level)."""
    outside: list[str] = []
    inside: list[str] = []
    level, start = 0, 0
    for index, sign in enumerate(text):
        if sign == "[":
            if level == 0:
                outside.append(text[start:index])
                start = index + 1
            level += 1
        elif sign == "]" and level:
            level -= 1
            if level == 0:
                inside.append(text[start:index].strip())
                start = index + 1
    (inside if level else outside).append(text[start:])
    return collapsed(" ".join(outside)), inside


def flag(text: str) -> bool | None:
    """Return whether a text begins with Enabled or Disabled; None if with neither."""
    return _FLAGS.get(text.partition(" ")[0])


def number(text: str) -> int | None:
    """Return a text as a whole number; None if it is none (or longer than any that an agent counts to)."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else None


def of(text: str) -> tuple[int, int] | None:
    """Return the two numbers of the first "3/5" in a text."""
    found = _OF.search(text)
    return (int(found.group(1)), int(found.group(2))) if found else None


def nanoseconds(text: str) -> int | None:
    """Return a duration as Go writes it, such as "1m36.5s" or "315.254µs", in nanoseconds."""
    if not _DURATIONS.fullmatch(text):
        return None
    total = 0
    for whole, part, unit in _DURATION.findall(text):
        total += int(whole + part) * _NANOSECONDS[unit] // int("1" + "0" * len(part))
    return total


def address(text: str) -> tuple[str, int, str | None, str | None] | None:
    """Return ip, port, protocol and scope of "10.0.0.1:80", "[f00d::1]:80/TCP" or "10.0.0.1:53/UDP/i"."""
    found = _ADDRESS.fullmatch(text)
    if not found:
        return None
    ip6, ip, port, protocol, scope = found.groups()
    if int(port) > 65_535:
        return None
    return ip6 or ip, int(port), None if protocol in _NO_PROTOCOL else protocol, "internal" if scope else None
