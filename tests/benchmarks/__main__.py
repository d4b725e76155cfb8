"""``python -m tests.benchmarks [NAME …]``: our way and the usual way, side by side in one run."""

from __future__ import annotations

import importlib
import sys

from testbed.errors import TestbedError
from tests.benchmarks import mesh
from tools import collection

BENCHMARKS = (
    "values",
    "release_unchanged",
    "preflight_200_clusters",
    "status_1000_agents",
    "rules_iptables_5000",
    "rules_nftables_5000",
    *mesh.BENCHMARKS,
)


def main() -> int:
    """Run the named benchmarks, or all; the exit code is 1 when one misses its limit."""
    sys.path.insert(0, str(collection.link()))  # some import the collection
    try:
        named = sys.argv[1:] or BENCHMARKS
        met = [_run(name) for name in named if name not in mesh.BENCHMARKS]
        meshes = [name for name in named if name in mesh.BENCHMARKS]  # together: they share the control planes
        return int(False in [*met, *([mesh.run(meshes)] if meshes else [])])
    except TestbedError as error:
        print(error, file=sys.stderr)
        return 1


def _run(name: str) -> bool:
    return bool(importlib.import_module(f"tests.benchmarks.{name}").run())


if __name__ == "__main__":
    sys.exit(main())
