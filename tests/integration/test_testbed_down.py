"""Taking the testbed down leaves nothing, and bringing it up is quick. Runs last: the others use the testbed."""

from __future__ import annotations

import json
import time
from pathlib import Path

from testbed import lifecycle, node, paths, processes
from testbed.fleet import Fleet

UP_SECONDS = 30


def test_down_leaves_nothing_and_up_is_quick(cilium: Fleet) -> None:
    assert _ours(), "the test looks in the wrong place: nothing of a running testbed is found"
    assert _links(cilium)
    lifecycle.down(cilium)
    assert _ours() == []
    assert _links(cilium) == []
    assert [name for name in _namespaces() if name.startswith("fleet-")] == []
    assert "fleet-" not in Path("/proc/mounts").read_text()
    assert not (node.cgroup_root() / "fleet").exists()
    assert json.loads(processes.run(["bpftool", "--json", "link"])) == []
    assert not paths.RUNNING.exists()
    started = time.monotonic()
    lifecycle.up(cilium)
    assert time.monotonic() - started < UP_SECONDS
    assert all(lifecycle.status(cilium).values())


def _ours() -> list[str]:
    """Return the command lines of processes whose program is of the tool chain or that name the testbed's folder."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                program = str((folder / "exe").readlink())
                words = (folder / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
            except OSError:
                continue
            if program.startswith(str(paths.TOOLCHAIN)) or str(paths.RUNNING) in words:
                found.append(words)
    return found


def _links(fleet: Fleet) -> list[str]:
    names = [entry.name for entry in Path("/sys/class/net").iterdir()]
    return [name for name in names if name == fleet.bridge or name.startswith("ve-")]


def _namespaces() -> list[str]:
    folder = Path("/run/netns")
    return [entry.name for entry in folder.iterdir()] if folder.exists() else []
