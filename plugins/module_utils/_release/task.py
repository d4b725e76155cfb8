# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task of module ``release``: its options, its cluster, its side of Ansible. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import store
from .helm import GRACE_SECONDS, Release
from .lease import Slot
from .store import Stored

if TYPE_CHECKING:
    from .._context import Context
    from .._kubernetes import Client
    from .arguments import Options


@dataclass(frozen=True)
class Task:
    """What every step of a run needs."""

    options: Options
    context: Context
    client: Client

    @property
    def subject(self) -> str:
        """How messages call the release."""
        return f"release {self.options.namespace}/{self.options.name}"

    @property
    def secrets(self) -> str:
        """The API path of the Secrets beside the release."""
        return f"/api/v1/namespaces/{self.options.namespace}/secrets"

    @property
    def slot(self) -> Slot:
        """The Lease that guards the release: it outlives a killed run for as long as that run's helm may go on."""
        options = self.options
        seconds = options.wait_timeout + GRACE_SECONDS
        return Slot(options.name, options.namespace, seconds=seconds, force=options.force_unlock)

    @property
    def release(self) -> Release:
        """The release as helm is told of it."""
        return Release(self.options.name, self.options.namespace, self.options.wait_timeout)

    def read(self) -> Stored:
        """Return what the cluster holds of the release."""
        return store.read(self.client, name=self.options.name, namespace=self.options.namespace)
