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
from fhir_mapping.drugs import NOTHING_NAMED, Named, ingredients_of, named_by, named_in
from fhir_mapping.mrd_tests import MRD_NAME
from fhir_mapping.resources import Resources
from fhir_mapping.transplants import is_lymphocyte_infusion, transplant_of
from fhir_mapping.treatment import NOT_TREATMENT, plan_texts
from fhir_mapping.values import codings, normal, words

_MEDICATIONS = ("MedicationRequest", "MedicationOrder")  # the latter is DSTU2's
_PLANS = ("CarePlan", "RequestGroup")
_REQUESTS = ("ServiceRequest",)
# What is no longer an order, or says that something is not to be done.
_OVER = frozenset(
    {"cancelled", "completed", "entered-in-error", "rejected", "revoked", "stopped"}
)
_TAPER = re.compile(
    r"\b(?:taper|reduc|wean|withdraw|discontinu|stop|absetz|ausschleich|reduzier|reduktion)\w*"
)
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
    orders = Resources.from_bundle(draft_orders, resources.patient_id)
    chosen = None if selections is None else {s for s in selections if isinstance(s, str)}
    found = []
    for resource in orders.of(*_MEDICATIONS, *_PLANS, *_REQUESTS):
        if text(resource.get("status")) in _OVER or resource.get("doNotPerform") is True:
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
                    chosen is None or bool(chosen & {reference, text(resource.get("id"))}),
                    _mark(resource),
                )
            )
    return tuple(found)


def _mark(resource: Json) -> str:
    """What a card of this service wrote into a draft that it suggested."""
    written = [text(uri) for uri in as_list(resource.get("instantiatesUri"))]
    return next((u.removeprefix(SUGGESTED) for u in written if u.startswith(SUGGESTED)), "")


def _named(
    resource: Json, orders: Resources, record: Resources
) -> tuple[Named, frozenset[Procedure]]:
    kind = resource["resourceType"]
    if kind in _MEDICATIONS:
        return _medication(resource, orders, record), frozenset()
    if kind in _PLANS:
        return _planned(resource, orders, record)
    return _requested(resource)


def _medication(resource: Json, orders: Resources, record: Resources) -> Named:
    """The drugs of a draft: by concept, by the Medication it refers to, or by its display."""
    route = " ".join(_routes(resource))
    own = named_by(_concept(resource), route)
    if own.drugs or own.conflict:
        return own
    reference = _reference(resource)
    medication = orders.resolve(reference, resource) or record.resolve(reference)
    found = ingredients_of(medication) if medication else NOTHING_NAMED
    if found.drugs or found.conflict:
        return found
    return named_by({"text": _display(reference)}, route)


def _concept(resource: Json) -> object:
    """R4 and DSTU2 name the medication in one element, R5 in a part of another."""
    medication = resource.get("medication")
    inner = medication.get("concept") if isinstance(medication, Mapping) else None
    return resource.get("medicationCodeableConcept", inner)


def _reference(resource: Json) -> object:
    medication = resource.get("medication")
    inner = medication.get("reference") if isinstance(medication, Mapping) else None
    return resource.get("medicationReference", inner)


def _display(reference: object) -> str:
    return next((text(r.get("display")) for r in dicts(reference)), "")


def _routes(resource: Json) -> Iterator[str]:
    for dosage in dicts(resource.get("dosageInstruction")):
        yield from (words(dosage.get("route")), normal(text(dosage.get("text"))))
        yield from (coding.code for coding in codings(dosage.get("route")))


def _requested(request: Json) -> tuple[Named, frozenset[Procedure]]:
    """A procedure or a test; else chemotherapy that is ordered as a service."""
    procedures = frozenset(_procedures(request.get("code")))
    if procedures:
        return NOTHING_NAMED, procedures
    details = [request.get("code"), *as_list(request.get("orderDetail"))]
    said = [words(detail) for detail in details]
    if any(NOT_TREATMENT.search(part) for part in said):
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
        _medication(part, orders, record)
        for part in dicts(plan.get("contained"))
        if part.get("resourceType") in _MEDICATIONS
    ]
    drugs = own.drugs.union(*(named.drugs for named in inner))
    procedures = {p for part in written for p in _procedures({"text": part})}
    return Named(drugs, own.regimen), frozenset(procedures)


def _texts(plan: Json) -> Iterator[str]:
    if plan["resourceType"] == "CarePlan":
        yield from plan_texts(plan)
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
    reference = _reference(resource)
    medication = orders.resolve(reference, resource) or record.resolve(reference)
    candidates = [
        name_of(_concept(resource)),
        name_of(medication.get("code")) if medication else "",
        _display(reference),
        text(resource.get("title")),
        name_of(resource.get("code")),
        text(resource.get("description")),
    ]
    said = next((c for c in candidates if c), "").split(" | ")[0]
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1].rstrip()}…"
