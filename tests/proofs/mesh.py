"""Runs of clustermesh killed at random moments, on two real API servers with the real chart; the next run converges."""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from tests.integration.mesh_kills import moments, open_site, survive


def run(words: list[str]) -> bool:
    """Kill so many runs, say so in one line, and return whether the next one converged each time."""
    parser = argparse.ArgumentParser(description="runs of clustermesh killed at random moments")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(words)
    ways: Counter[str] = Counter()
    failed = 0
    with tempfile.TemporaryDirectory() as folder, open_site(Path(folder)) as site:
        print(f"proof-mesh: a whole run takes {site.whole:.1f} s", flush=True)
        for number, moment in enumerate(moments(arguments.seed, arguments.count), 1):
            ways[moment.way] += 1
            said = f"{number} of {arguments.count}: killed ({moment.way}) at {moment.part:.2f} of its time"
            try:
                print(f"  {said}: {survive(site, moment)}: converged", flush=True)
            except AssertionError as error:
                failed += 1
                print(f"  {said}: FAILED: {error}", flush=True)
    kinds = ", ".join(f"{way} {count}" for way, count in ways.items())
    print(
        f"proof-mesh: {arguments.count} runs killed (seed {arguments.seed}; what died: {kinds}), "
        f"{failed} did not converge: {'FAILED' if failed else 'proven'}"
    )
    return not failed
