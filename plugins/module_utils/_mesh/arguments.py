# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of module clustermesh. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from .._arguments import ArgumentSpec, merged
from .._errors import InputError
from .members import MEMBERS_ARGUMENTS
from .plan import HELM, SECRET
from .sharing import POLICIES, REFUSE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._json import Json

PRESENT, ABSENT, PLANNED = "present", "absent", "planned"

ARGUMENTS: ArgumentSpec = merged(
    MEMBERS_ARGUMENTS,
    {
        "state": {"type": "str", "choices": [PRESENT, ABSENT, PLANNED], "default": PRESENT},
        "peers": {"type": "str", "choices": [HELM, SECRET], "default": HELM},
        "keep_others": {"type": "bool", "default": False},
        "ca": {"type": "raw", "no_log": True},
        "ca_policy": {"type": "str", "choices": list(POLICIES), "default": REFUSE},
        "allow_identity_change": {"type": "bool", "default": False},
        "check_reachability": {"type": "bool", "default": False},
        "ignore": {"type": "list", "elements": "str", "default": []},
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "int", "default": 600},
        "history_max": {"type": "int", "default": 10},
        "force_unlock": {"type": "bool", "default": False},
        "helm_binary": {"type": "path"},
    },
)
# Those that are passed on to the work on a release.
_PASSED = ("release_name", "release_namespace", "wait", "wait_timeout", "history_max", "force_unlock", "helm_binary")


@dataclass(frozen=True)
class Options:
    """The options of one task beside the declaration, typed; ``wait_timeout`` is in seconds."""

    state: str
    peers: str
    ca: Json
    ca_policy: str
    allow_identity_change: bool
    check_reachability: bool
    ignore: tuple[str, ...]
    wait: bool
    wait_timeout: int
    passed: dict[str, Json]

    @classmethod
    def read(cls, params: Mapping[str, Json]) -> Options:
        """Return the options that a task was given. Raises InputError for what an argument spec cannot say."""
        timeout = cast(int, params["wait_timeout"])
        if timeout < 1:
            raise InputError(f"wait_timeout: found {timeout}, expected 1 second or more")
        return cls(
            state=cast(str, params["state"]),
            peers=cast(str, params["peers"]),
            ca=params.get("ca"),
            ca_policy=cast(str, params["ca_policy"]),
            allow_identity_change=cast(bool, params["allow_identity_change"]),
            check_reachability=cast(bool, params["check_reachability"]),
            ignore=tuple(cast("list[str]", params["ignore"] or [])),
            wait=cast(bool, params["wait"]),
            wait_timeout=timeout,
            passed={name: params.get(name) for name in _PASSED},
        )
