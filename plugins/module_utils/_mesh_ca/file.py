# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that only its owner can read. PRIVATE to the collection."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from .._errors import InputError

_MODE = 0o600


def is_current(path: str, text: str) -> bool:
    """Tell whether a file holds a text and nobody else can read it.

    Raises:
        InputError: there is something else than a file, no folder for it, or it cannot be read.
    """
    place = Path(path)
    if not place.parent.is_dir():
        raise InputError(f"path {path}: found no folder {place.parent}, expected one to write the file into; create it")
    try:
        found = os.lstat(place)
        if not stat.S_ISREG(found.st_mode):
            raise InputError(f"path {path}: found something that is no file, expected a file or nothing")
        return stat.S_IMODE(found.st_mode) == _MODE and place.read_bytes() == text.encode()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise InputError(f"path {path}: cannot be read ({error.strerror}); expected a file of this user") from error


def write(path: str, text: str) -> None:
    """Write a file with mode 0600, at once: it is never there in part, nor for others to read.

    Raises:
        InputError: it cannot be written.
    """
    place = Path(path)
    try:
        number, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
        try:
            with os.fdopen(number, "wb") as stream:
                os.fchmod(number, _MODE)
                stream.write(text.encode())
                stream.flush()
                os.fsync(number)
            Path(name).replace(place)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(
            f"path {path}: cannot be written ({error.strerror}); expected a folder of this user"
        ) from error
