# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chart: what it is called, which values it knows, what it is made of. PRIVATE to the collection.

It comes from a folder, from a package (.tgz, read in memory and never unpacked), or from a stored revision, which
holds the chart that it was installed from. Charts elsewhere (``oci://``, a repository) are pulled as a package first.
"""

from __future__ import annotations

import base64
import hashlib
import json
import tarfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from .._errors import InputError
from .._json import JsonObject, as_json, get_object, get_objects, get_text
from .values import same
from .yamls import yaml_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NAME = "cilium"
# What of Chart.yaml matters to a release; Helm stores a part of it only.
_TELLING = ("name", "version", "appVersion", "kubeVersion", "dependencies")
MAX_CHART = 100 * 2**20


@dataclass(frozen=True)
class Chart:
    """One chart.

    ``content`` is a digest of its files, None for a stored one. ``path`` is what to give to helm, None for a stored
    one. ``load_defaults`` reads values.yaml, ``load_templates`` the templates, ``load_schema`` values.schema.json: all
    are needed for a change only.
    """

    metadata: JsonObject
    content: str | None
    path: str | None
    load_defaults: Callable[[], JsonObject]
    load_templates: Callable[[], dict[str, str]]
    load_schema: Callable[[], JsonObject] = dict

    @property
    def name(self) -> str:
        """The chart's name."""
        return get_text(self.metadata, "name") or ""

    @property
    def version(self) -> str:
        """The chart's version."""
        return get_text(self.metadata, "version") or ""

    @property
    def app_version(self) -> str:
        """The version of what it installs."""
        return get_text(self.metadata, "appVersion") or ""

    @property
    def kube_version(self) -> str:
        """The range of Kubernetes versions it supports, empty for any."""
        return get_text(self.metadata, "kubeVersion") or ""

    @property
    def dependencies(self) -> list[str]:
        """The keys under which the values of its subcharts stand."""
        found = get_objects(self.metadata, "dependencies")
        return [get_text(item, "alias") or get_text(item, "name") or "" for item in found]

    @cached_property
    def defaults(self) -> JsonObject:
        """The default values."""
        return self.load_defaults()

    @cached_property
    def templates(self) -> dict[str, str]:
        """The templates by their path within the chart."""
        return self.load_templates()

    @cached_property
    def schema(self) -> JsonObject:
        """The JSON schema of the values; empty for a chart without one (Cilium's has one from 1.16 on)."""
        return self.load_schema()

    def same_as(self, other: Chart) -> bool:
        """Tell whether two charts would install the same: metadata, default values and templates."""
        return (
            all(self.metadata.get(key) == other.metadata.get(key) for key in _TELLING)
            and same(self.defaults, other.defaults)
            and self.templates == other.templates
        )


def load(location: str) -> Chart:
    """Return the chart in a folder or a .tgz file. Raises InputError when there is none, or not Cilium's."""
    path = Path(location).expanduser()
    if path.is_dir():
        files = dict(_folder(path))
    elif path.is_file():
        files = _package(path)
    else:
        raise InputError(
            f"chart {location}: not found; expected a folder, a .tgz file, oci://… or a name with chart_repository"
        )
    return _from_files(location, files, path=str(path.resolve()))


def is_remote(location: str, repository: str | None) -> bool:
    """Tell whether a chart is to be pulled first: an OCI reference, or a bare name that ``repository`` knows.

    A path (a name with a slash, or ending in ``.tgz``) is one whether or not a repository is given.
    """
    if location.startswith("oci://"):
        return True
    return bool(repository) and "/" not in location and not location.endswith(".tgz")


def stored(body: Mapping[str, object]) -> Chart:
    """Return the chart that a revision was installed from."""
    chart = get_object(as_json(dict(body)), "chart")
    return Chart(
        metadata=get_object(chart, "metadata"),
        content=None,
        path=None,
        load_defaults=lambda: get_object(chart, "values"),
        load_templates=lambda: {
            str(item["name"]): base64.b64decode(str(item["data"])).decode("utf-8", "replace")
            for item in get_objects(chart, "templates")
        },
        load_schema=lambda: _schema(base64.b64decode(get_text(chart, "schema") or ""), where="the stored chart"),
    )


def unpacked(body: Mapping[str, object], folder: Path) -> Chart:
    """Return the chart that a revision was installed from, laid out for helm in a folder, which is made.

    Helm stores a chart without its subcharts, so one that has any cannot be made of it.

    Raises:
        InputError: it has.
    """
    chart = stored(body)
    if chart.dependencies:
        raise InputError(f"chart {chart.name} {chart.version}: it has subcharts, which Helm does not store; set chart")
    found = get_object(as_json(dict(body)), "chart")
    files = {
        "Chart.yaml": json.dumps(chart.metadata).encode(),
        "values.yaml": json.dumps(chart.defaults).encode(),
        "values.schema.json": base64.b64decode(get_text(found, "schema") or ""),
        **{
            str(item["name"]): base64.b64decode(str(item["data"]))
            for part in ("templates", "files")
            for item in get_objects(found, part)
        },
    }
    for name, content in files.items():
        path = folder / name
        if content and path.resolve().is_relative_to(folder.resolve()):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return replace(chart, path=str(folder))


def _from_files(location: str, files: Mapping[str, bytes], *, path: str) -> Chart:
    if "Chart.yaml" not in files:
        raise InputError(f"chart {location}: no Chart.yaml in it; expected a Helm chart")
    metadata = yaml_mapping(files["Chart.yaml"], where=f"chart {location}: Chart.yaml")
    chart = Chart(
        metadata=metadata,
        content=_digest(files),
        path=path,
        load_defaults=lambda: yaml_mapping(files.get("values.yaml", b"{}"), where=f"chart {location}: values.yaml"),
        load_templates=lambda: {
            name: data.decode("utf-8", "replace") for name, data in files.items() if name.startswith("templates/")
        },
        load_schema=lambda: _schema(files.get("values.schema.json", b""), where=f"chart {location}"),
    )
    if chart.name != NAME:
        raise InputError(f"chart {location}: its name is {chart.name!r}; expected Cilium's chart, {NAME!r}")
    if not chart.version:
        raise InputError(f"chart {location}: Chart.yaml has no version")
    return chart


def _schema(text: bytes, *, where: str) -> JsonObject:
    try:
        found = as_json(json.loads(text)) if text else {}
    except ValueError as error:
        raise InputError(f"{where}: values.schema.json: not JSON: {error}") from error
    return found if isinstance(found, dict) else {}


def _digest(files: Mapping[str, bytes]) -> str:
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(f"{name}\0{len(files[name])}\0".encode())
        total.update(files[name])
    return total.hexdigest()


def _folder(root: Path) -> Iterator[tuple[str, bytes]]:
    size = 0
    for path in sorted(root.rglob("*")):
        if path.is_file():
            size += path.stat().st_size
            _refuse_large(str(root), size)
            yield path.relative_to(root).as_posix(), path.read_bytes()


def _package(path: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    size = 0
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                if not member.isfile():
                    continue
                size += member.size
                _refuse_large(str(path), size)
                stream = archive.extractfile(member)
                # The first part of a name is the chart's own folder.
                files[member.name.partition("/")[2]] = stream.read() if stream else b""
    except (tarfile.TarError, OSError, EOFError) as error:
        raise InputError(f"chart {path}: not a chart package (.tgz): {error}") from error
    return files


def _refuse_large(location: str, size: int) -> None:
    if size > MAX_CHART:
        raise InputError(f"chart {location}: larger than {MAX_CHART // 2**20} MiB; expected a Helm chart")
