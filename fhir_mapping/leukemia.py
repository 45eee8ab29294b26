"""Is this Condition acute myeloid leukemia, or acute promyelocytic leukemia, of the patient?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aml.patient import DiagnosisKind
from fhir_mapping.answers import Json
from fhir_mapping.codeable import Codeable, codeable
from fhir_mapping.codes import concepts_named, concepts_of, given_way
from fhir_mapping.problems import verification
from fhir_mapping.resources import BUNDLE, Resources
from fhir_mapping.values import codings, words

_CELL = (
    r"(?:myeloid|myelogenous|myelogenic|myeloblastic|myelocytic|myelomonocytic|monocytic|"
    r"monoblastic|monoblastic/monocytic|monoblastic and monocytic|erythroid|megakaryoblastic|"
    r"megakaryocytic|basophilic|non-?lymphocytic|non-?lymphoblastic)"
)
_LEUKEMIA = r"leuk(?:a?e|ä)mi[ae]"
_ZELLE = (
    r"(?:myeloische|myeloide|myelo-?monozytäre|monozytäre|monozyten|myeloblasten|myeloblastische|"
    r"monoblasten|"
    r"monoblastäre|monoblastische|megakaryoblasten|megakaryoblastäre|megakaryozytäre|"
    r"erythroide)"
)
# French, Italian, Spanish, Portuguese, Dutch, Danish, Swedish and Norwegian.
_ELSEWHERE = (
    r"leuc[eé]mie (?:aig(?:u[ëe]|üe) my[eé]lo\w+|my[eé]lo\w+ aig(?:u[ëe]|üe))|"
    r"leuc[eéè]mia (?:(?:acuta|aguda) miel\w+|miel\w+ (?:acuta|aguda))|"
    r"acute myelo(?:ïde|ide|blasten) ?leukemie|akut\w* myelo\w+ leuk[æe]mi\b"
)
_AML = re.compile(
    rf"(?<![a-z0-9])(?:{_ELSEWHERE}|(?:[st]-?)?aml(?!\w)|acute (?:[\w-]+ )?{_CELL} {_LEUKEMIA}|"
    rf"(?<!chronic ){_CELL} {_LEUKEMIA},? acute|{_LEUKEMIA},? {_CELL},? acute|"
    rf"{_LEUKEMIA},? acute,? {_CELL}|acute {_LEUKEMIA},? {_CELL}\b|"
    rf"erythroleuk(?:a?e|ä)mi[ae]|pure erythroid leuk(?:a?e|ä)mi[ae]|"
    rf"akute[rns]? {_ZELLE}[ -]?{_LEUKEMIA}|{_ZELLE} {_LEUKEMIA},? akut)"
)
_NOT_APL = re.compile(
    r"\b(?:non-?|not |no |excluding |exclud\w+ |other than |except (?:for )?|ohne |keine? |"
    r"nicht |"
    r"außer |without )(?:acute |akute )?(?:apl|m3|promyel\w+(?: leuk\w+)?|pml\W{1,2}rara)\b|"
    r"\b(?:apl|m3) (?:was |wurde )?(?:excluded|ruled out|ausgeschlossen)"
)
_APL = re.compile(
    r"(?<![a-z0-9])apm?l(?!\w)|promyelo(?:cyt|zyt)\w*[ -]?leuk\w+|"
    r"leuc[eéè]mi\w+ (?:[\w-]+ )?prom[iy][eé]lo|"
    r"leuk\w+,? (?:acute )?promyel|"
    r"promyelozytenleuk\w+|\b(?:fab[ -]?|aml[ -]?)m3v?\b|\bm3v?\b.*(?:aml|leuk)|"
    r"pml\W{1,2}rar|t\(15;17\)"
)
# Angiomyolipoma of the kidney, the anterior mitral leaflet, antiphospholipid syndrome.
_OTHER_MEANINGS = re.compile(
    r"angiomyolip|antiphosph|lupus|phospholipid|\baml\b[^|]{0,25}\b(?:kidney|renal|niere\w*|"
    r"mitral|leaflet|prolapse?)|\b(?:kidney|renal|niere\w*|mitral\w*)[^|]{0,25}\baml\b"
)
_OTHER_LEUKEMIA = re.compile(
    r"lympho(?:blastic|cytic|id)|lymphatische|lymphoblastisch|chronic|chronische|\bcml\b|"
    r"\bcll\b|"
    r"\bcmml\b|\ball\b|lymphoma?\b|myeloma?\b|\bmds\b|myelodysplas|carcinoma|karzinom"
)
_RELATIVES = re.compile(
    r"family|familie\w*|familiär\w* (?:häufung|belastung|anamnese)|\bfh\b|\bfhx\b|\bfhx?:|"
    r"\b(?:grand)?(?:mother|father)|(?:brother|sister|sibling|bruder|schwester)(?! donor)|"
    r"\b(?:groß|schwieger)?(?:mutter|vater)\b|maternal|paternal|"
    r"\b(?:familiaux|famille|famiglia|familiares|m[èe]re|p[èe]re|fr[èe]re|s(?:œ|oe)ur|moeder|"
    r"broer|madre|padre|hermano|hermana|fratello|sorella)\b"
)
_FAMILIAL_AML = re.compile(r"\bfamilial (?:aml|acute|predisposition)")
_HISTORY = re.compile(
    r"\b(?:history of|h/o|hx of|hx:|history:|personal history|past history|status post|s/p|"
    r"z\. ?n\.|zustand nach|anamnestisch\w*|in der vorgeschichte|previous|prior|former|"
    r"ehemalige?|"
    r"ant[eé]c[eé]dents?|antecedentes?|voorgeschiedenis|storia|anamnesi|tidligere|"
    r"survivor of)(?![a-z]) ?(?:[\w-]+ ){0,3}$"
)
_HISTORY_AFTER = re.compile(
    r"^[^|]{0,40}(?:in (?:personal |past )?history|in der (?:vorgeschichte|anamnese)|\(history)"
)
_DENIED = re.compile(
    r"\b(?:no|not|kein\w*|nicht|ohne|without|negative for|excluded|excludes|denies|ruled out|"
    r"pas|absence|sans|exclusion|geen|niet|sin|ausencia|descart\w+|senza|assenza|nessun\w*|"
    r"n[ãa]o|ingen|ikke|inte)"
    r"(?! (?:de novo|otherwise))[: ] ?(?:[\w'’-]+ ){0,3}$"
)
_DENIED_AFTER = re.compile(
    r"^ ?(?::|=|-) ?(?:no|nein|none|negativ(?:e|er)?) ?(?=$|[|,;.)])|"
    r"^,? ?\(?(?:was |is |wurde )?(?:ruled out|excluded|ausgeschlossen|not confirmed|"
    r"nicht bestätigt|unlikely|exclue?|éliminée?|infirmée?|descartada|excluida|esclusa|"
    r"uitgesloten|udelukket|utesluten)"
)

_HIDING = frozenset(
    {
        "aml", "apl", "acute_leukemia_unspecified", "myeloid_leukemia_unspecified",
        "other_myeloid_leukemia", "mds", "mds_mpn", "chronic_myeloid", "leukemia_history",
        "hsct_status", "hsct_complication", "myeloid_sarcoma", "gvhd", "gvhd_acute",
        "gvhd_chronic",
    }
)  # fmt: skip
_HIDING_WORDS = re.compile(
    r"leuk(?:a?e|ä)mi|leuc[eéè]mi|leukæmi|my[eé]lo[iï]d|mielo[ií]d|(?<![a-z])(?:aml|apl|mds|mpn|cmml)(?![a-z0-9])|myelodysplas|myeloid|"
    r"myeloisch|myeloproliferat|granulocytic sarcoma|chloroma|blast(?:en)?(?:krise| crisis|"
    r" phase)|"
    r"stem cell|stammzell|marrow transplant|\bhs?ct\b|\bbmt\b|graft.versus.host|\bgvhd\b"
)
_SURELY_OTHER = re.compile(r"\b(?:lymphocytic|lymphoblastic|lymphatische|cll)\b")
_CLASSIFICATIONS = ("http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-9")


@dataclass(frozen=True, slots=True)
class Leukemia:
    """AML or APL, or None; `reason`: why something that names it is not a diagnosis."""

    kind: DiagnosisKind | None = None
    reason: str = ""
    from_text: bool = False


def leukemia_of(condition: Json) -> Leukemia:
    """What a Condition says of AML; any hint of APL in it makes it APL."""
    named = codeable(condition.get("code")).derived(_named)
    if named.kind is None:
        return named
    reason = verification(condition) or named.reason
    return Leukemia(reason=reason) if reason else named


def _named(code: Codeable) -> Leukemia:
    """What the code and its words name, and why it may be no diagnosis all the same."""
    concepts, said = concepts_named(code), code.words
    if "leukemia_history" in concepts:
        return Leukemia(reason="personal-history")
    kind, from_text = _kind(concepts, said)
    if kind is None:
        set_aside = {row.concept for row in given_way(code)} & {"aml", "apl"}
        return Leukemia(reason="conflicting" if set_aside else "")
    reason = _not_a_diagnosis(said)
    if not reason and not from_text and _speaks_of_another(said):
        reason = "conflicting"
    return Leukemia(kind, reason, from_text)


def aml_possible(resources: Resources) -> bool:
    """Could the rest of the record hold AML? Looks only at the Conditions.

    True where one names AML or APL (unconfirmed too), where one could hide it, cannot be read,
    or where the Conditions were not read in full.
    """
    if any(entry.query in ("conditions", BUNDLE) for entry in resources.unread):
        return True
    return any(_could_hide_aml(condition) for condition in resources.of("Condition"))


def _could_hide_aml(condition: Json) -> bool:
    leukemia = leukemia_of(condition)
    if leukemia.kind is not None:
        return True
    if verification(condition) in ("entered-in-error", "refuted"):
        return False
    code = condition.get("code")
    said = words(code)
    if concepts_of(code) & _HIDING:
        return True
    if _HIDING_WORDS.search(said):
        return leukemia.reason != "family-history" and not _SURELY_OTHER.search(said)
    classified = any(coding.system.startswith(_CLASSIFICATIONS) for coding in codings(code))
    return not said and not classified


def _kind(concepts: frozenset[str], said: str) -> tuple[DiagnosisKind | None, bool]:
    worded = "" if _OTHER_MEANINGS.search(said) else said
    apl_words = bool(_APL.search(_NOT_APL.sub(" ", worded)))
    aml_words = bool(_AML.search(worded))
    if "apl" in concepts or apl_words:
        return DiagnosisKind.APL, "apl" not in concepts
    if "aml" in concepts or aml_words:
        return DiagnosisKind.AML, "aml" not in concepts
    return None, False


def _not_a_diagnosis(said: str) -> str:
    """The reason why words that name AML do not diagnose it here, in any of the wordings."""
    for part in said.split(" | "):
        if _RELATIVES.search(part) and not _FAMILIAL_AML.search(part):
            return "family-history"
        match = _AML.search(part) or _APL.search(part)
        if match and (
            _DENIED.search(part[: match.start()]) or _DENIED_AFTER.search(part[match.end() :])
        ):
            return "refuted"
        if match and (
            _HISTORY.search(part[: match.start()]) or _HISTORY_AFTER.search(part[match.end() :])
        ):
            return "personal-history"
    return ""


def _speaks_of_another(said: str) -> bool:
    """A code for AML beside words that are only of another disease."""
    parts = said.split(" | ") if said else []
    named = [part for part in parts if _AML.search(part) or _APL.search(part)]
    others = [part for part in parts if _OTHER_LEUKEMIA.search(part) and part not in named]
    return bool(others) and not named
