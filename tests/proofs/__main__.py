"""``python -m tests.proofs NAME [option …]``: an exhaustive proof, of which the tests hold a small part."""

from __future__ import annotations

import importlib
import sys

from tools import collection

PROOFS = ("mesh", "status")


def main() -> int:
    """Run the named proof; the exit code is 1 when it fails."""
    sys.path.insert(0, str(collection.link()))
    if sys.argv[1:2] == [] or sys.argv[1] not in PROOFS:
        print(f"expected one of {', '.join(PROOFS)}", file=sys.stderr)
        return 2
    return int(not importlib.import_module(f"tests.proofs.{sys.argv[1]}").run(sys.argv[2:]))


if __name__ == "__main__":
    sys.exit(main())
