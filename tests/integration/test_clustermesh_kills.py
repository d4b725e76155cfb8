"""Runs of clustermesh that are killed; `make proof-mesh` does the same at more moments."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.mesh_kills import Moment, Site, moments, open_site, survive


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(tmp_path_factory.mktemp("kills")) as opened:
        yield opened


@pytest.mark.parametrize("moment", moments(7, 3), ids=lambda moment: f"{moment.part:.2f} {moment.way}")
def test_the_next_run_converges(site: Site, moment: Moment) -> None:
    survive(site, moment)
