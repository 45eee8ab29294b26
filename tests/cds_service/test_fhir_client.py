from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from cds_service import fhir_client, persistence
from cds_service.fhir_client import FhirServer, FhirServers, Reading
from cds_service.fhir_http import Deadline
from fhir_mapping.queries import QUERIES
from fhir_mapping.resources import Resources
from tests.cds_service.fault_server import FaultServer
from tests.cds_service.faults import FAULTS

PATIENT = "patient-1-mrd-confirmed"
OBSERVATIONS = next(query for query in QUERIES if query.key == "observations")
NOBODY = "http://127.0.0.1:9/fhir"
TOKEN = "token-for-one-server"
LATE = "no answer within the deadline"
UNREACHABLE = "the FHIR server could not be reached"
NO_JSON = "the FHIR server's answer is not JSON"
NO_RESOURCE = "the FHIR server's answer is not a FHIR resource"
NO_ADDRESS = "the next page is at no address that can be read"

# What a fault is said to be, where nothing at all was read.
NOTHING_READ = {
    **{
        status: f"the FHIR server answered {status}"
        for status in ("204", "401", "403", "404", "410", "429", "500", "503")
    },
    "redirect-elsewhere": "the FHIR server answered 307",
    "redirect-here": "the FHIR server answered 307",
    "html": NO_JSON,
    "broken-json": NO_JSON,
    "not-utf8": NO_JSON,
    "nan": NO_JSON,
    "deep": NO_JSON,
    "empty": NO_JSON,
    "null": NO_RESOURCE,
    "number": NO_RESOURCE,
    "list": NO_RESOURCE,
    "reset": UNREACHABLE,
    "hang-up": UNREACHABLE,
    "cut-off": UNREACHABLE,
    "large": "the answer is too large",
    "bomb": "the answer is too large",
    "huge": "the answer is too large",
    "expired": "the FHIR server answered 401",
    "slow": LATE,
    "drip": LATE,
    "drip-headers": LATE,
}
# What it is said to be, where the first page was read.
FIRST_PAGE_READ = {
    "midway-500": "a later page: the FHIR server answered 500",
    "midway-html": f"a later page: {NO_JSON}",
    "midway-null": f"a later page: {NO_RESOURCE}",
    "midway-reset": f"a later page: {UNREACHABLE}",
    "midway-slow": f"a later page: {LATE}",
    "midway-no-link": f"a later page: {NO_ADDRESS}",
    "large-pages": "a later page: the answer is too large",
    "endless": "a later page: more than 5 pages",
    "circular": "a later page: the next links lead in a circle",
    "to-itself": "a later page: the next links lead in a circle",
    "next-missing": f"a later page: {NO_ADDRESS}",
    "next-broken": f"a later page: {NO_ADDRESS}",
    "next-port": f"a later page: {NO_ADDRESS}",
    "next-file": "a later page: the next page is not an http(s) address of the FHIR server",
    "next-user": "a later page: the next page is not an http(s) address of the FHIR server",
    "next-elsewhere": "a later page: the next page is on another server than the FHIR server",
}
# What the bytes alone do not give away: `Resources` says it of the value that was read.
SEEN_IN_THE_VALUE = {
    "outcome": "the server answered with an error or a warning",
    "outcome-entry": "the server answered with an error or a warning",
    "midway-outcome": "the server answered with an error or a warning",
    "midway-no-entries": "a Bundle whose entries cannot be read",
    "total": "17 of 417 were returned",
}
IN_FULL = ("whole", "zipped", "cookie", "strangers", "only-post", "only-get", "states-little")
SLOW = ("slow", "drip", "drip-headers", "midway-slow")


@pytest.fixture(autouse=True)
def _within_small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fhir_client, "MAX_BYTES", 300_000)
    monkeypatch.setattr(fhir_client, "MAX_PAGES", 5)


def test_these_tests_know_every_fault() -> None:
    known = {*NOTHING_READ, *FIRST_PAGE_READ, *SEEN_IN_THE_VALUE, *IN_FULL, "one-per-page"}
    assert known == set(FAULTS)


@pytest.mark.parametrize("fault", IN_FULL)
def test_an_answer_in_full_is_read_as_it_is(faults: FaultServer, fault: str) -> None:
    reading = _read(faults.base(fault))
    assert reading.unread == ""
    assert len(_entries(reading)) == 17


@pytest.mark.parametrize(("fault", "reason"), NOTHING_READ.items(), ids=NOTHING_READ)
def test_a_fault_of_the_only_page_is_said(faults: FaultServer, fault: str, reason: str) -> None:
    seconds = 0.3 if fault in SLOW else 5
    assert _read(faults.base(fault), seconds=seconds) == Reading(None, reason)


@pytest.mark.parametrize(("fault", "reason"), FIRST_PAGE_READ.items(), ids=FIRST_PAGE_READ)
def test_a_fault_of_a_later_page_is_said_and_the_pages_before_it_are_kept(
    faults: FaultServer, fault: str, reason: str
) -> None:
    reading = _read(faults.base(fault), seconds=0.3 if fault in SLOW else 5)
    assert reading.unread == reason
    assert _ids(reading)[0] == "npm1-20200310"


@pytest.mark.parametrize(("fault", "reason"), SEEN_IN_THE_VALUE.items(), ids=SEEN_IN_THE_VALUE)
def test_a_fault_within_a_bundle_is_left_in_it_to_be_seen(
    faults: FaultServer, fault: str, reason: str
) -> None:
    reading = _read(faults.base(fault))
    resources = Resources(PATIENT)
    resources.add("observations", reading.value)
    assert reading.unread == ""
    assert [entry.reason for entry in resources.unread] == [reason]


def test_pages_are_followed_to_the_last(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fhir_client, "MAX_PAGES", 17)
    paged = _read(faults.base("one-per-page"))
    assert _ids(paged) == _ids(_read(faults.base("whole")))
    assert paged.unread == ""


def test_what_was_read_page_by_page_does_not_look_unfinished(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fhir_client, "MAX_PAGES", 17)
    resources = Resources(PATIENT)
    resources.add("observations", _read(faults.base("one-per-page")).value)
    assert resources.unread == []


def test_a_fault_says_nothing_of_what_the_server_sent(faults: FaultServer) -> None:
    reasons = [_read(faults.base(fault)).unread for fault in ("next-broken", "next-port")]
    assert "Kowalski" not in " ".join(reasons)


@pytest.mark.covers("PF-11")
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in SLOW])
def test_the_token_stays_with_its_server(
    faults: FaultServer, elsewhere: FaultServer, fault: str
) -> None:
    before = len(elsewhere.seen)
    _read(faults.base(fault))
    assert faults.seen[-1].authorization == f"Bearer {TOKEN}"
    assert elsewhere.seen[before:] == []


@pytest.mark.covers("PF-06", "PF-11")
def test_a_later_page_gets_the_token_too(faults: FaultServer) -> None:
    before = len(faults.seen)
    _read(faults.base("endless"))
    sent = {seen.authorization for seen in faults.seen[before:]}
    assert (len(faults.seen) - before, sent) == (5, {f"Bearer {TOKEN}"})


@pytest.mark.covers("PF-07", "SBX-07")
def test_an_open_server_gets_no_credentials(faults: FaultServer) -> None:
    _read(faults.base("whole"), token="")
    assert faults.seen[-1].authorization == ""


def test_a_connection_is_used_again_by_the_calls_that_follow(faults: FaultServer) -> None:
    base, before = faults.base("whole"), faults.connections
    servers = FhirServers([base])
    for token in ("one", "another", ""):
        assert _read(base, token=token, servers=servers).unread == ""
        assert faults.seen[-1].authorization == (f"Bearer {token}" if token else "")
    assert faults.connections == before + 1


def test_credentials_of_this_machine_are_not_used(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login us password ours\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert _read(faults.base("whole"), token="").unread == ""
    assert faults.seen[-1].authorization == ""


def test_a_cookie_is_not_kept(faults: FaultServer) -> None:
    server = _open(faults.base("cookie"))
    for _ in range(2):
        server.read_all([OBSERVATIONS], PATIENT)
    assert "cookie" not in faults.seen[-1].headers


@pytest.mark.parametrize("fault", SLOW)
def test_a_server_that_is_slow_is_left_at_the_deadline(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """The grace after the deadline is given once, not once for each query."""
    monkeypatch.setattr(fhir_client, "_GRACE_S", 0.3)
    server = _open(faults.base(fault), seconds=0.3)
    started = time.monotonic()
    readings = server.read_all(QUERIES, PATIENT)
    assert time.monotonic() - started < 2
    assert {reading.unread.removeprefix("a later page: ") for reading in readings.values()} <= {
        LATE
    }


def test_the_queries_are_asked_at_the_same_time(faults: FaultServer) -> None:
    readings = _open(faults.base("slow", "Observation"), 0.5).read_all(QUERIES, PATIENT)
    assert {key for key, reading in readings.items() if reading.unread} == {"observations"}


def test_after_the_deadline_nothing_is_asked(faults: FaultServer) -> None:
    before = len(faults.seen)
    assert _read(faults.base("whole"), seconds=-1) == Reading(None, LATE)
    assert len(faults.seen) == before


def test_a_deadline_may_pass_at_any_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persistence, "FAILURES", 10**6)
    servers = FhirServers([NOBODY])
    for microseconds in range(1500):
        reading = _read(NOBODY, seconds=microseconds % 300 / 1e6, servers=servers)
        assert reading.unread in (UNREACHABLE, LATE)


def test_a_server_that_is_not_there_is_said() -> None:
    assert _read(NOBODY).unread == UNREACHABLE


def test_a_search_asks_for_large_pages_and_a_read_does_not(faults: FaultServer) -> None:
    before = len(faults.seen)
    _open(faults.base("whole")).read_all(QUERIES[:2], PATIENT)
    asked = sorted(seen.path.removeprefix("/whole/all/") for seen in faults.seen[before:])
    assert asked == [f"Condition?patient={PATIENT}&_count=500", f"Patient/{PATIENT}"]


@pytest.mark.parametrize("fault", ["whole", "only-post", "one-per-page"])
def test_a_search_by_post_keeps_the_patient_out_of_the_address(
    faults: FaultServer, fault: str
) -> None:
    base, before = faults.base(fault), len(faults.seen)
    servers = FhirServers([base], searched_by_post=[base])
    assert _ids(_read(base, servers=servers)) == _ids(_read(faults.base(fault)))
    first = faults.seen[before]
    assert first.path == f"/{fault}/all/Observation/_search"
    assert first.form == f"patient={PATIENT}&_count=500"
    assert first.authorization == f"Bearer {TOKEN}"


def test_a_server_that_wants_searches_by_post_is_asked_so_from_then_on(
    faults: FaultServer,
) -> None:
    base, before = faults.base("only-post"), len(faults.seen)
    servers = FhirServers([base])
    for _ in range(2):
        assert _read(base, servers=servers).unread == ""
    sent = [(bool(seen.form), seen.path.split("/")[3]) for seen in faults.seen[before:]]
    assert (
        sent
        == [(False, f"Observation?patient={PATIENT}&_count=500")] + [(True, "Observation")] * 2
    )


def test_a_server_that_does_not_search_by_post_says_so(faults: FaultServer) -> None:
    base = faults.base("only-get")
    servers = FhirServers([base], searched_by_post=[base])
    assert _read(base, servers=servers).unread == "the FHIR server answered 405"
    assert _read(base).unread == ""


def test_what_a_server_says_of_itself_is_heeded_once_it_is_known(faults: FaultServer) -> None:
    base, before = faults.base("states-little"), len(faults.seen)
    server = _open(base)
    server.get_to_know()
    server.pool.shutdown()
    again = _open(base, known=server)
    readings = again.read_all(QUERIES, PATIENT)
    unread = {key: reading.unread for key, reading in readings.items() if reading.unread}
    assert unread == {
        "statements": "the FHIR server says that it does not offer MedicationStatement"
    }
    paths = [seen.path.removeprefix("/states-little/all/") for seen in faults.seen[before:]]
    assert f"Specimen?subject=Patient/{PATIENT}&_count=500" in paths
    assert not [path for path in paths if path.startswith("MedicationStatement")]
    include = "_include=MedicationRequest:medication&_count=500"
    assert f"MedicationRequest?patient={PATIENT}&{include}" in paths


@pytest.mark.parametrize("fault", ["whole", "500", "slow", "html"])
def test_a_server_that_says_nothing_of_itself_is_asked_as_ever(
    faults: FaultServer, fault: str
) -> None:
    """And nobody waits for what it says."""
    server = _open(faults.base(fault, "metadata"), seconds=5)
    started = time.monotonic()
    server.get_to_know()
    assert server.read_all([OBSERVATIONS], PATIENT)["observations"].unread == ""
    assert time.monotonic() - started < 2


def test_the_rest_of_a_first_page_that_was_sent_is_read(faults: FaultServer) -> None:
    base = faults.base("one-per-page")
    first = _bundle(f"{base}/Observation?patient={PATIENT}&page=15")
    [reading] = _open(base).read_rest({"observations": first}).values()
    assert _ids(reading) == ["sent", "hb-20211230", "sodium-20211230", "height-20200312"]


def test_the_rest_of_a_first_page_is_not_read_from_elsewhere(
    faults: FaultServer, elsewhere: FaultServer
) -> None:
    before = len(elsewhere.seen)
    first = _bundle(f"{elsewhere.base('whole')}/Observation?page=2")
    [reading] = _open(faults.base("whole")).read_rest({"observations": first}).values()
    assert reading.unread == FIRST_PAGE_READ["next-elsewhere"]
    assert _ids(reading) == ["sent"]
    assert elsewhere.seen[before:] == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/other",
        "http://127.0.0.1:1/fhir/../other",
        "http://localhost:1/fhir",
        "https://ehr.example/fhir",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "",
        "\x00",
    ],
)
def test_a_server_that_is_not_on_the_list_is_not_opened(url: str) -> None:
    servers = FhirServers(["http://127.0.0.1:1/fhir"])
    assert servers.open(url, TOKEN, Deadline.after(1)) is None


def test_a_server_does_not_print_its_token(faults: FaultServer) -> None:
    assert TOKEN not in repr(_open(faults.base("whole")))


def test_calls_at_the_same_time_are_not_mixed_up(faults: FaultServer) -> None:
    bases = [faults.base(fault) for fault in ("whole", "401", "outcome", "strangers")] * 10
    servers = FhirServers(bases)
    with ThreadPoolExecutor(20) as pool:
        readings = list(pool.map(lambda base: _read(base, servers=servers), bases))
    assert readings == readings[:4] * 10
    assert [len(_entries(reading)) for reading in readings[:4]] == [17, 0, 0, 17]


def _open(
    base: str, seconds: float = 5, token: str = TOKEN, known: FhirServer | None = None
) -> FhirServer:
    server = FhirServers([base]).open(base, token, Deadline.after(seconds))
    assert server is not None
    return replace(server, known=known.known) if known else server


def _read(
    base: str, token: str = TOKEN, seconds: float = 5, servers: FhirServers | None = None
) -> Reading:
    server = (servers or FhirServers([base])).open(base, token, Deadline.after(seconds))
    assert server is not None
    return server.read_all([OBSERVATIONS], PATIENT)["observations"]


def _bundle(link: str) -> dict[str, object]:
    sent = {"resourceType": "Observation", "id": "sent"}
    return {
        "resourceType": "Bundle",
        "link": [{"relation": "self", "url": "…"}, {"relation": "next", "url": link}],
        "entry": [{"resource": sent}],
    }


def _entries(reading: Reading) -> list[Any]:
    value: Any = reading.value
    return list((value or {}).get("entry", []))


def _ids(reading: Reading) -> list[str]:
    return [entry["resource"]["id"] for entry in _entries(reading)]
