"""The launch of the SMART page, by a browser without scripts, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from standin_ehr.records import Ehr
from tests.cds_service.service import Service, serving
from tests.cds_service.smart_ehr import CLIENT, SmartEhr, running
from tests.support import PATIENTS, hook_request, read_bundle

CARD = json.dumps({"asOf": "2022-01-12", "jurisdiction": "US"})


@pytest.fixture(scope="module")
def ehr() -> Iterator[SmartEhr]:
    with running(SmartEhr(Ehr(PATIENTS))) as ehr:
        yield ehr


@pytest.fixture(autouse=True)
def _forgotten(ehr: SmartEhr) -> None:
    """Every test starts with an EHR as it was installed."""
    fresh = SmartEhr(ehr.ehr)
    ehr.answers, ehr.capabilities, ehr.method = {}, fresh.capabilities, "none"
    ehr.asked.clear()
    ehr.refused.clear()


@pytest.fixture(scope="module")
def page(ehr: SmartEhr, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("smart")
    with serving(
        folder / "log", fhir_servers=ehr.iss, smart_client_id=CLIENT, allow_replay="1"
    ) as service:
        yield service


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    with requests.Session() as browser:
        browser.trust_env = False
        yield browser


def opened(
    browser: requests.Session, page: Service, ehr: SmartEhr, patient: str = "patient-1-relapse"
) -> requests.Response:
    """The end of an EHR launch."""
    query = {"iss": ehr.iss, "launch": ehr.launch(patient, CARD)}
    return browser.get(f"{page.url}/smart/launch", params=query, timeout=20)


def test_the_link_of_the_card_opens_the_page_of_that_patient_and_day(
    browser: requests.Session, page: Service, ehr: SmartEhr
) -> None:
    call = hook_request(read_bundle("patient-1-relapse"))
    replay = {"asOf": "2022-01-12", "jurisdiction": "US"}
    answer = page.answer(call | {"extension": {"org.rraml.replay": replay}})
    [link] = answer["cards"][0]["links"]
    assert [card for card in answer["cards"][1:] if "links" in card] == []
    assert (link["type"], link["url"]) == ("smart", f"{page.url}/smart/launch")
    query = {"iss": ehr.iss, "launch": ehr.launch("patient-1-relapse", link["appContext"])}
    shown = browser.get(link["url"], params=query, timeout=20)
    assert (shown.status_code, ehr.refused) == (200, [])
    assert urlsplit(shown.url).path.startswith("/smart/patients/")
    assert answer["cards"][0]["summary"] in shown.text


def test_a_launch_asks_to_read_one_patient_and_no_more(
    browser: requests.Session, page: Service, ehr: SmartEhr
) -> None:
    opened(browser, page, ehr)
    [asked] = ehr.asked
    scopes = asked["scope"].split()
    assert scopes[0] == "launch"
    assert {scope.partition("/")[0] for scope in scopes[1:]} == {"patient"}
    assert {scope.rpartition(".")[2] for scope in scopes[1:]} == {"r", "rs"}
    assert asked["aud"] == ehr.iss


def test_a_server_that_knows_only_the_older_scopes_is_asked_by_them(
    browser: requests.Session, page: Service, ehr: SmartEhr
) -> None:
    ehr.capabilities = ("launch-ehr", "permission-v1")
    assert opened(browser, page, ehr).status_code == 200
    scopes = ehr.asked[0]["scope"].split()[1:]
    assert {scope.rpartition(".")[2] for scope in scopes} == {"read"}


def test_without_a_chart_the_ehr_lets_the_user_choose_the_patient(
    browser: requests.Session, page: Service, ehr: SmartEhr
) -> None:
    listed = browser.get(f"{page.url}/smart", timeout=20)
    assert ehr.iss in listed.text
    shown = browser.get(f"{page.url}/smart/launch", params={"iss": ehr.iss}, timeout=20)
    assert shown.status_code == 200
    assert ehr.asked[0]["scope"].split()[0] == "launch/patient"
    assert "launch" not in ehr.asked[0]
