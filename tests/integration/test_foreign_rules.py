"""Rules of others stay as they are, line for line with their counters: the real iptables in a namespace.

The oracle is a second namespace that has been given the rules of others only. `make test` runs a fixed part; `make
proof-rules` runs as many random rule sets for each backend as FOREIGN_RULE_SETS says.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from testbed import paths, processes
from tests.namespaces import Namespace, namespace
from tests.rule_sets import RuleSet, rule_sets

RANDOM = int(os.environ.get("FOREIGN_RULE_SETS", "0"))
FIXED = 40
PROGRAMS = {"ipv4": "iptables", "ipv6": "ip6tables"}

many = settings(
    max_examples=RANDOM or FIXED,
    derandomize=not RANDOM,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass
class Place:
    """Two namespaces, and the work of the module waiting in the first."""

    subject: Namespace
    oracle: Namespace
    worker: subprocess.Popen[str]

    def clean(self, **options: object) -> dict[str, Any]:
        """Do the module's work once."""
        assert self.worker.stdin is not None
        assert self.worker.stdout is not None
        self.worker.stdin.write(json.dumps(options) + "\n")
        self.worker.stdin.flush()
        result: dict[str, Any] = json.loads(self.worker.stdout.readline())
        return result


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with namespace("rules") as subject, namespace("oracle") as oracle:
        command = subject.inside([sys.executable, "-m", "tests.rules_worker"])
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, stdin=pipe, stdout=pipe, text=True, cwd=paths.PROJECT, env=subject.variables()
        ) as worker:
            try:
                yield Place(subject, oracle, worker)
            finally:
                processes.end(worker.pid, 5)


def saved(inside: Namespace, program: str) -> list[str]:
    """What iptables-save -c says, without its remarks on the time."""
    return [line for line in inside.run(f"{program}-save", "-c").splitlines() if not line.startswith("#")]


def load(inside: Namespace, program: str, text: str) -> None:
    inside.run(f"{program}-restore", "-c", stdin=text)


@pytest.mark.parametrize("backend", ["nft", "legacy"])
def test_rules_of_others_stay_as_they_are(place: Place, backend: str) -> None:
    @many
    @given(rule_sets())
    def check(rules: RuleSet) -> None:
        program = f"{PROGRAMS[rules.family]}-{backend}"
        load(place.subject, program, rules.before)
        load(place.oracle, program, rules.after)
        first = place.clean()
        assert "msg" not in first, first
        assert saved(place.subject, program) == saved(place.oracle, program)
        second = place.clean()
        assert second["changed"] is False, second
        for inside in (place.subject, place.oracle):  # the next one may be of the other family
            load(inside, program, "".join(f"*{name}\nCOMMIT\n" for name in ("nat", "filter", "mangle", "raw")))

    check()
