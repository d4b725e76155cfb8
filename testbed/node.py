"""A node: network, mount and cgroup namespaces kept by a holder process, and a real sshd inside.

The holder's root is an overlay over the machine's with a tmpfs on top: whatever a node's programs write lies in
memory and goes with the node, and no file of the machine changes. The cgroup is entered before its namespace is
made, else the socket load balancer would hook the machine's root cgroup (testbed notes, section 3).
"""

from __future__ import annotations

import shutil
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from testbed import network, paths, toolchain
from testbed.errors import TestbedError
from testbed.fleet import Fleet, Node
from testbed.processes import Process, end, run

SSH_USER = "root"
CNI_FOLDER = "/opt/cni/bin"
BPF_FOLDER = "/var/lib/cilium/bpf"
_KEY = threading.Lock()

_HOLDER = """\
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 {namespace} {folder}/root
mkdir {folder}/root/upper {folder}/root/work {folder}/root/merged
mount -t overlay overlay -o lowerdir=/,upperdir={folder}/root/upper,workdir={folder}/root/work {folder}/root/merged
cd {folder}/root/merged
mount --rbind /proc proc
mount --rbind /dev dev
mount -t sysfs sysfs sys
mount -t bpf bpf sys/fs/bpf
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
rm -rf etc/cni etc/kubernetes opt/cni var/lib/cilium var/log
mkdir -p run/cilium/cgroupv2 run/lock run/sshd etc/cni/net.d etc/kubernetes opt/cni/bin var/lib/cilium var/log
mount -t cgroup2 cgroup2 run/cilium/cgroupv2
{binds}
ln -sfn {cni} opt/cni/bin/cilium-cni
ln -sfn {bpf} var/lib/cilium/bpf
mkdir -p lib/modules/$(uname -r)
{modules}
# What kubeadm asks of a machine; the machine that the testbed runs on does not forward.
echo 1 >/proc/sys/net/ipv4/ip_forward
mkdir -p run/.machine
pivot_root . run/.machine
umount -l /run/.machine
rmdir /run/.machine
echo {name} >/etc/hostname
touch {folder}/holding
exec sleep infinity
"""


@cache
def cgroup_root() -> Path:
    """Return where cgroup version 2 is mounted in this machine."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _source, target, kind, *_rest = line.split()
        if kind == "cgroup2":
            return Path(target)
    raise TestbedError("cgroup2: not mounted; mount -t cgroup2 cgroup2 /sys/fs/cgroup, and run again")


def cgroup(node: Node) -> Path:
    """Return the node's control group; each process of the node is in it or below."""
    return group_of(node.fleet) / node.name


def group_of(fleet: str) -> Path:
    """Return the control group of a fleet's nodes."""
    return cgroup_root() / fleet


def start(fleet: Fleet, node: Node) -> None:
    """Bring a node up: network, holder, sshd; what is there already is left alone, unless it was made otherwise.

    It was, where another checkout made it, whose files it shows.
    """
    if _holder(node).pid is not None and _holder_script(node).read_text() != _script(node):
        _sshd(node).stop(seconds=2)
        _holder(node).stop(seconds=1)
    if _holder(node).pid is None:
        _clear(node)
        network.create_namespace(fleet, node)
        _start_holder(node)
    _start_sshd(node)


def stop(node: Node) -> None:
    """End everything in the node's control group, then its namespaces and files."""
    _sshd(node).stop(seconds=2)
    _holder(node).stop(seconds=1)
    _clear(node)
    shutil.rmtree(node.folder, ignore_errors=True)


def end_all(group: Path, seconds: float = 5) -> None:
    """End each process in a control group and below, by its id, and remove the group."""
    if not group.exists():
        return
    if members := _members(group):
        with ThreadPoolExecutor(len(members)) as pool:
            list(pool.map(lambda pid: end(pid, seconds), members))
    for folder in sorted((p for p in group.rglob("*") if p.is_dir()), reverse=True):
        _remove_group(folder)
    _remove_group(group)


def enter(node: Node, *, program: int | None = None, group: str = "") -> list[str]:
    """Return the words that put before a command run it in the node.

    ``program`` is the id of a process whose mount namespace is entered instead of the node's; ``group`` a control
    group below the node's.
    """
    holder = _holder(node).pid
    if holder is None:
        raise TestbedError(f"node {node.name}: does not run; run: python -m testbed up")
    target = cgroup(node) / group
    target.mkdir(parents=True, exist_ok=True)
    join = f'echo $$ >{target}/cgroup.procs && exec "$@"'
    namespaces = [
        "/usr/bin/nsenter",
        "--target",
        str(holder),
        "--net",
        "--cgroup",
        f"--mount=/proc/{program or holder}/ns/mnt",
    ]
    return ["/bin/sh", "-c", join, "sh", *namespaces, "--"]


def root(node: Node) -> Path:
    """Return the node's root folder as seen from the machine."""
    return Path(f"/proc/{_holder(node).pid}/root")


def is_up(node: Node) -> bool:
    """Tell whether holder and sshd run."""
    return _holder(node).pid is not None and _sshd(node).pid is not None


def _clear(node: Node) -> None:
    """Remove what a node left: its processes, and its network with the programs attached there."""
    end_all(cgroup(node), seconds=2)
    network.delete_namespace(node)


def _holder(node: Node) -> Process:
    return Process(node.folder, "holder")


def _sshd(node: Node) -> Process:
    return Process(node.folder, "sshd")


def _start_holder(node: Node) -> None:
    """Start the holder in the node's control group and network, then wait until its root is made."""
    marker = node.folder / "holding"
    marker.unlink(missing_ok=True)
    cgroup(node).mkdir(parents=True, exist_ok=True)
    (node.folder / "root").mkdir(parents=True, exist_ok=True)
    script = _holder_script(node)
    script.write_text(_script(node))
    join = f'echo $$ >{cgroup(node)}/cgroup.procs && exec "$@"'
    command = ["/bin/sh", "-c", join, "sh", "nsenter", f"--net={network.NAMESPACES / node.namespace}"]
    _holder(node).start([*command, "unshare", "--mount", "--cgroup", "/bin/sh", str(script)])
    _holder(node).wait_until(marker.exists, f"node {node.name}: root made", seconds=20)


def _holder_script(node: Node) -> Path:
    return node.folder / "holder.sh"


def _script(node: Node) -> str:
    binds = [f"mkdir -p .{path}; mount --bind {path} .{path}" for path in shared_folders()]
    names = Path("/lib/modules", run(["uname", "-r"]).strip(), "modules.builtin")
    modules = "" if Path("/proc/modules").exists() or names.exists() else _builtin_modules()
    return _HOLDER.format(
        name=node.name,
        namespace=node.namespace,
        folder=node.folder,
        binds="\n".join(binds),
        cni=toolchain.find("cilium-cni"),
        bpf=toolchain.find("bpf"),
        modules=modules,
    )


def shared_folders() -> list[str]:
    """Return folders that may lie on file systems of their own, which an overlay over / does not show."""
    return [str(path) for path in (paths.CACHE, paths.PROJECT, Path(sys.base_prefix))]


def _builtin_modules() -> str:
    """Return a command that names what this module-less kernel has built in; the agent asks for these."""
    names = ("ip_tables", "ip6_tables", "iptable_nat", "iptable_mangle", "iptable_raw", "iptable_filter", "xt_socket")
    lines = "".join(
        f"kernel/net/{name}.ko\\n" for name in (*names, "ip6table_mangle", "ip6table_raw", "ip6table_filter")
    )
    return f"printf '{lines}' >lib/modules/$(uname -r)/modules.builtin"


def _members(group: Path) -> list[int]:
    return [int(pid) for file in group.rglob("cgroup.procs") for pid in file.read_text().split()]


def _remove_group(folder: Path) -> None:
    for _attempt in range(50):  # the kernel empties a group a moment after its last process has ended
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TestbedError(f"control group {folder}: still has processes {_members(folder)}")


def ssh_key(fleet: str) -> Path:
    """Return the private key with which clients log in to every node of a fleet, made at first use."""
    key = paths.running(fleet) / "ssh" / "id_ed25519"
    with _KEY:  # nodes start at the same time, each in a thread
        if not key.exists():
            key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "testbed", "-f", key])
    return key


def host_key(node: Node) -> Path:
    """Return the node's private host key, made at first use."""
    key = node.folder / "ssh_host_ed25519_key"
    if not key.exists():
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", node.name, "-f", key])
    return key


def _start_sshd(node: Node) -> None:
    if _sshd(node).pid is not None:
        return
    key = ssh_key(node.fleet)
    authorised = key.with_name("authorized_keys")
    public = key.with_suffix(".pub").read_text()
    if not authorised.exists() or authorised.read_text() != public:
        authorised.write_text(public)
    options = {
        "ListenAddress": node.address,
        "HostKey": str(host_key(node)),
        "AuthorizedKeysFile": str(authorised),
        "PasswordAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
        "StrictModes": "no",
        "UsePAM": "no",
        "PidFile": "none",
        "PrintMotd": "no",
        "Subsystem": "sftp internal-sftp",
    }
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    _sshd(node).start([*enter(node), "/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null", *words])
