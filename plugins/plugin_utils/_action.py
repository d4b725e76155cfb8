# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action door: the base of the action plugins, which work in the controller's process. PRIVATE to the collection.

The package kubernetes is imported here, at the top: Ansible loads the plugin before it forks, so the import is paid
once a run and not once a task.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase

from ..module_utils import _kubernetes
from ..module_utils._context import Context, Result, holder
from ..module_utils._errors import FleetError, InputError
from ..module_utils._json import Json, JsonObject, plain, plain_object
from ..module_utils._secrets import censor, secrets_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..module_utils._arguments import ArgumentSpec

COLLECTION = "fleet.cilium"
KUBERNETES_AVAILABLE = _kubernetes.IMPORT_ERROR is None
PROGRESS_SECONDS = 10.0
FIRST_PROGRESS_SECONDS = 2.0


class ClusterAction(ActionBase):
    """Does a cluster module's work on the controller; a subclass names the options and the work.

    With the variable `cilium_run_on: host` the module itself does the work, on the task's host.
    """

    ARGUMENTS: ClassVar[ArgumentSpec]
    work: ClassVar[staticmethod[[Mapping[str, Json], Context], Result]]

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, object] | None = None) -> dict[str, object]:
        """Do the task's work and return its result."""
        variables = task_vars or {}
        result: dict[str, object] = super().run(tmp, variables)
        name = f"{COLLECTION}.{type(self).__module__.rpartition('.')[2]}"
        if self._run_on_host(variables):
            result.update(self._on_host(name, variables))
            return result
        if self._task.async_val:
            raise AnsibleActionFail(f"{name}: async is possible only with the variable cilium_run_on set to host.")
        warnings: list[str] = []
        try:
            options, secrets = self._options(name)
        except FleetError as error:
            return {**result, **error.details, "failed": True, "changed": False, "msg": error.message}
        context = self._context(variables, warnings, secrets)
        result.update(self._done(options, context, secrets))
        if warnings:
            result["warnings"] = [str(censor(text, secrets)) for text in warnings]
        return result

    def _run_on_host(self, variables: Mapping[str, object]) -> bool:
        """Tell whether the host does the work.

        Raises:
            AnsibleActionFail: a value that means nothing.
        """
        where = self._templar.template(variables.get("cilium_run_on", "controller"))
        if where not in {"controller", "host"}:
            raise AnsibleActionFail(f"Variable cilium_run_on: found {where!r}, expected 'controller' or 'host'.")
        return bool(where == "host")

    def _on_host(self, name: str, variables: Mapping[str, object]) -> dict[str, object]:
        arguments = plain_object(self._task.args, where=name)
        done: dict[str, object] = self._execute_module(
            module_name=name, module_args=arguments, task_vars=variables, wrap_async=self._task.async_val
        )
        return done

    def _options(self, name: str) -> tuple[JsonObject, set[str]]:
        """Return the task's options, checked and with defaults, and the secrets among them.

        Raises:
            InputError: options that the spec does not allow.
        """
        given = plain_object(self._task.args, where=name)
        with self._environment():
            checked = ArgumentSpecValidator(self.ARGUMENTS).validate(given)
        options: JsonObject = {key: plain(value, where=key) for key, value in checked.validated_parameters.items()}
        secrets = secrets_of(options, self.ARGUMENTS)
        if checked.error_messages:
            unknown = "unsupported parameters: " if any(isinstance(e, UnsupportedError) for e in checked.errors) else ""
            raise InputError(str(censor(f"{name}: {unknown}{'; '.join(checked.error_messages)}", secrets)))
        return options, secrets

    def _context(self, variables: Mapping[str, object], warnings: list[str], secrets: set[str]) -> Context:
        said = _Progress(str(variables.get("inventory_hostname", "")))

        def progress(text: str) -> None:
            line = said.line(str(censor(text, secrets)))
            if line:
                self._display.display(line)

        return Context(
            check_mode=bool(self._task.check_mode),
            diff=bool(self._task.diff),
            warn=warnings.append,
            progress=progress,
            door="action",
            holder=holder(),
        )

    def _done(self, options: JsonObject, context: Context, secrets: set[str]) -> Result:
        work = type(self).work
        with self._environment():
            try:
                done = work(options, context)
            except FleetError as error:
                done = {**error.details, "failed": True, "changed": False, "msg": error.message}
        return {key: censor(value, secrets) for key, value in done.items()}

    @contextmanager
    def _environment(self) -> Iterator[None]:
        """Apply the task's `environment` to this process, which Ansible does for modules only."""
        extra: dict[str, object] = {}
        self._compute_environment_string(extra)
        before = dict(os.environ)
        os.environ.update({str(key): str(value) for key, value in extra.items()})
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


class _Progress:
    """Lets a line through when it says something new, and at most one every PROGRESS_SECONDS.

    What is done within FIRST_PROGRESS_SECONDS needs no progress.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._last = ""
        self._when = time.monotonic() - PROGRESS_SECONDS + FIRST_PROGRESS_SECONDS

    def line(self, text: str) -> str | None:
        """Return the line to show; None to stay silent."""
        now = time.monotonic()
        if text == self._last or now - self._when < PROGRESS_SECONDS:
            return None
        self._last, self._when = text, now
        return f"{self._host}: {text}" if self._host else text
