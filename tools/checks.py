"""``python -m tools.checks lint types unit …``: run stages of checks, one closing line for all.

A stage is a list of commands, each shown live. A failed check does not stop the others, except where the rest of its
stage needs it. The last line counts: each test of a suite is one, every other command is one. The exit code is 1 when
anything failed.
"""

from __future__ import annotations

import argparse
import os
import sys

from testbed import paths
from tools import collection
from tools.run import JUNIT, Check, Count, run_stage

_PYTEST = (sys.executable, "-m", "pytest", f"--junitxml={JUNIT}")
# The workers that share the tests, each of which takes whole files.
_AT_ONCE = ("--numprocesses=2", "--dist=loadfile")
# Tests that have a stage or a command of their own.
_KINDS = ("fleet", "mesh_fleet", "long")
_TOOLCHAIN = Check("tool chain", (sys.executable, "-m", "testbed.toolchain"), needed=True)


def stages() -> dict[str, list[Check]]:
    """Return every stage with its checks; the one place where they are listed."""
    python = sys.executable
    sanity = ("ansible-test", "sanity", "--local", "--junit", "--color", "no")
    mypy_path = {"MYPYPATH": f"{collection.link()}{os.pathsep}{paths.PROJECT}"}
    return {
        "lint": [
            Check("ruff format", ("ruff", "format", "--check", ".")),
            Check("ruff check", ("ruff", "check", ".")),
            Check("yamllint", ("yamllint", "--strict", ".")),
            Check("ansible-lint", ("ansible-lint",), in_copy=True),
            Check("antsibull-changelog", ("antsibull-changelog", "lint"), in_copy=True),
            Check("antsibull-docs", ("antsibull-docs", "lint-collection-docs", "--plugin-docs", "."), in_copy=True),
        ],
        "types": [
            Check("mypy programs", ("mypy", "testbed", "tools", "tests", "extensions"), environment=mypy_path),
            Check("mypy plugins", ("mypy", "-p", "ansible_collections.fleet.cilium.plugins"), environment=mypy_path),
        ],
        "unit": [
            Check("oldest and newest ansible-core", (python, "-m", "tools.cores")),
            Check("unit tests", (*_PYTEST, *_AT_ONCE, "tests/unit"), suite=True),
        ],
        "charts": [_TOOLCHAIN, Check("charts", (*_PYTEST, "--numprocesses=2", "tests/charts"), suite=True)],
        "sanity": [Check("ansible-test sanity", sanity, in_copy=True, suite=True)],
        "integration": _integration(),
        "molecule": [_TOOLCHAIN, Check("molecule scenarios", (python, "-m", "tools.molecule"))],
    }


def _integration() -> list[Check]:
    """Return the checks on the testbed.

    One fleet is down before the next one comes up, as idle ones take time too. Tests without a fleet have what they
    need to themselves, so they share the processors.
    """
    pytest = (*_PYTEST, "--fresh-testbed", "--durations=20", "tests/integration", "-m")
    return [
        Check("system packages", (sys.executable, "-m", "tools.packages", "--tests"), needed=True),
        _TOOLCHAIN,
        Check("integration tests on the fleet", (*pytest, "fleet and not long"), suite=True),
        Check("integration tests on meshes", (*pytest, "mesh_fleet and not long"), suite=True),
        Check("integration tests on others", (*pytest, f"not {' and not '.join(_KINDS)}", *_AT_ONCE), suite=True),
    ]


def main() -> int:
    """Run the stages that the command line names."""
    known = stages()
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0] if __doc__ else None)
    parser.add_argument("stage", nargs="+", choices=tuple(known))
    total = Count()
    for stage in parser.parse_args().stage:
        print(f"\n##### {stage}", flush=True)
        total.add(run_stage(known[stage]))
    for name in total.failures:
        print(f"failed: {name}")
    print(total, flush=True)
    return int(total.failed > 0)


if __name__ == "__main__":
    sys.exit(main())
