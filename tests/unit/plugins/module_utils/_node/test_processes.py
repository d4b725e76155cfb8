"""Finding kube-proxy among the processes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._node.processes import (
    Process,
    describe,
    in_this_namespace,
    is_kube_proxy,
    may_embed_kube_proxy,
)


@pytest.mark.parametrize(
    ("words", "proxy", "embeds"),
    [
        (("/usr/local/bin/kube-proxy", "--config=/var/lib/kube-proxy/config.conf"), True, False),
        (("kube-proxy",), True, False),
        (("/hyperkube", "kube-proxy", "--v=2"), True, False),
        (("/hyperkube", "proxy"), True, False),
        (("/hyperkube", "kubelet"), False, False),
        (("vim", "kube-proxy"), False, False),
        (("/usr/bin/kube-proxy-watch",), False, False),
        (("/usr/local/bin/k3s", "server"), False, True),
        (("/usr/local/bin/k3s", "kubectl"), False, False),
    ],
)
def test_which_programs_count(words: tuple[str, ...], *, proxy: bool, embeds: bool) -> None:
    process = Process(7, words)
    assert (is_kube_proxy(process), may_embed_kube_proxy(process)) == (proxy, embeds)


def process(proc: Path, name: str, command: bytes, namespace: str) -> None:
    (proc / name / "ns").mkdir(parents=True)
    (proc / name / "cmdline").write_bytes(command)
    (proc / name / "ns" / "net").symlink_to(namespace)


def test_only_this_namespace_counts(tmp_path: Path) -> None:
    process(tmp_path, "self", b"python\0", "net:[1]")
    process(tmp_path, "10", b"/kube-proxy\0--v=2\0", "net:[1]")
    process(tmp_path, "11", b"/kube-proxy\0", "net:[2]")
    process(tmp_path, "12", b"", "net:[1]")  # a zombie
    process(tmp_path, "13", b"k3s server\0\0", "net:[1]")  # a program that has set its own title
    (tmp_path / "14").mkdir()  # ended meanwhile
    found = {each.pid: each.words for each in in_this_namespace(tmp_path)}
    assert found == {10: ("/kube-proxy", "--v=2"), 13: ("k3s", "server")}


def test_this_process_is_among_them() -> None:
    assert os.getpid() in {each.pid for each in in_this_namespace()}
    assert describe(os.getpid()).startswith(f"process {os.getpid()} (")
