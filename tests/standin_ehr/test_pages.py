"""The pages of the stand-in where no browser is needed: refusals, headers, a silent service."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from werkzeug.test import Client, TestResponse

from standin_ehr.hospital import Hospital
from standin_ehr.pages import create_app
from tests.support import FIXTURES, PATIENTS

NOBODY = "http://127.0.0.1:9"
CHART = "/charts/patient-2"


@pytest.fixture(scope="module")
def hospital() -> Hospital:
    hospital = Hospital(FIXTURES)
    hospital.connect("http://localhost", NOBODY)
    return hospital


@pytest.fixture
def http(hospital: Hospital) -> Client:
    return Client(create_app(hospital))


def dropped(http: Client, content: bytes, **headers: str) -> TestResponse:
    data = {"bundle": (BytesIO(content), "own.json")}
    return http.post("/bundles", data=data, headers=headers)


def test_the_first_page_lists_every_case_and_where_the_service_is(http: Client) -> None:
    page = http.get("/").text
    assert len(re.findall("<tr>", page)) == len(Hospital(FIXTURES).cases) + 2
    assert NOBODY in page


def test_every_page_forbids_scripts_and_frames_and_is_kept_by_nobody(http: Client) -> None:
    for path in ("/", CHART, f"{CHART}/orders", "/nowhere", "/static/style.css"):
        with http.get(path) as response:
            headers = response.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert path == "/static/style.css" or headers["Cache-Control"] == "no-store"


def test_no_template_holds_a_script_or_a_style_of_its_own() -> None:
    for path in (FIXTURES.parent / "standin_ehr" / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|\|safe\b(?! if)", text), path


def test_a_service_that_does_not_answer_is_said_to(http: Client) -> None:
    page = http.get(CHART)
    assert page.status_code == 200
    assert "did not answer with cards (HTTP no answer)" in page.text


def test_a_chart_opens_on_the_day_of_its_case_unless_another_day_is_asked_for(
    http: Client,
) -> None:
    assert 'value="2022-11-10"' in http.get(CHART).text
    assert 'value="2022-11-10"' in http.get(f"{CHART}?on=soon&here=XX&way=x").text
    assert 'value="2023-01-02"' in http.get(f"{CHART}?on=2023-01-02&here=EU").text


@pytest.mark.parametrize(
    "path",
    [
        "/charts/nobody",
        "/charts/nobody/orders",
        "/charts/nobody/launch",
        f"{CHART}/resources/Patient/nobody",
        f"{CHART}/calls/none",
        f"{CHART}/launch?call=none",
    ],
)
def test_what_is_not_there_is_a_404_in_words(http: Client, path: str) -> None:
    page = http.get(path)
    assert page.status_code == 404
    assert "<h1>Not Found</h1>" in page.text


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        (f"{CHART}/orders", {"kind": "medication"}, 400),
        (f"{CHART}/orders/sign", {}, 400),
        (f"{CHART}/cards", {"call": "none", "card": "none"}, 404),
    ],
)
def test_a_form_that_says_nothing_is_refused(
    http: Client, path: str, form: dict[str, str], status: int
) -> None:
    assert http.post(path, data=form).status_code == status


def test_a_bundle_that_is_dropped_in_opens_as_a_chart(http: Client) -> None:
    content = (PATIENTS / "patient-2.json").read_bytes()
    response = dropped(http, content)
    assert (response.status_code, response.headers["Location"]) == (303, CHART)
    assert "The Bundle was read." in http.get(CHART).text


def test_a_bundle_that_cannot_be_read_is_refused_on_the_same_page(http: Client) -> None:
    response = dropped(http, b"<Bundle/>")
    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert "Found XML. Expected a FHIR Bundle as JSON." in http.get("/").text
    assert "Found XML." not in http.get("/").text


def test_another_page_cannot_send_forms_here(http: Client) -> None:
    content = (PATIENTS / "patient-2.json").read_bytes()
    assert dropped(http, content, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert dropped(http, content, **{"Sec-Fetch-Site": "same-site"}).status_code == 403
    assert dropped(http, content, **{"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_the_pages_answer_to_no_name_but_this_machine(http: Client) -> None:
    assert http.get("/", headers={"Host": "evil.example"}).status_code == 421
