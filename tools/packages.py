"""``python3 -m tools.packages [--tests]``: the Debian packages that the testbed needs, which are missing, and why.

With --tests also those that only tests need, which are large.

Run by any Python from 3.9 on, before the project's own environment exists. As root it installs what is missing;
else it says how to, and fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from testbed.machine import NEEDED

# Program → Debian package and why it is needed; 350 MB together.
FOR_TESTS = {
    "chromium": ("chromium", "the page of the report is looked at in a real browser"),
    "chromedriver": ("chromium-driver", "tests drive that browser"),
}
FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
SECONDS = 900


def missing(needed: dict[str, tuple[str, str]]) -> dict[str, str]:
    """Return the packages of which a program is on no path, and why each is needed."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *FOLDERS))
    return {package: why for program, (package, why) in needed.items() if shutil.which(program, path=path) is None}


def install(packages: list[str]) -> int:
    """Install with apt-get, its output live; return its exit code."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        result = subprocess.run(["apt-get", "-q", *command], env=environment, timeout=SECONDS, check=False)
        if result.returncode != 0:
            return result.returncode
    return 0


def main() -> int:
    """Say what is missing and why; install it where that is possible."""
    needed = {**NEEDED, **FOR_TESTS} if "--tests" in sys.argv[1:] else NEEDED
    packages = missing(needed)
    if not packages:
        print(f"system packages: nothing is missing ({len(needed)} programs looked for)")
        return 0
    for package, why in packages.items():
        print(f"system packages: {package} is missing; needed for: {why}", flush=True)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print("system packages: root on Debian could install them; run: apt-get install " + " ".join(packages))
        return 1
    return install(list(packages))


if __name__ == "__main__":
    sys.exit(main())
