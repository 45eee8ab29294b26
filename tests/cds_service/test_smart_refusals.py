"""What the SMART page refuses, and that nothing of a session gets anywhere else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from aml.knowledge import Library
from cds_service.smart.context import CardContext, read_context
from cds_service.smart.sessions import Session, Sessions
from cds_service.store import Store
from standin_ehr.records import Ehr
from tests.cds_service.smart_ehr import SmartEhr, running, within
from tests.support import PATIENTS

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def ehr() -> Iterator[SmartEhr]:
    with running(SmartEhr(Ehr(PATIENTS))) as ehr:
        yield ehr


@pytest.fixture(scope="module")
def page(ehr: SmartEhr, library: Library) -> Iterator[str]:
    with within(library, ehr) as url:
        yield url


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    with requests.Session() as browser:
        browser.trust_env = False
        browser.headers["Connection"] = "close"
        yield browser


def began(browser: requests.Session, page: str, ehr: SmartEhr) -> str:
    """The address of the callback that ends a launch, not yet called."""
    query = {"iss": ehr.iss, "launch": ehr.launch("patient-2")}
    first = browser.get(f"{page}/smart/launch", params=query, allow_redirects=False, timeout=20)
    second = browser.get(first.headers["Location"], allow_redirects=False, timeout=20)
    return second.headers["Location"]


def ended(browser: requests.Session, callback: str) -> requests.Response:
    """The answer to the callback itself: to the page, or a refusal."""
    return browser.get(callback, allow_redirects=False, timeout=20)


def home(browser: requests.Session, page: str, ehr: SmartEhr) -> str:
    """The address of a page that was launched, not yet looked at."""
    return page + ended(browser, began(browser, page, ehr)).headers["Location"]


def test_a_code_is_of_no_use_in_another_browser(
    browser: requests.Session, page: str, ehr: SmartEhr
) -> None:
    callback = began(browser, page, ehr)
    ehr.refused.clear()
    with requests.Session() as other:
        refused = other.get(callback, timeout=20)
    assert refused.status_code == 401
    assert "this browser did not begin" in refused.text
    assert ehr.refused == []  # the code was not even shown to the EHR
    assert ended(browser, callback).status_code == 303


def test_a_state_that_was_changed_is_refused(
    browser: requests.Session, page: str, ehr: SmartEhr
) -> None:
    callback = began(browser, page, ehr)
    assert browser.get(f"{callback}x", timeout=20).status_code == 401


def test_a_callback_ends_a_launch_once(
    browser: requests.Session, page: str, ehr: SmartEhr
) -> None:
    callback = began(browser, page, ehr)
    assert ended(browser, callback).status_code == 303
    assert ended(browser, callback).status_code == 401


def test_the_verifier_is_checked_by_the_ehr_and_never_in_an_address(
    browser: requests.Session, page: str, ehr: SmartEhr
) -> None:
    callback = began(browser, page, ehr)
    [code] = parse_qs(urlsplit(callback).query)["code"]
    ehr.codes[code]["code_challenge"] = "of-somebody-else"
    refused = browser.get(callback, timeout=20)
    assert refused.status_code == 403
    assert ehr.refused[-1] == "token: the verifier does not fit the challenge"
    assert all("code_verifier" not in asked for asked in ehr.asked)


@pytest.mark.parametrize(
    "iss", ["https://elsewhere.example/fhir", "file:///etc/passwd", "no-url"]
)
def test_an_ehr_that_is_not_listed_is_not_asked(
    browser: requests.Session, page: str, iss: str
) -> None:
    refused = browser.get(f"{page}/smart/launch", params={"iss": iss}, timeout=20)
    assert refused.status_code == 403
    assert "not on this service" in refused.text
    assert iss not in refused.text


def test_a_launch_without_an_ehr_is_told_what_is_missing(
    browser: requests.Session, page: str
) -> None:
    refused = browser.get(f"{page}/smart/launch", timeout=20)
    assert (refused.status_code, "no iss" in refused.text) == (400, True)


def test_a_user_who_says_no_is_told_so(
    browser: requests.Session, page: str, ehr: SmartEhr
) -> None:
    callback = began(browser, page, ehr)
    state = parse_qs(urlsplit(callback).query)["state"][0]
    denied = {"error": "access_denied", "state": state}
    refused = browser.get(f"{page}/smart/callback", params=denied, timeout=20)
    assert (refused.status_code, "did not allow" in refused.text) == (403, True)


@pytest.mark.parametrize(
    ("answers", "status", "found"),
    [
        ({"patient": None}, 400, "a launch without a patient"),
        ({"patient": "../Practitioner/1"}, 503, "patient"),
        ({"access_token": None}, 503, "access_token"),
        ({"token_type": "mac"}, 503, "token_type"),
        ({"expires_in": -1}, 503, "expires_in"),
    ],
)
def test_an_answer_of_the_token_endpoint_that_cannot_be_used_is_refused(
    browser: requests.Session,
    page: str,
    ehr: SmartEhr,
    answers: dict[str, object],
    status: int,
    found: str,
) -> None:
    ehr.answers = answers
    try:
        refused = browser.get(began(browser, page, ehr), timeout=20)
    finally:
        ehr.answers = {}
    assert (refused.status_code, found in refused.text) == (status, True)


def test_a_page_without_its_session_says_to_open_it_from_the_chart(
    browser: requests.Session, page: str, ehr: SmartEhr
) -> None:
    address = home(browser, page, ehr)
    with requests.Session() as other:
        refused = other.get(address, timeout=20)
    assert refused.status_code == 401
    assert "open the page again from the chart" in refused.text


def test_a_session_that_was_closed_is_over(
    browser: requests.Session, page: str, ehr: SmartEhr
) -> None:
    address = home(browser, page, ehr)
    cookie = browser.cookies.get("rraml-smart")
    assert browser.post(f"{address}/end", timeout=20).status_code == 200
    again = requests.get(address, cookies={"rraml-smart": str(cookie)}, timeout=20)
    assert again.status_code == 401


def test_a_page_whose_token_has_expired_says_so_and_shows_nothing(
    browser: requests.Session, page: str, ehr: SmartEhr
) -> None:
    ehr.answers = {"expires_in": 1}
    try:
        address = home(browser, page, ehr)
    finally:
        ehr.answers = {}
    time.sleep(1.1)
    over = browser.get(address, timeout=20)
    assert over.status_code == 401
    assert "Patient/patient-2" not in over.text


def test_a_record_that_the_ehr_does_not_give_is_told_in_words_for_the_reader(
    browser: requests.Session, page: str, ehr: SmartEhr
) -> None:
    ehr.answers = {"access_token": "withdrawn"}
    try:
        shown = browser.get(began(browser, page, ehr), timeout=20)
    finally:
        ehr.answers = {}
    assert shown.status_code == 412
    assert "the FHIR server answered 401" in shown.text
    assert "open the page again from the chart" in shown.text
    assert "prefetch" not in shown.text


def test_two_patients_in_two_tabs_stay_apart(
    browser: requests.Session, page: str, ehr: SmartEhr
) -> None:
    one = home(browser, page, ehr)
    query = {"iss": ehr.iss, "launch": ehr.launch("patient-3")}
    other = browser.get(f"{page}/smart/launch", params=query, timeout=20)
    assert "Patient/patient-3" in other.text
    assert "Patient/patient-2" in browser.get(one, timeout=20).text


def test_every_answer_keeps_scripts_frames_caches_and_referrers_out(
    browser: requests.Session, page: str, ehr: SmartEhr
) -> None:
    shown = browser.get(began(browser, page, ehr), timeout=20)
    refused = browser.get(f"{page}/smart/launch", timeout=20)
    for answer in (shown, refused, browser.get(f"{page}/smart/style.css", timeout=20)):
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self';")
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "<script" not in shown.text
    assert " style=" not in shown.text


def session_of(**members: object) -> Session:
    usual = {"iss": "https://ehr.example/fhir", "patient": "p", "token": "secret-token"}
    return Session.model_validate(usual | {"until": NOW + timedelta(minutes=5)} | members)


def test_a_session_is_sealed_with_a_key_that_the_store_does_not_have() -> None:
    store = Store("sqlite://")
    sessions = Sessions(store)
    key = sessions.begin(session_of(), NOW)
    assert sessions.of(key, NOW) == session_of()
    assert "secret-token" not in repr(session_of())
    other = sessions.begin(session_of(patient="q"), NOW)
    assert [s.patient for k in (key, other) if (s := sessions.of(k, NOW))] == ["p", "q"]


@pytest.mark.parametrize("key", ["", "x", "A" * 44, "\ud800"])
def test_a_key_that_opens_nothing_is_no_session(key: str) -> None:
    sessions = Sessions(Store("sqlite://"))
    sessions.begin(session_of(), NOW)
    assert sessions.of(key, NOW) is None


def test_a_session_ends_with_its_token() -> None:
    sessions = Sessions(Store("sqlite://"))
    key = sessions.begin(session_of(), NOW)
    assert sessions.of(key, NOW + timedelta(minutes=5)) is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "{",
        "[]",
        "3",
        {"asOf": 3},
        "{" * 100_000,
        {"asOf": "2022-01-12", "x": "y" * 9},
    ],
)
def test_what_comes_back_as_context_and_is_not_ours_is_no_error(value: object) -> None:
    assert read_context(value) in (
        CardContext(),
        CardContext.model_validate({"asOf": "2022-01-12"}),
    )


def test_the_context_of_a_card_comes_back_as_text_or_decoded() -> None:
    text = json.dumps({"asOf": "2022-01-12", "jurisdiction": "EU"})
    assert read_context(text) == read_context(json.loads(text)) != CardContext()
