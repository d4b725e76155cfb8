"""The container images that the runtime knows, each one entry: which programs stand for it."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from testbed import paths, toolchain
from testbed.api import Object
from testbed.errors import TestbedError

# A pod with this annotation runs our HTTP server whatever its image says.
SERVE_ANNOTATION = "testbed.fleet.cilium/serve"
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Program:
    """How the containers of an image run.

    ``part`` of the tool chain is what the image's tag is the version of; ``places`` names the built program that
    stands at a path of the image; ``provided`` names init containers whose effect the node has already, each with
    where it comes from; ``command`` replaces the pod's own; ``fake_proc`` gives it a /proc with an empty ``modules``
    file on kernels without module support.

    ``own`` names folders where the image shows nothing of the node's, ``files`` what stands in the image by path (a
    name of the tool chain); ``path`` is where an exec finds commands, if not among all programs; ``variables`` says
    how the value of a variable is to be written, in place of ``{}``.
    """

    part: str = "cilium"
    places: dict[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    provided: dict[str, str] = field(default_factory=dict)
    fake_proc: bool = False
    own: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    path: str = ""
    variables: dict[str, str] = field(default_factory=dict)


_NODE = "the node's root"
_KNOWN = {
    "quay.io/cilium/cilium": Program(
        provided={
            "mount-cgroup": _NODE,
            "apply-sysctl-overwrites": _NODE,
            "mount-bpf-fs": _NODE,
            "clean-cilium-state": _NODE,
            "install-cni-binaries": _NODE,
        },
        fake_proc=True,
    ),
    "quay.io/cilium/operator-generic": Program(),
    # As its Dockerfile says, it has these files, no shell and no etcdctl.
    "quay.io/cilium/clustermesh-apiserver": Program(
        own=("/var/lib/cilium", "/usr/local/bin"),
        files={
            "/usr/bin/clustermesh-apiserver": "clustermesh-apiserver",
            "/usr/bin/etcd": "mesh-etcd",  # by this path etcd-init starts it, too
            "/usr/local/bin/clustermesh-apiserver": "clustermesh-apiserver",
            "/usr/local/bin/etcd": "mesh-etcd",
            "/var/lib/cilium/etcd-config.yaml": "etcd-config.yaml",
        },
        path="/usr/local/bin",
        # The chart writes https://[$(HOSTNAME_IP)]:2379, and newer Go takes nothing but IPv6 in brackets.
        variables={"HOSTNAME_IP": "::ffff:{}"},
    ),
    "registry.k8s.io/kube-proxy": Program(part="kubernetes", places={"/usr/local/bin/kube-proxy": "kube-proxy"}),
}
_SERVER = Program(command=(sys.executable, "-S", "-E", str(Path(__file__).with_name("server.py"))))

# Newer compilers warn about these sources, which are built with -Werror. Agents restart often here and mostly compile
# what they compiled before, which ccache has; it cannot write to standard output, where agents want the object.
_CLANG = """\
export CCACHE_DIR={cache} CCACHE_SLOPPINESS=time_macros,include_file_mtime,include_file_ctime
object=$(mktemp) || exit
trap 'rm -f "$object"' EXIT
left=$# before=
to_output=
while [ $left -gt 0 ]; do
    word=$1
    shift
    if [ "$before $word" = "-o -" ]; then
        to_output=yes
        set -- "$@" "$object"
    else
        set -- "$@" "$word"
    fi
    before=$word
    left=$((left - 1))
done
ccache {clang} "$@" -Wno-error || exit
[ -z "$to_output" ] || cat "$object"
"""


def find(pod: Object, image: str) -> Program | None:
    """Return how to run an image, None when it is not known (or not in the built version)."""
    if (pod["metadata"].get("annotations") or {}).get(SERVE_ANNOTATION):
        return _SERVER
    repository, _colon, tag = image.partition("@")[0].rpartition(":")
    known = _KNOWN.get(repository)
    return known if known is not None and tag == toolchain.version(known.part) else None


def place(program: Program, word: str) -> str:
    """Return the first word of a container's command as it is to be started here."""
    return str(toolchain.find(program.places[word])) if word in program.places else word


def search_path() -> str:
    """Return PATH for containers: our wrappers, the built programs, the machine's tools."""
    return f"{_wrappers()}:{toolchain.path_of_programs()}:{_SYSTEM_PATH}"


def variables(program: Program, given: dict[str, str]) -> dict[str, str]:
    """Return a container's variables as the program that stands for its image needs them."""
    return {name: program.variables.get(name, "{}").format(value) for name, value in given.items()}


def write_wrappers() -> None:
    """Write the few programs that the images have under other names or with other flags."""
    clang = next((found for number in range(21, 16, -1) if (found := shutil.which(f"clang-{number}"))), None)
    if clang is None:
        raise TestbedError("clang: none of clang-17 … clang-21 found; expected one for the agent's BPF programs")
    folder = _wrappers()
    folder.mkdir(parents=True, exist_ok=True)
    _write_script(folder / "clang", _CLANG.format(clang=clang, cache=paths.CACHE / "ccache"))
    _write_script(folder / "cilium", f'exec {toolchain.find("cilium-dbg")} "$@"')


def _wrappers() -> Path:
    """Return their folder; they belong to the programs that they start, not to a fleet that may go down."""
    return toolchain.find("cilium-dbg").parent / "wrappers"


def _write_script(path: Path, text: str) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.write_text(f"#!/bin/sh\n{text}\n")
    unfinished.chmod(0o755)
    unfinished.rename(path)
