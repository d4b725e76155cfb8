"""A million mutated texts through the parsers of outputs, and ten megabytes of each shape.

With CILIUM_SAMPLES, the published outputs in that folder are mutated as well.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._status import reading

from tests.mutation import Mutator
from tests.texts import KINDS, golden_texts, kind_of, text_of

_SAMPLE_KINDS = {
    "A": reading.STATUS,
    "B": reading.STATUS,
    "C": reading.HEALTH,
    "D": reading.CLI_STATUS,
    "E": reading.MESH_STATUS,
    "F": reading.SERVICES,
}
_TEN_MEGABYTES = 10_000_000
_ALLOWED = 2.0


def inputs() -> list[tuple[reading.Kind, bytes]]:
    """Every text to start from, with its kind."""
    found = [(kind_of(path), path.read_bytes()) for path in golden_texts()]
    folder = os.environ.get("CILIUM_SAMPLES")
    for path in sorted(Path(folder).glob("*/*")) if folder else []:
        kind = _SAMPLE_KINDS.get(path.parent.name[:1])
        if kind and path.is_file():
            found.append((kind, path.read_bytes()))
    return found


def mutated_inputs(seed: int, count: int) -> Iterator[tuple[reading.Kind, str]]:
    """Yield so many changed texts, most with the kind that they were, some with another."""
    texts = inputs()
    mutator = Mutator(seed, [text for _kind, text in texts])
    kinds = list(KINDS.values())
    for index in range(count):
        number, text = mutator.next()
        kind = kinds[index // 8 % len(kinds)] if index % 8 == 0 else texts[number][0]
        yield kind, text.decode("utf-8", "surrogateescape" if index % 2 else "replace")


def read(kind: reading.Kind, text: str) -> None:
    """Read a text. That JSON is of another form than its kind may be said; anything else that is raised is a fault."""
    try:
        reading.read(kind, text)
    except InputError:
        return


def prove_mutated(seed: int, count: int) -> int:
    """Read so many changed texts, with progress; return how many raised something."""
    start = last = time.monotonic()
    failed = 0
    for done, (kind, text) in enumerate(mutated_inputs(seed, count), start=1):
        try:
            read(kind, text)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is counted and shown
            failed += 1
            print(f"\n{kind.command}: {type(error).__name__}: {error}: {text[:500]!r}", flush=True)
        if time.monotonic() - last > 5:
            last = time.monotonic()
            left = (last - start) / done * (count - done)
            print(f"  {done:,} of {count:,} texts, {failed} exceptions, {left:.0f} s to go", flush=True)
    return failed


def prove_linear() -> float:
    """Read ten megabytes of each plain golden text; return the longest time in seconds of this process."""
    longest = 0.0
    for path in golden_texts():
        if "json" in path.name:
            continue
        text = text_of(path)
        text *= _TEN_MEGABYTES // len(text)
        start = time.process_time()
        reading.read(kind_of(path), text)
        took = time.process_time() - start
        longest = max(longest, took)
        print(f"  {took:5.2f} s for 10 MB of {path.name}", flush=True)
    return longest


def run(words: list[str]) -> bool:
    """Prove both, say so in one line, and return whether it is so."""
    parser = argparse.ArgumentParser(description="mutated texts through the parsers of outputs")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(words)
    start = time.monotonic()
    failed = prove_mutated(arguments.seed, arguments.count)
    took = time.monotonic() - start
    longest = prove_linear()
    good = not failed and longest <= _ALLOWED
    print(
        f"proof-status: {arguments.count:,} mutated texts (seed {arguments.seed}) in {took:.0f} s, "
        f"{failed} exceptions; 10 MB in {longest:.2f} s at most: {'proven' if good else 'FAILED'}"
    )
    return good
