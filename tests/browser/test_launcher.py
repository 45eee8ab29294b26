"""The SMART page, opened by a launcher not written here: `make launcher`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from standin_ehr.service import serving
from tests.browser.chromium import watched
from tests.browser.launcher import launching
from tests.support import hook_request, read_bundle

pytestmark = pytest.mark.launcher


@dataclass(frozen=True)
class Rig:
    """The addresses of the launcher and of a service that may read by way of it."""

    launcher: str
    service: str


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with (
        launching(tmp_path_factory.mktemp("launcher")) as launcher,
        serving(f"{launcher}/v/r4/fhir") as service,
    ):
        yield Rig(launcher, service.url)


@pytest.mark.parametrize("patient", ["patient-1-relapse", "patient-2", "patient-3"])
def test_a_page_that_another_launcher_opens_says_what_the_card_says(
    rig: Rig, chromium: Any, patient: str
) -> None:
    answer = requests.post(
        f"{rig.service}/cds-services/rraml-patient-view",
        json=hook_request(read_bundle(patient)),
        timeout=30,
    )
    summary = answer.json()["cards"][0]["summary"]
    with watched(chromium, (rig.launcher, rig.service)) as page:
        launch = f"launch_uri={rig.service}/smart/launch&fhir_ver=4&patient={patient}"
        page.goto(f"{rig.launcher}/launcher?{launch}")
        assert page.url.startswith(f"{rig.service}/smart/patients/")
        assert page.get_by_role("heading", level=1).inner_text() == summary
