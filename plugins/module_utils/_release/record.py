# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ownership record in the cluster: written step by step, put back when nothing came of a run.

PRIVATE to the collection.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from .._errors import NotFound
from .._json import JsonObject, get_object, get_text
from .ownership import Record, secret_name, write_record

if TYPE_CHECKING:
    from .task import Task


class Keeper:
    """Holds the Secret's place in the cluster; a write that somebody else overtook is a Conflict."""

    def __init__(self, task: Task, existing: JsonObject | None) -> None:
        self._task = task
        self._first = existing
        self._version = _version(existing)
        self._path = f"{task.secrets}/{secret_name(task.options.name)}"

    def write(self, record: Record) -> None:
        """Write the record."""
        options = self._task.options
        self._put(write_record(options.name, record, namespace=options.namespace))

    def restore(self) -> None:
        """Put back what was there at first."""
        if self._first is None:
            self.delete()
        else:
            self._put({**self._first, "metadata": dict(get_object(self._first, "metadata"))})

    def delete(self) -> None:
        """Delete the record if there is one."""
        with suppress(NotFound):
            self._task.client.delete(self._path)
        self._version = None

    def _put(self, secret: JsonObject) -> None:
        client = self._task.client
        if self._version is None:
            written = client.create(self._task.secrets, secret)
        else:
            get_object(secret, "metadata")["resourceVersion"] = self._version
            written = client.replace(self._path, secret)
        self._version = _version(written)


def _version(secret: JsonObject | None) -> str | None:
    return get_text(secret, "metadata", "resourceVersion")
