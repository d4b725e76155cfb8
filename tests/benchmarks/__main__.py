"""``python -m tests.benchmarks [NAME …]``: our way and the usual way, side by side in one run."""

from __future__ import annotations

import importlib
import sys

from testbed.errors import TestbedError
from tools import collection

BENCHMARKS = (
    "values",
    "release_unchanged",
    "preflight_200_clusters",
    "status_1000_agents",
    "rules_iptables_5000",
    "rules_nftables_5000",
)


def main() -> int:
    """Run the named benchmarks, or all; the exit code is 1 when one misses its limit."""
    sys.path.insert(0, str(collection.link()))  # some import the collection
    try:
        named = sys.argv[1:] or BENCHMARKS
        return int(False in [importlib.import_module(f"tests.benchmarks.{name}").run() for name in named])
    except TestbedError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
