"""Conditions as facts: leukemia, responses that a diagnosis carries, comorbidities."""

from __future__ import annotations

import re
from datetime import timedelta

from aml.patient import (
    UNDATED,
    Comorbidity,
    Diagnosis,
    DiagnosisKind,
    Extramedullary,
    Finding,
    Response,
    ResponseCategory,
    Source,
    When,
)
from fhir_mapping.answers import Json
from fhir_mapping.codeable import Codeable, codeable
from fhir_mapping.codes import concepts_named, concepts_of
from fhir_mapping.drugs import antileukemic
from fhir_mapping.gvhd import read_gvhd
from fhir_mapping.leukemia import Leukemia, leukemia_of
from fhir_mapping.problems import (
    abated,
    abatement,
    begun,
    clinical,
    is_over,
    named_date,
    onset,
    recorded,
    verification,
)
from fhir_mapping.resources import Resources
from fhir_mapping.treatment import read_courses
from fhir_mapping.values import until, words

__all__ = [
    "read_comorbidities",
    "read_diagnoses",
    "read_extramedullary",
    "read_gvhd",
    "read_responses",
]

# A problem is written down within weeks of its onset; a date of recording this near to it is
# that of the diagnosis, and bounds nothing that was changed in the same row later.
WRITTEN_AT_ONSET = timedelta(days=21)

_REMISSION = re.compile(r"\bin (?:[\w.]+ ){0,3}remission\b|\b(?:in )?cr[12i]?\b|^remission\b")
_CODE_OF_REMISSION = re.compile(r"C92\.?31")
_NO_REMISSION = re.compile(
    r"\b(?:not|never|without|no|ohne|nicht|keine|failed to)\b(?: [\w.]+){0,4} (?:remission|cr)|"
    r"partial|teilremission|partiell|"
    r"\b(?:remission|cr)(?: achieved| erreicht)? ?(?::|=|-) ?(?:no|nein|none)\b"
)
_RELAPSE = re.compile(r"\b(?:relapsed?|recurren(?:t|ce)|rezidiv\w*|wiederauftreten)\b")
_NO_RELAPSE = re.compile(
    r"\b(?:no|none|nein|not|without|risk|kein\w*|ohne|nicht|never|free|frei\w*|prevent\w*|refractory|"
    r"refraktär\w*|history|r/r|prophyla\w*)\b"
)
_RELAPSE_ROW = re.compile(
    r"(?:relapsed?|recurrent|recurrence|rezidiv\w*)(?: of| einer| der| bei)? (?:aml|acute|"
    r"akut\w+)|"
    r"(?:aml|leuk\w+)[ ,-]+(?:in |im )?(?:relapse|recurrence|rezidiv)\b"
)
_RELAPSE_DATE = re.compile(
    r"(?:relapsed?|recurren(?:t|ce)|rezidiv\w*)[^\d|]{0,12}(\d[\d./-]{3,9})"
)
_SHORT_DATE = re.compile(r"(\d{1,2})[/.](\d\d)$")

_SITE = re.compile(
    r"myeloid sarcoma|granulocytic sarcoma|chloroma|chlorom\b|myelosarkom|myeloisches sarkom|"
    r"granulozytäres sarkom|leuk(?:a?e|ä)mia cutis|leukaemia cutis|"
    r"extramedullary (?:aml|leuk\w+|relapse|disease|manifestation|involvement)|"
    r"extramedulläre\w* (?:aml|leuk\w+|rezidiv|manifestation|befall)|"
    r"(?:cns|zns|meningeal|central nervous system)[ -](?:involvement|relapse|leuk\w+|aml|"
    r"befall|"
    r"rezidiv)|leukemic meningitis|mening(?:e|i)osis leuc?k?aemica|meningeosis leukaemica"
)
_OF_MYELOID = re.compile(r"m[iy][eé]l|leu[kc]|\baml\b|sar[ck]om|chlorom|extramed|granulo")
_NO_SITE = re.compile(
    r"\b(?:no|none|nein|without|ohne|kein\w*|excluded|ausgeschlossen|history|z\. ?n)\b"
)

_COMORBIDITIES = (
    (
        "heart-failure",
        "heart_failure",
        re.compile(r"heart failure|congestive heart disease|herzinsuffizienz|cardiac failure"),
    ),
    (
        "stable-angina",
        "stable_angina",
        re.compile(
            r"(?<!un)stable angina|stabile angina|angina pectoris,? stab|chronic angina"
        ),
    ),
    (
        "vod",
        "vod",
        re.compile(
            r"(?<!pulmonary )veno-?occlusive disease|sinusoidal obstruction|"
            r"venenverschluss\w*|\bvod\b"
        ),
    ),
)
_NO_COMORBIDITY = re.compile(
    r"\b(?:no|none|nein|without|ohne|kein\w*|history of|h/o|family|instabil\w*|unstable|"
    r"prophyla\w*|ausgeschlossen|ruled out|z\. ?n|at risk|risk of)\b"
)


def read_diagnoses(resources: Resources) -> tuple[Diagnosis, ...]:
    """AML and APL, confirmed or undisputed; what is not says so in `ignored`.

    Date: the onset, else some day not after it was recorded. The onset of a row that names a
    relapse is only a bound for the diagnosis.
    """
    found = []
    for condition in resources.of("Condition"):
        leukemia = leukemia_of(condition)
        if leukemia.reason:
            resources.ignore(condition, leukemia.reason)
        if leukemia.kind is not None:
            when = begun(condition, resources)
            if codeable(condition.get("code")).derived(_names_relapse) and when != UNDATED:
                when = When.until(when.last)
            found.append(
                Diagnosis(leukemia.kind, when, _source(condition, resources, leukemia))
            )
    return tuple(found)


def read_responses(resources: Resources) -> tuple[Response, ...]:
    """Remission and relapse as an AML Condition carries them; never refractory.

    A status says little on its date: remission until it was recorded or abated, relapse at the
    onset only of a row of its own: another AML row, or treatment, is earlier. A row that says
    both is in conflict and says nothing.
    """
    rows = [
        (c, leukemia)
        for c in resources.of("Condition")
        if (leukemia := leukemia_of(c)).kind is DiagnosisKind.AML
    ]
    onsets = [onset(c, resources) for c, _ in rows]
    found = []
    for condition, leukemia in rows:
        remission, relapse = _says_remission(condition), _says_relapse(condition)
        if remission and relapse:
            resources.ignore(condition, "conflicting")
            continue
        source = _source(condition, resources, leukemia)
        if remission:
            when = abatement(condition) if abated(condition) else UNDATED
            when = when if when != UNDATED else _known_by(condition, resources)
            found.append(Response(when, ResponseCategory.REMISSION, source))
        if relapse:
            earlier = any(o.last < onset(condition, resources).first for o in onsets)
            when = _relapse_date(condition, resources, is_second_row=earlier)
            found.append(Response(when, ResponseCategory.RELAPSE, source))
    return tuple(found)


def read_extramedullary(resources: Resources) -> tuple[Extramedullary, ...]:
    """Myeloid sarcoma and other extramedullary leukemia as a Condition, unless in remission."""
    found = []
    for condition in resources.of("Condition"):
        code = codeable(condition.get("code"))
        site, coded = code.derived(_site)
        if not site:
            continue
        reason = verification(condition)
        if not reason and code.derived(_is_of_another):
            reason = "conflicting"
        if reason:
            resources.ignore(condition, reason)
        elif not _says_remission(condition):
            source = Source(resources.name(condition), "code", code.said, from_text=not coded)
            when = begun(condition, resources)
            found.append(Extramedullary(when, Finding.DETECTED, site, source))
    return tuple(found)


def _is_of_another(code: Codeable) -> bool:
    """Beside its code stand words, and none of them speaks of a myeloid disease."""
    said = code.words
    return bool(said) and not _SITE.search(said) and not _OF_MYELOID.search(said)


def _site(code: Codeable) -> tuple[str, bool]:
    """The extramedullary disease that is named, "" for none; and whether it is coded."""
    coded = "myeloid_sarcoma" in concepts_named(code)
    site = _SITE.search(code.words)
    if not (site or coded) or _NO_SITE.search(code.words):
        return "", coded
    return site[0] if site else "myeloid sarcoma", coded


def read_comorbidities(resources: Resources) -> tuple[Comorbidity, ...]:
    """Heart failure, stable angina and veno-occlusive disease of the liver."""
    found = []
    for condition in resources.of("Condition"):
        code = codeable(condition.get("code"))
        for name, coded in code.derived(_comorbidities):
            reason = verification(condition)
            if reason:
                resources.ignore(condition, reason)
                continue
            source = Source(resources.name(condition), "code", code.said, from_text=not coded)
            active, when = not is_over(condition), begun(condition, resources)
            found.append(Comorbidity(name, when, active, source))
    return tuple(found)


def _comorbidities(code: Codeable) -> tuple[tuple[str, bool], ...]:
    """Which of them are named, and whether by a code."""
    if _NO_COMORBIDITY.search(code.words):
        return ()
    concepts = concepts_named(code)
    return tuple(
        (name, concept in concepts)
        for name, concept, pattern in _COMORBIDITIES
        if concept in concepts or pattern.search(code.words)
    )


def _source(condition: Json, resources: Resources, leukemia: Leukemia) -> Source:
    said = _said(condition)
    return Source(resources.name(condition), "code", said, from_text=leukemia.from_text)


def _said(condition: Json) -> str:
    return codeable(condition.get("code")).said


def _says_remission(condition: Json) -> bool:
    named = codeable(condition.get("code")).derived(_names_remission)
    return named or clinical(condition) == "remission"


def _names_remission(code: Codeable) -> bool:
    worded = any(
        _REMISSION.search(part) and not _NO_REMISSION.search(part)
        for part in code.words.split(" | ")
    )
    return (
        worded
        or "aml_remission" in concepts_named(code)
        or any(_CODE_OF_REMISSION.match(coding.code) for coding in code.codings)
    )


def _says_relapse(condition: Json) -> bool:
    named = codeable(condition.get("code")).derived(_names_relapse)
    return named or clinical(condition) in ("relapse", "recurrence")


def _names_relapse(code: Codeable) -> bool:
    """The code or its words are those of a relapse, not only the clinicalStatus."""
    worded = any(
        _RELAPSE.search(part) and not _NO_RELAPSE.search(part)
        for part in code.words.split(" | ")
    )
    return worded or "aml_relapse" in concepts_named(code)


def _relapse_date(condition: Json, resources: Resources, *, is_second_row: bool) -> When:
    written = _RELAPSE_DATE.search(words(condition.get("code")))
    if written and (named := _short_or_long(written[1])) != UNDATED:
        return named
    own = onset(condition, resources)
    if own == UNDATED:
        return _known_by(condition, resources)
    code = condition.get("code")
    own_row = "aml_relapse" in concepts_of(code) or _RELAPSE_ROW.search(words(code))
    if is_second_row or (own_row and _treated_before(own, resources)):
        return own
    return _known_by(condition, resources)


def _treated_before(when: When, resources: Resources) -> bool:
    """Leukemia was treated earlier, so what began then was not the first diagnosis."""
    return any(
        course.start.last < when.first and antileukemic(course.drugs)
        for course in read_courses(resources)
    )


def _short_or_long(written: str) -> When:
    """`3/24` and `03.24` are a month and a year of this century."""
    short = _SHORT_DATE.match(written)
    if short:
        written = f"{int(short[1]):02}/20{short[2]}"
    return named_date(written)


def _known_by(condition: Json, resources: Resources) -> When:
    """Some day, not after the row was recorded; if that was at onset, not after its change."""
    bound, began = recorded(condition), onset(condition, resources)
    at_onset = began.exact and bound != UNDATED and bound.last - began.last <= WRITTEN_AT_ONSET
    if not at_onset:
        return bound
    meta = condition.get("meta")
    changed = until(meta.get("lastUpdated")) if isinstance(meta, dict) else UNDATED
    return changed if changed.last > bound.last else UNDATED
