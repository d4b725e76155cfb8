"""``python -m tests.node_module NAME``: run a module of the collection with the options given as JSON on stdin."""

from __future__ import annotations

import importlib
import json
import sys

from ansible.module_utils.testing import patch_module_args

from tools import collection


def main() -> None:
    """Run what the module runs, which ends the process."""
    sys.path.insert(0, str(collection.link()))
    importlib.invalidate_caches()
    module = importlib.import_module(f"ansible_collections.fleet.cilium.plugins.modules.{sys.argv[1]}")
    with patch_module_args(json.load(sys.stdin)):
        module.main()


if __name__ == "__main__":
    main()
