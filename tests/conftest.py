"""Makes fleet.cilium importable from this checkout, for Python and for the Ansible programs that tests start."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from tools import collection

_LINK = str(collection.link())
sys.path.insert(0, _LINK)
importlib.invalidate_caches()
os.environ["ANSIBLE_COLLECTIONS_PATH"] = _LINK
os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
