"""Texts made wrong at random, but the same way for the same seed: bytes and lines cut, doubled, moved and invented."""

from __future__ import annotations

import random
from collections.abc import Callable

# What breaks parsers: brackets, separators, escapes, halves of UTF-8, long digits and long spaces.
_PIECES = (
    b"",
    b"\x00",
    b"\t",
    b"\r",
    b"\r\n",
    b"\n\n",
    b" " * 300,
    b"\x1b[",
    b"\x1b]0;",
    b"\x1b[31m",
    b"\xff\xfe",
    b"\xc2",
    "─└├│".encode(),
    "٣".encode(),
    "²".encode(),
    b"[",
    b"]",
    b"(",
    b")",
    b"[[[[((((",
    b"))))]]]]",
    b"{",
    b"}",
    b'"',
    b"\\",
    b":",
    b": ",
    b"::",
    b",",
    b", ",
    b"=",
    b"/",
    b"/0",
    b"-",
    b"- ",
    b"=>",
    b"1 => ",
    b"9" * 5000,
    b"0" * 40,
    b"1e400",
    b"NaN",
    b"-1",
    b"true",
    b"null",
    b"nil",
    b"<nil>",
    b"[]",
    b"{}",
    b"%",
    b"# ",
    b"$ ",
    b"> ",
    b"| ",
    b"KubeProxyReplacement: ",
    b"Name IP Node Endpoints\n",
    b"Modules Health:\nagent\n",
    b"(localhost)",
    b"...",
    b"Host connectivity to ",
    b"Errors:\n",
    b"ICMP to stack: ",
    b"-----BEGIN EC PRIVATE KEY-----\n",
    b"A" * 200,
)
_BYTES = bytes(range(256))
_WINDOW = 4_000

Change = Callable[[random.Random, bytes, list[bytes]], bytes]


class Mutator:
    """Gives one changed text after the other."""

    def __init__(self, seed: int, texts: list[bytes]) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- a test that can be repeated, no secret
        self._texts = texts

    def next(self) -> tuple[int, bytes]:
        """Return the number of the text that was changed, and what became of it."""
        number = self._random.randrange(len(self._texts))
        text = self._texts[number]
        if len(text) > _WINDOW and self._random.random() < 0.9:
            start = self._random.randrange(len(text) - _WINDOW)
            text = text[start : start + _WINDOW]
        for _step in range(self._random.randint(1, 6)):
            text = self._random.choice(_CHANGES)(self._random, text, self._texts)
        return number, text


def _place(chance: random.Random, text: bytes) -> int:
    return chance.randint(0, len(text))


def _delete(chance: random.Random, text: bytes, _texts: list[bytes]) -> bytes:
    start = _place(chance, text)
    return text[:start] + text[start + chance.choice((1, 1, 2, 7, 40)) :]


def _replace(chance: random.Random, text: bytes, _texts: list[bytes]) -> bytes:
    start = _place(chance, text)
    return text[:start] + chance.choice(_BYTES).to_bytes(1, "big") + text[start + 1 :]


def _insert(chance: random.Random, text: bytes, _texts: list[bytes]) -> bytes:
    start = _place(chance, text)
    return text[:start] + chance.choice(_PIECES) + text[start:]


def _repeat(chance: random.Random, text: bytes, _texts: list[bytes]) -> bytes:
    start = _place(chance, text)
    piece = text[start : start + chance.choice((1, 3, 17))]
    return text[:start] + piece * chance.choice((2, 5, 50)) + text[start:]


def _cut(chance: random.Random, text: bytes, _texts: list[bytes]) -> bytes:
    middle = _place(chance, text)
    return text[:middle] if chance.random() < 0.7 else text[middle:]


def _lines(chance: random.Random, text: bytes, texts: list[bytes]) -> bytes:
    lines = text.split(b"\n")
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    kind = chance.randrange(5)
    if kind == 0:
        del lines[first]
    elif kind == 1:
        lines[first], lines[second] = lines[second], lines[first]
    elif kind == 2:
        lines.insert(first, lines[second])
    elif kind == 3:
        lines[first] += lines[second]
    else:
        lines.insert(first, chance.choice(chance.choice(texts).split(b"\n")))
    return b"\n".join(lines)


def _spaces(chance: random.Random, text: bytes, _texts: list[bytes]) -> bytes:
    return text.replace(b"  ", chance.choice((b" ", b"\t", b"\xc2\xa0", b"", b"   ")), chance.choice((1, 5, -1)))


_CHANGES: tuple[Change, ...] = (_delete, _replace, _replace, _insert, _insert, _repeat, _cut, _lines, _lines, _spaces)
