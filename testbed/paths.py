"""Where the testbed keeps its things: one cache folder of the user, nothing in the checkout."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fleet-cilium"
TOOLCHAIN = CACHE / "toolchain"
RUNNING = CACHE / "testbed"
