# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a terminal, a shell and kubectl add to a text, and how to see past it. PRIVATE to the collection.

Everything here takes time in proportion to the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# Escape sequences of a terminal (ECMA-48: CSI, then OSC), and the same where a copy shows ESC as "^[".
_ESCAPES = re.compile(r"(?:\x1b|\^\[)(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
# The same without their first character, as some copies have them.
_BARE_COLOURS = re.compile(r"\[\d{1,2}(?:;\d{1,2}){0,2}m")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\u200b]")
# What a log or a comment puts before each line.
_PREFIX = re.compile(r"\s{0,8}(?:\[[^\]\s]{1,40}\] |[#>|] )")

# Keys never leave here, not even in a line that nobody understands. A PEM block may be cut, or be one line of JSON.
_PRIVATE = "PRIVATE KEY-----"
_PEM = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?")
_SOME_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_=-]{40,}")
_BASE64_LINE = re.compile(r"^[ \t]*[A-Za-z0-9+/]{40,}={0,2}[ \t]*$", re.MULTILINE)
_LONG_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_=-]{100,}")
_HIDDEN = "(not shown)"

# A shell's prompt with what was typed after it: "$ …", "# …", "root@host:/path# …", "[user@host ~]$ …", "host ~> …".
_PROMPT = re.compile(
    r"(?:\([^()]{1,60}\) ?)?"
    r"(?:\[[^\]]{1,60}\]|[\w.+-]{1,60}@[\w.-]{1,60}[^#$%>❯]{0,80}|(?:ba|z|a|k)?sh-[\d.]{1,9}"
    r"|[~/][\w./-]{0,60}|PS [^>]{1,80}|)"
    r"\s?[#$%>❯➜](?:\s|$)"
)
_SIGN = re.compile(r"[#$%>❯➜](?:\s|$)")
_NOISE = (
    "Defaulted container ",
    "Defaulting container name to ",
    "Use 'kubectl describe ",
    "Unable to use a TTY",
    "If you don't see a command prompt",
    "command terminated with exit code",
    "```",
    "~~~",
    "--8<--",
)
# klog's own lines, as in: E0618 14:07:29.226958   97532 websocket.go:296] Unknown stream id 1.
_KLOG = re.compile(r"[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+\s+\d+\s[\w./-]+:\d+\]\s")
_ELISIONS = frozenset({"...", "[...]", "…", "[…]", "(...)", "<snip>", "[snip]", "--", "---"})
_ERRORS = (
    "Error:",
    "error:",
    "Error from server",
    "Cannot ",
    "Get ",
    "Is the agent running?",
    "Unable to connect to the server",
    "Cilium API client timeout exceeded",
    "cilium: daemon unreachable",
    "> Error while running ",
    "Error while running ",
    "OCI runtime exec failed",
)


@dataclass
class Leftovers:
    """Lines that no parser understood, told apart.

    Attributes:
        unparsed: those that nobody understands.
        errors: what a program said instead of answering.
    """

    unparsed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def error(self) -> str | None:
        """The errors as one text."""
        return " ".join(self.errors) or None


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that hold something, without what a terminal adds, and without spaces behind them."""
    if "\x1b" in text or "^[" in text:
        text = _ESCAPES.sub("", text)
    if "[0m" in text:
        text = _BARE_COLOURS.sub("", text)
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " "))
    return _without_prefix(list(filter(None, map(str.rstrip, _without_keys(text).split("\n")))))


def _without_keys(text: str) -> str:
    """Return a text without what may be a private key: PEM blocks, lines of nothing but base64, long base64."""
    if _PRIVATE in text:
        text = _PEM.sub(_HIDDEN, text)
    if _SOME_BASE64.search(text) is None:
        return text
    return _LONG_BASE64.sub(_hidden, _BASE64_LINE.sub(_hidden, text))


def _hidden(found: re.Match[str]) -> str:
    """Names of Kubernetes are long at times too, but they have no capitals."""
    run = found.group()
    key = any(sign.isupper() for sign in run) and any(sign.islower() for sign in run)
    return _HIDDEN if key else run


def _without_prefix(lines: list[str]) -> list[str]:
    """Return the lines without what stands before nearly all of them."""
    found = _PREFIX.match(lines[len(lines) // 2]) if len(lines) > 1 else None
    if found is None:
        return lines
    prefix = found.group()
    marked = sum(line.startswith(prefix.rstrip()) for line in lines)
    if marked * 10 < len(lines) * 9:
        return lines
    return [line.removeprefix(prefix) for line in lines]


def sort_out(lines: list[str]) -> Leftovers:
    """Tell apart the lines that no parser understood: noise is forgotten."""
    result = Leftovers()
    noise: dict[str, bool] = {}
    for line in lines:
        text = line.strip()
        if text.startswith(_ERRORS):
            result.errors.append(text)
            continue
        forget = noise.get(text)
        if forget is None:
            forget = noise[text] = is_noise(text)
        if not forget:
            result.unparsed.append(line)
    return result


def is_noise(text: str) -> bool:
    """Return whether a line, without spaces around it, is of a shell or of kubectl, or a sign of something left out."""
    return (
        not text
        or text in _ELISIONS
        or text.startswith(_NOISE)
        or _KLOG.match(text) is not None
        or (_SIGN.search(text) is not None and _PROMPT.match(text) is not None)
    )
