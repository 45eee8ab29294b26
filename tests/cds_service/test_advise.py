"""What the service answers, over real HTTP, from the call to the cards."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from jsonschema.protocols import Validator

from aml.knowledge import Library
from cds_service.app import create_app
from cds_service.settings import Settings
from fhir_mapping.queries import QUERIES
from standin_ehr.cds_client import CdsClient
from standin_ehr.demo import ask_twice
from standin_ehr.expected import Expected, assessment, read_expected, topic
from tests.cds_service.ehr import CountingEhr, authorized, call_of, with_prefetch
from tests.cds_service.fault_server import FaultServer
from tests.cds_service.service import Service
from tests.support import FIXTURES, hook_request, read_bundle

CASES = read_expected(FIXTURES / "expected.yaml")
AML = "patient-1-mrd-confirmed"
KEYS = [query.key for query in QUERIES]
OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "exception"}],
}
NO_CARDS = {
    "deceased": "deceased",
    "merged": "replaced-by",
    "test-tagged": "test-patient",
    "refuted-aml": "refuted",
    "entered-in-error-aml": "entered-in-error",
}


@pytest.mark.covers("CALL-04", "PF-06", "PF-13")
@pytest.mark.parametrize("case", CASES, ids=[case.case for case in CASES])
def test_a_case_is_answered_as_written_by_prefetch_and_by_fhir_server(
    service: Service, fhir_url: str, ehr: CountingEhr, schema: Validator, case: Expected
) -> None:
    with CdsClient(service.url, fhir_url, ehr.issue_token()) as client:
        wrong, answer = ask_twice(client, client.discover("patient-view"), case)
    assert wrong == []
    schema.validate(assessment(answer))


@pytest.mark.parametrize(("patient_id", "reason"), NO_CARDS.items(), ids=NO_CARDS)
def test_a_record_that_draws_no_card_says_why(
    service: Service, patient_id: str, reason: str
) -> None:
    answer = service.answer(_sent(patient_id))
    assert answer["cards"] == []
    assert reason in {entry["reason"] for entry in assessment(answer)["ignored"]}


def test_the_leukemia_of_a_relative_draws_no_card(service: Service) -> None:
    answer = service.answer(_sent("family-history-only"))
    assert (assessment(answer)["diseaseState"], answer["cards"]) == ("not-aml", [])


@pytest.mark.covers("SBX-11")
@pytest.mark.parametrize(
    "fault",
    [
        "401",
        "429",
        "html",
        "reset",
        "midway-500",
        "midway-outcome",
        "outcome-entry",
        "total",
        "next-elsewhere",
    ],
)
def test_half_a_record_from_a_server_is_said_to_be_half(
    service: Service, faults: FaultServer, schema: Validator, fault: str
) -> None:
    answer = _read(service, faults.base(fault, "Observation"))
    _says_unread(answer, "observations", schema)


@pytest.mark.parametrize("fault", ["slow", "drip", "midway-slow"])
def test_what_does_not_come_in_time_is_said_in_time(
    library: Library, faults: FaultServer, schema: Validator, fault: str
) -> None:
    base = faults.base(fault, "Observation")
    settings = Settings(as_of=date(2022, 1, 3), deadline_s=0.6, fhir_servers=(base,))
    client = create_app(settings, library).test_client()
    request = call_of(AML, *KEYS[:2], *KEYS[3:]) | authorized(base, "t")
    started = time.monotonic()
    response = client.post("/cds-services/rraml-patient-view", json=request)
    assert time.monotonic() - started < 2
    _says_unread(response.get_json(), "observations", schema)


@pytest.mark.covers("PF-03", "PF-04", "SBX-08", "SBX-11")
@pytest.mark.parametrize("key", KEYS[2:])
@pytest.mark.parametrize(
    "value", [OUTCOME, "no record", "absent"], ids=["outcome", "text", "-"]
)
def test_half_a_record_that_was_sent_is_said_to_be_half(
    service: Service, schema: Validator, key: str, value: object
) -> None:
    request = with_prefetch(_sent(AML), **{key: value})
    if value == "absent":
        del request["prefetch"][key]
    _says_unread(service.answer(request), key, schema)


def test_a_patient_of_whom_nothing_is_there_is_said(
    service: Service, schema: Validator
) -> None:
    _says_unread(service.answer(with_prefetch(_sent(AML), patient=None)), "patient", schema)


def test_a_whole_record_raises_no_such_alert(service: Service, faults: FaultServer) -> None:
    answer = _read(service, faults.base("whole"))
    assert "unread" not in assessment(answer)
    assert "data-unavailable" not in _alerts(answer)


def test_a_server_that_answers_in_pages_is_read_like_any_other(
    service: Service, faults: FaultServer
) -> None:
    whole, paged = (_read(service, faults.base(fault)) for fault in ("whole", "one-per-page"))
    assert paged == whole


def test_results_of_another_patient_count_for_nothing_and_are_named(
    service: Service, schema: Validator
) -> None:
    others: Any = hook_request(read_bundle("patient-1-relapse"))["prefetch"]
    mine: Any = _sent("not-aml")
    entries = [*mine["prefetch"]["conditions"]["entry"], *others["conditions"]["entry"]]
    both = others["conditions"] | {"entry": entries}
    answer = service.answer(with_prefetch(mine, conditions=both))
    assert (assessment(answer)["diseaseState"], answer["cards"]) == ("not-aml", [])
    assert {entry["reason"] for entry in assessment(answer)["ignored"]} == {"other-patient"}
    schema.validate(assessment(answer))


def test_another_day_and_place_are_answered_for_where_allowed(service: Service) -> None:
    said = assessment(service.answer(_sent(AML, asOf="2023-05-06", jurisdiction="EU")))
    assert (said["asOf"], said["jurisdiction"]) == ("2023-05-06", "EU")


@pytest.mark.parametrize("replay", [{"asOf": "2023-05-06", "jurisdiction": "EU"}, "nonsense"])
def test_a_replay_is_ignored_where_it_is_not_allowed(library: Library, replay: object) -> None:
    app = create_app(Settings(as_of=date(2022, 1, 3)), library)
    request = _sent(AML) | {"extension": {"org.rraml.replay": replay}}
    response = app.test_client().post("/cds-services/rraml-patient-view", json=request)
    said = assessment(response.get_json())
    assert (said["asOf"], said["jurisdiction"]) == ("2022-01-03", "US")


def test_calls_at_the_same_time_are_not_mixed_up(
    service: Service, fhir_url: str, ehr: CountingEhr
) -> None:
    members = authorized(fhir_url, ehr.issue_token())
    names = [case.patient_id for case in CASES if case.state]
    requests = [_sent(name) for name in names]
    requests += [_replayed(call_of(name) | members) for name in names[:10]]
    alone = [service.answer(request) for request in requests]
    with ThreadPoolExecutor(20) as threads:
        together = list(threads.map(service.answer, requests * 2))
    assert together == alone * 2


@pytest.mark.covers("CARD-06", "SBX-12")
def test_text_of_the_record_cannot_act_in_a_card(service: Service) -> None:
    request = _sent(AML)
    request["prefetch"] = _hostile(request["prefetch"])
    answer = service.answer(request)
    assert answer["cards"]
    assert not [text for text in _texts(answer["cards"]) if "<script" in text or "\x1b" in text]


def _sent(patient_id: str, **replay: str) -> dict[str, Any]:
    return _replayed(call_of(patient_id, *KEYS), **replay)


def _replayed(request: dict[str, Any], **replay: str) -> dict[str, Any]:
    """On a day by which every record was complete, unless another is named."""
    return request | {"extension": {"org.rraml.replay": {"asOf": "2026-08-02"} | replay}}


def _read(service: Service, base: str) -> dict[str, Any]:
    request = _replayed(call_of(AML) | authorized(base, "t"), asOf="2022-01-03")
    return service.answer(request)


def _says_unread(answer: Mapping[str, Any], query: str, schema: Validator) -> None:
    said = assessment(answer)
    assert query in {entry["query"] for entry in said["unread"]}
    assert "data-unavailable" in _alerts(answer)
    [card] = [card for card in answer["cards"] if topic(card) == "disease-state"]
    assert card["indicator"] == "warning"
    assert re.search(rf"could not be read;.*not read in full: .*\b{query}\b", card["detail"])
    schema.validate(said)


def _alerts(answer: Mapping[str, Any]) -> list[str]:
    return [alert["code"] for alert in assessment(answer).get("alerts", [])]


_SUFFIX = " <script>alert(1)</script> \x1b]0;x\x07 \ud800"


def _hostile(value: Any, key: str = "") -> Any:
    """The same record, with what a terminal or a browser could obey in every text."""
    if isinstance(value, dict):
        return {name: _hostile(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_hostile(each, key) for each in value]
    written = key in ("text", "display", "conclusion", "title", "valueString", "unit")
    return value + _SUFFIX if written and isinstance(value, str) else value


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    children = value.values() if isinstance(value, dict) else value
    return [t for c in children for t in _texts(c)] if isinstance(value, dict | list) else []
