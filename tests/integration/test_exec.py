"""Many commands in real agents at the same time, beside plain requests: nothing is lost and nothing mixed up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._exec import ExecResult, PodRef
from ansible_collections.fleet.cilium.plugins.module_utils._json import get_objects, get_text
from ansible_collections.fleet.cilium.plugins.module_utils._kubernetes import connect

from testbed.fleet import Fleet
from tests.integration.witness import agents

pytestmark = pytest.mark.real
EXECS = 50
READERS = 8
READS = 25
LINES = 2000
# Writes to both channels in turns. (Other exit codes than 0 are no test here: kwok does not pass them on.)
SCRIPT = """
i=0
while [ $i -lt $2 ]; do
  echo "$1 out $i"
  [ $((i % 10)) -ne 0 ] || echo "$1 err $i" >&2
  i=$((i+1))
done
"""


def test_fifty_execs_beside_plain_requests(cilium: Fleet) -> None:
    cluster = cilium.clusters[0]
    pods = sorted(agents(cluster).values())
    client = connect({"kubeconfig": str(cluster.kubeconfig)})

    def run(number: int) -> ExecResult:
        pod = PodRef("kube-system", pods[number % len(pods)], "cilium-agent")
        command = ["sh", "-c", SCRIPT, "sh", str(number), str(LINES)]
        return client.execute(pod, command, timeout=120)

    def read(_number: int) -> list[list[str]]:
        own = client.for_thread()
        return [
            sorted(get_text(node, "metadata", "name") or "" for node in get_objects(own.get("/api/v1/nodes"), "items"))
            for _read in range(READS)
        ]

    with ThreadPoolExecutor(EXECS + READERS) as pool:
        reads = [pool.submit(read, number) for number in range(READERS)]
        execs = [pool.submit(run, number) for number in range(EXECS)]
        found = [future.result() for future in execs]
        names = [answer for future in reads for answer in future.result()]
    for number, answer in enumerate(found):
        assert answer.stdout == "".join(f"{number} out {line}\n" for line in range(LINES)), number
        assert answer.stderr == "".join(f"{number} err {line}\n" for line in range(0, LINES, 10)), number
        assert answer.code == 0
    assert names == [sorted(node.name for node in cluster.nodes)] * (READERS * READS)
