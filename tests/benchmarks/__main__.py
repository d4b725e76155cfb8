"""``python -m tests.benchmarks``: every benchmark, one after the other."""

from __future__ import annotations

import sys

from tests.benchmarks import release_unchanged, values

if __name__ == "__main__":
    sys.exit(max(values.main(), release_unchanged.main()))
