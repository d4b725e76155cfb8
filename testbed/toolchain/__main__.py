"""``python -m testbed.toolchain``: build the tool chain."""

from __future__ import annotations

import sys

from testbed.errors import TestbedError
from testbed.toolchain import build

if __name__ == "__main__":
    try:
        build()
    except TestbedError as error:
        sys.exit(str(error))
