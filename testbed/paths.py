"""Where the testbed keeps its things: one cache folder of the user, nothing in the checkout."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fleet-cilium"
TOOLCHAIN = CACHE / "toolchain"
DEFAULT_FLEET = "fleet"
RUNNING = CACHE / "testbed"


def running(fleet: str = DEFAULT_FLEET) -> Path:
    """Return where the files of a running fleet lie: those of the default fleet in ``RUNNING``, others beside it."""
    return RUNNING if fleet == DEFAULT_FLEET else CACHE / f"{RUNNING.name}-{fleet}"
