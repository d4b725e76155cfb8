# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of the collection. PRIVATE to the collection.

    FleetError                what main() and the action door turn into a failed task
    ├── InputError            an option is wrong
    ├── ConfigurationError    no usable kubeconfig, context or credentials
    ├── ConnectionFailed      no answer from the API server
    │   ├── Unreachable       no connection to its address
    │   └── TlsFailed         no trust between the two
    ├── ApiError              the API server answered, but no
    │   ├── Unauthorised      401
    │   ├── Forbidden         403
    │   ├── NotFound          404
    │   └── Conflict          409
    ├── Timeout               something took longer than allowed
    ├── ExecFailed            a command in a pod could not be run
    ├── NodeError             a node is not as a task on it needs it
    └── HelmError             helm is missing, too old, or failed

A message names the subject, what was found, what was expected, and what to do.
"""

from __future__ import annotations


class FleetError(Exception):
    """Anything that ends a task, with its message and with details for the result (JSON-able)."""

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, object] = details


class InputError(FleetError):
    """An option, or a file that it names, is not what it has to be."""


class ConfigurationError(FleetError):
    """There is no usable kubeconfig, context or credentials for a cluster."""


class ConnectionFailed(FleetError):
    """The API server gave no answer."""


class Unreachable(ConnectionFailed):
    """There is no connection to the API server's address."""


class TlsFailed(ConnectionFailed):
    """The connection is there, but TLS is not agreed: certificate, name or protocol."""


class ApiError(FleetError):
    """The API server answered with an error."""

    def __init__(self, message: str, *, status: int, reason: str, **details: object) -> None:
        super().__init__(message, status=status, reason=reason, **details)
        self.status = status
        self.reason = reason


class Unauthorised(ApiError):
    """The API server does not know who asks (401)."""


class Forbidden(ApiError):
    """The API server knows who asks, and does not allow it (403)."""


class NotFound(ApiError):
    """The object, or the kind of object, does not exist (404)."""


class Conflict(ApiError):
    """The object exists already, or was changed by somebody else (409)."""


class Timeout(FleetError):
    """Something took longer than it was allowed to."""


class ExecFailed(FleetError):
    """A command in a pod could not be run at all; a command that fails has an exit code instead."""


class HelmError(FleetError):
    """The program helm is missing, too old, or failed."""


class NodeError(FleetError):
    """A node is not as a task on it needs it: rights, programs, or what runs there."""
