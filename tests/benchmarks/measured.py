"""``python measured.py COMMAND …``: run a command, then print its seconds and its peak memory as JSON on stdout.

The memory, in megabytes, is that of the biggest of its processes. It is measured from a process of its own, and a
small one: the kernel counts what a process had before exec, thus the size of whoever started it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time


def main() -> int:
    """Run the command with its output on stderr; return its exit code."""
    started = time.monotonic()
    process = subprocess.Popen(sys.argv[1:], stdout=sys.stderr)
    _pid, status, used = os.wait4(process.pid, 0)  # of it and of all that it waited for
    process.returncode = os.waitstatus_to_exitcode(status)
    print(json.dumps({"seconds": time.monotonic() - started, "megabytes": used.ru_maxrss / 1024}))
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
