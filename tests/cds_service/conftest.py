"""The servers of these tests: each runs once, in threads or a process of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.protocols import Validator

from aml.knowledge import Library, load
from standin_ehr.fhir_server import running as serving_fhir
from tests.cds_service.ehr import CountingEhr
from tests.cds_service.fault_server import KINDS, FaultServer, running
from tests.cds_service.faults import FAULTS
from tests.cds_service.service import RRAML, Service, serving
from tests.support import PATIENTS, read_bundle


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[FaultServer]:
    """A server that nobody allowed: what arrives here should not have been sent."""
    with running(FaultServer(read_bundle("patient-1-mrd-confirmed"), FAULTS)) as server:
        yield server


@pytest.fixture(scope="session")
def faults(elsewhere: FaultServer) -> Iterator[FaultServer]:
    """The record of `patient-1-mrd-confirmed` behind every fault."""
    record = read_bundle("patient-1-mrd-confirmed")
    with running(FaultServer(record, FAULTS, elsewhere.origin)) as server:
        yield server


@pytest.fixture(scope="session")
def library() -> Library:
    return load(None)


@pytest.fixture(scope="session")
def ehr() -> CountingEhr:
    return CountingEhr(PATIENTS)


@pytest.fixture(scope="session")
def fhir_url(ehr: CountingEhr) -> Iterator[str]:
    with serving_fhir(ehr) as url:
        yield url


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Allowed to read from the stand-in EHR and from behind every fault."""
    bad = (f"http://127.0.0.1:*/{fault}/{kind}" for fault in FAULTS for kind in KINDS)
    folder = tmp_path_factory.mktemp("service")
    with serving(
        folder / "log",
        fhir_servers=",".join(["http://127.0.0.1:*/fhir", *bad]),
        allow_replay="1",
        cors_origins="*",
        deadline_s="20",  # a busy machine must not make an answer wrong
    ) as service:
        yield service


@pytest.fixture(scope="session")
def schema() -> Validator:
    """Of the assessment, as `rraml schema` prints it."""
    printed = subprocess.run([RRAML, "schema"], capture_output=True, check=True).stdout
    document = json.loads(printed)
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document, format_checker=FormatChecker())
