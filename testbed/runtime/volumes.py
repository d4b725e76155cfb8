"""A pod's volumes and environment: ConfigMaps, Secrets, tokens and downward API as files and variables.

A volume with content is laid out as a kubelet does it: files are links into ``..data``, itself a link to a folder
that a change replaces whole, so a program that watches its files sees each change, and never half of one.
"""

from __future__ import annotations

import base64
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from testbed.api import Api, Object

_VARIABLE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_.]*)\)")
_KINDS = (("secret", "secrets"), ("configMap", "configmaps"))
_CONTENT = {"secret", "configMap", "projected", "downwardAPI"}
_KEYED = re.compile(r"metadata\.(labels|annotations)\['(.*)'\]")


@dataclass(frozen=True)
class Pod:
    """A pod with the addresses that it has by now and the folder that holds its files."""

    api: Api
    body: Object
    folder: Path
    address: str
    node_address: str

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return str(self.body["metadata"]["namespace"])

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.body["metadata"]["name"])

    def volume(self, name: str) -> Path | None:
        """Return the folder or host path of a volume, None when the pod has none of that name."""
        for volume in self.body["spec"].get("volumes", []):
            if volume["name"] == name:
                host = volume.get("hostPath")
                return Path(host["path"]) if host else self.folder / "volumes" / name
        return None


def write(pod: Pod) -> None:
    """Lay out every volume that is not a host path below the pod's folder; what is there already follows its source.

    Raises ApiError when a ConfigMap or Secret that is not optional is missing.
    """
    for volume in pod.body["spec"].get("volumes", []):
        if "hostPath" in volume:
            continue
        target = pod.folder / "volumes" / volume["name"]
        target.mkdir(parents=True, exist_ok=True)
        if _CONTENT & set(volume):
            lay_out(target, {k: v for source in _sources(volume) for k, v in _files(pod, source, target).items()})


def mentioned(body: Object) -> frozenset[tuple[str, str]]:
    """Return the ConfigMaps and Secrets in a pod's volumes, as (plural of the kind, name)."""
    sources = [source for volume in body["spec"].get("volumes", []) for source in _sources(volume)]
    return frozenset((plural, _name(source[kind])) for kind, plural in _KINDS for source in sources if kind in source)


def lay_out(target: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder show these files (paths below it → content) and no others, all at one moment."""
    data = target / "..data"
    if data.is_symlink() and _read(data) == files:
        return
    old = data.resolve() if data.is_symlink() else None
    new = Path(tempfile.mkdtemp(prefix="..", dir=target))
    for name, content in files.items():
        _write_file(new / name, content)
    unfinished = target / "..data_new"
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(new.name)
    unfinished.rename(data)
    shown = {name.partition("/")[0] for name in files}
    for name in shown:
        if not (target / name).is_symlink():
            (target / name).unlink(missing_ok=True)
            (target / name).symlink_to(f"..data/{name}")
    for link in target.iterdir():
        if not link.name.startswith("..") and link.name not in shown:
            link.unlink()
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)


def _read(folder: Path) -> dict[str, bytes]:
    root = folder.resolve()
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def _sources(volume: Object) -> list[Object]:
    """Return what a volume's content comes from."""
    sources: list[Object] = volume["projected"]["sources"] if "projected" in volume else [volume]
    return sources


def environment(pod: Pod, container: Object) -> dict[str, str]:
    """Return a container's variables, with those that Kubernetes adds and ``$(NAME)`` expanded."""
    service = pod.api.get("/api/v1/namespaces/default/services/kubernetes")["spec"]
    result = {
        "KUBERNETES_SERVICE_HOST": str(service["clusterIP"]),
        "KUBERNETES_SERVICE_PORT": "443",
        "HOSTNAME": pod.name,
        "HOME": "/root",
    }
    for entry in container.get("env", []):
        if "value" in entry:
            result[entry["name"]] = expand(entry["value"], result)
        elif "valueFrom" in entry and (value := _value(pod, entry["valueFrom"])) is not None:
            result[entry["name"]] = value
    return result


def expand(text: str, variables: dict[str, str]) -> str:
    """Replace ``$(NAME)`` by known variables, as Kubernetes does; unknown ones stay."""
    return _VARIABLE.sub(lambda match: variables.get(match[1], match[0]), text)


def hosts(pod: Pod) -> str:
    """Return the text of the pod's /etc/hosts."""
    lines = ["127.0.0.1 localhost", "::1 localhost", f"{pod.address} {pod.name}"]
    lines += [f"{alias['ip']} {' '.join(alias['hostnames'])}" for alias in pod.body["spec"].get("hostAliases", [])]
    return "\n".join(lines) + "\n"


def field(pod: Pod, path: str) -> str:
    """Return a field of the downward API."""
    known = {"status.podIP": pod.address, "status.podIPs": pod.address, "status.hostIP": pod.node_address}
    if path in known:
        return known[path]
    if keyed := _KEYED.fullmatch(path):
        return str((pod.body["metadata"].get(keyed[1]) or {}).get(keyed[2], ""))
    found: object = pod.body
    for step in path.split("."):
        found = found.get(step, "") if isinstance(found, dict) else ""
    return str(found)


def _files(pod: Pod, source: Object, target: Path) -> dict[str, bytes]:
    """Return the files of one volume source; a token that is in ``target`` already stays."""
    if "serviceAccountToken" in source:
        name = source["serviceAccountToken"]["path"]
        there = target / "..data" / name
        return {name: there.read_bytes() if there.exists() else _token(pod, source["serviceAccountToken"])}
    if "downwardAPI" in source:
        items = source["downwardAPI"].get("items", [])
        return {item["path"]: field(pod, item["fieldRef"]["fieldPath"]).encode() for item in items}
    for kind, plural in _KINDS:
        if kind in source:
            wanted = source[kind]
            data = _data(pod, plural, _name(wanted), wanted.get("optional", False))
            if "items" not in wanted:
                return data
            return {item["path"]: data[item["key"]] for item in wanted["items"] if item["key"] in data}
    return {}


def _name(source: Object) -> str:
    """Return the name of a source's object; a Secret has it elsewhere when it is a volume of its own."""
    return str(source.get("name") or source.get("secretName"))


def _data(pod: Pod, plural: str, name: str, optional: bool) -> dict[str, bytes]:
    path = f"/api/v1/namespaces/{pod.namespace}/{plural}/{name}"
    found = pod.api.find(path) if optional else pod.api.get(path)
    if found is None:
        return {}
    data = found.get("data") or {}
    if plural == "secrets":
        return {key: base64.b64decode(value) for key, value in data.items()}
    binary = found.get("binaryData") or {}
    texts = {key: value.encode() for key, value in data.items()}
    return {**texts, **{key: base64.b64decode(value) for key, value in binary.items()}}


def _token(pod: Pod, wanted: Object) -> bytes:
    account = pod.body["spec"].get("serviceAccountName", "default")
    bound = {"kind": "Pod", "apiVersion": "v1", "name": pod.name, "uid": pod.body["metadata"]["uid"]}
    spec: Object = {"expirationSeconds": wanted.get("expirationSeconds", 3600), "boundObjectRef": bound}
    if wanted.get("audience"):
        spec["audiences"] = [wanted["audience"]]
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    answer = pod.api.create(f"/api/v1/namespaces/{pod.namespace}/serviceaccounts/{account}/token", request)
    return str(answer["status"]["token"]).encode()


def _value(pod: Pod, source: Object) -> str | None:
    """Return a variable's value, None when its source is optional and missing."""
    if "fieldRef" in source:
        return field(pod, source["fieldRef"]["fieldPath"])
    if "resourceFieldRef" in source:
        return None  # no limits here; a program without the variable takes its own default
    for key, plural in (("configMapKeyRef", "configmaps"), ("secretKeyRef", "secrets")):
        if key in source:
            data = _data(pod, plural, source[key]["name"], source[key].get("optional", False))
            return data[source[key]["key"]].decode() if source[key]["key"] in data else None
    return None


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)
