"""What every Condition says besides its name: how sure, how active, since when."""

from __future__ import annotations

import re
from datetime import date

from aml.patient import UNDATED, When
from fhir_mapping.answers import Json, dicts, text
from fhir_mapping.codeable import Codeable, codeable
from fhir_mapping.resources import Resources
from fhir_mapping.values import day, normal, quantity, span, until, when

CLINICAL = ("recurrence", "relapse", "remission", "resolved", "inactive", "active")
VERIFICATION = frozenset(
    {"confirmed", "unconfirmed", "provisional", "differential", "refuted", "entered-in-error"}
)
_GONE = frozenset({"inactive", "resolved", "remission"})
_UNSURE = re.compile(
    r"(?:^|\| )\s*\?|\?\s*(?:$|\|)|\b(?:r/o|ausschluss|rule out|suspected|suspicion|"
    r"suspicious|possible|possibly|probable|suspectée?|sospett\w+|sospecha\w*|verdenking|mistanke|"
    r"presumed|questionable|v\. ?a\.|v\.a|verdacht\w*|fraglich\w*|dd|differential|"
    r"differentialdiagnose|differenzialdiagnose|zum ausschluss|evaluat\w+ for|"
    r"vs\b(?!\.?[- ]?host)|versus(?![- ]host)|"
    r"screening|at risk|risk of|risk for|(?:risk|genetic) counsel\w*|exposure|"
    r"likely (?:an? )?(?:aml|apl|acute|leuk\w+|akut\w*)|"
    r"wahrscheinlich (?:aml|apl|akut\w*))(?!\w)"
)
_CERTAINTY = "diagnosesicherheit"
_CERTAINTIES = {"V": "not-confirmed", "A": "refuted", "Z": "personal-history"}
_YEAR_MONTH = re.compile(
    r"\b((?:19|20)\d\d)(?:-(\d\d))?(?:-(\d\d))?\b|\b(\d\d)[/.]((?:19|20)\d\d)\b"
)


def verification(condition: Json) -> str:
    """The reason why a Condition is not this patient's fact, or "".

    "entered-in-error", "refuted" or "not-confirmed" (provisional, differential, unconfirmed, or
    so worded), or as a code of ICD-10-GM says itself. A missing verificationStatus is no doubt.
    """
    status = _status(condition, "verificationStatus")
    for word in ("entered-in-error", "refuted"):
        if word in status:
            return word
    if status & {"unconfirmed", "provisional", "differential"}:
        return "not-confirmed"
    if certainty := _german_certainty(condition.get("code")):
        return certainty
    doubted = codeable(condition.get("code")).derived(_is_worded_with_doubt)
    return "not-confirmed" if doubted else ""


def _is_worded_with_doubt(code: Codeable) -> bool:
    return _UNSURE.search(code.words) is not None


def _german_certainty(code: object) -> str:
    """Suspected, excluded or over, as the extension of a German code has it."""
    for coding in dicts(code.get("coding")) if isinstance(code, dict) else ():
        for extension in dicts(coding.get("extension")):
            said = extension.get("valueCoding")
            if text(extension.get("url")).endswith(_CERTAINTY) and isinstance(said, dict):
                return _CERTAINTIES.get(text(said.get("code")), "")
    return ""


def clinical(condition: Json) -> str:
    """active, recurrence, relapse, inactive, remission, resolved, or "" if not recorded."""
    status = _status(condition, "clinicalStatus")
    return next((word for word in CLINICAL if word in status), "")


def is_active(condition: Json) -> bool:
    """Recorded as active (or relapsed), with no abatement."""
    return clinical(condition) in ("active", "recurrence", "relapse") and not abated(condition)


def is_over(condition: Json) -> bool:
    """Recorded as inactive, resolved or in remission, or with an abatement."""
    return clinical(condition) in _GONE or abated(condition)


def abated(condition: Json) -> bool:
    return any(
        element.startswith("abatement") and value is not False
        for element, value in condition.items()
    )


def abatement(condition: Json) -> When:
    return when(condition, "abatementDateTime", "abatementPeriod")


def onset(condition: Json, resources: Resources) -> When:
    """The recorded beginning, as wide as it is written; `UNDATED` if there is none."""
    found = day(condition.get("onsetDateTime"))
    start, end = span(condition.get("onsetPeriod"))
    found = start if found == UNDATED else found
    if found == UNDATED and end != UNDATED:
        return When.until(end.last)
    if found == UNDATED:
        found = _at_age(condition, resources)
    return found if found != UNDATED else named_date(text(condition.get("onsetString")))


def recorded(condition: Json) -> When:
    """Some day, not after the record was made."""
    return until(condition.get("recordedDate"))


def begun(condition: Json, resources: Resources) -> When:
    """The onset, else some day not after the record was made."""
    found = onset(condition, resources)
    return found if found != UNDATED else recorded(condition)


def named_date(text: str) -> When:
    """The one year, month or day that prose names ("approx spring 2019"); else `UNDATED`."""
    found = list(_YEAR_MONTH.finditer(normal(text)))
    if len(found) != 1:
        return UNDATED
    year, month, of_month, other_month, other_year = found[0].groups()
    parts = [year or other_year, month or other_month, of_month]
    return day("-".join(part for part in parts if part))


def _at_age(condition: Json, resources: Resources) -> When:
    value = condition.get("onsetAge", condition.get("onsetRange"))
    amount, unit = quantity(value)
    birth = day(resources.patient().get("birthDate"))
    if (
        not amount.recorded
        or birth == UNDATED
        or unit.lower() not in ("a", "years", "year", "yr")
    ):
        return UNDATED
    first, last = birth.first.year + int(amount.low), birth.last.year + int(amount.high) + 1
    in_calendar = date.min.year < first <= last < date.max.year
    return When(date(first, 1, 1), date(last, 12, 31)) if in_calendar else UNDATED


def _status(condition: Json, element: str) -> frozenset[str]:
    """Its codes and words in lower case; a string in the place of a concept is its words."""
    return codeable(condition.get(element)).derived(_codes_and_words)


def _codes_and_words(concept: Codeable) -> frozenset[str]:
    codes = {coding.code.lower() for coding in concept.codings}
    return frozenset(codes | {part.strip() for part in concept.words.split("|")})
