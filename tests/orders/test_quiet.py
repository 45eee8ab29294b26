"""What was answered once stays quiet while the facts are the same, and it can be seen."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from aml.knowledge import Library
from cds_service.app import create_app
from cds_service.past import Past, Reaction
from cds_service.quiet import Quiet
from cds_service.settings import Settings
from cds_service.store import Store
from tests.orders.calls import SELECT, SIGN, call, prescription
from tests.orders.situations import library as shelf
from tests.support import hook_request, read_bundle

VIEW = "rraml-patient-view"
ASSESSMENT = "org.rraml.assessment"
GILTERITINIB = prescription("gilteritinib 40 mg tablets")
REASON = {"reason": {"code": "trial-enrolled", "system": "https://rraml.example/x"}}
AT = "2026-01-31T12:00:00Z"


@pytest.fixture
def library() -> Library:
    return shelf()


@pytest.fixture
def client(library: Library) -> FlaskClient:
    settings = Settings(allow_replay=True)
    return create_app(settings, library, store=Store("sqlite://")).test_client()


def post(client: FlaskClient, service: str, body: Any) -> dict[str, Any]:
    """The answer, after the service has remembered it."""
    with client.post(f"/cds-services/{service}", json=body) as response:
        assert response.status_code == 200
        return dict(response.get_json())


def order(
    client: FlaskClient, patient: str, *drafts: Any, service: str = SIGN, **how: Any
) -> dict[str, Any]:
    body = call(patient, *drafts, service=service, **how) | {"hookInstance": str(uuid4())}
    return post(client, service, body)


def open_chart(client: FlaskClient, patient: str, day: str, *more: Any) -> dict[str, Any]:
    bundle = json.loads(json.dumps(read_bundle(patient)))
    bundle["entry"] += [{"resource": resource} for resource in more]
    body: dict[str, Any] = dict(hook_request(bundle)) | {"hookInstance": str(uuid4())}
    return post(client, VIEW, body | {"extension": {"org.rraml.replay": {"asOf": day}}})


def override(client: FlaskClient, card: Any, service: str = SIGN, reason: Any = REASON) -> None:
    entry = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": AT}
    entry |= {"overrideReason": reason} if reason else {}
    give(client, entry, service)


def accept(client: FlaskClient, card: Any, service: str = SIGN) -> None:
    accepted = [{"id": card["suggestions"][0]["uuid"]}]
    entry = {"card": card["uuid"], "outcome": "accepted", "outcomeTimestamp": AT}
    give(client, entry | {"acceptedSuggestions": accepted}, service)


def give(client: FlaskClient, entry: Any, service: str) -> None:
    path = f"/cds-services/{service}/feedback"
    assert client.post(path, json={"feedback": [entry]}).status_code == 200


def suppressed(said: dict[str, Any]) -> list[dict[str, str]]:
    return list(said["extension"][ASSESSMENT].get("suppressed", []))


def card_on(topic: str, said: dict[str, Any]) -> Any:
    return next(c for c in said["cards"] if c["source"]["topic"]["code"] == topic)


def topics(said: dict[str, Any]) -> list[str]:
    return [card["source"]["topic"]["code"] for card in said["cards"]]


def test_an_alert_that_was_overridden_with_a_reason_is_not_raised_again(
    client: FlaskClient,
) -> None:
    [card] = order(client, "order-target-lost", GILTERITINIB)["cards"]
    override(client, card)
    again = prescription("gilteritinib 40 mg tablets", "another-id")
    said = order(client, "order-target-lost", again)
    assert said["cards"] == []
    [kept] = suppressed(said)
    assert (kept["code"], kept["draft"]) == (
        "order-target-absent",
        "MedicationRequest/another-id",
    )
    assert kept["reason"] == "overridden: Enrolled in a trial"
    until = datetime.fromisoformat(kept["until"])
    assert timedelta(hours=71) < until - datetime.now(UTC) <= timedelta(hours=72)
    codes = [alert["code"] for alert in said["extension"][ASSESSMENT]["alerts"]]
    assert codes == ["target-lost"]


def test_what_was_overridden_as_it_was_chosen_is_quiet_as_it_is_signed(
    client: FlaskClient,
) -> None:
    [card] = order(client, "order-target-lost", GILTERITINIB, service=SELECT)["cards"]
    override(client, card, SELECT)
    assert order(client, "order-target-lost", GILTERITINIB)["cards"] == []


def test_a_card_put_aside_without_a_reason_comes_again(client: FlaskClient) -> None:
    [card] = order(client, "order-target-lost", GILTERITINIB)["cards"]
    override(client, card, reason=None)
    assert len(order(client, "order-target-lost", GILTERITINIB)["cards"]) == 1


def test_a_reason_that_was_given_stays_when_the_card_is_put_aside_again(
    client: FlaskClient,
) -> None:
    [card] = order(client, "order-target-lost", GILTERITINIB)["cards"]
    override(client, card)
    override(client, card, reason=None)
    assert order(client, "order-target-lost", GILTERITINIB)["cards"] == []


def test_a_comment_is_a_reason(client: FlaskClient) -> None:
    [card] = order(client, "order-target-lost", GILTERITINIB)["cards"]
    override(client, card, reason={"userComment": "discussed in the tumor board"})
    [kept] = suppressed(order(client, "order-target-lost", GILTERITINIB))
    assert kept["reason"] == "overridden: a reason was given"


def test_another_drug_under_the_same_rule_is_not_quiet(client: FlaskClient) -> None:
    [card] = order(client, "order-target-lost", GILTERITINIB)["cards"]
    override(client, card)
    other = prescription("midostaurin 50 mg")
    assert topics(order(client, "order-target-lost", other)) == ["order-target-absent"]


def test_another_patient_is_not_quiet(client: FlaskClient) -> None:
    draft = prescription("ivosidenib 500 mg")
    [card] = order(client, "patient-1-relapse", draft)["cards"]
    override(client, card)
    assert order(client, "patient-1-relapse", draft)["cards"] == []
    assert len(order(client, "order-dli-with-gvhd", draft)["cards"]) == 1


def test_new_facts_end_the_quiet(client: FlaskClient) -> None:
    draft = prescription("venetoclax 400 mg")
    [card] = order(client, "order-venetoclax-posaconazole", draft)["cards"]
    override(client, card)
    assert order(client, "order-venetoclax-posaconazole", draft)["cards"] == []
    beside = prescription("rifampicin 600 mg", "r")
    found = order(client, "order-venetoclax-posaconazole", draft, beside)["cards"]
    assert found[0]["indicator"] == "critical"


def test_a_site_may_have_no_quiet_at_all(library: Library) -> None:
    settings = Settings(allow_replay=True, quiet_hours=0)
    client = create_app(settings, library, store=Store("sqlite://")).test_client()
    [card] = order(client, "order-target-lost", GILTERITINIB)["cards"]
    override(client, card)
    assert len(order(client, "order-target-lost", GILTERITINIB)["cards"]) == 1


@pytest.mark.parametrize(("hours", "quiet"), [(71.9, True), (72, False)])
def test_quiet_ends_with_its_hours(hours: float, quiet: bool) -> None:
    overridden = datetime(2026, 1, 1, tzinfo=UTC)
    reaction = Reaction("overridden", overridden, "later")
    past = Past(lambda facts: "k", reactions={"k": reaction})
    found = Quiet(past, 72, overridden + timedelta(hours=hours)).until_override_ends("facts")
    assert (found is not None) is quiet


def test_a_card_of_the_chart_that_was_answered_folds_to_a_line(client: FlaskClient) -> None:
    first = open_chart(client, "patient-1-relapse", "2022-01-12")
    treatment = card_on("gilteritinib", first)
    override(client, treatment, VIEW)
    second = open_chart(client, "patient-1-relapse", "2022-01-12")
    assert "gilteritinib" not in topics(second)
    state = second["cards"][0]
    codes = treatment["extension"]["org.rraml.codes"]
    assert state["extension"]["org.rraml.codes"] == codes
    assert "Answered before, and the facts are the same:" in state["detail"]
    assert "Treatment options: Gilteritinib" in state["detail"]
    assert "enrolled in a trial" in state["detail"]
    assert [kept["code"] for kept in suppressed(second)] == codes


def test_an_accepted_card_folds_too(client: FlaskClient) -> None:
    first = open_chart(client, "patient-1-relapse", "2022-01-12")
    treatment = card_on("gilteritinib", first)
    accept(client, treatment, VIEW)
    second = open_chart(client, "patient-1-relapse", "2022-01-12")
    assert "gilteritinib" not in topics(second)
    assert suppressed(second)[0]["reason"].startswith("accepted on ")


def test_a_folded_card_opens_when_its_facts_change(client: FlaskClient) -> None:
    first = open_chart(client, "patient-1-relapse", "2022-01-12")
    treatment = card_on("gilteritinib", first)
    override(client, treatment, VIEW)
    given = {
        "resourceType": "MedicationStatement",
        "id": "given",
        "status": "active",
        "subject": {"reference": "Patient/patient-1-relapse"},
        "medicationCodeableConcept": {"text": "gilteritinib"},
        "effectivePeriod": {"start": "2022-01-12"},
    }
    later = open_chart(client, "patient-1-relapse", "2022-01-13", given)
    assert "gilteritinib" in topics(later)


def test_what_is_new_since_the_last_answer_stands_first(client: FlaskClient) -> None:
    first = open_chart(client, "patient-1-relapse", "2022-01-12")
    assert topics(first)[1:3] == ["clinical-trial", "gilteritinib"]
    override(client, card_on("allogeneic-hct", first), VIEW)
    again = topics(open_chart(client, "patient-1-relapse", "2022-01-12"))
    assert again == [topic for topic in topics(first) if topic != "allogeneic-hct"]
    for _ in range(2):
        later = topics(open_chart(client, "patient-1-relapse", "2026-06-01"))
        assert later == ["disease-state", "gilteritinib", "missing-data", "clinical-trial"]


def test_without_an_answer_of_a_user_nothing_is_new(client: FlaskClient) -> None:
    fresh = topics(open_chart(client, "patient-1-relapse", "2026-06-01"))
    open_chart(client, "patient-2", "2022-11-10")
    open_chart(client, "patient-1-relapse", "2022-01-12")
    assert topics(open_chart(client, "patient-1-relapse", "2026-06-01")) == fresh


@pytest.mark.parametrize("patient", ["patient-1-relapse", "order-dli-with-gvhd"])
def test_the_same_call_has_the_same_answer_byte_for_byte(
    client: FlaskClient, patient: str
) -> None:
    view = hook_request(read_bundle(patient))
    drafts = [GILTERITINIB, prescription("ivosidenib 500 mg", "i")]
    calls = [(VIEW, view), *((s, call(patient, *drafts, service=s)) for s in (SELECT, SIGN))]
    rounds = [[_bytes(client, *each) for each in calls] for _ in range(2)]
    assert rounds[0] == rounds[1]


def _bytes(client: FlaskClient, service: str, body: Any) -> bytes:
    with client.post(f"/cds-services/{service}", json=body) as response:
        return response.get_data()


def test_after_an_answer_too_the_same_call_has_the_same_answer(client: FlaskClient) -> None:
    chart = open_chart(client, "patient-1-relapse", "2022-01-12")
    override(client, card_on("gilteritinib", chart), VIEW)
    body = hook_request(read_bundle("patient-1-relapse"))
    assert _bytes(client, VIEW, body) == _bytes(client, VIEW, body)


@pytest.mark.parametrize(
    ("patient", "why"),
    [
        ("not-aml", "patient out of scope: not-aml"),
        ("apl", "patient out of scope: apl"),
        ("fifteen-years-old", "patient out of scope: pediatric"),
        ("deceased", "patient out of scope: deceased"),
    ],
)
def test_what_is_ordered_out_of_scope_is_kept_quiet_and_says_why(
    client: FlaskClient, patient: str, why: str
) -> None:
    said = order(client, patient, GILTERITINIB, day="2026-08-02")
    assert said["cards"] == []
    draft = "MedicationRequest/request-123"
    assert suppressed(said) == [{"code": "order-not-judged", "draft": draft, "reason": why}]


def test_supportive_care_is_kept_quiet_and_says_so(client: FlaskClient) -> None:
    drafts = [prescription("posaconazole 300 mg", "p"), prescription("paracetamol 500 mg", "q")]
    said = order(client, "order-target-lost", *drafts)
    assert said["cards"] == []
    [kept] = suppressed(said)
    assert (kept["code"], kept["draft"]) == ("order-not-judged", "MedicationRequest/p")
    assert kept["reason"] == "supportive care"


def test_supportive_care_that_interacts_is_not_quiet(client: FlaskClient) -> None:
    drafts = [prescription("venetoclax 100 mg", "v"), prescription("posaconazole 300 mg", "p")]
    said = order(client, "order-target-lost", *drafts)
    assert topics(said) == ["order-interaction"]
    assert suppressed(said) == []


AZOLE = {
    "resourceType": "MedicationStatement",
    "id": "azole",
    "status": "active",
    "subject": {"reference": "Patient/patient-1-relapse"},
    "medicationCodeableConcept": {"text": "posaconazole"},
    "effectivePeriod": {"start": "2022-01-10"},
}
RIFAMPICIN = AZOLE | {"medicationCodeableConcept": {"text": "rifampicin"}}


def order_beside(client: FlaskClient, given: Any, *drafts: Any) -> dict[str, Any]:
    """The answer on drafts for the first patient, who is being given something."""
    body = call("patient-1-relapse", *drafts) | {"hookInstance": str(uuid4())}
    known = body["prefetch"]["statements"].get("entry", [])
    entries = [*known, {"resource": given}]
    statements = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    body["prefetch"]["statements"] = statements
    return post(client, SIGN, body)


def suggested(card: Any) -> dict[str, Any]:
    """What the first suggestion of a card creates, as a client puts it into the basket."""
    return {**card["suggestions"][0]["actions"][0]["resource"], "id": "request-123"}


def test_a_card_says_what_the_order_it_suggests_would_draw(client: FlaskClient) -> None:
    chart = open_chart(client, "patient-1-relapse", "2022-01-12", AZOLE)
    card = card_on("gilteritinib", chart)
    said = "Gilteritinib: a strong CYP3A4 inhibitor raises its exposure (posaconazole"
    assert said in card["detail"]
    assert suggested(card)["medicationCodeableConcept"]["text"] == "gilteritinib"


def test_what_an_order_would_draw_stands_before_the_evidence(client: FlaskClient) -> None:
    card = card_on("gilteritinib", open_chart(client, "patient-1-relapse", "2026-06-01", AZOLE))
    before, _, _ = card["detail"].partition("**Evidence**")
    for drug in ("Gilteritinib", "Revumenib", "Ziftomenib"):
        assert f"- {drug}: " in before


def test_a_card_suggests_no_order_that_would_be_critical(client: FlaskClient) -> None:
    chart = open_chart(client, "patient-1-relapse", "2022-01-12", RIFAMPICIN)
    card = card_on("gilteritinib", chart)
    assert "label says to avoid this inducer" in card["detail"]
    assert "suggestions" not in card


WARNED_BEFORE = [
    {
        "code": "order-interaction",
        "draft": "MedicationRequest/request-123",
        "reason": "suggested by this service on the same facts",
    }
]


def test_an_order_that_a_card_suggested_draws_no_warning(client: FlaskClient) -> None:
    chart = open_chart(client, "patient-1-relapse", "2022-01-12", AZOLE)
    draft = suggested(card_on("gilteritinib", chart))
    said = order_beside(client, AZOLE, draft)
    assert said["cards"] == []
    assert suppressed(said) == WARNED_BEFORE


def test_the_same_order_that_nobody_suggested_draws_it(client: FlaskClient) -> None:
    open_chart(client, "patient-1-relapse", "2022-01-12", AZOLE)
    assert topics(order_beside(client, AZOLE, GILTERITINIB)) == ["order-interaction"]


def test_a_suggestion_that_was_accepted_counts_where_the_draft_was_written_anew(
    client: FlaskClient,
) -> None:
    chart = open_chart(client, "patient-1-relapse", "2022-01-12", AZOLE)
    accept(client, card_on("gilteritinib", chart), VIEW)
    said = order_beside(client, AZOLE, GILTERITINIB)
    assert said["cards"] == []
    assert suppressed(said) == WARNED_BEFORE


def test_what_came_after_the_suggestion_is_said(client: FlaskClient) -> None:
    chart = open_chart(client, "patient-1-relapse", "2022-01-12", AZOLE)
    draft = suggested(card_on("gilteritinib", chart))
    clarithromycin = prescription("clarithromycin 500 mg", "c")
    found = order_beside(client, AZOLE, draft, clarithromycin)
    assert topics(found) == ["order-interaction"]


def test_a_suggestion_never_covers_what_is_critical(client: FlaskClient) -> None:
    chart = open_chart(client, "patient-1-relapse", "2022-01-12", AZOLE)
    draft = suggested(card_on("gilteritinib", chart))
    found = order_beside(client, AZOLE, draft, prescription("rifampicin 600 mg", "r"))["cards"]
    assert [card["indicator"] for card in found] == ["critical"]


def test_a_mark_means_nothing_for_another_drug(client: FlaskClient) -> None:
    chart = open_chart(client, "patient-1-relapse", "2022-01-12", AZOLE)
    draft = suggested(card_on("gilteritinib", chart))
    draft["medicationCodeableConcept"] = {"text": "ivosidenib"}
    assert topics(order_beside(client, AZOLE, draft)) == ["order-interaction"]


def test_in_silent_mode_nothing_falls_quiet(library: Library) -> None:
    store = Store("sqlite://")
    silent = create_app(Settings(allow_replay=True, mode="silent"), library, store=store)
    said = order(silent.test_client(), "order-target-lost", GILTERITINIB)
    assert said == {"cards": []}
    [row] = store.cards()
    override(silent.test_client(), row)
    live = create_app(Settings(allow_replay=True), library, store=store).test_client()
    assert len(order(live, "order-target-lost", GILTERITINIB)["cards"]) == 1


def test_a_store_that_does_not_answer_means_no_quiet(library: Library) -> None:
    broken = Store("sqlite:////no/such/folder/store.sqlite3")
    client = create_app(Settings(allow_replay=True), library, store=broken).test_client()
    assert len(order(client, "order-target-lost", GILTERITINIB)["cards"]) == 1


def test_a_test_that_was_accepted_and_is_ordered_quiets_what_asked_for_it(
    client: FlaskClient,
) -> None:
    draft = prescription("ivosidenib 500 mg")
    [card] = order(client, "patient-1-relapse", draft)["cards"]
    assert topics({"cards": [card]}) == ["order-target-unknown"]
    accept(client, card)
    assert len(order(client, "patient-1-relapse", draft)["cards"]) == 1
    test = {**card["suggestions"][0]["actions"][0]["resource"], "id": "test"}
    said = order(client, "patient-1-relapse", draft, test)
    assert said["cards"] == []
    [kept] = suppressed(said)
    assert kept["reason"] == "accepted: the missing test is ordered beside it"


def test_feedback_means_one_patient_where_a_client_uses_a_hook_instance_twice(
    client: FlaskClient,
) -> None:
    draft = prescription("ivosidenib 500 mg")
    [one] = post(client, SIGN, call("patient-1-relapse", draft))["cards"]
    [other] = post(client, SIGN, call("order-dli-with-gvhd", draft))["cards"]
    assert one["uuid"] != other["uuid"]
    override(client, other)
    assert post(client, SIGN, call("order-dli-with-gvhd", draft))["cards"] == []
    assert post(client, SIGN, call("patient-1-relapse", draft))["cards"] == [one]


def test_feedback_means_the_newer_facts_where_a_hook_instance_is_used_twice(
    client: FlaskClient,
) -> None:
    drafts = [prescription("venetoclax 400 mg"), prescription("rifampicin 600 mg", "r")]
    patient = "order-venetoclax-posaconazole"
    post(client, SIGN, call(patient, drafts[0]))
    [card] = post(client, SIGN, call(patient, *drafts))["cards"]
    override(client, card)
    assert post(client, SIGN, call(patient, *drafts))["cards"] == []
    assert len(post(client, SIGN, call(patient, drafts[0]))["cards"]) == 1


def test_a_new_result_ends_the_quiet_though_it_says_the_same(client: FlaskClient) -> None:
    [card] = order(client, "order-target-lost", GILTERITINIB)["cards"]
    override(client, card)
    result = {
        "resourceType": "Observation",
        "id": "flt3-again",
        "status": "final",
        "subject": {"reference": "Patient/order-target-lost"},
        "code": {"text": "FLT3-ITD, bone marrow"},
        "effectiveDateTime": "2022-01-11",
        "valueString": "Not detected",
    }
    body = call("order-target-lost", GILTERITINIB) | {"hookInstance": str(uuid4())}
    entries = [*body["prefetch"]["observations"]["entry"], {"resource": result}]
    searchset = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    body["prefetch"]["observations"] = searchset
    assert topics(post(client, SIGN, body)) == ["order-target-absent"]
