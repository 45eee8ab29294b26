"""Asking again where it can help, and not asking where it cannot."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from cds_service.fhir_client import FhirServers, Reading
from cds_service.fhir_http import Deadline
from cds_service.persistence import FAILURES, PAUSES_S, REST_S, Breaker, pause, retry_after
from fhir_mapping.queries import QUERIES
from tests.cds_service.fault_server import Call, Fault, FaultServer, running
from tests.cds_service.faults import FAULTS
from tests.support import read_bundle

PATIENT = "patient-1-mrd-confirmed"
OBSERVATIONS = next(query for query in QUERIES if query.key == "observations")
RESTING = "the FHIR server has not answered lately; it is asked again in some seconds"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def then_whole(fault: Fault, times: int) -> Fault:
    """The fault so many times, and then the whole answer."""
    left = [times]

    def answer(call: Call) -> None:
        left[0] -= 1
        (fault if left[0] >= 0 else FAULTS["whole"])(call)

    return answer


def busy(status: int, wait: str) -> Fault:
    return lambda call: call.send(b"", status, Retry_After=wait)


def reset(call: Call) -> None:
    call.reset()


def flaky() -> dict[str, Fault]:
    return {
        "whole": FAULTS["whole"],
        **{f"{status}-once": then_whole(FAULTS[str(status)], 1) for status in (429, 503)},
        "503-twice": then_whole(FAULTS["503"], 2),
        "503-always": FAULTS["503"],
        "reset-once": then_whole(reset, 1),
        "500-once": then_whole(FAULTS["500"], 1),
        "401-once": then_whole(FAULTS["401"], 1),
        "429-for-a-second": then_whole(busy(429, "1"), 1),
        "429-for-an-hour": then_whole(busy(429, "3600"), 1),
    }


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with running(FaultServer(read_bundle(PATIENT), flaky())) as server:
        yield server


def read(server: FaultServer, fault: str, seconds: float = 5) -> Reading:
    base = server.base(fault)
    opened = FhirServers([base]).open(base, "t", Deadline.after(seconds))
    assert opened is not None
    return opened.read_all([OBSERVATIONS], PATIENT)["observations"]


@pytest.mark.parametrize(
    ("fault", "tries"), [("429-once", 2), ("503-once", 2), ("503-twice", 3), ("reset-once", 2)]
)
def test_what_passes_is_asked_again(server: FaultServer, fault: str, tries: int) -> None:
    assert read(server, fault).unread == ""
    assert len(server.seen) == tries


@pytest.mark.parametrize(
    ("fault", "status"), [("500-once", 500), ("401-once", 401)], ids=["500", "401"]
)
def test_what_does_not_pass_is_not_asked_again(
    server: FaultServer, fault: str, status: int
) -> None:
    assert read(server, fault).unread == f"the FHIR server answered {status}"
    assert len(server.seen) == 1


def test_a_server_that_stays_busy_is_asked_three_times(server: FaultServer) -> None:
    assert read(server, "503-always").unread == "the FHIR server answered 503"
    assert len(server.seen) == 1 + len(PAUSES_S)


def test_a_server_is_given_the_time_it_asks_for(server: FaultServer) -> None:
    started = time.monotonic()
    assert read(server, "429-for-a-second").unread == ""
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize(
    ("fault", "seconds"), [("429-for-an-hour", 5), ("429-for-a-second", 0.5)]
)
def test_what_could_not_come_in_time_is_not_waited_for(
    server: FaultServer, fault: str, seconds: float
) -> None:
    started = time.monotonic()
    assert read(server, fault, seconds).unread == "the FHIR server answered 429"
    assert time.monotonic() - started < 0.5
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("Fri, 02 Jan 2026 03:04:35 GMT", 30),
        ("Fri, 02 Jan 2026 03:04:35 -0000", 30),
        ("Fri, 02 Jan 2026 03:00:00 GMT", 0),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("1e9", 0),
        ("٣", 0),
        ("9" * 30, 0),
        ("Fri, 99 Jan 2026 03:04:35 GMT", 0),
    ],
)
def test_the_header_is_read_as_seconds_or_as_a_date(header: str, seconds: float) -> None:
    assert retry_after(header, NOW) == seconds


def test_pauses_grow_and_are_not_in_step() -> None:
    first, second = ({pause(number, 0) for _ in range(50)} for number in (0, 1))
    assert len(first) > 1
    assert max(first) < min(second)
    assert pause(0, 3) == 3


class Clock:
    """A monotonic clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def opened_by(breaker: Breaker, calls: int = FAILURES) -> None:
    for _ in range(calls):
        assert breaker.lets_through()
        breaker.failed()


def test_a_server_that_never_answers_is_left_alone_and_then_tried_once() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    opened_by(breaker)
    assert not breaker.lets_through()
    clock.now += REST_S
    assert [breaker.lets_through() for _ in range(3)] == [True, False, False]
    breaker.failed()
    clock.now += REST_S
    assert breaker.lets_through()
    breaker.answered()
    assert [breaker.lets_through() for _ in range(3)] == [True, True, True]


def test_one_answer_forgives_all_that_was_before() -> None:
    breaker = Breaker()
    for _ in range(3):
        opened_by(breaker, FAILURES - 1)
        breaker.answered()
    assert breaker.lets_through()


def reads(servers: FhirServers, base: str, queries: int = 1) -> set[str]:
    opened = servers.open(base, "t", Deadline.after(0.05))
    assert opened is not None
    found = opened.read_all([OBSERVATIONS, *QUERIES][:queries], PATIENT)
    return {reading.unread for reading in found.values()}


def test_a_server_that_is_down_costs_the_next_calls_nothing() -> None:
    nobody = "http://127.0.0.1:9/fhir"
    servers = FhirServers([nobody, "http://127.0.0.1:*/fhir"])
    for _ in range(FAILURES):
        assert RESTING not in reads(servers, nobody)
    started = time.monotonic()
    assert reads(servers, nobody) == {RESTING}
    assert time.monotonic() - started < 0.05
    assert reads(servers.limited([nobody]), nobody) == {RESTING}
    assert RESTING not in reads(servers, "http://127.0.0.1:10/fhir")


@pytest.mark.parametrize("fault", ["401-once", "500-once", "whole"])
def test_a_server_that_answers_anything_is_not_down(server: FaultServer, fault: str) -> None:
    base = server.base(fault)
    servers = FhirServers([base])
    for _ in range(FAILURES + 2):
        opened = servers.open(base, "t", Deadline.after(5))
        assert opened is not None
        assert opened.read_all([OBSERVATIONS], PATIENT)["observations"].unread != RESTING


def test_a_query_that_is_slow_does_not_close_the_server_to_the_others(
    faults: FaultServer,
) -> None:
    base = faults.base("slow", "Observation")
    servers = FhirServers([base])
    for _ in range(FAILURES + 1):
        opened = servers.open(base, "t", Deadline.after(0.3))
        assert opened is not None
        found = opened.read_all(QUERIES[:3], PATIENT)
        assert [found[query.key].unread for query in QUERIES[:2]] == ["", ""]


def test_a_call_that_asks_nothing_is_no_failure() -> None:
    servers = FhirServers(["http://127.0.0.1:9/fhir"])
    for _ in range(FAILURES + 1):
        opened = servers.open("http://127.0.0.1:9/fhir", "t", Deadline.after(5))
        assert opened is not None
        assert opened.read_rest({}) == {}
        assert opened.known.breaker.lets_through()
