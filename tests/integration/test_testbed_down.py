"""Taking the testbed down leaves nothing, and bringing it up is quick."""

from __future__ import annotations

import json
import time
from pathlib import Path

from testbed import fleet as fleets
from testbed import lifecycle, node, paths, processes
from testbed.demo import playbook as demo
from testbed.fleet import Fleet

UP_SECONDS = 30


def test_down_leaves_nothing_and_up_is_quick(cilium: Fleet) -> None:
    before = _ours(cilium)
    assert {Path(words.split()[0]).name for words in before.values()} >= {"etcd", "kwok", "cilium-agent", "sleep"}
    assert _links(cilium)
    lifecycle.down(cilium)
    assert [words for pid, words in before.items() if processes.start_time(pid)] == []
    assert _ours(cilium) == {}
    assert _links(cilium) == []
    spaces = [member.namespace for member in cilium.nodes]
    assert [name for name in _namespaces() if name in spaces] == []
    assert [name for name in spaces if name in Path("/proc/mounts").read_text()] == []
    assert not (node.cgroup_root() / "fleet").exists()
    assert _programs_attached() == []
    assert not paths.RUNNING.exists()
    started = time.monotonic()
    lifecycle.up(cilium)
    assert time.monotonic() - started < UP_SECONDS
    assert all(lifecycle.status(cilium).values())
    demo.converge()  # tests that come later find Cilium as the fixture made it


def test_down_of_one_fleet_leaves_the_other(fleet: Fleet, mesh_fleet: Fleet) -> None:
    before, theirs = _ours(mesh_fleet), _ours(fleet)
    assert {Path(words.split()[0]).name for words in before.values()} >= {"etcd", "kwok", "sleep"}
    assert len(_links(mesh_fleet)) == 1 + len(mesh_fleet.nodes)
    assert not set(before) & set(theirs)
    lifecycle.down(mesh_fleet)
    assert [words for pid, words in before.items() if processes.start_time(pid)] == []
    assert (_ours(mesh_fleet), _links(mesh_fleet)) == ({}, [])
    assert not set(_namespaces()) & {member.namespace for member in mesh_fleet.nodes}
    assert not node.group_of(mesh_fleet.name).exists()
    assert not mesh_fleet.folder.exists()
    assert set(theirs) <= set(_ours(fleet))
    assert all(lifecycle.status(fleet).values())
    lifecycle.up(mesh_fleet)
    assert all(lifecycle.status(mesh_fleet).values())


def _programs_attached() -> list[object]:
    """Return the BPF programs that are attached to a control group, those of other fleets than the default left out."""
    others = [node.group_of(fleets.load(fleets.MESH_FILE).name)]
    groups = {path.stat().st_ino for root in others for path in (root, *root.rglob("*")) if path.is_dir()}
    links = json.loads(processes.run(["bpftool", "--json", "link"]))
    return [link for link in links if link.get("cgroup_id") not in groups]


def _ours(fleet: Fleet) -> dict[int, str]:
    """Return a fleet's processes: those in its control group, and those that name a folder of its clusters."""
    folders = [str(cluster.folder) for cluster in fleet.clusters]
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
            groups = (folder / "cgroup").read_text()
        except OSError:
            continue
        if words and (f"/{fleet.name}/" in groups or any(f"{name}/" in words for name in folders)):
            found[int(folder.name)] = words
    return found


def _links(fleet: Fleet) -> list[str]:
    names = [entry.name for entry in Path("/sys/class/net").iterdir()]
    return [name for name in names if name in {fleet.bridge, *(member.link for member in fleet.nodes)}]


def _namespaces() -> list[str]:
    folder = Path("/run/netns")
    return [entry.name for entry in folder.iterdir()] if folder.exists() else []
