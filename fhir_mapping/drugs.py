"""Which drugs and regimens a name or code means, by knowledge/drugs.yaml.

Names count as whole words, the longest first, and each stretch of text once: "FLAG-Ida" is not
FLAG too. What is negated, failed before, or only considered is not named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml
from msgspec import Struct

from aml.pharmacy import ANTILEUKEMIC_CLASSES
from fhir_mapping.answers import dicts
from fhir_mapping.codeable import Codeable, codeable
from fhir_mapping.memory import remembered
from fhir_mapping.values import Coding, normal, words

_FILE = Path(__file__).parents[1] / "knowledge" / "drugs.yaml"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_ATC = "http://www.whocc.no/atc"

# a product and the ingredients that it is also, less exactly, named by
_PRODUCTS = {
    "cpx-351": frozenset({"cytarabine", "daunorubicin"}),
    "oral-azacitidine": frozenset({"azacitidine"}),
    "decitabine-cedazuridine": frozenset({"decitabine"}),
}
_AZACITIDINE, _ORAL_AZACITIDINE = frozenset({"azacitidine"}), frozenset({"oral-azacitidine"})
_NOT_NAMED_BEFORE = re.compile(
    r"\b(?:no|not|without|ohne|kein\w*|nicht|never|refus\w+|declin\w+|instead of|statt|failed|"
    r"fail\w* (?:of|after|on)|after failure of|refractory to|refraktär auf|prior|previous|"
    r"nach versagen von|following|relapse after|rezidiv nach|intoleran\w+ (?:to|of)|"
    r"unverträglich\w*|allerg\w+ (?:to|gegen)|consider\w*|planned|plan to|"
    r"geplant\w*|if|falls|versus|vs\.?|status post|s/p|z\.? ?n\.?|contraindicat\w+|hold|"
    r"avoid)[:,]? (?:[\w+/-]+ ){0,2}$|\b(?:or|oder) $"
)
_NOT_NAMED_AFTER = re.compile(
    r"^ ?(?::|=|-) ?(?:no|nein|none|not (?:given|started|taking)|nicht)\b|^ \(?not taking\b|"
    r"^[ -](?:eluting|fail\w*|refractory|refraktär\w*|intoleran\w*|allerg\w*|"
    r"unverträglich\w*|naiv|naive|versagen|level|spiegel|not (?:given|started)|nicht gegeben|"
    r"(?:is |wurde |was )?(?:planned|geplant|declined|refused|considered|contraindicated))\b|"
    r"^,? (?:vs\.?|versus|or|oder)(?!\w)|"
    r"^(?: ?(?:\+|&|and|und) ?[\w-]+)?,?(?: (?:cycle|zyklus|induction|induktion|"
    r"consolidation|course|therapy|therapie|treatment|\d+)){0,3} "
    r"(?:declined|refused|considered|cancell?ed|abgesagt|abgelehnt|postponed|verschoben)\b"
)
_TOPICAL = re.compile(
    r"\b(?:ointment|cream|crème|creme|salbe|gel|lotion|topical\w*|topisch\w*|ophthalm\w*|"
    r"eye ?drops?|augentropfen|augensalbe|mouth ?wash|mundspül\w*|nasal spray|shampoo|enema|"
    r"cutaneous use|kutan\w*)\b"
)
# What a blinded trial gives is not known.
_PLACEBO = re.compile(r"(?<![a-z])(?:pla[cz]ebo|double-?blind|doppelblind|verblindet)")
_INTRATHECAL = re.compile(r"\b(?:intrathe[ck]al\w*|i\.? ?th\.?|lumbar|72607000)\b")
_ORAL = re.compile(
    r"\b(?:oral\w*|per os|p\.?o\.?|tablets?|tabs?|tablet\w*|filmtablet\w*|tbl\.?)(?!\w)"
)
_BETWEEN_SENTENCES = re.compile(
    r"(?<!\bst)(?<!\bvs)(?<!z\.n)(?<!v\.a)\.\s|;\s|\n| \| |, then |, dann "
)


class Named(Struct, frozen=True):
    """Drug ids and, if one was named, the regimen's id. `conflict`: code and text disagree."""

    drugs: frozenset[str] = frozenset()
    regimen: str = ""
    conflict: bool = False


NOTHING_NAMED = Named()


@remembered
def named_in(text: str) -> Named:
    """The drugs and the regimen that a text names as given; not topical or intrathecal."""
    drugs: set[str] = set()
    regimens: list[str] = []
    for part in _BETWEEN_SENTENCES.split(normal(text)):
        if any(p.search(part) for p in (_TOPICAL, _INTRATHECAL, _PLACEBO)):
            continue
        for kind, name in _found(part):
            drugs |= _regimens()[name] if kind == "regimen" else {name}
            regimens += [name] if kind == "regimen" else []
    refined = _refined(frozenset(drugs), normal(text))
    known = [r for r in regimens if refined >= _regimens()[r]]
    return Named(refined, known[0] if known else "")


def named_by(concept: object, route: str = "") -> Named:
    """What a medication's CodeableConcept means: its codes and all that is written.

    Text is the more exact of the two (product, salt, route); a text and a code that name
    different drugs are a conflict and name nothing.
    """
    written = codeable(concept)
    return _by_route(written, route) if route.strip() else written.derived(_without_route)


def _without_route(written: Codeable) -> Named:
    return _by_route(written, "")


def _by_route(written: Codeable, route: str) -> Named:
    named = written.derived(_by_any_route)
    if named == NOTHING_NAMED:
        return NOTHING_NAMED
    said = f"{written.words} {route}".strip()
    if any(pattern.search(said) for pattern in (_TOPICAL, _PLACEBO, _INTRATHECAL)):
        return NOTHING_NAMED
    if named.drugs == _AZACITIDINE and _ORAL.search(said):
        return Named(_ORAL_AZACITIDINE, named.regimen)
    return named


def _by_any_route(written: Codeable) -> Named:
    text = named_in(written.words)
    coded = frozenset(drug for coding in written.codings for drug in _coded(coding))
    if not text.drugs or not coded:
        return Named(text.drugs or coded, text.regimen)
    agreed = _agreed(text.drugs, coded)
    if not agreed:
        return Named(conflict=True)
    return Named(agreed, text.regimen if agreed == text.drugs else "")


def ingredients_of(medication: Mapping[str, object]) -> Named:
    """What a Medication resource means: its code, else its ingredients together."""
    named = named_by(medication.get("code"))
    if named.drugs or named.conflict:
        return named
    parts = [
        named_by(i.get("itemCodeableConcept"))
        for i in dicts(medication.get("ingredient"))
        if i.get("isActive") is not False
    ]
    drugs = frozenset(drug for part in parts for drug in part.drugs)
    return Named(_refined(drugs, words(medication.get("code"))))


def antileukemic(drugs: frozenset[str]) -> bool:
    """Does one of them treat the leukemia itself?"""
    listed = _file()["drugs"]
    return any(ANTILEUKEMIC_CLASSES.intersection(listed[drug]["classes"]) for drug in drugs)


def _agreed(text: frozenset[str], coded: frozenset[str]) -> frozenset[str]:
    """The more exact of two names for the same; empty if they are not for the same."""
    for product in coded & _PRODUCTS.keys():
        if text <= _PRODUCTS[product] | {product}:
            return frozenset({product})
    plain = {i for drug in text for i in _PRODUCTS.get(drug, {drug})}
    return text if coded & (text | plain) else frozenset()


def _refined(drugs: frozenset[str], text: str) -> frozenset[str]:
    if "liposom" in text and drugs >= _PRODUCTS["cpx-351"]:
        return drugs - _PRODUCTS["cpx-351"] | {"cpx-351"}
    for product in drugs & _PRODUCTS.keys():
        drugs -= _PRODUCTS[product]
    return drugs


def _found(part: str) -> Iterator[tuple[str, str]]:
    taken: list[tuple[int, int]] = []
    for match in _names().finditer(part):
        begin, end = match.span()
        if _NOT_NAMED_BEFORE.search(part[:begin]) or _NOT_NAMED_AFTER.search(part[end:]):
            continue
        taken.append((begin, end))
        yield _table()[_key(match[0])]


def _key(written: str) -> str:
    """One spelling for the separators that people choose freely."""
    spelled = re.sub(r"\s*(?:\+|\bplus\b|&|\bund\b|\band\b|\bwith\b|\bmit\b)\s*", "+", written)
    return re.sub(r"\s*[\s/_-]\s*", "-", spelled)


def written_names() -> Mapping[str, str]:
    """The ids of drugs and regimens, each with a name that is understood in a record."""
    file = _file()
    drugs = {name: name.replace("-", " ") for name in file["drugs"]}
    return drugs | {name: regimen["text"][0] for name, regimen in file["regimens"].items()}


def all_names() -> Iterator[tuple[str, str]]:
    """The ids of drugs, each with every name and brand that it goes by."""
    for name, drug in _file()["drugs"].items():
        yield from ((name, written) for written in (*drug["brands"], *drug["text"]))


@cache
def _table() -> Mapping[str, tuple[str, str]]:
    file = _file()
    table: dict[str, tuple[str, str]] = {}
    for name, drug in file["drugs"].items():
        for written in (name, *drug["brands"], *drug["text"]):
            table.setdefault(_key(normal(written)), ("drug", name))
    for name, regimen in file["regimens"].items():
        for written in regimen["text"]:
            table.setdefault(_key(normal(written)), ("regimen", name))
    return table


@cache
def _names() -> re.Pattern[str]:
    plus = r"\s*(?:\+|plus|&|und|and|with|mit)\s*"
    patterns = [
        plus.join(r"[\s/_-]{1,3}".join(map(re.escape, p.split("-"))) for p in key.split("+"))
        for key in sorted(_table(), key=lambda key: (-len(key), key))
    ]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(patterns)})(?![^\W_])(?!['’]\w)")


def _coded(coding: Coding) -> frozenset[str]:
    return _codes().get((coding.system, coding.code.upper()), frozenset())


@cache
def _codes() -> Mapping[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], frozenset[str]] = {}
    for name, drug in _file()["drugs"].items():
        for system, element in ((_RXNORM, "rxnorm"), (_ATC, "atc")):
            for code in drug[element]:
                found[system, code] = found.get((system, code), frozenset()) | {name}
    return found


@cache
def _regimens() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(r["drugs"]) for name, r in _file()["regimens"].items()}


@cache
def _file() -> Mapping[str, Mapping[str, Mapping[str, list[str]]]]:
    file: Mapping[str, Mapping[str, Mapping[str, list[str]]]]
    file = yaml.load(_FILE.read_text(encoding="utf-8"), Loader=_LOADER)
    return file
