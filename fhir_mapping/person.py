"""Who the patient is to the service: born when, and whether any card may be shown at all."""

from __future__ import annotations

from aml.patient import When
from fhir_mapping.answers import Json, dicts, text
from fhir_mapping.resources import Resources
from fhir_mapping.values import day, normal

_TEST_LABELS = frozenset(
    {
        "htest", "test", "test patient", "testpatient", "test-patient", "test data", "testdata",
        "test health data",
    }
)  # fmt: skip


def birth(resources: Resources) -> When:
    """The birth date; a year alone is the interval of that year."""
    return day(resources.patient().get("birthDate"))


def excluded(resources: Resources) -> str:
    """ "deceased", "replaced-by", "test-patient", or "" for a patient who may get cards."""
    patient = resources.patient()
    if patient.get("deceasedBoolean") is True or text(patient.get("deceasedDateTime")):
        return "deceased"
    if any(link.get("type") == "replaced-by" for link in dicts(patient.get("link"))):
        return "replaced-by"
    return "test-patient" if _is_test(patient) else ""


def _is_test(patient: Json) -> bool:
    meta = next(iter(dicts(patient.get("meta"))), {})
    labels = [*dicts(meta.get("tag")), *dicts(meta.get("security"))]
    said = {normal(text(label.get(part))) for label in labels for part in ("code", "display")}
    return bool(said & _TEST_LABELS)
