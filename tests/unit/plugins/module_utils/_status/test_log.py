"""Logs of agents, summarised by message."""

from __future__ import annotations

import tracemalloc

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils import _lines
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json
from ansible_collections.fleet.cilium.plugins.module_utils._status import log
from ansible_collections.fleet.cilium.plugins.module_utils._status.log import Line, read, summarised
from hypothesis import given
from hypothesis import strategies as st

AT = "2026-01-01T00:00:00.123456789Z"

LINES: list[tuple[str, Line | None]] = [
    ('level=warning msg="No fq" subsys=bandwidth-manager', Line("warning", "bandwidth-manager", "No fq", "")),
    (f'{AT} level=error msg="No fq" error="x" subsys=a', Line("error", "a", "No fq", AT)),
    (f'{AT} time="2020-01-01T00:00:00Z" level=warning msg=short', Line("warning", "", "short", AT)),
    ('time=2026-01-01T00:00:00Z level=warn msg="a b"', Line("warning", "", "a b", "2026-01-01T00:00:00Z")),
    (
        'time=2026-01-01T00:00:00Z level=warn source=/go/src/x.go:12 msg="a b" module=agent.datapath',
        Line("warning", "agent.datapath", "a b", "2026-01-01T00:00:00Z"),
    ),
    (
        f'{AT} level=fatal msg="The \\"end\\"\\tis near" subsys=daemon',
        Line("fatal", "daemon", 'The "end"\tis near', AT),
    ),
    ('level=error msg="odd \\x00 escape"', Line("error", "", "odd \\x00 escape", "")),
    (f'{AT} level=panic msg=""', Line("panic", "", "", AT)),
    (f'{AT} level=info msg="level=error is quoted" subsys=daemon', None),
    ('msg="level=info" level=error', Line("error", "", "level=info", "")),
    (f'{AT} level=info msg="All good" subsys=daemon', None),
    (f"{AT} level=debug msg=x", None),
    (f'{AT} {{"level":"warning","msg":"No fq","subsys":"bandwidth"}}', Line("warning", "bandwidth", "No fq", AT)),
    ('{"level": "ERROR", "msg": "x", "time": "now"}', Line("error", "", "x", "now")),
    ('{"level":"info","msg":"level=error"}', None),
    ('{"level":"error"', None),
    (
        f"{AT} W0512 10:11:12.131415       1 reflector.go:324] failed to list *v1.Pod: refused",
        Line("warning", "klog", "failed to list *v1.Pod: refused", AT),
    ),
    ("E0512 10:11:12.131415  71 a/b.go:3] level=info", Line("error", "klog", "level=info", "")),
    ("I0512 10:11:12.131415       1 reflector.go:324] error", None),
    ("", None),
    ("goroutine 1 [running]:", None),
    ("\x1b[31mlevel=error\x1b[0m", None),
]


@pytest.mark.parametrize(("text", "expected"), LINES)
def test_lines(text: str, expected: Line | None) -> None:
    assert read(text.encode()) == expected


def test_the_gravest_and_most_frequent_come_first() -> None:
    lines = [b"level=warning msg=a", b"level=error msg=c", b"level=error msg=b", b"level=error msg=b", b"level=info"]
    assert summarised(lines) == [
        {"level": "error", "subsys": "", "message": "b", "count": 2},
        {"level": "error", "subsys": "", "message": "c", "count": 1},
        {"level": "warning", "subsys": "", "message": "a", "count": 1},
    ]


def test_first_and_last() -> None:
    stamps = ["2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z", "2026-01-01T00:00:03Z"]
    (found,) = summarised(f"{stamp} level=error msg=x".encode() for stamp in stamps)
    expected: Json = {
        "level": "error",
        "subsys": "",
        "message": "x",
        "count": 3,
        "first": stamps[0],
        "last": stamps[-1],
    }
    assert found == expected


def test_too_many_kinds_are_counted_together() -> None:
    found = summarised(f"level=error msg=number-{number}".encode() for number in range(1000))
    assert len(found) == log.MOST_MESSAGES + 1
    assert {"level": "error", "subsys": "", "message": log.OTHERS, "count": 1000 - log.MOST_MESSAGES} in found


def test_a_summary_does_not_grow_with_the_log() -> None:
    """10 MB of log, read in pieces as they come from the API server."""
    piece = b"".join(b'%s level=warning msg="%s"\n' % (AT.encode(), b"x" * 400) for _number in range(20))
    pieces = (piece for _number in range(10_000_000 // len(piece)))
    tracemalloc.start()
    try:
        (found,) = summarised(_lines.split(pieces))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(found, dict)
    assert found["count"] == 10_000_000 // len(piece) * 20
    assert peak < 1_000_000


@given(st.lists(st.binary(max_size=30), max_size=30), st.integers(1, 40))
def test_lines_do_not_depend_on_how_a_text_comes(parts: list[bytes], size: int) -> None:
    text = b"\n".join(part.replace(b"\n", b"") for part in parts)
    chunks = [text[start : start + size] for start in range(0, len(text), size)]
    expected = text.split(b"\n")
    assert list(_lines.split(chunks)) == (expected if expected[-1] else expected[:-1])


def test_a_line_without_an_end_is_cut() -> None:
    (line,) = _lines.split(b"x" * 10_000 for _number in range(1000))
    assert len(line) == _lines.LONGEST_LINE


@given(st.binary(max_size=200))
def test_any_bytes_are_a_line(raw: bytes) -> None:
    read(raw)
    read(b"level=error " + raw)
    read(b'{"level":"error","msg":' + raw)
