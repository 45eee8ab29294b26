"""Orders that are not signed yet, as CDS Hooks sends them in `draftOrders`.

Clients send them half written: without a medication, a status or a type of the Bundle, and the
public sandbox with a category that FHIR does not allow. What names nothing that a rule knows is
no draft here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aml.ordering import SUGGESTED, Draft, Procedure
from aml.patient import TransplantKind
from fhir_mapping.answers import Json, as_list, dicts, text
from fhir_mapping.codeable import name_of
from fhir_mapping.draft_medication import (
    concept_of,
    display_of,
    dosage_words,
    medication_of,
    reference_of,
    referred,
)
from fhir_mapping.drugs import NOTHING_NAMED, Named, named_by, named_in
from fhir_mapping.mrd_tests import MRD_NAME
from fhir_mapping.resources import Resources
from fhir_mapping.transplants import is_lymphocyte_infusion, transplant_of
from fhir_mapping.treatment import NOT_TREATMENT, plan_texts
from fhir_mapping.values import words

_MEDICATIONS = ("MedicationRequest", "MedicationOrder")  # the latter is DSTU2's
_PLANS = ("CarePlan", "RequestGroup")
_REQUESTS = ("ServiceRequest", "ProcedureRequest")  # the latter is STU3's
# What is no longer an order, or says that something is not to be done.
_OVER = frozenset(
    {"cancelled", "completed", "entered-in-error", "rejected", "revoked", "stopped"}
)
_NOT_WANTED = (True, "true")  # of doNotPerform, in clients that write it as text
_TAPER = re.compile(
    r"\b(?:taper|reduc|wean|withdraw|discontinu|stop|absetz|ausschleich|reduzier|reduktion)\w*"
)
_TAPERING = re.compile(r"\b(?:taper|wean|ausschleich)\w*")  # of a prescription
_SUPPRESSION = re.compile(
    r"immun(?:e |o)?suppress\w*|c[iy]closporin\w*|\bcsa\b|tacrolimus|sirolimus|everolimus|"
    r"mycophenol\w*|\bmmf\b|calcineurin\w*"
)
_MOLECULAR = re.compile(
    r"\b(?:flt3|idh[12]|npm1|kmt2a|mll)\b|\bngs\b|sequenc\w*|sequenzier\w*|mutation\w*|"
    r"molecular|molekular\w*|karyotyp\w*|cytogenetic\w*|zytogeneti\w*"
)
_IMMUNOPHENOTYPE = re.compile(
    r"immun\w*ph[ae]*notyp\w*|immunphänotyp\w*|flow cytometr\w*|durchfluss\w*|\bcd33\b"
)
_LONGEST = 80  # of what is said of a draft; the rest of a long order is no use on a card


def read_drafts(
    draft_orders: Mapping[str, Any], selections: Sequence[object] | None, resources: Resources
) -> tuple[Draft, ...]:
    """The drafts of the patient that name a drug, a regimen or a procedure.

    `selections`: references (or ids) of those to be judged; None for all. A medication that is
    only referred to is looked up in the drafts and in the record.
    """
    orders = Resources.from_bundle(_without_vague_subjects(draft_orders), resources.patient_id)
    chosen = None if selections is None else set(_short(selections))
    found = []
    for resource in orders.of(*_MEDICATIONS, *_PLANS, *_REQUESTS):
        if not _wanted(resource):
            continue
        reference = orders.name(resource)
        names, procedures = _named(resource, orders, resources)
        if names.drugs or procedures:
            found.append(
                Draft(
                    reference if text(resource.get("id")) else "",
                    names.drugs,
                    names.regimen,
                    procedures,
                    _says(resource, orders, resources),
                    chosen is None or bool(chosen & {reference, reference.split("/")[-1]}),
                    _mark(resource),
                )
            )
    return tuple(found)


def _without_vague_subjects(bundle: Mapping[str, Any]) -> Json:
    """Drafts of a call are of its patient, unless they refer to another one; a name or a number
    alone does not."""
    entries = bundle.get("entry")
    if not isinstance(entries, list):
        return bundle
    return {**bundle, "entry": [_entry(entry) for entry in entries]}


def _entry(entry: object) -> object:
    resource = entry.get("resource") if isinstance(entry, Mapping) else None
    if not isinstance(entry, Mapping) or not isinstance(resource, Mapping):
        return entry
    if resource.get("resourceType") == "Bundle":
        return {**entry, "resource": _without_vague_subjects(resource)}
    return {**entry, "resource": {k: v for k, v in resource.items() if not _is_vague(k, v)}}


def _is_vague(element: str, value: object) -> bool:
    named = value.get("reference") if isinstance(value, Mapping) else ""
    return element in ("subject", "patient") and isinstance(value, Mapping) and not named


def _short(selections: Sequence[object]) -> Iterator[str]:
    """`Type/id`, or the id alone, of a reference in whatever form."""
    for selection in selections:
        if isinstance(selection, str):
            address = selection.partition("/_history/")[0].removeprefix("urn:uuid:")
            yield "/".join(address.rstrip("/").split("/")[-2:])


def _wanted(resource: Json) -> bool:
    over = text(resource.get("status")) in _OVER
    return not over and resource.get("doNotPerform") not in _NOT_WANTED


def _mark(resource: Json) -> str:
    """What a card of this service wrote into a draft that it suggested."""
    written = [text(uri) for uri in as_list(resource.get("instantiatesUri"))]
    return next((u.removeprefix(SUGGESTED) for u in written if u.startswith(SUGGESTED)), "")


def _named(
    resource: Json, orders: Resources, record: Resources
) -> tuple[Named, frozenset[Procedure]]:
    kind = resource.get("resourceType")
    if kind in _MEDICATIONS:
        named = medication_of(resource, orders, record)
        return named, frozenset(_by_prescription(resource, named))
    if kind in _PLANS:
        return _planned(resource, orders, record)
    return _requested(resource) if kind in _REQUESTS else (NOTHING_NAMED, frozenset())


def _by_prescription(resource: Json, named: Named) -> Iterator[Procedure]:
    """Donor lymphocytes ordered as a product; immunosuppression that is to be tapered."""
    concept = concept_of(resource)
    if not named.drugs and is_lymphocyte_infusion({"code": concept}):
        yield Procedure.DONOR_LYMPHOCYTES
    said = f"{words(concept)} {dosage_words(resource)}"
    if _TAPERING.search(said) and _SUPPRESSION.search(" ".join([said, *sorted(named.drugs)])):
        yield Procedure.TAPER


def _requested(request: Json) -> tuple[Named, frozenset[Procedure]]:
    """A procedure or a test; else chemotherapy that is ordered as a service."""
    details = [request.get("code"), *as_list(request.get("orderDetail"))]
    said = [words(detail) for detail in details]
    procedures = frozenset(_procedures(request.get("code")))
    if _TAPER.search(whole := " ".join(said)) and _SUPPRESSION.search(whole):
        procedures |= {Procedure.TAPER}
    if procedures or any(NOT_TREATMENT.search(part) for part in said):
        return NOTHING_NAMED, procedures
    return named_in("\n".join(said)), procedures


def _procedures(code: object) -> Iterator[Procedure]:
    said = words(code)
    asked = {"code": code}
    if is_lymphocyte_infusion(asked):
        yield Procedure.DONOR_LYMPHOCYTES
        return
    transplant = transplant_of(asked)
    if transplant is not None:
        if transplant[0] is TransplantKind.ALLOGENEIC:
            yield Procedure.ALLOGENEIC_HCT
        return
    if _TAPER.search(said) and _SUPPRESSION.search(said):
        yield Procedure.TAPER
        return
    if MRD_NAME.search(said):
        yield Procedure.MRD_TEST
        return
    if _MOLECULAR.search(said):
        yield Procedure.MOLECULAR_TEST
    if _IMMUNOPHENOTYPE.search(said):
        yield Procedure.IMMUNOPHENOTYPE


def _planned(
    plan: Json, orders: Resources, record: Resources
) -> tuple[Named, frozenset[Procedure]]:
    """All that a plan or a group of requests names, contained drafts included. Drafts beside it
    that it refers to stand for themselves."""
    written = [part for part in _texts(plan) if part]
    own = named_in(" ; ".join(written))
    inner = [
        _named(part, orders, record) for part in dicts(plan.get("contained")) if _wanted(part)
    ]
    products = [
        named_by({"text": display_of(product)})
        if not (found := referred(product, plan, orders, record))
        else named_by(found.get("code"))
        for product in _products(plan)
    ]
    named = [*(each for each, _ in inner), *products]
    procedures = {p for part in written for p in _procedures({"text": part})}
    procedures = procedures.union(*(each for _, each in inner))
    return Named(own.drugs.union(*(n.drugs for n in named)), own.regimen), frozenset(procedures)


def _details(plan: Json) -> Iterator[Json]:
    """The activities of a CarePlan. In a draft none has begun; some are not to be done."""
    for activity in dicts(plan.get("activity")):
        for detail in dicts(activity.get("detail")):
            if _wanted(detail):
                yield detail


def _products(plan: Json) -> Iterator[object]:
    yield from (d["productReference"] for d in _details(plan) if "productReference" in d)


def _texts(plan: Json) -> Iterator[str]:
    if plan["resourceType"] == "CarePlan":
        yield from plan_texts({k: v for k, v in plan.items() if k != "activity"})
        for detail in _details(plan):
            yield text(detail.get("description"))
            yield words(detail.get("code"))
            yield words(detail.get("productCodeableConcept"))
        return
    waiting: list[Any] = [plan]
    while waiting:
        part = waiting.pop(0)
        for element in ("title", "description", "textEquivalent"):
            yield text(part.get(element))
        yield words(part.get("code"))
        waiting += list(dicts(part.get("action")))


def _says(resource: Json, orders: Resources, record: Resources) -> str:
    """The order in the writer's words, on one line and not too long."""
    reference = reference_of(resource)
    medication = referred(reference, resource, orders, record)
    candidates = [
        name_of(concept_of(resource)),
        name_of(medication.get("code")) if medication else "",
        display_of(reference),
        text(resource.get("title")),
        name_of(resource.get("code")),
        text(resource.get("description")),
    ]
    said = next((c for c in candidates if c), "").split(" | ")[0]
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1].rstrip()}…"
