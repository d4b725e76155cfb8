"""Taking the testbed down leaves nothing, and bringing it up is quick."""

from __future__ import annotations

import json
import time
from pathlib import Path

import yaml

from testbed import fleet as fleets
from testbed import lifecycle, node, paths, processes
from testbed.demo import playbook as demo
from testbed.fleet import Fleet

UP_SECONDS = 30
LASTING = {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"}
# Another fleet: one cluster with one node.
SMALL = {
    "name": "small",
    "bridge": {"name": "small0", "address": "172.28.0.1/16"},
    "clusters": [
        {
            "name": "bonn",
            "id": 21,
            "api_port": 21443,
            "pods": "10.21.0.0/16",
            "services": "10.121.0.0/16",
            "nodes": [{"name": "bonn-1", "address": "172.28.1.11"}],
        }
    ],
}


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


def test_down_of_one_fleet_leaves_the_other(fleet: Fleet, tmp_path: Path) -> None:
    (tmp_path / "small.yml").write_text(yaml.safe_dump(SMALL))
    small = fleets.load(tmp_path / "small.yml")
    lifecycle.up(small)
    before, theirs = _ours(small), _lasting(fleet)
    assert {Path(words.split()[0]).name for words in before.values()} >= {"etcd", "kwok", "sleep"}
    assert theirs
    assert len(_links(small)) == 1 + len(small.nodes)
    assert not set(before) & set(theirs)
    lifecycle.down(small)
    assert [words for pid, words in before.items() if processes.start_time(pid)] == []
    assert (_ours(small), _links(small)) == ({}, [])
    assert not set(_namespaces()) & {member.namespace for member in small.nodes}
    assert not node.group_of(small.name).exists()
    assert not small.folder.exists()
    assert _lasting(fleet) == theirs
    assert all(lifecycle.status(fleet).values())


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


def _lasting(fleet: Fleet) -> set[int]:
    """Return the fleet's programs that do not come and go as probes and commands in pods do."""
    return {pid for pid, words in _ours(fleet).items() if Path(words.split()[0]).name in LASTING}


def _links(fleet: Fleet) -> list[str]:
    names = [entry.name for entry in Path("/sys/class/net").iterdir()]
    return [name for name in names if name in {fleet.bridge, *(member.link for member in fleet.nodes)}]


def _namespaces() -> list[str]:
    folder = Path("/run/netns")
    return [entry.name for entry in folder.iterdir()] if folder.exists() else []
