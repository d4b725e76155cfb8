# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module door: what each module's main() does. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible.module_utils.basic import AnsibleModule

from ._context import Context, Result, Run, holder
from ._errors import FleetError
from ._json import plain_object
from ._secrets import censor, declassify, shown

if TYPE_CHECKING:
    from ._arguments import ArgumentSpec


def run_module(arguments: ArgumentSpec, run: Run) -> None:
    """Do the work of a module in the module's own process, and end the process with the result.

    Args:
        arguments: the module's options.
        run: the work, shared with the action door.
    """
    module = AnsibleModule(argument_spec=arguments, supports_check_mode=True)
    secrets = declassify(module, arguments)
    invocation = {"module_args": shown(module.params, arguments)}
    context = Context(
        check_mode=module.check_mode,
        diff=bool(module._diff),
        warn=lambda text: module.warn(str(censor(text, secrets))),
        progress=lambda _text: None,  # a module can say nothing before its end
        door="module",
        holder=holder(),
    )
    try:
        result = run(plain_object(module.params, where="options"), context)
    except FleetError as error:
        module.fail_json(**_censored({**error.details, "msg": error.message, "invocation": invocation}, secrets))
    module.exit_json(**_censored({**result, "invocation": invocation}, secrets))


def _censored(result: Result, secrets: set[str]) -> dict[str, object]:
    return {key: censor(value, secrets) for key, value in result.items()}
