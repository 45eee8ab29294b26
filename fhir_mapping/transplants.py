"""Stem cell transplants and lymphocyte infusions that took place."""

from __future__ import annotations

import re

from aml.patient import (
    UNDATED,
    LymphocyteInfusion,
    Source,
    Transplant,
    TransplantKind,
    When,
)
from fhir_mapping.answers import Json, text
from fhir_mapping.codeable import Codeable, codeable
from fhir_mapping.codes import concepts_named, concepts_of
from fhir_mapping.problems import begun, verification
from fhir_mapping.resources import Resources
from fhir_mapping.values import codings, day, span, when, words

_PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
# Transfusion (302) of bone marrow (G), T-cell depleted (U), cord blood (X) or stem cells (Y),
# into a vein or an artery. Seventh character: 0 autologous, 1 nonautologous (older codes),
# 2 related, 3 unrelated, 4 allogeneic without more.
_PCS_TRANSPLANT = re.compile(r"302[3-6][03]([GUXY])([0-4])", re.IGNORECASE)
_PCS_WHITE_CELLS = re.compile(r"302[3-6][03]Q1", re.IGNORECASE)
_PCS_DONORS = {"2": "related donor", "3": "unrelated donor"}

_GRAFT = (
    r"(?:(?:blut|knochenmark)?(?:stammzell)?transplant\w*|(?:allo|auto|haplo)?-?h?s(?:c|z)t|"
    r"(?:allo|auto|haplo)?-?hsct|(?:allo|auto)?-?hct|"
    r"(?:allo|auto)?-?bmt|(?:allo|auto)?-?kmt|(?:allo|auto)?-?pbs[cz]t|"
    r"(?:stem|progenitor) cell (?:re-?)?(?:infusion|graft|rescue)|hpc infusion|"
    r"(?:infusion|transfusion) (?:of|von) (?:[\w-]+ ){0,6}"
    r"(?:(?:stem|progenitor) cells|\w*stammzellen)|"
    r"(?:blut)?stammzell(?:gabe|(?:re)?infusion|transfusion|transplantation|therapie)\w*)"
)
_TRANSPLANT = re.compile(rf"(?<![a-z]){_GRAFT}(?![a-z])")
_CELLS = re.compile(
    r"stem cell|stammzell|marrow|knochenmark|h(?:a?e)matopoietic|hämatopoet|h(?:a?e)mopoietic|"
    r"progenitor|\bhpc\b|cord blood|nabelschnur|\b(?:allo|auto|haplo)|"
    r"\w*(?:hct|hsct|sct|szt|bmt|kmt|pbsct)\b|"
    r"\bmu?d\b|\bmsd\b|\bmmud\b"
)
_BLOOD = (
    r"(?:marrow|stem cell|stamcel\w*|moelle|h(?:a?e|ä)mato\w*|\bm?mud\b|\bric\b|\bmac\b|"
    r"\b(?:10|9|12)/(?:10|12)\b|sibling|unrelated|matched|haplo\w*|cord blood)"
)
# An allograft may be of bone, skin or tendon as well.
_ALLOGRAFT = re.compile(
    rf"\b(?:allo|auto)graft\b[^|]*{_BLOOD}|{_BLOOD}[^|]*\b(?:allo|auto)graft\b"
)
_ALLO = re.compile(
    r"\ballo\w*|\bnon-?autolog\w*|\bmmu?d\b|\bmud\b|\bmsd\b|haplo\w*|unrelated|sibling|"
    r"geschwister\w*|fremdspend\w*|"
    r"familienspend\w*|matched related|cord blood|nabelschnur\w*|\bdonor\b"
)
_AUTO = re.compile(r"\bauto\w*")
_CALLED_OFF = (
    r"\?|cancel\w*|declin\w*|refus\w*|abgelehnt|abgesagt|verschoben|deferred|postponed"
)
_NOT_A_TRANSPLANT = re.compile(
    r"harvest\w*|collect\w*|apheres\w*|aphäres\w*|mobili[sz]\w*|entnahme|sammlung|gewinnung|"
    r"boost|evaluat\w*|consult\w*|work-?up|typing|typisierung|\bsearch|suche|vorbereitung|"
    r"counsel\w*|planned|planning|plan\b|geplant\w*|education|aftercare|\bfollow|\bstatus|"
    r"clinic\b|visit|encounter|chim[ae]*erism\w*|irradiation|bestrahlung|catheter|katheter|"
    r"nachsorge|biops\w*|dli\b|lymphocyt\w*|lymphozyt\w*|leukapher\w*|"
    r"\b(?:kidney|renal|niere\w*|liver|leber|heart|herz|lungs?|skin|haut|hair|islet|pancreas)\b|"
    r"cornea\w*|keratopl\w*|f(?:a?e)cal|stool|stuhl|"
    rf"{_CALLED_OFF}|"
    r"rejection|failure|complication|ineligib\w*|eligib\w*|candidate|\brefer\w*|"
    r"vorstellung|gespräch|beratung|thaw(?:ing)?\b|processing|cryo\w*|storage|discussion|assessment|"
    rf"(?:conditioning|konditionierung\w*) [^|]*{_GRAFT}|"
    rf"{_GRAFT}[ -](?:conditioning|konditionierung)|"
    rf"\b(?:after|post|following|before|prior to|for|during|nach|vor|bei|zur|für|since)[ -]"
    rf"(?:[\w-]+ ){{0,4}}{_GRAFT}"
)
_CODED_OTHERWISE = frozenset({"hsct_harvest", "hsct_boost", "hsct_related", "dli"})
_DENIED = re.compile(
    rf"\b(?:no|not|never|kein\w*|nicht|ohne|without) (?:[\w-]+ ){{0,4}}{_GRAFT}|"
    rf"{_GRAFT}[ :=-]+(?:was |wurde )?(?:no|not|none|nein|nicht|never)\b"
)
_DONORS = (
    (re.compile(r"haplo\w*"), "haploidentical donor"),
    (re.compile(r"cord blood|nabelschnur"), "cord blood"),
    (re.compile(r"\bmmud\b|mismatched unrelated"), "mismatched unrelated donor"),
    (
        re.compile(
            r"\bmud\b|(?<!mis)matched unrelated|hla-identische\w* fremd|10/10 unrelated"
        ),
        "matched unrelated donor",
    ),
    (
        re.compile(r"\bmsd\b|sibling|matched related|geschwister|familienspend|brother|sister"),
        "matched related donor",
    ),
    (re.compile(r"unrelated|fremdspend|unverwandt"), "unrelated donor"),
    (re.compile(r"(?<!un)related|(?<!un)verwandt"), "related donor"),
)
_DLI = re.compile(
    r"\bdlis?\b|infusion of donor (?:leuc?ko|lympho)cytes|donor lymphocytes|"
    r"donor (?:lymphocyte|leuc?kocyte) infusion|allogeneic lymphocyte|"
    r"spenderlymphozyten\w*|donorlymphozyten\w*"
)
_NOT_DLI = re.compile(
    r"granulocyt\w*|granulozyt\w*|collect\w*|apheres\w*|harvest\w*|planned|geplant|no\b|not\b|"
    rf"kein\w*|consult\w*|evaluat\w*|cryo\w*|discussion|{_CALLED_OFF}"
)
_STATUS = frozenset({"hsct_status", "hsct_complication"})
_STATUS_WORDS = re.compile(
    r"(?:status post|s/p|z\. ?n\.|zustand nach|history of|h/o|transplant(?:ation)? status)"
)


def read_transplants(resources: Resources) -> tuple[Transplant, ...]:
    """Completed infusions of stem cells; harvest, boost, lymphocytes and plans are none.

    If no Procedure tells of one, a status code does: type as far as it is written, date some
    day not after it was recorded.
    """
    found = []
    for procedure in resources.of("Procedure"):
        kind_and_donor = transplant_of(procedure)
        if kind_and_donor is None:
            continue
        if _is_done(procedure, resources):
            kind, donor = kind_and_donor
            found.append(
                Transplant(
                    _performed(procedure, resources), kind, donor, _source(procedure, resources)
                )
            )
    return tuple(found) or _from_status(resources)


def read_lymphocyte_infusions(resources: Resources) -> tuple[LymphocyteInfusion, ...]:
    """Completed infusions of donor lymphocytes."""
    return tuple(
        LymphocyteInfusion(_performed(p, resources), _source(p, resources))
        for p in resources.of("Procedure")
        if is_lymphocyte_infusion(p) and _is_done(p, resources)
    )


def transplant_of(procedure: Json) -> tuple[TransplantKind, str] | None:
    """The type of transplant and the donor that a Procedure, or a request for one, names."""
    return codeable(procedure.get("code")).derived(_named)


def _named(code: Codeable) -> tuple[TransplantKind, str] | None:
    concepts, said = concepts_named(code), code.words
    coded = [
        match for coding in code.codings if (match := _PCS_TRANSPLANT.fullmatch(coding.code))
    ]
    kinds = {
        TransplantKind.AUTOLOGOUS if m[2] == "0" else TransplantKind.ALLOGENEIC for m in coded
    }
    kinds |= {TransplantKind.ALLOGENEIC} if "hsct_allo" in concepts else set()
    kinds |= {TransplantKind.AUTOLOGOUS} if "hsct_auto" in concepts else set()
    is_coded = bool(kinds) or "hsct_donor_unknown" in concepts
    if not concepts.isdisjoint(_CODED_OTHERWISE) or code.derived(_names_lymphocytes):
        return None
    if _NOT_A_TRANSPLANT.search(said) or _DENIED.search(said):
        return None
    worded = _TRANSPLANT.search(said) and _CELLS.search(said)
    if not is_coded and not worded and not _ALLOGRAFT.search(said):
        return None
    donor = _donor(said) or next((_PCS_DONORS[m[2]] for m in coded if m[2] in _PCS_DONORS), "")
    return _one_kind(kinds | _worded_kinds(said)), donor


def _worded_kinds(said: str) -> set[TransplantKind]:
    kinds = {TransplantKind.ALLOGENEIC} if _ALLO.search(said) else set()
    return kinds | ({TransplantKind.AUTOLOGOUS} if _AUTO.search(said) else set())


def _one_kind(kinds: set[TransplantKind]) -> TransplantKind:
    """Code and words together; if they contradict each other the type is not known."""
    return next(iter(kinds)) if len(kinds) == 1 else TransplantKind.UNKNOWN


def _donor(said: str) -> str:
    return next((name for pattern, name in _DONORS if pattern.search(said)), "")


def is_lymphocyte_infusion(procedure: Json) -> bool:
    """A Procedure, or a request for one, that gives donor lymphocytes."""
    return codeable(procedure.get("code")).derived(_names_lymphocytes)


def _names_lymphocytes(code: Codeable) -> bool:
    said = code.words
    coded = "dli" in concepts_named(code) or any(
        _PCS_WHITE_CELLS.fullmatch(coding.code) for coding in code.codings
    )
    return (coded or bool(_DLI.search(said))) and not _NOT_DLI.search(said)


def _is_done(procedure: Json, resources: Resources) -> bool:
    status = procedure.get("status")
    if status == "completed":
        return True
    resources.ignore(
        procedure, "entered-in-error" if status == "entered-in-error" else "not-done"
    )
    return False


def _performed(procedure: Json, resources: Resources) -> When:
    """Day 0. A Period without an end began on it; an Encounter only bounds it."""
    found = day(procedure.get("performedDateTime"))
    start, end = span(procedure.get("performedPeriod"))
    if found == UNDATED and end == UNDATED:
        found = start
    if found == UNDATED:
        found = when(procedure, "performedPeriod")
    if found == UNDATED:
        found = day(text(procedure.get("performedString")))
    if found == UNDATED:
        found = when(resources.resolve(procedure.get("encounter"), procedure), "period")
    return found


def _source(resource: Json, resources: Resources) -> Source:
    code = resource.get("code")
    said = words(code) or ", ".join(coding.code for coding in codings(code))
    coded = any(coding.code for coding in codings(code))
    return Source(resources.name(resource), "code", said, from_text=not coded)


def _from_status(resources: Resources) -> tuple[Transplant, ...]:
    """One transplant, from the first status Condition in order of name; else none."""
    found = []
    for condition in resources.of("Condition"):
        said = words(condition.get("code"))
        worded = _STATUS_WORDS.search(said) and _TRANSPLANT.search(said) and _CELLS.search(said)
        if not (worded or concepts_of(condition.get("code")) & _STATUS):
            continue
        if re.search(r"\b(?:no|not|kein\w*|family|donor status|kidney|liver|heart)\b", said):
            continue
        reason = verification(condition)
        if reason:
            resources.ignore(condition, reason)
            continue
        bound = When.until(begun(condition, resources).last)
        kind = _one_kind(_worded_kinds(said))
        found.append(Transplant(bound, kind, _donor(said), _source(condition, resources)))
    return tuple(sorted(found, key=lambda t: (t.when, t.source))[:1])
