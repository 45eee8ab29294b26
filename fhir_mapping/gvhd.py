"""Graft-versus-host disease, as Conditions and as what Observations and reports state."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aml.patient import UNDATED, Gvhd, GvhdActivity, Source, When
from fhir_mapping.answers import Json, dicts, text
from fhir_mapping.codeable import Codeable, codeable
from fhir_mapping.codes import concepts_of
from fhir_mapping.concerns import concern
from fhir_mapping.gist import Gist
from fhir_mapping.observations import observations
from fhir_mapping.problems import (
    abatement,
    begun,
    is_active,
    is_over,
    verification,
)
from fhir_mapping.questions import spelled_out
from fhir_mapping.resources import Resources
from fhir_mapping.values import normal, plain, sample_when, usable, words

_NAME = (
    r"(?:a|c|acute |chronic |akute |chronische |late-onset )?(?:gvhd|gvh\b|"
    r"graft[- ]?(?:versus|vs\.?|v)"
    r"[- ]?host|spender-gegen-empfänger|gvh-?(?:d|erkrankung|reaktion|krankheit))"
)
_GVHD = re.compile(rf"(?<![a-z]){_NAME}")
_NOT_ABOUT = re.compile(
    r"prophyla\w*|prevent\w*|vorbeug\w*|risk|risiko|family|education|assessment tool|"
    r"relapse-free|"
    r"grfs|transfusion-associated"
)
_NEVER = re.compile(
    rf"\b(?:no (?:prior |previous )?history of|never (?:had |developed )?(?:any )?|"
    rf"no (?:prior|previous)|history of {_NAME}: ?no|bisher keine?|nie(?:mals)? (?:eine )?)"
    rf" ?(?:acute or chronic |acute |chronic )?{_NAME}"
)
_BETWEEN = (
    r"(?:(?:acute|chronic|active|ongoing|current|currently|clinical|signs?|symptoms?|"
    r"evidence|of|"
    r"or|and|any|overt|a|c|akute[rn]?|chronische[rn]?|aktive[rn]?|oder|und|hinweise?|anzeichen|"
    r"auf|für|eine[rn]?|klinische[nr]?)[ /]+){0,6}"
)
_NOT_NOW = re.compile(
    rf"\b(?:no|not|without|negative for|free of|keine?|ohne) {_BETWEEN}{_NAME}|"
    rf"{_NAME} ?(?:status|activity|grade|score|disease)? ?(?:[:=-]|is|was|currently|aktuell)* ?"
    rf"(?:not present|absent|negative|none|nein|no|keine|inactive|inaktiv|not active|"
    rf"nicht aktiv|ruled out|excluded|ausgeschlossen|free|"
    rf"(?:grade|grad|stage) ?0) ?(?:$|[.,;|(])"
)
_ASSERTED = re.compile(
    r"\b(?:active|aktive?|ongoing|flare|biopsy[- ]proven|confirmed|present|vorhanden|"
    r"new[- ]onset|"
    r"diagnosed|under treatment|bestätigt\w*|histologisch gesichert\w*)\b"
)
_RESOLVED = re.compile(
    r"\b(?:resolved|abgeheilt\w*|abgeklungen\w*|in remission|history of|h/o|past|prior|"
    r"previous\w*|"
    r"status post|s/p|z\. ?n|zustand nach|ausgeheilt\w*|quiescent|former)\b"
)
_DOUBT = re.compile(
    r"\?|\b(?:possible|suspected|suspicio\w+|rule out|r/o|verdacht\w*|v\. ?a|fraglich\w*|"
    r"consider|"
    r"versus(?![- ]host)|vs\b(?!\.?[- ]?host)|differential|unclear|unklar|if|falls|planned|"
    r"watch for|monitor\w*)\b"
)
_ACUTE = re.compile(r"\b(?:acute|akute\w*|agvhd)\b")
_CHRONIC = re.compile(r"\b(?:chronic|chronische\w*|cgvhd)\b")
_GRADE = re.compile(
    r"(?:\b(?:grade|grad|stage|glucksberg|magic)|°)[ :]*(iv|iii|ii|i|[1-4])"
    r"(?:\s*(?:-|to|bis|/)\s*(iv|iii|ii|i|[1-4]))?(?:\b|°)|\b(mild|moderate|severe|limited|"
    r"extensive|leicht\w*|mittelschwer\w*|moderat\w*|schwer\w*|mäßig\w*)\b"
)
_ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}
_PLAIN_GRADE = (
    ("mittelschwer", "moderate"),
    ("moderat", "moderate"),
    ("mäßig", "moderate"),
    ("leicht", "mild"),
    ("schwer", "severe"),
)
_GRAVITY = (
    GvhdActivity.ACTIVE,
    GvhdActivity.RESOLVED,
    GvhdActivity.NOT_NOW,
    GvhdActivity.NEVER,
)
_BARE_GRADE = re.compile(r"(?:iv|iii|ii|i|[0-4])(?:-(?:iv|iii|ii|i|[1-4]))?")
_YES = frozenset({"yes", "ja", "true", "present", "positive", "active", "aktiv", "vorhanden"})
_NO = frozenset({"no", "nein", "false", "absent", "negative", "none", "not present", "keine"})


def read_gvhd(resources: Resources) -> tuple[Gvhd, ...]:
    """What is stated on GVHD. Nothing found says nothing: absence has to be stated."""
    conditions = (_from_condition(c, resources) for c in resources.of("Condition"))
    results = (_from_result(o, resources) for o in observations(resources, may_name_gvhd))
    return tuple(gvhd for gvhd in (*conditions, *results) if gvhd is not None)


@concern
def may_name_gvhd(gist: Gist) -> bool:
    return gist.code.derived(_names_gvhd) or _GVHD.search(normal(gist.said)) is not None


def _names_gvhd(code: Codeable) -> bool:
    return _GVHD.search(code.words) is not None


def _from_condition(condition: Json, resources: Resources) -> Gvhd | None:
    concepts, said = concepts_of(condition.get("code")), words(condition.get("code"))
    coded = concepts & {"gvhd", "gvhd_acute", "gvhd_chronic"}
    if not coded and not _GVHD.search(said):
        return None
    if _NOT_ABOUT.search(said) or "gvhd_prophylaxis" in concepts:
        return None
    reason = verification(condition)
    if reason:
        resources.ignore(condition, reason)
        return None
    activity = _stated(said)
    if activity is None or activity is GvhdActivity.ACTIVE:
        activity = _activity(condition)
    if activity is None:
        resources.ignore(condition, "unreadable")
        return None
    when = begun(condition, resources)
    if activity is GvhdActivity.RESOLVED and when == UNDATED:
        when = When.until(abatement(condition).last)
    source = Source(
        resources.name(condition),
        "code",
        codeable(condition.get("code")).said,
        from_text=not coded,
    )
    return Gvhd(when, activity, _kind(said, concepts), _grade(_all_words(condition)), source)


def _activity(condition: Json) -> GvhdActivity | None:
    """Active only where that is recorded and nothing says it is over; None if neither is."""
    if is_over(condition):
        return GvhdActivity.RESOLVED
    return GvhdActivity.ACTIVE if is_active(condition) else None


def _from_result(observation: Json, resources: Resources) -> Gvhd | None:
    asked = words(observation.get("code"))
    about = bool(_GVHD.search(asked)) and not _NOT_ABOUT.search(asked)
    for element, written in _statements(observation):
        found = _answer(asked, written) if about else _statement(written)
        if found is None:
            continue
        if not usable(observation):
            resources.ignore(observation, _standing(observation))
            return None
        activity, said = found
        when = sample_when(observation, resources)
        if element == "valueBoolean":
            written = f"{asked}: {str(observation[element]).lower()}"
        source = Source(resources.name(observation), element, plain(written), from_text=True)
        kind = _kind(f"{asked} {said}", frozenset())
        return Gvhd(when, activity, kind, _grade(said), source)
    return None


def _standing(observation: Json) -> str:
    in_error = observation.get("status") == "entered-in-error"
    return "entered-in-error" if in_error else "not-final"


def _statements(observation: Json) -> Iterator[tuple[str, str]]:
    if "valueBoolean" in observation:
        yield "valueBoolean", "yes" if observation["valueBoolean"] is True else "no"
    if isinstance(observation.get("valueInteger"), int):
        yield "valueInteger", str(observation["valueInteger"])
    for element in ("valueString", "valueCodeableConcept"):
        value = observation.get(element)
        written = value if isinstance(value, str) else words(value)
        if written:
            yield element, written
    for note in dicts(observation.get("note")):
        if text(note.get("text")):
            yield "note", text(note.get("text"))


def _answer(asked: str, written: str) -> tuple[GvhdActivity, str] | None:
    """The answer to a question on GVHD: "Active GVHD: yes", "GVHD: grade II skin"."""
    said = normal(written).strip(" .")
    if _BARE_GRADE.fullmatch(said) and re.search(r"\b(?:grade|grad|stage)\b", asked):
        said = f"grade {said}"
    if said in _NO:
        past = re.search(r"\b(?:history|prior|ever|previous|anamnes\w*|jemals)\b", asked)
        return (GvhdActivity.NEVER if past else GvhdActivity.NOT_NOW), said
    if said in _YES:
        past = _RESOLVED.search(asked)
        return (GvhdActivity.RESOLVED if past else GvhdActivity.ACTIVE), said
    stated = _statement(written) if _GVHD.search(said) else None
    if stated:
        return stated
    if re.fullmatch(r"(?:grade|grad|stage) ?0|resolved|inactive|inaktiv|abgeheilt", said):
        over = "0" not in said and not said.startswith("ina")
        return (GvhdActivity.RESOLVED if over else GvhdActivity.NOT_NOW), said
    graded = _grade(said) and not _DOUBT.search(said) and not _RESOLVED.search(said)
    return (GvhdActivity.ACTIVE, said) if graded else None


def _statement(written: str) -> tuple[GvhdActivity, str] | None:
    """Of several sentences the gravest: one that finds GVHD outweighs one that denies it."""
    sentences = re.split(r"(?<=[a-z0-9)])(?<!vs)(?<!v\.a)(?<!z\.n)\.\s|[;\n]", normal(written))
    stated = [(found, s) for s in sentences if (found := _stated(s)) is not None]
    return min(stated, key=lambda pair: _GRAVITY.index(pair[0]), default=None)


def _stated(said: str) -> GvhdActivity | None:
    """What a sentence that names GVHD states, negatives first; None for doubt."""
    said = spelled_out(said)
    if not _GVHD.search(said) or _NOT_ABOUT.search(said):
        return None
    if _NEVER.search(said):
        return GvhdActivity.NEVER
    if _DOUBT.search(said):
        return None
    asserted = _NOT_NOW.sub(" ", said)
    if _GVHD.search(asserted):
        return _asserted(asserted)
    return GvhdActivity.NOT_NOW


def _asserted(said: str) -> GvhdActivity | None:
    if _RESOLVED.search(said):
        return GvhdActivity.RESOLVED
    return GvhdActivity.ACTIVE if _ASSERTED.search(said) or _grade(said) else None


def _kind(said: str, concepts: frozenset[str]) -> str:
    acute = "gvhd_acute" in concepts or bool(_ACUTE.search(said))
    chronic = "gvhd_chronic" in concepts or bool(_CHRONIC.search(said))
    if acute == chronic:
        return ""
    return "acute" if acute else "chronic"


def _grade(said: str) -> str:
    match = _GRADE.search(said)
    if not match:
        return ""
    if match[3]:
        german = (english for stem, english in _PLAIN_GRADE if match[3].startswith(stem))
        return next(german, match[3])
    low, high = (_ROMAN.get(part or "", (part or "").upper()) for part in match.groups()[:2])
    return f"{low}-{high}" if high else low


def _all_words(condition: Json) -> str:
    stages = [
        words(stage.get(part))
        for stage in dicts(condition.get("stage"))
        for part in ("summary", "type")
    ]
    notes = [normal(text(note.get("text"))) for note in dicts(condition.get("note"))]
    return " | ".join(
        [words(condition.get("code")), *stages, words(condition.get("severity")), *notes]
    )
