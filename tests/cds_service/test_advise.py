"""What the service answers, over real HTTP, from the call to the cards."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from jsonschema.protocols import Validator

from aml.knowledge import load
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
    "family-history-only": "family-history",
    "refuted-aml": "refuted",
    "entered-in-error-aml": "entered-in-error",
}


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


@pytest.mark.parametrize(
    ("fault", "kind", "query"),
    [
        ("401", "Observation", "observations"),
        ("429", "Observation", "observations"),
        ("html", "Observation", "observations"),
        ("reset", "Observation", "observations"),
        ("midway-500", "Observation", "observations"),
        ("midway-outcome", "Observation", "observations"),
        ("outcome-entry", "Observation", "observations"),
        ("total", "Observation", "observations"),
        ("next-elsewhere", "Observation", "observations"),
        ("slow", "Observation", "observations"),
    ],
)
def test_half_a_record_from_a_server_is_said_to_be_half(
    service: Service, faults: FaultServer, schema: Validator, fault: str, kind: str, query: str
) -> None:
    _says_unread(_read(service, faults.base(fault, kind)), query, schema)


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
    mine = _sent("not-aml")
    answer = service.answer(with_prefetch(mine, conditions=others["conditions"]))
    assert (assessment(answer)["diseaseState"], answer["cards"]) == ("not-aml", [])
    assert {entry["reason"] for entry in assessment(answer)["ignored"]} == {"other-patient"}
    schema.validate(assessment(answer))


def test_another_day_and_place_are_answered_for_where_allowed(service: Service) -> None:
    said = assessment(service.answer(_sent(AML, asOf="2023-05-06", jurisdiction="EU")))
    assert (said["asOf"], said["jurisdiction"]) == ("2023-05-06", "EU")


@pytest.mark.parametrize("replay", [{"asOf": "2023-05-06", "jurisdiction": "EU"}, "nonsense"])
def test_a_replay_is_ignored_where_it_is_not_allowed(replay: object) -> None:
    app = create_app(Settings(as_of="2022-01-03"), load(None))  # type: ignore[arg-type]
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
