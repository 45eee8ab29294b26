"""Courses of drugs that were given: administrations, dispenses, statements, orders, plans."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from aml.patient import UNDATED, Course, Source, When
from fhir_mapping.answers import Json, as_list, dicts, text
from fhir_mapping.codeable import Codeable, codeable
from fhir_mapping.codes import concepts_named
from fhir_mapping.drugs import NOTHING_NAMED, Named, ingredients_of, named_by, named_in
from fhir_mapping.resources import Resources
from fhir_mapping.transplants import read_lymphocyte_infusions, read_transplants
from fhir_mapping.values import codings, day, normal, plain, span, until, words

__all__ = ["read_courses", "read_lymphocyte_infusions", "read_transplants"]

_MEDICATION_ELEMENT = "medicationCodeableConcept"
# What was begun counts, also where it was stopped or is on hold later (D16); those two need a
# start on record to show that it was begun.
_GIVEN = {
    "MedicationAdministration": frozenset({"completed", "in-progress", "stopped", "on-hold"}),
    "MedicationStatement": frozenset({"active", "completed", "stopped", "on-hold"}),
    "MedicationDispense": frozenset({"completed", "stopped", "on-hold"}),
    "MedicationRequest": frozenset({"active", "completed"}),
    "CarePlan": frozenset({"active", "completed"}),
    "Procedure": frozenset({"completed", "in-progress", "stopped"}),
}
_NEEDS_START = frozenset({"stopped", "on-hold"})
_ONGOING = frozenset({"active", "in-progress"})
_ORDERS = frozenset(
    {"", "order", "original-order", "reflex-order", "filler-order", "instance-order"}
)
_PLANS = frozenset({"", "plan", "order"})
_NOT_BEGUN = frozenset(
    {"not-started", "scheduled", "cancelled", "on-hold", "entered-in-error", "unknown"}
)
_CHEMOTHERAPY = re.compile(
    r"chemo\w*|antineoplast\w*|induction|induktion\w*|consolidation|konsolidierung\w*|salvage|"
    r"reinduktion\w*|re-?induction|immunotherap\w*|immuntherap\w*|targeted therapy|cycle|zyklus"
)
NOT_TREATMENT = re.compile(
    r"transplant\w*|biops\w*|punktion|punction|aspirat\w*|consult\w*|catheter|port\b|assay|"
    r"level|spiegel|counsel\w*|education|harvest\w*|planned|geplant\w*|follow-?up|nachsorge|"
    r"surveillance|survivorship"
)


class _Dates(Struct, frozen=True):
    start: When
    end: When = UNDATED


def read_courses(resources: Resources) -> tuple[Course, ...]:
    """What was given; an order counts only where nothing else in the record names the drug.

    A planned, refused, cancelled or erroneous entry is ignored; a drug that is not in
    knowledge/drugs.yaml is no course and nothing is said of it.
    """
    given: list[Course] = []
    named: set[str] = set()
    for resource in resources.of(
        "MedicationAdministration", "MedicationDispense", "MedicationStatement"
    ):
        medication = _medication(resource, resources)
        if resource.get("status") != "entered-in-error":
            named |= medication.drugs
        given += _course(resource, resources, medication, _DATES[resource["resourceType"]])
    ordered = [
        course
        for request in resources.of("MedicationRequest")
        for course in _ordered(request, resources, named)
    ]
    planned = [c for plan in resources.of("CarePlan") for c in _planned(plan, resources)]
    treated = [c for p in resources.of("Procedure") for c in _treated(p, resources)]
    return (*given, *ordered, *planned, *treated)


def _medication(resource: Json, resources: Resources) -> Named:
    """The drugs of a medication resource: concept, referenced Medication, or its display."""
    route = " ".join(_routes(resource))
    own = named_by(resource.get(_MEDICATION_ELEMENT), route)
    if own.drugs or own.conflict:
        return own
    reference = resource.get("medicationReference")
    medication = resources.resolve(reference, resource)
    found = ingredients_of(medication) if medication else NOTHING_NAMED
    if found.drugs or found.conflict:
        return found
    display = next((text(r.get("display")) for r in dicts(reference)), "")
    if reference and not medication and not display and _counts(resource):
        resources.miss(resource, "a medication that is only referred to")
    return named_by({"text": display}, route) if display else NOTHING_NAMED


def _counts(resource: Json) -> bool:
    return text(resource.get("status")) in _GIVEN[resource["resourceType"]]


def _routes(resource: Json) -> Iterator[str]:
    for element in ("dosage", "dosageInstruction"):
        for dosage in dicts(resource.get(element)):
            yield from (words(dosage.get("route")), normal(text(dosage.get("text"))))
            yield from (coding.code for coding in codings(dosage.get("route")))


def _course(
    resource: Json, resources: Resources, medication: Named, dates_of: Callable[[Json], _Dates]
) -> Iterator[Course]:
    if medication.conflict:
        resources.ignore(resource, "conflicting")
    if not medication.drugs:
        return
    dates = dates_of(resource)
    status = text(resource.get("status"))
    kind = resource["resourceType"]
    begun = status not in _NEEDS_START or not dates.start.undated
    if status not in _GIVEN[kind] or not begun or resource.get("doNotPerform") is True:
        resources.ignore(resource, _why_not(status))
        return
    yield Course(
        dates.start,
        dates.end,
        medication.drugs,
        _source(resource, resources),
        medication.regimen,
        ongoing=status in _ONGOING and dates.end == UNDATED,
        from_order=kind == "MedicationRequest",
    )


def _why_not(status: str) -> str:
    return "entered-in-error" if status == "entered-in-error" else "not-given"


def _ordered(request: Json, resources: Resources, named: set[str]) -> Iterator[Course]:
    medication = _medication(request, resources)
    if medication.drugs and text(request.get("intent")) not in _ORDERS:
        resources.ignore(request, "not-given")
    elif medication.conflict or not medication.drugs & named:
        yield from _course(request, resources, medication, _order_dates)
    elif medication.drugs - named:
        rest = Named(medication.drugs - named)
        yield from _course(request, resources, rest, _order_dates)


def _administration_dates(resource: Json) -> _Dates:
    return _effective(resource, one_day=True)


def _statement_dates(resource: Json) -> _Dates:
    dates = _effective(resource, one_day=False)
    if dates.start == UNDATED and dates.end == UNDATED:
        return _Dates(until(resource.get("dateAsserted")))
    return dates


def _effective(resource: Json, *, one_day: bool) -> _Dates:
    moment = day(resource.get("effectiveDateTime"))
    if moment != UNDATED:
        return _Dates(moment, moment if one_day else UNDATED)
    start, end = span(resource.get("effectivePeriod"))
    if start == UNDATED and end != UNDATED:
        start = When.until(end.last)
    return _Dates(start, end)


def _dispense_dates(resource: Json) -> _Dates:
    """Handed over, else prepared. What was dispensed ends nowhere on record."""
    handed_over = day(resource.get("whenHandedOver"))
    return _Dates(handed_over if handed_over != UNDATED else day(resource.get("whenPrepared")))


def _order_dates(request: Json) -> _Dates:
    """From the dosage's own period, else from when it was written.

    The end of a prescription is not the end of the drug while the order is active.
    """
    bounds = [
        span(repeat.get("boundsPeriod"))
        for dosage in dicts(request.get("dosageInstruction"))
        for timing in dicts(dosage.get("timing"))
        for repeat in dicts(timing.get("repeat"))
    ]
    dispense = next(iter(dicts(request.get("dispenseRequest"))), {})
    validity = span(dispense.get("validityPeriod"))
    written = day(request.get("authoredOn"))
    starts = [*(start for start, _ in bounds), written, validity[0]]
    ends = [end for _, end in bounds]
    ends += [validity[1]] if request.get("status") == "completed" else []
    return _Dates(_first_known(starts), _first_known(ends))


_DATES: dict[str, Callable[[Json], _Dates]] = {
    "MedicationAdministration": _administration_dates,
    "MedicationDispense": _dispense_dates,
    "MedicationStatement": _statement_dates,
}


def _first_known(days: Iterable[When]) -> When:
    return next((found for found in days if found != UNDATED), UNDATED)


def _planned(plan: Json, resources: Resources) -> Iterator[Course]:
    """A CarePlan that names drugs and has a period: given, if it is active or completed."""
    written = " ; ".join(plan_texts(plan))
    named = named_in(written)
    start, end = span(plan.get("period"))
    if text(plan.get("intent")) not in _PLANS or start == UNDATED:
        if named.drugs:
            resources.ignore(plan, "not-given")
        return
    if not NOT_TREATMENT.search(normal(text(plan.get("title")))):
        yield from _course(plan, resources, named, lambda _: _Dates(start, end))


def plan_texts(plan: Json) -> Iterator[str]:
    """What a CarePlan says of the treatment, activities that were not begun left out."""
    yield from (said for _, said in _plan_elements(plan))


def _plan_elements(plan: Json) -> Iterator[tuple[str, str]]:
    for element in ("title", "description"):
        yield element, text(plan.get(element))
    for element in ("instantiatesCanonical", "instantiatesUri"):
        urls = plan.get(element)
        for url in urls if isinstance(urls, list) else [urls]:
            yield element, _last_segment(url)
    for activity in as_list(plan.get("activity")):
        for detail in dicts(activity.get("detail") if isinstance(activity, dict) else None):
            if detail.get("doNotPerform") is True or text(detail.get("status")) in _NOT_BEGUN:
                continue
            yield "activity", text(detail.get("description"))
            yield "activity", words(detail.get("code"))
            yield "activity", words(detail.get("productCodeableConcept"))


def _last_segment(url: object) -> str:
    return text(url).split("|")[0].rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def _treated(procedure: Json, resources: Resources) -> Iterator[Course]:
    """A Procedure whose name is a regimen, or chemotherapy whose notes name one."""
    code = codeable(procedure.get("code"))
    if code.derived(_is_no_treatment):
        return
    named = code.derived(_named_in_words)
    if not named.drugs and code.derived(_is_chemotherapy):
        notes = [text(note.get("text")) for note in dicts(procedure.get("note"))]
        used = [words(used) for used in as_list(procedure.get("usedCode"))]
        named = named_in("\n".join([*notes, *used]))
    yield from _course(procedure, resources, named, _procedure_dates)


def _is_no_treatment(code: Codeable) -> bool:
    return NOT_TREATMENT.search(code.words) is not None


def _is_chemotherapy(code: Codeable) -> bool:
    return "chemotherapy" in concepts_named(code) or bool(_CHEMOTHERAPY.search(code.words))


def _named_in_words(code: Codeable) -> Named:
    return named_in(code.words)


def _procedure_dates(procedure: Json) -> _Dates:
    moment = day(procedure.get("performedDateTime"))
    if moment != UNDATED:
        return _Dates(moment)
    start, end = span(procedure.get("performedPeriod"))
    return _Dates(start if start != UNDATED else When.until(end.last), end)


def _source(resource: Json, resources: Resources) -> Source:
    """The element that names a drug in words, else the first that says anything."""
    medication = codeable(resource.get(_MEDICATION_ELEMENT))
    field, written = _MEDICATION_ELEMENT, medication.said
    if not medication.derived(_names_drug):
        field, written = _telling(_naming(resource, resources))
    concept = resource.get(_MEDICATION_ELEMENT) or resource.get("code")
    coded = any(coding.code for coding in codings(concept)) and field != "note"
    return Source(resources.name(resource), field, plain(written), from_text=not coded)


def _names_drug(medication: Codeable) -> bool:
    return bool(named_in(medication.said).drugs)


def _telling(naming: Iterable[tuple[str, str]]) -> tuple[str, str]:
    field, written = "", ""
    for element, said in naming:
        if named_in(said).drugs:
            return element, said
        if said and not written:
            field, written = element, said
    return field, written


def _naming(resource: Json, resources: Resources) -> Iterator[tuple[str, str]]:
    """The elements by which a resource says what is given, with their words or codes."""
    yield _MEDICATION_ELEMENT, codeable(resource.get(_MEDICATION_ELEMENT)).said
    for reference in dicts(resource.get("medicationReference")):
        medication = resources.resolve(reference, resource)
        parts = [medication.get("code")]
        parts += [i.get("itemCodeableConcept") for i in dicts(medication.get("ingredient"))]
        written = ", ".join(filter(None, (codeable(part).said for part in parts)))
        yield "medicationReference", written or text(reference.get("display"))
    if resource.get("resourceType") == "CarePlan":
        yield from _plan_elements(resource)
        return
    yield "code", codeable(resource.get("code")).said
    yield from (("note", text(note.get("text"))) for note in dicts(resource.get("note")))
    yield from (("usedCode", words(used)) for used in as_list(resource.get("usedCode")))
