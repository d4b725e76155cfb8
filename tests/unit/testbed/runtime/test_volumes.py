"""A volume's folder shows what its sources say, and changes as a kubelet changes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from testbed.runtime import volumes

Files = dict[str, bytes]
STEPS: list[Files] = [{"a": b"1", "b": b"2"}, {"a": b"1", "b": b"3"}, {"b": b"3", "c/d": b"4"}, {}, {"a": b"1"}]


def shown(folder: Path) -> Files:
    found = (path for path in folder.rglob("*") if ".." not in str(path.relative_to(folder)))
    top = [path for path in found if path.parent == folder]
    files = [each for path in top for each in ([path] if path.is_file() else path.rglob("*"))]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files if path.is_file()}


def test_a_folder_follows(tmp_path: Path) -> None:
    for files in STEPS:
        volumes.lay_out(tmp_path, files)
        assert shown(tmp_path) == files
        hidden = [entry.name for entry in tmp_path.iterdir() if entry.name.startswith("..")]
        assert len(hidden) == 2  # the link ..data and the one folder that it names


def test_a_change_replaces_the_folder_and_not_the_link(tmp_path: Path) -> None:
    """What watches a file sees its old content vanish; what watches the folder sees new names."""
    volumes.lay_out(tmp_path, {"a": b"1"})
    link, old = (tmp_path / "a").lstat().st_ino, (tmp_path / "a").resolve()
    volumes.lay_out(tmp_path, {"a": b"2"})
    assert (tmp_path / "a").lstat().st_ino == link
    assert not old.exists()


def test_without_a_change_nothing_moves(tmp_path: Path) -> None:
    volumes.lay_out(tmp_path, {"a": b"1", "b/c": b"2"})
    before = (tmp_path / "..data").readlink()
    volumes.lay_out(tmp_path, {"b/c": b"2", "a": b"1"})
    assert (tmp_path / "..data").readlink() == before


def test_plain_files_become_links(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0")
    volumes.lay_out(tmp_path, {"a": b"1"})
    assert (tmp_path / "a").is_symlink()
    assert shown(tmp_path) == {"a": b"1"}


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    volumes.lay_out(tmp_path, {"key": b"1"})
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("volume", "expected"),
    [
        ({"secret": {"secretName": "s", "optional": True}}, {("secrets", "s")}),
        ({"configMap": {"name": "c"}}, {("configmaps", "c")}),
        ({"hostPath": {"path": "/x"}}, set()),
        ({"emptyDir": {}}, set()),
        (
            {"projected": {"sources": [{"secret": {"name": "s"}}, {"configMap": {"name": "c"}}, {"downwardAPI": {}}]}},
            {("secrets", "s"), ("configmaps", "c")},
        ),
    ],
)
def test_what_a_pod_mentions(volume: dict[str, object], expected: set[tuple[str, str]]) -> None:
    assert volumes.mentioned({"spec": {"volumes": [{"name": "v", **volume}]}}) == expected
    assert volumes.mentioned({"spec": {}}) == set()
