"""These tests need Java and Maven: `-m integration`, or naming their file, collects them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from standin_ehr.cds_client import CdsClient
from standin_ehr.service import serving
from tests.integration import hapi
from tests.integration.hapi import Hapi
from tests.support import PATIENTS, read_bundle

MARKER = "integration"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARKER}: with HAPI FHIR, by `make integration`")


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    return None if config.option.markexpr == MARKER else True


@pytest.fixture(scope="session")
def built() -> None:
    """The programs of integration/hapi/, compiled."""
    hapi.build()


@pytest.fixture(scope="session")
def ehr(built: None) -> Iterator[Hapi]:
    """HAPI's server with the records of all fixture patients."""
    with hapi.serving() as server:
        server.load(*(read_bundle(path.name) for path in sorted(PATIENTS.glob("*.json"))))
        yield server


@pytest.fixture(scope="session")
def client(ehr: Hapi) -> Iterator[CdsClient]:
    """An EHR's CDS client between that server and the service, which may read from it."""
    with serving(ehr.url) as service, CdsClient(service.url, ehr.url, "any") as cds_client:
        yield cds_client
