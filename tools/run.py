"""Run checks and count what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import files
from pathlib import Path
from xml.etree import ElementTree as ET

from testbed import paths
from tools import collection, interpreters

JUNIT = "{junit}"
"""Stands in a command for the file that a suite writes its report to."""


@dataclass(frozen=True)
class Check:
    """One command: what it is called and where it runs (the checkout, or the copy of the collection).

    ``needed``: the rest of its stage needs it. ``suite``: it leaves a report with several tests.
    """

    name: str
    command: tuple[str, ...]
    in_copy: bool = False
    needed: bool = False
    suite: bool = False
    environment: dict[str, str] = field(default_factory=dict)


@dataclass
class Count:
    """Tests that passed, failed and were skipped, and the names of the checks that failed."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, other: Count) -> None:
        """Add another count to this one."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.failures += other.failures

    def __str__(self) -> str:
        """The closing line."""
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def run_stage(checks: Sequence[Check]) -> Count:
    """Run the checks of one stage; return what they counted."""
    total = Count()
    for number, check in enumerate(checks, 1):
        print(f"\n=== {check.name}", flush=True)
        started = time.monotonic()
        count = run(check)
        print(f"=== {check.name}: {count}, {time.monotonic() - started:.0f} s", flush=True)
        total.add(count)
        if check.needed and count.failed:
            left_out = [later.name for later in checks[number:]]
            print(f"=== not run, because {check.name} failed: {', '.join(left_out)}", flush=True)
            total.add(Count(failed=len(left_out), failures=left_out))
            break
    return total


def run(check: Check) -> Count:
    """Run one check, its output live; return what it counted."""
    folder = collection.copy() if check.in_copy else paths.PROJECT
    environment = {**os.environ, **_environment(check, folder), **check.environment}
    with tempfile.TemporaryDirectory() as temporary:
        report = Path(temporary) / "junit.xml"
        command = [word.replace(JUNIT, str(report)) for word in check.command]
        code = subprocess.run(command, cwd=folder, env=environment, check=False).returncode
        count = Count()
        if check.suite:
            for path in (report, *folder.glob("tests/output/junit/*.xml")):
                count.add(_read(path))
    if count.passed + count.failed == 0 or not check.suite:
        count.passed, count.failed = int(code == 0), int(code != 0)
    # A suite that broke down with no test failed (a collection error, say) has failed all the same.
    count.failed = max(count.failed, int(code != 0))
    count.failures = [check.name] if count.failed else []
    return count


def _read(report: Path) -> Count:
    """Count the tests of a report in JUnit's form; none when there is no such file."""
    count = Count()
    if not report.exists():
        return count
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 -- our own tools wrote the file just now
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            count.failed += 1
        elif "skipped" in kinds:
            count.skipped += 1
        else:
            count.passed += 1
    return count


def _environment(check: Check, folder: Path) -> dict[str, str]:
    """Return what the tools need: programs, and for those in the copy collections and a home of their own."""
    environment = {"PATH": interpreters.search_path()}
    if not sys.stdout.isatty():
        environment["NO_COLOR"] = "1"
    if check.in_copy:
        home = paths.CACHE / "home"
        _stand_in_for_get_pip(home)
        environment |= {
            "HOME": str(home),
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_COLLECTIONS_PATH": str(folder.parents[2]),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
    return environment


def _stand_in_for_get_pip(home: Path) -> None:
    """Give ansible-test, which would download get-pip.py, the pip that each Python brings with it."""
    source = next(path for path in files("ansible-core") or () if path.name == "python_requirements.py")
    folder = home / ".ansible" / "test" / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    for version in re.findall(r"\bpip='([\d.]+)'", source.read_text()):
        script = folder / f"get_pip_{version.replace('.', '_')}.py"
        script.write_text("import ensurepip\n\nensurepip.bootstrap(default_pip=True)\n", encoding="utf-8")
