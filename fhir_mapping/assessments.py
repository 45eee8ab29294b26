"""What clinicians judged: performance, fitness, eligibility, goals, donor; hypersensitivity."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from aml.patient import (
    NO_AMOUNT,
    UNDATED,
    Amount,
    Hypersensitivity,
    Measurement,
    Source,
    Statement,
    When,
)
from fhir_mapping.answers import Json, dicts, text
from fhir_mapping.codeable import Codeable, codeable
from fhir_mapping.codes import concepts_named, concepts_of
from fhir_mapping.concerns import concern
from fhir_mapping.drugs import named_by
from fhir_mapping.gist import Gist
from fhir_mapping.observations import as_written, observations, units_of
from fhir_mapping.phrases import answered, asks, may_state, stated
from fhir_mapping.problems import begun, is_over, onset, verification
from fhir_mapping.resources import Resources
from fhir_mapping.trials import read_trials
from fhir_mapping.values import (
    codings,
    day,
    normal,
    plain,
    quantity,
    sample_when,
    span,
    until,
    usable,
    when,
    words,
)

_ECOG = re.compile(r"\becog\b|\bzubrod\b|\bwho[- ](?:performance|ps\b)")
_KARNOFSKY = re.compile(r"karnofsky|\bkps\b|lansky")
_SCORE = re.compile(r"(?i:^1?$|\{|score|grad|ecog|point|punkt|scale|skala)")
_TRIAL = re.compile(r"\b(?:trials?|study|studie|protocol|protokoll|consent|randomi\w+)\b")
_HIGHEST_ECOG = 5
_GRADES = frozenset("012345")
_ECOG_WORDS = re.compile(
    r"(?:ecog|zubrod|who)?(?:[- ]?ps|[- ]performance status|[- ]status)?[ :=]*"
)
_ECOG_VALUE = re.compile(
    r"(?:grade |grad |score )?([0-5](?:\s*-\s*[0-5])?)(?:\s*[-:(,.]\s*[^\d]*.*)?"
)
_GIVEN_PLANS = frozenset({"active", "completed"})
_GOALS = frozenset({"active", "accepted", "completed"})
_REQUESTS = frozenset({"active", "completed"})
_INTENTS = frozenset(
    {"", "order", "original-order", "reflex-order", "filler-order", "instance-order"}
)


def read_performance(resources: Resources) -> tuple[Measurement, ...]:
    """ECOG performance status, 0 to 5; "1-2" is an interval. Karnofsky is not converted."""
    found = []
    for observation in observations(resources, is_performance):
        for element in (observation, *dicts(observation.get("component"))):
            if not codeable(element.get("code")).derived(_names_ecog):
                continue
            if not usable(observation):
                resources.ignore(observation, _why_not(observation))
                continue
            grade, written = _ecog_grade(element)
            if not grade.recorded:
                resources.ignore(observation, "unreadable")
                continue
            field = written[0] if element is observation else "component"
            source = Source(resources.name(observation), field, written[1])
            when_ = sample_when(observation, resources)
            found.append(Measurement("ecog", when_, grade, source))
    return tuple(found)


def read_statements(resources: Resources) -> tuple[Statement, ...]:
    """Statements of every `Topic`, by exact phrases, negatives first; doubt says nothing."""
    return (
        *_from_observations(resources),
        *_from_conditions(resources),
        *_from_plans(resources),
        *_from_goals(resources),
        *_from_requests(resources),
        *read_trials(resources),
    )


def read_hypersensitivities(resources: Resources) -> tuple[Hypersensitivity, ...]:
    """Recorded allergies to known drugs; refuted, resolved ones and intolerances are none."""
    found = []
    for allergy in resources.of("AllergyIntolerance"):
        concepts = [allergy.get("code")]
        concepts += [reaction.get("substance") for reaction in dicts(allergy.get("reaction"))]
        drugs = {drug for concept in concepts for drug in named_by(concept).drugs}
        reason = verification({**allergy, "code": None})
        if drugs and reason in ("entered-in-error", "refuted"):
            resources.ignore(allergy, reason)
            continue
        if is_over(allergy) or allergy.get("type") == "intolerance":
            continue
        began = onset(allergy, resources)
        began = began if began != UNDATED else until(allergy.get("recordedDate"))
        source = Source(resources.name(allergy), "code", codeable(allergy.get("code")).said)
        found += [Hypersensitivity(drug, began, source) for drug in sorted(drugs)]
    return tuple(found)


@concern
def is_performance(gist: Gist) -> bool:
    return any(code.derived(_names_ecog) for code in gist.names)


def _names_ecog(code: Codeable) -> bool:
    concepts = concepts_named(code)
    if "karnofsky" in concepts or _KARNOFSKY.search(code.words) or _TRIAL.search(code.words):
        return False
    return bool(concepts & {"ecog", "ecog_grade"} or _ECOG.search(code.words))


def _ecog_grade(element: Json) -> tuple[Amount, tuple[str, str]]:
    for name in ("valueInteger", "valueQuantity", "valueRange", "valueString"):
        if name in element:
            value = element[name]
            grade = _grade_in_text(value) if isinstance(value, str) else quantity(value)[0]
            beside = _coded_grade(element.get("interpretation"))
            clash = beside.recorded and beside != grade
            if clash or (name == "valueQuantity" and not _SCORE.search(units_of(value))):
                grade = NO_AMOUNT
            return _in_scale(grade), (name, as_written(value))
    for name in ("valueCodeableConcept", "interpretation"):
        if name in element:
            return _coded_grade(element[name]), (name, codeable(element[name]).said)
    return NO_AMOUNT, ("", "")


def _coded_grade(concept: object) -> Amount:
    return codeable(concept).derived(_grade)


def _grade(said: Codeable) -> Amount:
    named = concepts_named(said)
    grades = {c[-1] for c in named if c.startswith("ecog_") and c[-1].isdigit()}
    grades |= {c.code for c in said.codings if "ecog" in c.system.lower()} & _GRADES
    if len(grades) == 1:
        return Amount.exactly(grades.pop())
    worded = {_grade_in_text(part) for part in said.words.split(" | ")} - {NO_AMOUNT}
    return worded.pop() if len(worded) == 1 and not grades else NO_AMOUNT


def _grade_in_text(value: str) -> Amount:
    said = _ECOG_WORDS.sub("", normal(value), count=1).strip()
    match = _ECOG_VALUE.fullmatch(said)
    return _in_scale(quantity(match[1])[0]) if match else NO_AMOUNT


def _in_scale(grade: Amount) -> Amount:
    whole = grade.recorded and grade.low == grade.low.to_integral_value()
    return (
        grade if whole and Decimal(0) <= grade.low <= grade.high <= _HIGHEST_ECOG else NO_AMOUNT
    )


def _from_observations(resources: Resources) -> Iterator[Statement]:
    for observation in observations(resources, may_make_statement):
        asked = words(observation.get("code"))
        if "pregnancy" in concepts_of(observation.get("code")):
            asked = f"{asked} pregnancy status".strip()
        for element, written in _answers(observation):
            found = answered(asked, written)
            if not found:
                continue
            if not usable(observation):
                resources.ignore(observation, _why_not(observation))
                continue
            when_ = sample_when(observation, resources)
            source = _source(observation, resources, element, f"{asked}: {written}".strip(": "))
            yield from (Statement(topic, value, when_, source) for topic, value in found)


@concern
def may_make_statement(gist: Gist) -> bool:
    return gist.code.derived(_asks) or may_state(gist.said)


def _asks(code: Codeable) -> bool:
    return "pregnancy" in concepts_named(code) or asks(code.words)


def _answers(observation: Json) -> Iterator[tuple[str, str]]:
    if isinstance(observation.get("valueBoolean"), bool):
        yield "valueBoolean", "yes" if observation["valueBoolean"] else "no"
    if text(observation.get("valueString")):
        yield "valueString", text(observation.get("valueString"))
    coded = words(observation.get("valueCodeableConcept"))
    if coded:
        yield "valueCodeableConcept", coded
    for note in dicts(observation.get("note")):
        if text(note.get("text")):
            yield "note", text(note.get("text"))


def _from_conditions(resources: Resources) -> Iterator[Statement]:
    for condition in resources.of("Condition"):
        said = words(condition.get("code"))
        if "pregnancy" in concepts_of(condition.get("code")):
            said = f"{said} | pregnant".strip(" |")
        found = stated(said)
        if not found:
            continue
        reason = verification(condition)
        if reason or is_over(condition):
            if reason:
                resources.ignore(condition, reason)
            continue
        source = _source(condition, resources, "code", said)
        yield from (Statement(t, v, begun(condition, resources), source) for t, v in found)


def _from_plans(resources: Resources) -> Iterator[Statement]:
    for plan in resources.of("CarePlan"):
        written = [text(plan.get("title")), text(plan.get("description"))]
        written += [words(category) for category in dicts(plan.get("category"))]
        found = [pair for part in written for pair in stated(part)]
        if not found:
            continue
        if text(plan.get("status")) not in _GIVEN_PLANS or plan.get("intent") in (
            "proposal",
            "option",
        ):
            resources.ignore(plan, _why_not(plan, "not-done"))
            continue
        start, _ = span(plan.get("period"))
        began = start if start != UNDATED else until(plan.get("created"))
        source = _source(plan, resources, "title", "; ".join(part for part in written if part))
        yield from (Statement(t, v, began, source) for t, v in dict.fromkeys(found))


def _from_goals(resources: Resources) -> Iterator[Statement]:
    for goal in resources.of("Goal"):
        said = words(goal.get("description"))
        found = answered("goals of care", said)
        if not found:
            continue
        if text(goal.get("lifecycleStatus")) not in _GOALS:
            resources.ignore(goal, _why_not(goal, "not-done"))
            continue
        set_on = when(goal, "startDate", "statusDate")
        source = _source(goal, resources, "description", said)
        yield from (Statement(topic, value, set_on, source) for topic, value in found)


def _from_requests(resources: Resources) -> Iterator[Statement]:
    """An order for a donor search or for hospice states that it was decided."""
    for request in resources.of("ServiceRequest"):
        said = words(request.get("code"))
        found = stated(said)
        if not found:
            continue
        ordered = text(request.get("intent")) in _INTENTS and not request.get("doNotPerform")
        if text(request.get("status")) not in _REQUESTS or not ordered:
            resources.ignore(request, _why_not(request, "not-done"))
            continue
        written: When = day(request.get("authoredOn"))
        source = _source(request, resources, "code", said)
        yield from (Statement(topic, value, written, source) for topic, value in found)


def _source(resource: Json, resources: Resources, element: str, said: str) -> Source:
    """With the author, where one is named."""
    people = [*dicts(resource.get("performer")), *dicts(resource.get("asserter"))]
    people += [*dicts(resource.get("author")), *dicts(resource.get("requester"))]
    author = next((text(p.get("display")) for p in people if text(p.get("display"))), "")
    coded = any(coding.code for coding in codings(resource.get("code")))
    from_text = not coded or element in ("note", "valueString", "title", "description")
    return Source(resources.name(resource), element, plain(said), from_text, author)


def _why_not(resource: Json, otherwise: str = "not-final") -> str:
    status = resource.get("status", resource.get("lifecycleStatus"))
    return "entered-in-error" if status == "entered-in-error" else otherwise
