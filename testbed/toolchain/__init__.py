"""The tool chain: real Kubernetes, Cilium, helm, etcd and kwok programs, built from Go modules.

Each folder beside this file is one part: a ``go.mod`` with ``tool`` lines and its ``go.sum``, no Go code.
A part is built into ``<cache>/toolchain/<part>-<key>``; the key is the hash of these two files and of the
recipe below, so a changed pin is a new folder and an unchanged one is found ready. Each program is moved
into place whole, so an interrupted build goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from testbed import paths
from testbed.errors import TestbedError

HERE = Path(__file__).resolve().parent
GO = "1.26"
PROGRESS_SECONDS = 15
_FACTS = "module.json"


@dataclass(frozen=True)
class Part:
    """One Go module and the programs built from it.

    ``programs`` maps a program's name to its package, ``files`` a name in the cache to a path inside the module
    ``module``. ``stamps`` are linker variables; ``{version}`` … are those of ``module``.
    """

    name: str
    module: str
    programs: dict[str, str]
    stamps: dict[str, str] = field(default_factory=dict)
    tags: str = ""
    files: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder in the cache that holds (or will hold) this part."""
        digest = hashlib.sha256(repr((self.programs, self.stamps, self.tags, self.files, GO)).encode())
        for name in ("go.mod", "go.sum"):
            digest.update((HERE / self.name / name).read_bytes())
        return paths.TOOLCHAIN / f"{self.name}-{digest.hexdigest()[:16]}"

    @property
    def missing(self) -> list[str]:
        """Programs and files of this part that are not in the cache yet."""
        names = (*self.programs, *self.files, _FACTS)
        return [name for name in names if not (self.folder / name).exists()]


_CILIUM = "github.com/cilium/cilium"
_KUBERNETES_VERSION = {
    f"k8s.io/{package}.{name}": value
    for package in ("component-base/version", "client-go/pkg/version")
    for name, value in (("gitVersion", "{version}"), ("gitMajor", "{major}"), ("gitMinor", "{minor}"))
}

PARTS = (
    Part(
        "cilium",
        _CILIUM,
        {
            "cilium-agent": f"{_CILIUM}/daemon",
            "cilium-dbg": f"{_CILIUM}/cilium-dbg",
            "cilium-health": f"{_CILIUM}/cilium-health",
            "cilium-health-responder": f"{_CILIUM}/cilium-health/responder",
            "cilium-cni": f"{_CILIUM}/plugins/cilium-cni",
            "cilium-operator-generic": f"{_CILIUM}/operator",
            "clustermesh-apiserver": f"{_CILIUM}/clustermesh-apiserver",
        },
        # Three words: with one alone the programs print "v-" (testbed notes, section 1).
        {f"{_CILIUM}/pkg/version.ciliumVersion": "{number} {commit} {time}"},
        tags="ipam_provider_operator",
        files={
            "chart": "install/kubernetes/cilium",
            "bpf": "bpf",
            "etcd-config.yaml": "clustermesh-apiserver/etcd-config.yaml",
        },
    ),
    Part(
        "kubernetes",
        "k8s.io/kubernetes",
        {
            **{
                name: f"k8s.io/kubernetes/cmd/{name}"
                for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubectl")
            },
            "etcd": "go.etcd.io/etcd/server/v3",
            "etcdctl": "go.etcd.io/etcd/etcdctl/v3",
        },
        _KUBERNETES_VERSION,
    ),
    Part(
        "helm3",
        "helm.sh/helm/v3",
        {"helm3": "helm.sh/helm/v3/cmd/helm"},
        {"helm.sh/helm/v3/internal/version.version": "{version}"},
    ),
    Part("kwok", "sigs.k8s.io/kwok", {"kwok": "sigs.k8s.io/kwok/cmd/kwok"}),
    Part(
        "helm",
        "helm.sh/helm/v4",
        {"helm": "helm.sh/helm/v4/cmd/helm"},
        {"helm.sh/helm/v4/internal/version.version": "{version}"},
    ),
    # The mesh store must be etcd 3.5: in 3.6 remote agents reconnect for ever (testbed notes, section 6).
    Part("etcd35", "go.etcd.io/etcd/server/v3", {"mesh-etcd": "go.etcd.io/etcd/server/v3"}),
)


@cache
def find(name: str) -> Path:
    """Return the absolute path of a built program or shipped file.

    Raises TestbedError when the tool chain has no such thing or it is not built.
    """
    for part in PARTS:
        if name in part.programs or name in part.files:
            path = part.folder / name
            if not path.exists():
                raise TestbedError(f"tool chain: {name} is not built; run: make toolchain")
            return path
    raise TestbedError(f"tool chain: nothing is called {name}")


@cache
def version(part_name: str) -> str:
    """Return the version (``v1.15.19``) of the module that a part was built from."""
    part = next(part for part in PARTS if part.name == part_name)
    facts: dict[str, str] = json.loads((part.folder / _FACTS).read_text())
    return facts["version"]


def path_of_programs() -> str:
    """Return the folders of all parts, joined as for PATH."""
    return os.pathsep.join(str(part.folder) for part in PARTS)


def build() -> None:
    """Build whatever is missing, one program after the other, telling what and how long."""
    missing = [part for part in PARTS if part.missing]
    if not missing:
        print(f"tool chain: ready in {paths.TOOLCHAIN}", flush=True)
        return
    _require_go()
    started = time.monotonic()
    for part in missing:
        _build_part(part)
    print(f"tool chain: done, {time.monotonic() - started:.0f} s", flush=True)


def _require_go() -> None:
    go = shutil.which("go")
    if go is None:
        raise TestbedError(f"tool chain: go not found on PATH; expected Go {GO}: install it and run again")
    found = _go("env", "GOVERSION", folder=HERE).strip()
    if not found.startswith(f"go{GO}"):
        raise TestbedError(
            f"tool chain: found {found}, expected go{GO}.x (the JSON package of later releases breaks "
            f"Kubernetes 1.36); set GOTOOLCHAIN=go{GO}.8 or install that release"
        )


def _build_part(part: Part) -> None:
    part.folder.mkdir(parents=True, exist_ok=True)
    facts = _module_facts(part)
    for name, source in part.files.items():
        if not (part.folder / name).exists():
            _copy_file(Path(facts["dir"]) / source, part.folder / name)
    for name, package in part.programs.items():
        if not (part.folder / name).exists():
            _build_program(part, name, package, facts)
    (part.folder / _FACTS).write_text(json.dumps(facts))


def _build_program(part: Part, name: str, package: str, facts: dict[str, str]) -> None:
    stamps = " ".join(f"-X '{key}={value.format(**facts)}'" for key, value in part.stamps.items())
    unfinished = part.folder / f".{name}.{os.getpid()}"
    command = ["go", "build", "-trimpath", "-buildvcs=false", "-ldflags", f"-s -w {stamps}", "-o", str(unfinished)]
    if part.tags:
        command += ["-tags", part.tags]
    log = part.folder / f"{name}.log"
    label = f"{part.name}: {name} {facts['version']}"
    started = time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, package], cwd=HERE / part.name, env=_environment(), stdout=output, stderr=output
        )
        for seconds in _ticks(process):
            print(f"{label}: building, {seconds:.0f} s", flush=True)
    if process.returncode != 0:
        tail = "\n".join(log.read_text().splitlines()[-15:])
        raise TestbedError(f"{label}: go build failed ({process.returncode}), log {log}:\n{tail}")
    unfinished.rename(part.folder / name)
    print(f"{label}: built, {time.monotonic() - started:.0f} s", flush=True)


def _ticks(process: subprocess.Popen[bytes]) -> Iterator[float]:
    """Yield the seconds gone by, every PROGRESS_SECONDS, until the process has ended; end it with us."""
    started = time.monotonic()
    try:
        while True:
            try:
                process.wait(PROGRESS_SECONDS)
                return
            except subprocess.TimeoutExpired:
                yield time.monotonic() - started
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _module_facts(part: Part) -> dict[str, str]:
    """Return version, number, major, minor, commit, time and folder of the part's module."""
    listed = json.loads(_go("list", "-m", "-json", part.module, folder=HERE / part.name))
    if "Dir" not in listed:
        _go("mod", "download", part.module, folder=HERE / part.name)
        listed = json.loads(_go("list", "-m", "-json", part.module, folder=HERE / part.name))
    number = str(listed["Version"]).lstrip("v")
    major, minor = number.split(".")[:2]
    origin = listed.get("Origin") or {}
    return {
        "version": f"v{number}",
        "number": number,
        "major": major,
        "minor": minor,
        "commit": str(origin.get("Hash", "module"))[:10],
        "time": str(listed.get("Time", "1970-01-01T00:00:00Z")),
        "dir": str(listed["Dir"]),
    }


def _environment() -> dict[str, str]:
    return {**os.environ, "GOFLAGS": "-mod=readonly", "GOWORK": "off", "CGO_ENABLED": "0"}


def _go(*arguments: str, folder: Path) -> str:
    result = subprocess.run(
        ["go", *arguments], cwd=folder, env=_environment(), capture_output=True, text=True, timeout=600, check=False
    )
    if result.returncode != 0:
        raise TestbedError(f"tool chain: go {' '.join(arguments)} in {folder} failed: {result.stderr.strip()}")
    return result.stdout


def _copy_file(source: Path, target: Path) -> None:
    """Copy a file or folder out of the read-only module cache, writable and in one step."""
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    if source.is_dir():
        shutil.copytree(source, unfinished)
        for path in (unfinished, *unfinished.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)
    else:
        shutil.copyfile(source, unfinished)
    unfinished.rename(target)
