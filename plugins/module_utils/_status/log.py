# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an agent's log warns of, by message. PRIVATE to the collection.

Lines are of one of these forms, with the API server's own time stamp before them:

    level=warning msg="…" subsys=daemon                            Cilium up to 1.17 (logrus)
    time=2026-01-01T00:00:00Z level=warn msg="…" module=agent.x    since 1.18 (slog)
    {"level":"warning","msg":"…","subsys":"daemon"}                with log-opt format=json
    W0101 00:00:00.000000       1 reflector.go:324] …              the Kubernetes client's own (klog)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .._json import Json, JsonObject, as_json, get_text

# More kinds of messages than that, and longer ones, are no summary any more.
MOST_MESSAGES = 200
MOST_CHARACTERS = 300
OTHERS = "(other messages)"

_LEVELS = {"warn": "warning", "warning": "warning", "error": "error", "fatal": "fatal", "panic": "panic"}
_KLOG_LEVELS = {"W": "warning", "E": "error", "F": "fatal"}
_ORDER = ("panic", "fatal", "error", "warning")

# Whether a line is worth reading at all: most are not.
_WORTH = re.compile(rb'level"?[=:]\s?"?(?i:warn|error|fatal|panic)|(?:^|Z |\d )[WEF]\d{4} \d\d:')
_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))[ ]")
_FIELD = re.compile(r'(?:^|\s)([A-Za-z][\w.-]*)=("(?:[^"\\]|\\.)*"|\S*)')
_KLOG = re.compile(r"(?P<level>[WEF])\d{4} [\d:.]+ +\d+ [^\]]+\] (?P<message>.*)")


@dataclass(frozen=True)
class Line:
    """One line of a log; the time is "" where none is told."""

    level: str
    subsys: str
    message: str
    time: str


@dataclass
class _Group:
    count: int = 0
    first: str = ""
    last: str = ""


@dataclass
class Summary:
    """How often each message came; fill it line by line, it does not grow beyond MOST_MESSAGES."""

    groups: dict[tuple[str, str, str], _Group] = field(default_factory=dict)

    def add(self, line: Line) -> None:
        """Count a line."""
        key = (line.level, line.subsys, line.message[:MOST_CHARACTERS])
        if key not in self.groups and len(self.groups) >= MOST_MESSAGES:
            key = (line.level, "", OTHERS)
        group = self.groups.setdefault(key, _Group(first=line.time))
        group.count += 1
        group.last = line.time or group.last

    def as_list(self) -> list[Json]:
        """Return the messages, the gravest and most frequent first."""
        ordered = sorted(self.groups.items(), key=lambda item: (_ORDER.index(item[0][0]), -item[1].count, item[0]))
        return [_shown(key, group) for key, group in ordered]


def _shown(key: tuple[str, str, str], group: _Group) -> JsonObject:
    level, subsys, message = key
    shown: JsonObject = {"level": level, "subsys": subsys, "message": message, "count": group.count}
    return {**shown, "first": group.first, "last": group.last} if group.first else shown


def summarised(lines: Iterable[bytes]) -> list[Json]:
    """Return the warnings and errors of a log, by message.

    Args:
        lines: of the log, without their ends; read one after the other and not kept.
    """
    summary = Summary()
    for raw in lines:
        line = read(raw)
        if line is not None:
            summary.add(line)
    return summary.as_list()


def read(raw: bytes) -> Line | None:
    """Return a line if its level is warning or graver; None for any other, and for one of another form."""
    if not _WORTH.search(raw):
        return None
    text = raw.decode("utf-8", "replace").strip()
    stamp = _STAMP.match(text)
    time, text = (stamp.group(1), text[stamp.end() :]) if stamp else ("", text)
    return _from_json(text, time) or _from_klog(text, time) or _from_fields(text, time)


def _from_fields(text: str, time: str) -> Line | None:
    """Read key=value pairs; the first of a name counts, as a value may quote another line."""
    found: dict[str, str] = {}
    for match in _FIELD.finditer(text):
        found.setdefault(match.group(1), _unquoted(match.group(2)))
    return _line(found, time)


def _from_json(text: str, time: str) -> Line | None:
    if not text.startswith("{"):
        return None
    try:
        content = as_json(json.loads(text))
    except (ValueError, RecursionError):
        return None
    return _line({key: get_text(content, key) or "" for key in ("level", "subsys", "module", "msg", "time")}, time)


def _line(fields: dict[str, str], time: str) -> Line | None:
    level = _LEVELS.get(fields.get("level", "").lower())
    if level is None:
        return None
    subsys = fields.get("subsys") or fields.get("module") or ""
    return Line(level, subsys, fields.get("msg", ""), time or fields.get("time", ""))


def _from_klog(text: str, time: str) -> Line | None:
    found = _KLOG.match(text)
    if found is None:
        return None
    return Line(_KLOG_LEVELS[found["level"]], "klog", found["message"], time)


def _unquoted(value: str) -> str:
    """Return what Go's %q wrote; where JSON does not know an escape, the text as it stands."""
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value[1:-1]
