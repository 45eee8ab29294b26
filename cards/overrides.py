"""Why a clinician may put a card aside: the standard's starter codes, and ours."""

from __future__ import annotations

from cards.models import OverrideReason

STANDARD = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
OURS = "https://rraml.example/fhir/CodeSystem/override-reason"

# (system, code, display), in the order in which a menu shows them.
_REASONS = (
    (STANDARD, "action-completed", "Already done"),
    (STANDARD, "patient-refuses", "Patient declined"),
    (STANDARD, "patient-contraindication", "Contraindicated in this patient"),
    (STANDARD, "service-not-available", "Not available here"),
    (OURS, "trial-enrolled", "Enrolled in a trial"),
    (OURS, "disagree-data", "The data are wrong or incomplete"),
    (OURS, "disagree-advice", "I disagree with the advice"),
    (OURS, "later", "Not now, later"),
)

OVERRIDE_REASONS = tuple(
    OverrideReason(system=system, code=code, display=display)
    for system, code, display in _REASONS
)
