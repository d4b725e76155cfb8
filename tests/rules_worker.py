"""``python -m tests.rules_worker``: does the work of kube_proxy_rules once for every line of options in JSON.

It spares a test with many runs the start of Python. Results are lines of JSON; an error is {"msg": …}.
"""

from __future__ import annotations

import importlib
import json
import sys

from tools import collection


def main() -> None:
    """Serve until stdin ends."""
    sys.path.insert(0, str(collection.link()))
    importlib.invalidate_caches()
    package = "ansible_collections.fleet.cilium.plugins.module_utils"
    work = importlib.import_module(f"{package}._node.rules.run")
    errors = importlib.import_module(f"{package}._errors")
    contexts = importlib.import_module(f"{package}._context")
    options = importlib.import_module(f"{package}._node.rules.arguments").ARGUMENTS
    defaults = {name: option.get("default") for name, option in options.items()}
    for line in sys.stdin:
        context = contexts.Context(
            check_mode=False,
            diff=False,
            warn=lambda _text: None,
            progress=lambda _text: None,
            door="module",
            holder="test",
        )
        try:
            result = work.run({**defaults, **json.loads(line)}, context)
        except errors.FleetError as error:
            result = {**error.details, "msg": error.message}
        sys.stdout.write(f"{json.dumps(result)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
