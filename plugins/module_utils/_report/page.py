# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page: one file with everything in it. Pure. PRIVATE to the collection."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._json import get_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._json import JsonObject

# The page's own files, in roles/report/files; scripts and styles in the order in which the page has them.
FRAME = "page.html"
STYLES = ("style.css", "matrix.css", "print.css")
SCRIPTS = ("data.js", "dom.js", "table.js", "matrix.js", "overview.js", "lists.js", "cluster.js", "main.js")
FILES = (FRAME, *STYLES, *SCRIPTS)
_PLACE = re.compile(r"@@([a-z]+)@@")
# What would end the script element that holds the data, or begin a comment in it.
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_UNSAFE_SIGNS = re.compile("[<>&\u2028\u2029]")


@dataclass(frozen=True)
class Assets:
    """The page's own files: its frame, its style and its program."""

    frame: str
    style: str
    program: str


def assets(texts: Mapping[str, str]) -> Assets:
    """Return the assets from the texts of FILES."""
    program = "\n".join(texts[name] for name in SCRIPTS)
    style = "\n".join(texts[name] for name in STYLES)
    return Assets(texts[FRAME], style, f'(() => {{\n"use strict";\n{program}\nmain();\n}})();\n')


def page(view: JsonObject, files: Assets) -> str:
    """Return the page as HTML.

    Its policy allows nothing but its own style and its own program, so even a text that got past the escaping could
    neither run nor load anything.

    Args:
        view: what the page carries, as view.view() makes it.
        files: the page's own files.
    """
    parts = {
        "title": html.escape(get_text(view, "title") or ""),
        "policy": html.escape(_policy(files)),
        "style": files.style,
        "data": embedded(view),
        "program": files.program,
    }
    return _PLACE.sub(lambda place: parts[place.group(1)], files.frame)


def embedded(view: JsonObject) -> str:
    """Return JSON that can stand inside a script element."""
    text = json.dumps(view, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _UNSAFE_SIGNS.sub(lambda sign: _UNSAFE[sign.group()], text)


def _policy(files: Assets) -> str:
    return (
        f"default-src 'none'; style-src {_fingerprint(files.style)}; script-src {_fingerprint(files.program)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _fingerprint(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
