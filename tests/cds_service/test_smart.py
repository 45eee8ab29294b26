"""The launch of the SMART page, by a browser without scripts, over real HTTP."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc.jwk import ECKey

from aml.knowledge import Library
from cds_service.admission import read_clients
from cds_service.settings import SettingsError, read_settings
from cds_service.smart.authorization import read_client
from standin_ehr.records import Ehr
from tests.cds_service.service import Service, serving
from tests.cds_service.smart_ehr import CLIENT, SECRET, SmartEhr, running, within
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
        browser.headers["Connection"] = "close"
        yield browser


def opened(
    browser: requests.Session, page: Service, ehr: SmartEhr, patient: str = "patient-1-relapse"
) -> requests.Response:
    """The end of an EHR launch."""
    query = {"iss": ehr.iss, "launch": ehr.launch(patient, CARD)}
    return browser.get(f"{page.url}/smart/launch", params=query, timeout=20)


@pytest.mark.covers("LINK-01", "LINK-02", "LINK-03")
def test_the_link_of_the_card_opens_the_page_of_that_patient_and_day(
    browser: requests.Session, page: Service, ehr: SmartEhr
) -> None:
    call = hook_request(read_bundle("patient-1-relapse"))
    replay = {"asOf": "2022-01-12", "jurisdiction": "US"}
    answer = page.answer(call | {"extension": {"org.rraml.replay": replay}})
    [link] = answer["cards"][0]["links"]
    assert [card for card in answer["cards"][1:] if "links" in card] == []
    assert (link["type"], link["url"]) == ("smart", f"{page.url}/smart/launch")
    assert link["label"]
    assert isinstance(link["appContext"], str)
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


def launched(browser: requests.Session, url: str, ehr: SmartEhr) -> requests.Response:
    query = {"iss": ehr.iss, "launch": ehr.launch("patient-2")}
    return browser.get(f"{url}/smart/launch", params=query, timeout=20)


def test_a_confidential_client_proves_itself_by_its_secret(
    browser: requests.Session, ehr: SmartEhr, library: Library
) -> None:
    ehr.method = "client_secret_basic"
    with within(library, ehr, smart_client_secret=SECRET) as url:
        assert launched(browser, url, ehr).status_code == 200
    assert ehr.refused == []
    with within(library, ehr, smart_client_secret="another one") as url:
        assert launched(browser, url, ehr).status_code == 403
    assert ehr.refused == ["token: secret"]


def test_a_confidential_client_proves_itself_by_its_key(
    browser: requests.Session, ehr: SmartEhr, library: Library, tmp_path: Path
) -> None:
    key = ECKey.generate_key("P-384", {"kid": "page-1"})
    path = tmp_path / "key.json"
    path.write_text(json.dumps(key.as_dict(private=True)))
    ehr.method, ehr.key = "private_key_jwt", key.as_pem(private=False)
    with within(library, ehr, smart_client_key=str(path)) as url:
        assert launched(browser, url, ehr).status_code == 200
    assert ehr.refused == []


def test_a_key_that_cannot_sign_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    key = ECKey.generate_key("P-384", {"kid": "page-1"})
    for content in ("no key", json.dumps(key.as_dict(private=False))):
        path.write_text(content)
        settings = read_settings(
            {"RRAML_SMART_CLIENT_ID": CLIENT, "RRAML_SMART_CLIENT_KEY": str(path)}
        )
        with pytest.raises(SettingsError, match="RRAML_SMART_CLIENT_KEY"):
            read_client(settings)


def test_a_page_needs_a_server_that_it_may_read_from() -> None:
    with pytest.raises(SettingsError, match="RRAML_FHIR_SERVERS"):
        read_clients(read_settings({"RRAML_SMART_CLIENT_ID": CLIENT}))


@pytest.mark.parametrize("framers", ["", "https://ehr.example"])
def test_behind_https_the_cookies_are_for_https_and_for_frames_that_are_allowed(
    ehr: SmartEhr, library: Library, framers: str
) -> None:
    own = {"public_url": "https://cds.example/rraml", "frame_ancestors": framers}
    with within(library, ehr, **own) as url:
        answer = requests.get(
            f"{url}/smart/launch", params={"iss": ehr.iss}, allow_redirects=False, timeout=20
        )
    cookie = answer.headers["Set-Cookie"]
    assert "; Secure; HttpOnly; Path=/rraml/smart/callback; " in cookie
    assert cookie.endswith("SameSite=None; Partitioned" if framers else "SameSite=Lax")
    asked = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert asked["redirect_uri"] == ["https://cds.example/rraml/smart/callback"]
    policy = answer.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors " + (framers or "'none'"))


def test_the_labels_speak_the_language_of_the_browser_or_of_the_switch(
    browser: requests.Session, page: Service, ehr: SmartEhr
) -> None:
    browser.headers["Accept-Language"] = "de-CH, en;q=0.5"
    shown = opened(browser, page, ehr)
    assert '<html lang="de">' in shown.text
    english = browser.get(shown.url, params={"lang": "en"}, timeout=20)
    assert '<html lang="en">' in english.text


def test_a_supposition_stands_in_the_address_and_changes_nothing_elsewhere(
    browser: requests.Session, page: Service, ehr: SmartEhr
) -> None:
    shown = opened(browser, page, ehr)
    supposed = browser.get(shown.url, params={"idh1-current": "yes"}, timeout=20)
    assert "Hypothetical" in supposed.text
    assert "Hypothetical, not" not in browser.get(shown.url, timeout=20).text


def test_a_token_is_neither_in_the_page_nor_in_the_log_nor_in_the_store(
    browser: requests.Session, page: Service, ehr: SmartEhr
) -> None:
    shown = opened(browser, page, ehr)
    token = ehr.tokens[-1]
    store = page.log.with_name("store.sqlite3")
    with sqlite3.connect(store) as database:
        rows = database.execute("select key, sealed from smart_sessions").fetchall()
    assert rows
    written = store.read_bytes() + b"".join(p.read_bytes() for p in _beside(store))
    assert token not in shown.text + page.said + str(browser.cookies.get_dict())
    assert token.encode() not in written
    assert "patient-1" not in str(rows)


def _beside(store: Path) -> list[Path]:
    return sorted(store.parent.glob(f"{store.name}-*"))
