"""``python3 tools/packages.py``: the Debian packages that the testbed needs, which are missing, and why.

Run by any Python from 3.9 on, before the project's own environment exists. As root it installs what is missing;
else it says how to, and fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# package: (a program that comes with it, what it is needed for)
PACKAGES = {
    "bpftool": ("bpftool", "to look at the BPF programs that the agents load"),
    "clang-19": ("clang-19", "the agents compile their BPF programs with it"),
    "conntrack": ("conntrack", "to look at connection tracking in a node"),
    "curl": ("curl", "the requests of the demo"),
    "ethtool": ("ethtool", "to look at the nodes' network devices"),
    "iproute2": ("ip", "network namespaces, bridges and links"),
    "ipset": ("ipset", "the agents keep node addresses in sets"),
    "iptables": ("iptables", "the rules of agents and kube-proxy"),
    "kmod": ("modprobe", "the agents ask for kernel modules"),
    "llvm-19": ("llc-19", "part of the compiler that the agents use"),
    "nftables": ("nft", "kube-proxy in nftables mode"),
    "openssh-server": ("sshd", "Ansible reaches each node by SSH"),
    "procps": ("sysctl", "kernel settings in a node"),
    "util-linux": ("nsenter", "to enter a node's namespaces"),
}
FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
SECONDS = 900


def missing(programs: dict[str, tuple[str, str]]) -> list[str]:
    """Return the packages whose program is on no path, sorted."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *FOLDERS))
    return sorted(package for package, (program, _why) in programs.items() if shutil.which(program, path=path) is None)


def install(packages: list[str]) -> int:
    """Install with apt-get, its output live; return its exit code."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        result = subprocess.run(["apt-get", *command], env=environment, timeout=SECONDS, check=False)
        if result.returncode != 0:
            return result.returncode
    return 0


def main() -> int:
    """Say what is missing and why; install it where that is possible."""
    packages = missing(PACKAGES)
    if not packages:
        print(f"system packages: all {len(PACKAGES)} are there")
        return 0
    for package in packages:
        print(f"system packages: {package} is missing; needed because: {PACKAGES[package][1]}")
    command = "apt-get install --no-install-recommends " + " ".join(packages)
    if os.geteuid() != 0 or not Path("/usr/bin/apt-get").exists():
        print(f"system packages: cannot install them (root on Debian is needed); run: {command}")
        return 1
    return install(packages)


if __name__ == "__main__":
    sys.exit(main())
