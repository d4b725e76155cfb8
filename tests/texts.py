"""The golden texts of the parsers, and which kind of output each of them is."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.fleet.cilium.plugins.module_utils._status import reading

GOLDEN = Path(__file__).parent / "unit" / "plugins" / "module_utils" / "_status" / "golden"
# The first word of a file's name says what it is.
KINDS = {
    "status": reading.STATUS,
    "health": reading.HEALTH,
    "services": reading.SERVICES,
    "cli": reading.CLI_STATUS,
    "mesh": reading.MESH_STATUS,
    "lb": reading.LB_MAPS,
    "maglev": reading.MAGLEV,
    "egress": reading.EGRESS,
}


def golden_texts() -> list[Path]:
    """Every golden text, those of the founders first."""
    return sorted(GOLDEN.glob("seeds/*.txt")) + sorted(GOLDEN.glob("own/*.txt"))


def kind_of(path: Path) -> reading.Kind:
    """The kind of output that a golden text is."""
    return KINDS[path.name.partition("-")[0]]


def text_of(path: Path) -> str:
    """The text of a file, byte for byte."""
    return path.read_bytes().decode("utf-8", "surrogateescape")
