"""What stands for the images that the runtime knows."""

from __future__ import annotations

import pytest

from testbed.api import Object
from testbed.errors import TestbedError
from testbed.runtime import programs
from testbed.runtime.programs import Program

POD: Object = {"metadata": {}}


def mesh() -> Program:
    try:
        found = programs.find(POD, "quay.io/cilium/clustermesh-apiserver:v1.15.19@sha256:0123")
    except (TestbedError, OSError) as error:
        pytest.skip(f"the tool chain is not built: {error}")
    assert found is not None
    return found


def test_variables_are_rewritten_where_a_program_needs_it() -> None:
    given = {"HOSTNAME_IP": "10.11.0.7", "OTHER": "{}"}
    assert programs.variables(mesh(), given) == {"HOSTNAME_IP": "::ffff:10.11.0.7", "OTHER": "{}"}
    assert programs.variables(Program(), given) == given


def test_the_mesh_image_brings_what_the_chart_does_not() -> None:
    program = mesh()
    assert program.files["/usr/bin/etcd"] == "mesh-etcd"
    assert program.files["/var/lib/cilium/etcd-config.yaml"] == "etcd-config.yaml"
    assert not [path for path in program.files if "etcdctl" in path]
