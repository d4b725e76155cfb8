"""What rules_iptables_5000 and rules_nftables_5000 share: 5,000 services, kube_proxy_rules beside kube-proxy --cleanup.

The real kube-proxy programs the rules in a namespace, served by a played API; they are loaded again before each round.
Both sides are a task of ansible-playbook, as a user runs them on a node, in turns; the quickest round of each counts,
and what an empty play costs is taken off. Then each side's leftovers are listed: lines with KUBE of iptables-save and
ip6tables-save of both backends, and tables of nftables.
Prints ``bench NAME ratio=R ours=SECONDS peer=SECONDS``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from testbed import toolchain
from testbed.errors import TestbedError
from tests import kube_proxy
from tests.namespaces import Namespace, namespace

SERVICES = 5000
ENDPOINTS = 3
ROUNDS = {"iptables": 3, "nftables": 7}  # the latter takes a moment, so that chance weighs more
TARGET = 1.0
SECONDS = 600
FAMILIES = ("iptables", "ip6tables")


def saved(node: Namespace, mode: str) -> dict[tuple[str, ...], str]:
    """Return what brings the rules back: the input of each command."""
    if mode == "nftables":
        return {("nft", "-f", "-"): node.run("nft", "list", "ruleset")}
    return {(f"{family}-restore", "-c"): node.run(f"{family}-save", "-c") for family in FAMILIES}


def leftovers(node: Namespace) -> list[str]:
    """Return what looks like kube-proxy's on the node."""
    found = []
    for backend in ("legacy", "nft"):
        for family in FAMILIES:
            lines = node.call(f"{family}-{backend}-save").stdout.splitlines()
            found += [f"{family}-{backend}: {line}" for line in lines if "KUBE" in line]
    found += [line for line in node.run("nft", "list", "tables").splitlines() if line.endswith("kube-proxy")]
    return found


def playbooks(folder: Path) -> dict[str, Path]:
    """Write the three playbooks; return them by name."""
    tasks: dict[str, list[dict[str, object]]] = {
        "empty": [],
        "ours": [{"fleet.cilium.kube_proxy_rules": {}}],
        "peer": [{"ansible.builtin.command": {"argv": [str(toolchain.find("kube-proxy")), "--cleanup"]}}],
    }
    found = {name: folder / f"{name}.yml" for name in tasks}
    for name, path in found.items():
        path.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks[name]}]))
    return found


def play(node: Namespace, playbook: Path) -> float:
    """Play a playbook on the node; return how many seconds it took. TestbedError when it failed."""
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    variables = f"ansible_python_interpreter={sys.executable}"
    command = node.inside([program, "-i", "localhost,", "-c", "local", "-e", variables, str(playbook)])
    environment = {**node.variables(), "ANSIBLE_PIPELINING": "1", "ANSIBLE_NOCOLOR": "1"}
    started = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    seconds = time.monotonic() - started
    if playbook.stem != "empty" and "failed=0" not in done.stdout:
        raise TestbedError(f"bench: {playbook.stem} did not go as expected:\n{done.stdout}{done.stderr}")
    return seconds


def measure(name: str, mode: str) -> bool:
    """Measure, print the line, and tell whether the target is met."""
    if os.geteuid() != 0:
        raise TestbedError(f"bench {name}: this user is not root; namespaces need it: run as root")
    with tempfile.TemporaryDirectory() as folder, namespace("bench") as node:
        files = playbooks(Path(folder))
        print(f"bench {name}: kube-proxy programs {SERVICES} services with {ENDPOINTS} endpoints each", flush=True)
        kube_proxy.program(node, mode, services=SERVICES, endpoints=ENDPOINTS, seconds=SECONDS)
        texts = saved(node, mode)
        print(
            f"bench {name}: {sum(text.count('-A ') for text in texts.values()) or 'no'} rules of iptables", flush=True
        )
        seconds: dict[str, list[float]] = {side: [] for side in files}
        left: dict[str, list[str]] = {}
        for number in range(ROUNDS[mode]):
            for side, measured in seconds.items():
                node.run("nft", "flush", "ruleset")
                for command, text in texts.items() if side != "empty" else ():
                    node.run(*command, stdin=text)
                measured.append(play(node, files[side]))
                left[side] = leftovers(node)
            print(
                f"round {number + 1} of {ROUNDS[mode]}: " + ", ".join(f"{s} {m[-1]:.2f} s" for s, m in seconds.items())
            )
    for side in ("peer", "ours"):
        print(f"bench {name}: {side} leaves {len(left[side])} lines")
        print("".join(f"  {line}\n" for line in left[side]), end="")
    empty, ours, peer = (min(seconds[side]) for side in ("empty", "ours", "peer"))
    ratio = (ours - empty) / (peer - empty)
    print(f"bench {name} ratio={ratio:.3f} ours={ours - empty:.2f} peer={peer - empty:.2f}", flush=True)
    return ratio <= TARGET and set(left["ours"]) <= set(left["peer"])
