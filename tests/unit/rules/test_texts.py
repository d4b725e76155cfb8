"""Rules for every text file that git knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.collection import tracked

PROJECT = Path(__file__).resolve().parents[3]
GENERATED = {"go.sum", "COPYING"}
FILES = [PROJECT / name for name in tracked() if Path(name).name not in GENERATED]

# Pieces, so that this file does not hold what it looks for.
HOSTS = ["py" + "pi.org", "python" + "hosted.org", "proxy.golang" + ".org", "galaxy.ansible" + ".com"]
PATHS = [r"(?<![\w.-])/" + "work/", r"(?<![\w.-])/root/\.(cache|pyenv|ansible)"]
SECRETS = [r"-----BEGIN (RSA |EC )?PRIVATE " + r"KEY-----\n[A-Za-z0-9+/=\n]{200,}"]
FORBIDDEN = [*map(re.escape, HOSTS), *PATHS, *SECRETS]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_texts_name_no_machine_and_no_registry(path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="replace")
    found = {match.group() for pattern in FORBIDDEN for match in re.finditer(pattern, text)}
    assert not found, f"{path}: {found}"


def test_no_sanity_rule_is_ignored() -> None:
    entries = [
        line for path in (PROJECT / "tests" / "sanity").glob("ignore-*.txt") for line in path.read_text().split("\n")
    ]
    assert not [line for line in entries if line.strip()]
