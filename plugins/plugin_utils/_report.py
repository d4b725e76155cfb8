# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report's way in and out: facts of hosts in, two files out. PRIVATE to the collection."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..module_utils._errors import InputError
from ..module_utils._json import as_json, get_text
from ..module_utils._report import page as pages
from ..module_utils._report.cluster import entry, gathered
from ..module_utils._report.document import About, document
from ..module_utils._report.view import view
from ._fleet import clusters
from ._plain import plain, plain_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..module_utils._json import JsonObject
    from ._fleet import HostVars

COLLECTION = Path(__file__).resolve().parents[2]
FILES = COLLECTION / "roles" / "report" / "files"
PAGE, DATA = ".html", ".json"


def cluster_entry(parts: object, name: str) -> JsonObject:
    """Return what filter report_cluster documents. Raises InputError."""
    return entry(gathered(name, plain_mapping(parts, where=name)))


def entries(
    groups: Mapping[str, Sequence[str]], playing: Sequence[str], hosts: HostVars, fact: str
) -> tuple[list[JsonObject], list[str]]:
    """Return the entries of the clusters in the play, and the names of the others of the fleet.

    Args:
        groups: of the inventory.
        playing: the play's hosts, failed ones too.
        hosts: their variables.
        fact: the variable that holds a host's entry.

    Raises:
        InputError: an entry that is none.
    """
    fleet = clusters(groups, playing)
    found = []
    for host, taking_part in fleet.items():
        value = hosts.raw_get(host).get(fact)
        if taking_part:
            found.append(plain_mapping(value, where=f"{host}: {fact}") if value else _nothing(host))
    return found, [host for host, taking_part in fleet.items() if not taking_part]


def _nothing(host: str) -> JsonObject:
    return entry(gathered(host, {"fault": "the run ended for this cluster before anything was gathered about it"}))


def write(target: str, about: About, found: Sequence[JsonObject], *, mode: int) -> tuple[bool, JsonObject]:
    """Write the page and beside it the document; return whether either differs from before, and the fleet's counts.

    Raises:
        InputError: the path is not one of a page, or cannot be written.
    """
    page, data = paths(target)
    whole = document(about, found)
    text = pages.page(view(whole), pages.assets(_own_files()))
    changed = [_put(page, text, mode), _put(data, json.dumps(whole, ensure_ascii=False, indent=1) + "\n", mode)]
    fleet = whole["fleet"]
    return any(changed), fleet if isinstance(fleet, dict) else {}


def paths(target: str) -> tuple[Path, Path]:
    """Return the absolute paths of the page and of the document.

    Raises:
        InputError: the path does not end as a page's does.
    """
    page = Path(target).expanduser().absolute()
    if page.suffix != PAGE:
        raise InputError(
            f"Option path: found {target!r}, expected a path that ends in {PAGE}; the data is written to the same path "
            f"with {DATA} in place of it."
        )
    return page, page.with_suffix(DATA)


def _put(path: Path, text: str, mode: int) -> bool:
    """Write a file in one step; return whether it differs from before. What UTF-8 cannot say becomes a `?`."""
    content = text.encode("utf-8", "replace")
    try:
        if path.is_file() and path.read_bytes() == content and path.stat().st_mode & 0o777 == mode:
            return False
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as new:
            new.write(content)
        written = Path(new.name)
        try:
            written.chmod(mode)
            written.replace(path)
        except OSError:
            written.unlink()
            raise
    except OSError as error:
        raise InputError(
            f"Option path: {path} cannot be written: {error.strerror}. Name a file in a folder that can."
        ) from error
    return True


@cache
def _own_files() -> dict[str, str]:
    return {name: (FILES / name).read_text(encoding="utf-8") for name in pages.FILES}


@cache
def version() -> str:
    """Return the collection's version: of its manifest where it is installed, of galaxy.yml in a checkout."""
    manifest = COLLECTION / "MANIFEST.json"
    if manifest.is_file():
        told = as_json(json.loads(manifest.read_text(encoding="utf-8")))
        return get_text(told, "collection_info", "version") or ""
    lines = (COLLECTION / "galaxy.yml").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("version:")), "")


def mode_of(value: object) -> int:
    """Return a file's mode from an octal text such as "0640".

    Raises:
        InputError: it is none.
    """
    text = str(plain(value))
    try:
        mode = int(text, 8)
    except ValueError:
        mode = -1
    if not isinstance(value, str) or not 0 <= mode <= 0o777:
        raise InputError(f"Option mode: found {text!r}, expected an octal number as text, such as '0640'.")
    return mode
