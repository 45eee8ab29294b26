"""Why a clinician may put a card aside: the standard's starter codes, and ours."""

from __future__ import annotations

from collections.abc import Iterable

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

# For an alert on an order, by its code: what makes it right all the same; then the common ones.
_ORDER_REASONS = {
    "order-contraindicated": ((OURS, "resolved", "No longer so; the record is behind"),),
    "order-target-absent": (
        (OURS, "target-elsewhere", "Found elsewhere; the result is not in this record"),
        (OURS, "below-limit", "Found before; now below the limit of the method"),
    ),
    "order-interaction": (
        (OURS, "dose-adapted", "The dose is adapted to it"),
        (OURS, "monitored", "Monitored more closely"),
        (OURS, "other-drug-stopped", "The other drug is stopped or changed"),
    ),
    "order-not-beneficial": ((OURS, "individual-reason", "A reason in this patient"),),
    "order-target-unknown": (
        (OURS, "target-elsewhere", "Found elsewhere; the result is not in this record"),
        (OURS, "result-pending", "Tested; the result is pending"),
    ),
    "order-not-approved": ((OURS, "off-label-decided", "Off-label, decided with the patient"),),
    "order-duplicate-target": ((OURS, "switched", "The other drug is stopped"),),
}
# What fits any alert: "not available" and "contraindicated" speak of advice, not of an order.
_ADVICE_ALONE = ("patient-contraindication", "service-not-available")
_COMMON = tuple(reason for reason in _REASONS if reason[1] not in _ADVICE_ALONE)


def order_reasons(codes: Iterable[str]) -> tuple[OverrideReason, ...]:
    """Why an order may stand against these alerts, the reasons of the gravest first."""
    reasons = [reason for code in codes for reason in _ORDER_REASONS.get(code, ())]
    return _as_reasons([*reasons, *_COMMON])


def reason_words(code: str) -> str:
    """What a reason says by its code; empty for one that is not ours."""
    every = [*_REASONS, *(r for row in _ORDER_REASONS.values() for r in row)]
    return next((display for _, known, display in every if known == code), "")


def _as_reasons(reasons: Iterable[tuple[str, str, str]]) -> tuple[OverrideReason, ...]:
    return tuple(
        OverrideReason(system=system, code=code, display=display)
        for system, code, display in dict.fromkeys(reasons)
    )


OVERRIDE_REASONS = _as_reasons(_REASONS)
