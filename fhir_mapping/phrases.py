"""Clinicians' statements on fitness, transplant, goals, donor, pregnancy and trials, in words.

Bounded phrases in English and German. In each sentence negatives are looked for first; a
sentence that doubts, plans or asks states nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from aml.patient import Topic
from fhir_mapping.memory import remembered
from fhir_mapping.statements import INTENSIV, INTENSIVE, STATEMENTS, TRANSPLANT
from fhir_mapping.values import normal

Pair = tuple[Topic, str]

_SENTENCES = re.compile(r"(?<=[a-z0-9)])(?<!v\.a)(?<!z\.n)\.\s|[;\n]| \| ")
_DOUBT = re.compile(
    r"\?|\b(?:possible|possibly|potential\w*|may be|might|if|pending|evaluat\w*|evaluierung|"
    r"unclear|"
    r"unklar|to be (?:determined|discussed|decided)|tbd|unknown|unbekannt|undetermined|"
    r"discuss\w*|"
    r"besproch\w*|assess\w*|consult\w*|consider\w*|borderline|questionable|fraglich|offen|"
    r"offer\w*|"
    r"information|declin\w*|refus\w*|lehnt|family|donor's|spenders|risk|risiko|versus|vs|"
    r"planned|"
    r"geplant|reassess\w*|history of|education|screening|when|wenn|until|once|"
    r"(?:kidney|renal|liver|heart|lung|nieren|leber|herz|lungen)[- ]?transplant\w*)\b"
)

_QUESTIONS: tuple[tuple[Topic, re.Pattern[str]], ...] = (
    (
        Topic.FITNESS,
        re.compile(
            rf"\bfit\w* for (?:\w+ )?{INTENSIVE}|(?:fitness|eligib\w+|suitab\w+|"
            rf"candidacy) for (?:\w+ )?"
            rf"(?:{INTENSIVE}|chemotherapy|intensive)|{INTENSIVE} (?:eligib\w+|fitness|"
            rf"candidate)|"
            rf"\bfitness (?:assessment|category|status|for therapy|for treatment)\b|"
            rf"(?:eignung|fitness) für {INTENSIV}|\bfitness$|intensiv therapierbar"
        ),
    ),
    (
        Topic.TRANSPLANT_ELIGIBILITY,
        re.compile(
            rf"{TRANSPLANT}[- ](?:eligib\w+|candidate|candidacy|suitability|indication)|"
            rf"(?:eligib\w+|suitab\w+|"
            rf"candida\w+|fit) for (?:an? )?{TRANSPLANT}|transplantationsfähigkeit|"
            rf"transplantabilität|"
            rf"transplantations?eignung|eignung (?:für|zur) (?:allogene\w* )?{TRANSPLANT}"
        ),
    ),
    (
        Topic.GOALS_OF_CARE,
        re.compile(
            r"\bgoals? of (?:care|therapy|treatment)|\b(?:treatment|therapy|care) (?:goal|"
            r"intent)\w*|"
            r"therapieziel|behandlungsziel|therapieintention"
        ),
    ),
    (
        Topic.DONOR_CELLS,
        re.compile(
            r"donor (?:lymphocytes|cells) (?:avail|stor)|spender(?:lymphozyten|zellen)|"
            r"dli (?:available|possible)"
        ),
    ),
    (
        Topic.DONOR,
        re.compile(
            r"\bdonor (?:search|status|availab\w+|identified)|spender(?:suche|status|verfügbar)"
        ),
    ),
    (
        Topic.PREGNANCY,
        re.compile(r"\bpregnan\w+|schwanger\w*|\b(?:beta-?)?hcg\b.*(?:pregnan|urin)|urine hcg"),
    ),
    (
        Topic.PROLIFERATION,
        re.compile(r"\bprolif\w+ (?:disease|leuk\w+|rate|status|aml)|proliferativ"),
    ),
    (
        Topic.TRIAL,
        re.compile(r"\b(?:clinical )?trial (?:availab\w+|enrol\w+|status)|studien(?:teil|ver)"),
    ),
)
_STEMS = re.compile(  # in lower case, which is several times as fast over prose
    r"fit|eligib|suitab|candida|geeignet|able|tauglich|fähig|intensi[vf]|inapt|frail|"
    r"transpl|hs?ct|[sz]ct|bmt|kmt|szt|stammz|stem|kandidat|comfort|hospi[cz]|supporti|bsc|"
    r"symptom|prolong|lebens|curativ|kurativ|cure|goal|ziel|donor|spend|dli|pregnan|schwang|"
    r"prolif|progress|trial|stud|care|intent"
)
# "transplant-eligible: no" in one sentence is a question and its answer
_QUESTION = re.compile(r"(.*?)[ :=(-]+(yes|no|ja|nein|true|false|none|y|n)\)?")
_YES = frozenset(
    {"yes", "ja", "true", "y", "eligible", "fit", "positive", "positiv", "available", "present",
     "suitable", "geeignet", "candidate", "pregnant", "identified", "found", "high", "hoch"}
)  # fmt: skip
_NO = frozenset(
    {"no", "nein", "false", "n", "ineligible", "not eligible", "unfit", "not fit", "frail",
     "negative", "negativ", "unavailable", "not available", "absent", "unsuitable",
     "not suitable", "none", "ungeeignet", "nicht geeignet", "not a candidate",
     "not pregnant", "low", "niedrig", "keine"}
)  # fmt: skip
_ANSWERS: dict[Topic, dict[str, str]] = {
    Topic.FITNESS: {"yes": "fit", "no": "unfit"},
    Topic.TRANSPLANT_ELIGIBILITY: {"yes": "eligible", "no": "ineligible"},
    Topic.DONOR: {"yes": "identified", "no": "none"},
    Topic.DONOR_CELLS: {"yes": "available", "no": "unavailable"},
    Topic.PREGNANCY: {"yes": "yes", "no": "no"},
    Topic.PROLIFERATION: {"yes": "high", "no": "low"},
}
_GOALS = {
    "comfort": "comfort", "comfort care": "comfort", "comfort measures only": "comfort",
    "hospice": "comfort", "best supportive care": "comfort", "bsc": "comfort",
    "curative": "curative", "cure": "curative", "kurativ": "curative",
    "life-prolonging": "life-prolonging", "life prolonging": "life-prolonging",
    "prolong life": "life-prolonging", "lebensverlängernd": "life-prolonging",
    "disease control": "life-prolonging",
}  # fmt: skip
_SEARCH = {
    "started": "searching", "initiated": "searching", "ongoing": "searching",
    "in progress": "searching", "active": "searching", "requested": "searching",
    "searching": "searching", "eingeleitet": "searching", "gestartet": "searching",
    "läuft": "searching", "not started": "none", "nicht eingeleitet": "none",
    "unsuccessful": "none", "no donor": "none", "yes": "searching", "ja": "searching",
    "identified": "identified", "donor identified": "identified", "found": "identified",
    "completed, donor identified": "identified",
}  # fmt: skip
_TRIALS = {"enrolled": "enrolled", "available": "available", "none": "none", "no": "none"}


@remembered
def stated(text: str) -> tuple[Pair, ...]:
    """The statements that prose makes, each topic at most once per sentence."""
    text = normal(text)
    if not may_state(text):
        return ()
    found: dict[Pair, None] = {}
    for sentence in _SENTENCES.split(text):
        found.update(dict.fromkeys(_in_sentence(sentence)))
    by_topic: dict[Topic, set[str]] = {}
    for topic, value in found:
        by_topic.setdefault(topic, set()).add(value)
    return tuple(pair for pair in found if len(by_topic[pair[0]]) == 1)


def asks(words: str) -> bool:
    """Is this one of the questions that an answer is understood to?"""
    return any(pattern.search(words) for _, pattern in _QUESTIONS)


def may_state(prose: str) -> bool:
    """Could prose make a statement? Quick, and never too strict."""
    return _STEMS.search(prose.lower()) is not None


def answered(question: str, answer: str) -> tuple[Pair, ...]:
    """What an answer to a question states; an answer that is a sentence of its own as prose."""
    asked, said = normal(question), normal(answer).strip(" .")
    return stated(said) or tuple(_asked(asked, said))


def _asked(asked: str, said: str) -> Iterable[Pair]:
    topic = next((topic for topic, pattern in _QUESTIONS if pattern.search(asked)), None)
    value = _value(topic, asked, said.split(" | ")) if topic else ""
    if topic and value:
        yield topic, value


def _value(topic: Topic, asked: str, parts: Iterable[str]) -> str:
    values = {_one_value(topic, asked, part.strip(" .")) for part in parts} - {""}
    return values.pop() if len(values) == 1 else ""


def _one_value(topic: Topic, asked: str, said: str) -> str:
    if topic is Topic.GOALS_OF_CARE:
        return _GOALS.get(said, "")
    if topic is Topic.TRIAL:
        return _TRIALS.get(said, "")
    if topic is Topic.DONOR and re.search(r"search|suche", asked):
        return _SEARCH.get(said, "")
    answers = _ANSWERS[topic]
    if said in answers.values():
        return said
    asked_negatively = re.search(
        r"\b(?:not|unfit|ineligible|no|nicht|contraindicat\w+)\b", asked
    )
    if said not in _YES | _NO or asked_negatively:
        return ""
    return answers["yes" if said in _YES else "no"]


def _in_sentence(sentence: str) -> Iterable[Pair]:
    if _DOUBT.search(sentence):
        return
    question = _QUESTION.fullmatch(sentence.strip(" ."))
    if question:
        yield from _asked(question[1], question[2])
        return
    seen: set[Topic] = set()
    for topic, value, pattern in STATEMENTS:
        if topic not in seen and pattern.search(sentence):
            seen.add(topic)
            yield topic, value
