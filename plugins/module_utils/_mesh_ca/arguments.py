# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of clustermesh_ca. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from .._arguments import KUBERNETES_ARGUMENTS, ArgumentSpec, merged
from .._errors import InputError
from .._mesh.authority import ALGORITHMS, COMMON_NAME, DAYS, RSA, create
from .._mesh.members import MEMBER_ARGUMENTS
from .._mesh.sharing import POLICIES, REFUSE
from .._versions import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .._json import Json
    from .._mesh.authority import Authority
    from .._versions import Version

PRESENT, EXPORTED = "present", "exported"

ARGUMENTS: ArgumentSpec = merged(
    KUBERNETES_ARGUMENTS,
    {
        "state": {"type": "str", "choices": [PRESENT, EXPORTED], "default": PRESENT},
        "members": {"type": "list", "elements": "dict", "options": MEMBER_ARGUMENTS},
        "release_name": {"type": "str", "default": "cilium"},
        "release_namespace": {"type": "str", "default": "kube-system"},
        "cilium_version": {"type": "str"},
        "ca": {"type": "raw", "no_log": True},
        "ca_policy": {"type": "str", "choices": list(POLICIES), "default": REFUSE},
        "force": {"type": "bool", "default": False},
        "algorithm": {"type": "str", "choices": list(ALGORITHMS), "default": RSA},
        "days": {"type": "int", "default": DAYS},
        "common_name": {"type": "str", "default": COMMON_NAME},
        "path": {"type": "path"},
        "return_ca": {"type": "bool", "default": False},
    },
)


@dataclass(frozen=True)
class Options:
    """The options of one task beside the way to its clusters, typed."""

    state: str
    release: str
    namespace: str
    version: Version | None
    ca: Json
    policy: str
    force: bool
    make: Callable[[], Authority]
    path: str | None
    return_ca: bool

    @classmethod
    def read(cls, params: Mapping[str, Json]) -> Options:
        """Return the options that a task was given. Raises InputError for what an argument spec cannot say."""
        _refuse(params)
        version = cast("str | None", params.get("cilium_version"))
        return cls(
            state=cast(str, params["state"]),
            release=cast(str, params["release_name"]),
            namespace=cast(str, params["release_namespace"]),
            version=parse(version) if version else None,
            ca=params.get("ca"),
            policy=cast(str, params["ca_policy"]),
            force=cast(bool, params["force"]),
            make=partial(
                create,
                algorithm=cast(str, params["algorithm"]),
                days=cast(int, params["days"]),
                common_name=cast(str, params["common_name"]),
            ),
            path=cast("str | None", params.get("path")),
            return_ca=cast(bool, params["return_ca"]),
        )


def _refuse(params: Mapping[str, Json]) -> None:
    """Raise InputError for options that do not go together."""
    exported = params["state"] == EXPORTED
    if exported and not (params.get("path") or params.get("return_ca")):
        raise InputError("state exported: found neither path nor return_ca, expected one: where is it to go?")
    if exported and params.get("members"):
        raise InputError("members: found clusters, expected none with state exported; export from one cluster")
    if exported and params.get("ca") is not None:
        raise InputError("ca: found an authority, expected none with state exported, which reads that of the cluster")
    if not exported and (params.get("path") or params.get("return_ca")):
        raise InputError("path and return_ca: expected them only with state exported")
