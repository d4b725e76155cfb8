"""What the machine must offer, told before anything is started."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from testbed.errors import TestbedError

# Program → Debian package and why it is needed.
NEEDED = {
    "ip": ("iproute2", "namespaces and links"),
    "nsenter": ("util-linux", "entering nodes"),
    "iptables": ("iptables", "the agent's and kube-proxy's rules"),
    "ipset": ("ipset", "the agent's node sets"),
    "bpftool": ("bpftool", "the agent's BPF programs, and looking at them"),
    "clang-19": ("clang-19", "the agent compiles its BPF programs"),
    "ccache": ("ccache", "BPF programs that were compiled before are not compiled again"),
    "llc-19": ("llvm-19", "the agent compiles its BPF programs"),
    "sshd": ("openssh-server", "Ansible reaches nodes by SSH"),
    "ssh": ("openssh-client", "Ansible reaches nodes by SSH"),
    "nft": ("nftables", "kube-proxy's nftables mode"),
    "conntrack": ("conntrack", "kube-proxy clears connections"),
    "ethtool": ("ethtool", "offload settings of links"),
    "curl": ("curl", "requests from inside nodes"),
    "modprobe": ("kmod", "the agent asks for kernel modules"),
    "sysctl": ("procps", "kernel settings of a node"),
}


def problems() -> list[str]:
    """Return what is missing, one sentence each; empty when all is there."""
    found = []
    if os.geteuid() != 0:
        found.append("root: this user is not; namespaces and BPF need it: run as root")
    if not Path("/sys/fs/bpf").exists():
        found.append("BPF: /sys/fs/bpf is missing: a kernel with CONFIG_BPF_SYSCALL is needed")
    filesystems = Path("/proc/filesystems").read_text().split()
    found += [
        f"{kind}: the kernel does not have it" for kind in ("cgroup2", "overlay", "bpf") if kind not in filesystems
    ]
    for program, (package, why) in NEEDED.items():
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            found.append(f"{program}: missing ({why}); apt-get install {package}")
    return found


def require() -> None:
    """Raise TestbedError listing all that is missing."""
    if missing := problems():
        advice = "\nWithout all that: python -m testbed simulate, a cluster with simulated agents."
        raise TestbedError("this machine cannot run the testbed:\n  " + "\n  ".join(missing) + advice)
