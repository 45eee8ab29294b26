"""What a coded field is read as, asked of the readers themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aml.patient import Finding, Method, Patient, Tissue
from fhir_mapping import gene_tests, hgvs, measurements, to_patient
from fhir_mapping.alterations import is_reported, symbol
from fhir_mapping.assessments import is_performance, may_make_statement
from fhir_mapping.blasts import may_tell_of_blasts
from fhir_mapping.codeable import codeable, codings, words
from fhir_mapping.coded_fields import Coded, Role
from fhir_mapping.codes import concepts_of
from fhir_mapping.concerns import Concern
from fhir_mapping.genomics import may_hold_karyotype
from fhir_mapping.gist import gist_from
from fhir_mapping.gvhd import may_name_gvhd
from fhir_mapping.laboratory import is_status, may_name_extramedullary
from fhir_mapping.mrd_tests import may_be_residual_disease_test
from fhir_mapping.observations import coded_call, has_coded_call
from fhir_mapping.overlooked import is_on_leukemia
from fhir_mapping.problems import CLINICAL, VERIFICATION, clinical, verification
from fhir_mapping.resources import Resources
from fhir_mapping.samples import method, names_specimen, tissue_of

_CONCERNS: tuple[tuple[str, Concern], ...] = (
    ("ecog", is_performance),
    ("disease status", is_status),
    ("blasts", may_tell_of_blasts),
    ("karyotype", may_hold_karyotype),
    ("MRD", may_be_residual_disease_test),
    ("extramedullary disease", may_name_extramedullary),
    ("GVHD", may_name_gvhd),
    ("statement", may_make_statement),
    ("specimen source", names_specimen),
)
SET_ASIDE = "set aside, "
UNKNOWN_UNIT = f"{SET_ASIDE}unknown-unit"
_CHANGES = frozenset({"protein_hgvs", "coding_hgvs"})
_KINDS = {
    "diagnoses": "kind", "extramedullary": "extramedullary disease", "responses": "category",
    "comorbidities": "name", "gvhd": "GVHD", "transplants": "kind", "statements": "topic",
    "lymphocyte_infusions": "donor lymphocytes", "hypersensitivities": "drug",
    "measurements": "name", "blasts": "blasts", "genes": "alteration", "mrd": "MRD",
    "karyotypes": "karyotype",
}  # fmt: skip
# A reason for which something understood is no fact; the others say that it was not understood.
_NOT_UNDERSTOOD = frozenset({"conflicting", "unreadable", "not-readable", "text-not-read"})


@dataclass(frozen=True, slots=True)
class Reading:
    """`means`: what a reader takes it for; `known`: the concepts of its codes, used or not;
    `matters`: its place is one where what is not understood is lost."""

    means: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    matters: bool = False

    @property
    def understood(self) -> bool:
        return bool(self.means or self.known)


def reading_of(field: Coded, concept: Any = None) -> Reading:
    """What the field is read as, or would be with another concept in its place."""
    said = field.concept if concept is None else concept
    known = tuple(sorted(concepts_of(said)))
    match field.role:
        case Role.TEST:
            return Reading(_test(said, field.holder), known)
        case Role.ANSWER:
            return _answer(field, said, known)
        case Role.CALL:
            called = _called(said) if has_coded_call(said) else ()
            return Reading(called, known)
        case Role.UNIT:
            lost = UNKNOWN_UNIT in _facts(field.probe(said))
            return Reading(() if lost else ("a unit",), matters=lost)
        case Role.FACT:
            return Reading(_facts(field.probe(said)), known)
        case Role.STATUS:
            return Reading(_status(field.path, said), known, matters=True)
        case Role.SAMPLE:
            tissue = tissue_of(said)
            return Reading((tissue.value,) if tissue is not Tissue.UNKNOWN else (), known)
        case Role.METHOD:
            found = method({"method": said}, Resources("p"))
            return Reading((found.value,) if found is not Method.UNKNOWN else (), known)
        case Role.REPORT:
            named = is_on_leukemia(codeable(said).name)
            return Reading(("report on leukemia",) if named else (), known)


def _test(code: object, holder: object) -> tuple[str, ...]:
    element = {"code": code}
    gist = gist_from(codeable(code), (), [], "")
    found = [measurements.name_for(element)]
    found += [name for name, concerns in _CONCERNS if gist.derived(concerns)]
    found += gene_tests.names_of(element, codeable(holder).name if holder else "")
    return tuple(dict.fromkeys(name for name in found if name not in ("", "?")))


def _answer(field: Coded, said: Any, known: tuple[str, ...]) -> Reading:
    asked = _test(field.test, field.holder)
    if "gene_studied" in concepts_of(field.test):
        return Reading(_gene(said), known)
    if concepts_of(field.test) & _CHANGES:
        written = f"{codeable(said).name} {' '.join(codeable(said).codes)}"
        return Reading(("change",) if hgvs.change(written) else (), known)
    means = _facts(field.probe(said))
    if has_coded_call(said):
        means = _called(said)
    if asked == ("specimen source",):
        means = (tissue_of(said).value,) if tissue_of(said) is not Tissue.UNKNOWN else ()
    return Reading(means, known, matters=bool(asked))


def _called(said: object) -> tuple[str, ...]:
    return (coded_call(said).value,)


def _gene(said: Any) -> tuple[str, ...]:
    written = [said] if isinstance(said, str) else words(said).split(" | ")
    names = [symbol(coding.code) for coding in codings(said)] + [symbol(w) for w in written]
    return tuple(dict.fromkeys(name for name in names if name and is_reported(name)))


def _status(path: str, said: Any) -> tuple[str, ...]:
    if path.endswith("clinicalStatus"):
        word = clinical({"clinicalStatus": said})
        return (word,) if word in CLINICAL else ()
    reason = verification({"verificationStatus": said})
    confirmed = not reason and VERIFICATION & {
        *words(said).split(" | "), *(coding.code.lower() for coding in codings(said)),
    }  # fmt: skip
    return ("confirmed",) if confirmed else (reason,) if reason else ()


def _facts(resource: Mapping[str, Any]) -> tuple[str, ...]:
    """The facts that are read from this resource alone; what settles nothing is none."""
    entries = [{"resource": {"resourceType": "Patient", "id": "p"}}, {"resource": resource}]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    patient = to_patient(Resources.from_bundle(bundle, "p"))
    return tuple(dict.fromkeys((*_read(patient), *_set_aside(patient))))


def _read(patient: Patient) -> Iterator[str]:
    for element, named in _KINDS.items():
        for fact in getattr(patient, element):
            if getattr(fact, "finding", None) is Finding.INDETERMINATE:
                continue
            value = getattr(fact, named, named)
            said = value if isinstance(value, str) else value.value
            yield f"transplant, {said}" if element == "transplants" else said
    for course in patient.courses:
        yield from [course.regimen] if course.regimen else sorted(course.drugs)


def _set_aside(patient: Patient) -> Iterator[str]:
    """What is understood as no fact: a family history, a suspicion."""
    for entry in patient.ignored:
        if entry.resource != "Patient/p" and entry.reason not in _NOT_UNDERSTOOD:
            yield f"{SET_ASIDE}{entry.reason}"
