"""``python -m tests.benchmarks``: our way and the usual way, side by side in one run."""

from __future__ import annotations

import sys

from testbed.errors import TestbedError
from tests.benchmarks import release_unchanged

BENCHMARKS = (release_unchanged.run,)


def main() -> int:
    """Run every benchmark; the exit code is 1 when one misses its limit."""
    try:
        return int(False in [benchmark() for benchmark in BENCHMARKS])
    except TestbedError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
