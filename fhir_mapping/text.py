"""What laboratory prose may say, in English and German: the shared part of the grammar.

The grammar is bounded and reads a sentence at a time. A sentence that speaks of the past, of
the question asked, of a plan, of the method or of other people is set aside whole. Within a
sentence negation is looked for first, then doubt, then assertion. What the grammar does not
know is not read: no statement, never a guess. The sentences themselves are read in
`text_genes` (mutations, fusions, markers), `text_course` (blasts, response, extramedullary
disease) and `text_mrd` (transcripts, residual disease).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from aml.patient import NO_AMOUNT, Amount, Finding
from fhir_mapping.headings import Section, describes_sample, section
from fhir_mapping.memory import remembered
from fhir_mapping.values import plain as one_line
from fhir_mapping.values import quantity

NUMBER = r"(?:[<>≤≥=~]{1,2}\s*)?\d+(?:[.,]\d+)?(?:\s*(?:-|bis|to)\s*\d+(?:[.,]\d+)?)?"

_PERCENT = re.compile(r"(?i:\s*\b(?:per ?cent|prozent)\b)")
_SIGNS = {"at_most": "≤", "at_least": "≥", "below": "<", "above": ">"}
_COMPARATORS = re.compile(
    r"(?i:\b(?:"
    r"(?P<at_most>not more than|no more than|nicht mehr als|up to|bis zu|at most|höchstens|"
    r"maximal)|"
    r"(?P<at_least>not less than|at least|mindestens|wenigstens)|"
    r"(?P<below>less than|lower than|fewer than|under|below|unter|weniger als|kleiner)|"
    r"(?P<above>more than|greater than|over|above|exceeding|über|mehr als|größer)"
    r")\s*(?:approximately|about|ca\.?|etwa)?\s*(?=\d))"
)
_CHANGED = re.compile(
    rf"(?i:\b(?:from|von)\s+{NUMBER}\s*%?\s*(?:\w+\s+)?(?:to|auf|bis)\s+{NUMBER}\s*%?|"
    rf"\b(?:from|von)\s+\d[\d.,]*\s*(?:to|bis)\s*\d[\d.,]*\s*%?)"
)
_PUNCTUATION = re.compile(r"[()\[\]\n;!•.?]")
_ABBREVIATIONS = (
    "z.n", "z.b", "v.a", "d.h", "u.a", "ca", "approx", "vs", "bzw", "ggf", "incl", "inkl",
    "resp", "i.e", "e.g", "nr", "dr", "st", "evtl", "unauff", "pos", "neg", "o.g",
)  # fmt: skip
# In lower case, as the next three: an expression that minds the case is several times as fast.
_HISTORY = re.compile(
    r"(?:\b(?:history|historical\w*|hx|previous\w*|prior|formerly|earlier|past|"
    r"(?<!remission of )(?<!remission of the )(?<!relapse of )(?<!relapse of the )known|"
    r"(?<!remission der )(?<!rezidiv der )(?<!rezidiv einer )bekannt\w*|"
    r"at (?:initial |the time of |time of |first |original )?(?:diagnosis|presentation|dx)|"
    r"(?:bei|zum zeitpunkt der|zur) (?:erst|initial)?diagnose\w*|erstdiagnose|initial(?:ly|"
    r"en?)?|"
    r"original(?:ly)?|anamnes\w*|"
    r"(?<!remission der )(?<!rezidiv der )(?<!rezidiv einer )vorbekannt\w*|"
    r"vorbeschrieben\w*|erst(?:material|befund|untersuchung|probe)\w*|früher\w*|ehemal\w*|"
    r"zustand nach|"
    r"vorbefund\w*|voruntersuchung\w*|vergleich\w*|compar\w+|used to be|status post|s/p|"
    r"previously|(?:outside|external) \w+)\b|\bz\.?\s?n\.)|"
    r"(?:\bsince (?:diagnosis|\d{4})|\b(?:in|im jahr) (?:19|20)\d\d\b|"
    r"\b(?:diagnostic|first|baseline|pre-?treatment) "
    r"(?:sample|specimen|marrow|biopsy|aspirate)|"
    r"\b(?:of|from|dated|in|vom|aus|im) (?:(?:0?[1-9]|1[0-2])[/.]|"
    r"(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zä]*\.? )"
    r"(?:19|20)\d\d\b)"
)
_AT_DIAGNOSIS = re.compile(r"\bED\b")  # as written: "Erstdiagnose"
_QUESTION = re.compile(
    r"(?:\bquestions?\s*:|\b(?:zum nachweis|rule[sd]? out|r/o|to exclude|"
    r"zum ausschluss|ausschluss (?:von|einer?|eines)|"
    r"indications?\s*:|indikation|indicated for|clinical (?:information|data|history|question)|"
    r"klinische (?:angaben?|fragestellung)|fragestellung|reason for|request\w*|anforderung\w*|"
    r"angefordert|order(?:ed)?\b|evaluat\w+ for|assess(?:ment|ed)? for|screen\w* for|"
    r"test(?:ed|ing)? for|examined for|untersucht auf|untersuchung auf|whether|ob|if|falls|"
    r"wenn|"
    r"recommend\w*|empf(?:iehlt|ehl\w+|ohlen)|consider\w*|should|soll(?:te\w*)?|would|"
    r"würde\w*)\b)|"
    r"\?\s*$"
)
_METHOD = re.compile(
    r"(?:\b(?:(?:eln|who|icc|diagnostic)[\w ]{0,10} criteri\w+(?= ?:)|"
    r"criteri\w+ (?:for|of) [\w ()-]{0,40}\b(?= ?:)|defined|definiert|"
    r"genes? (?:tested|analy[sz]ed|covered|included|examined|studied)|untersuchte "
    r"gene|"
    r"panel (?:includes?|covers?|comprises|contains?|umfasst|enthält)|covers|covered|includes|"
    r"umfasst|designed|detects|detectable down to|nachweisbar ab|standard ?curves?|"
    r"standardkurven?|plasmid|able to|capable|methodolog\w+|disclaimer|method(?:e|ik)?\s*:|"
    r"(?:positive|negative|internal) controls?|(?:positiv|negativ)kontrollen?|"
    r"patients|patienten|literature|literatur|family|familie|father|mother|brother|sister|"
    r"sibling|donor\w*|spender\w*|vater|mutter|bruder|schwester|for example|z\. ?b\.)\b)"
)
_ENTITY = re.compile(
    r"(?:\b(?:aml|apl|leuk\w+|leukäm\w+|myelodysplas\w+|mds)\)?,? "
    r"(?:(?:with|mit)\b(?! *[<>≤≥~]? *\d+ *%)|\(?who\b))"
)
_LINE_END = re.compile(r"[\r\n]+")
_LEADERS = re.compile(r"\s*(?:\.{3,}|(?:\. ){3,}\.?|_{3,})\s*(?=\w)")
_COMPARISON = re.compile(
    r"(?i:^(?:in contrast to|compared (?:to|with)|unlike|im vergleich zu[rm]?|"
    r"im gegensatz zu[rm]?|verglichen mit)\b[^,;.:]{3,60}?"
    r"(?:, ?|(?=\b(?:now|jetzt|nun|aktuell|unverändert|unchanged|weiterhin|kein\w*)\b)))"
)
# What a log reduction is counted from.
_LOGS = re.compile(r"(?i:\blog\b|log10|log-?stufen)")
_TO_BASELINE = re.compile(
    r"(?i:,? ?(?:(?:as )?compared (?:to|with)|relative to|im vergleich zu[rm]?|"
    r"gegenüber(?: de[rmn])?|"
    r"from|seit)(?: the)?(?: level at| value at| initial)? (?:diagnosis|baseline|diagnose\w*|"
    r"erstdiagnose\w*|ausgangswert\w*))"
)
_KNOWN_BEFORE = re.compile(
    r"(?i:\bim vorbefund(?: vom [\d./]+)? (?:beschriebene|nachgewiesene|bekannte)[nrsm]? |"
    r"\b(?:previously (?:identified|detected|described|reported|known|seen)|known|"
    r"(?:vor)?bekannte[nrsm]?|vorbeschriebene[nrsm]?) )"
)
_NOW = re.compile(
    r"(?i:\b(?:again|still|now|currently|no longer|aktuell|erneut|weiterhin|nicht mehr|jetzt|"
    r"nun|derzeit|persist\w+)\b)"
)
_ON_A_DAY = re.compile(r"(?i:^(?:on|am|vom|from) \d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b)")
_TODAY = re.compile(r"(?i:\b(?:today|heute|now|currently|at present|aktuell|jetzt|derzeit)\b)")
_DONE = (
    r"by|in|on|of|for|with|using|was|were|is|are|has|detected|found|seen|identified|present|"
    r"im|bei|der|von|durch|mittels|nachweis\w*|nachgewiesen|gefunden|detektiert"
)
# "No IDH1 mutation testing": there was no test, which is no negative one.
NO_TEST = (
    rf"(?:no|without)(?= (?:(?!(?:{_DONE})\b)[\w:/-]+ ){{0,4}}?"
    r"(?:test(?:ing|s)?|assays?|analys[ie]s|results?|screening)\b)|"
    rf"(?:kein\w*|ohne)(?= (?:(?!(?:{_DONE})\b)[\w:/-]+ ){{0,3}}?"
    r"[\w:/-]*(?:analyse|testung|untersuchung|diagnostik|ergebnis|bestimmung)\w*)|"
    r"(?:kein\w*|ohne) (?:nachweis|test)(?:verfahren|methode|assay)\w*"
)
_COUNTED = re.compile(
    r"(?i:[,(;] ?(?:with |mit )?\d[\d.,]* ?(?:-|to|bis)? ?[\d.,]* ?% (?:[\w-]+ ){0,2}\w*blast)"
)

_EXACT = {
    Finding.NOT_DETECTED: (
        "not detected", "negative", "neg", "absent", "wild type", "wild-type", "wildtype", "wt",
        "no mutation", "no mutation detected", "no mutation identified", "no mutation found",
        "no mutations", "no mutations detected", "no mutations identified",
        "no mutations found",
        "undetected", "undetectable", "non-detected", "not present", "not found",
        "not identified", "not mutated", "unmutated", "none detected", "not seen", "nd",
        "no variant detected", "no variants detected", "no alteration detected", "no evidence",
        "no rearrangement", "no rearrangement detected", "not rearranged", "not amplified",
        "no fusion detected", "no fusion transcript detected", "no evidence of mutation", "(-)",
        "-", "below detection limit", "below limit of detection",
        "below the limit of detection",
        "nicht nachweisbar", "nicht nachgewiesen", "negativ", "wildtyp", "nicht mutiert",
        "keine mutation", "keine mutation nachweisbar", "keine mutation nachgewiesen",
        "kein nachweis", "unmutiert", "nicht vorhanden", "nicht gefunden", "nicht detektiert",
        "nicht detektierbar", "unterhalb der nachweisgrenze", "no", "nein", "false",
        "mutation not detected", "mutation negative", "negative for mutation",
        "no mutation was detected", "undetectable mrd", "mrd negative", "mrd-negative",
        "mrd negativ", "mrd neg", "not detectable", "no transcript detected",
        "no transcripts detected", "keine transkripte nachweisbar",
    ),
    Finding.DETECTED: (
        "detected", "positive", "pos", "present", "mutated", "mutation detected", "mutant",
        "mutation identified", "mutation found", "mutations detected", "identified", "found",
        "mutation present", "mutation positive", "positive for mutation", "rearranged", "(+)",
        "rearrangement detected", "fusion detected", "fusion transcript detected", "+", "++",
        "+++", "low positive", "weakly positive", "weak positive", "strongly positive",
        "detectable", "nachweisbar", "nachgewiesen", "positiv", "mutiert", "vorhanden",
        "mutation nachgewiesen", "mutation nachweisbar", "schwach positiv", "gefunden",
        "detektiert", "yes", "ja", "true", "detected, not quantifiable", "mrd-positive",
        "detected, below quantification limit", "detected but not quantifiable",
        "positive, not quantifiable", "positive, below quantification limit", "mrd positive",
        "positive, below limit of quantification", "detected, below limit of quantification",
        "positiv, nicht quantifizierbar", "nachweisbar, nicht quantifizierbar", "mrd positiv",
        "positive below quantification limit", "mrd pos", "detected (not quantifiable)",
        "low level positive", "low-level positive", "positive (low level)", "bnq",
        "transcripts detected", "transcript detected", "abnormal clone detected",
    ),
    Finding.INADEQUATE: (
        "qns", "quantity not sufficient", "quantity insufficient", "insufficient", "inadequate",
        "insufficient material", "insufficient sample", "insufficient rna", "insufficient dna",
        "sample insufficient", "failed", "test failed", "assay failed", "unsatisfactory",
        "nicht auswertbar", "nicht beurteilbar", "nicht verwertbar", "material unzureichend",
        "zu wenig material", "not evaluable", "invalid", "inhibited", "hemolyzed", "clotted",
        "unzureichend", "poor rna quality", "specimen inadequate",
    ),
}  # fmt: skip
_OUTCOMES = {phrase: finding for finding, phrases in _EXACT.items() for phrase in phrases}
_INADEQUATE = re.compile(
    r"(?i:\b(?:qns|insufficient|inadequate|unsatisfactory|unzureichend\w*|not evaluable|"
    r"degraded|"
    r"nicht (?:auswertbar|beurteilbar|verwertbar)|too few|zu wenig\w*|failed|invalid)\b)"
)


def plain(text: str) -> str:
    """Each line in the one form of `values.plain`; powers of ten stay powers. Dots that lead
    from a name to its result are a colon."""
    return "\n".join(map(_plain_line, _LINE_END.split(text)))


def _plain_line(line: str) -> str:
    line = one_line(line)
    may_lead = ".." in line or ". ." in line or "__" in line
    return _LEADERS.sub(": ", line) if may_lead else line


def sentences(text: str) -> tuple[str, ...]:
    """Sentences, list items and the parts between semicolons, in order.

    A semicolon or full stop within brackets, a number or a short form does not end one.
    """
    return _sentences(plain(text))


@remembered
def _sentences(text: str) -> tuple[str, ...]:
    parts, depth, begin = [], 0, 0
    for found in _PUNCTUATION.finditer(text):
        at, sign = found.start(), found[0]
        depth = max(0, depth + (sign in "([") - (sign in ")]"))
        if sign == "\n":
            depth = 0
        if sign == "\n" or (depth == 0 and (sign in ";!•" or _full_stop(text, at))):
            parts.append(text[begin : at + (sign != "\n")])
            begin = at + 1
        elif depth == 0 and sign == "?":
            parts.append(text[begin : at + 1])
            begin = at + 1
    parts.append(text[begin:])
    stripped = (part.strip(" .;!•*\t\r") for part in parts)
    return tuple(part for part in stripped if part)


class _Spoken(NamedTuple):
    """What a sentence speaks of. `aside`: the past, the method or other people."""

    aside: bool
    asked: bool
    entity: bool


@remembered
def _spoken(sentence: str) -> _Spoken:
    lower = sentence.lower()
    past = _HISTORY.search(lower) or _AT_DIAGNOSIS.search(sentence)
    return _Spoken(
        aside=past is not None or _METHOD.search(lower) is not None,
        asked=_QUESTION.search(lower) is not None,
        entity=_ENTITY.search(lower) is not None,
    )


def is_present(sentence: str) -> bool:
    """Does the sentence speak of this sample, of this patient, now?

    Not if it speaks of the past, of what was asked, advised or tested for, of the method, of
    other people, or names a disease entity ("AML with mutated NPM1").
    """
    return not any(_spoken(sentence))


def is_result(sentence: str) -> bool:
    """Not of the past, the method, other people or a disease entity; it may still be asked."""
    spoken = _spoken(sentence)
    return not (spoken.aside or spoken.entity)


@remembered
def present_sentences(text: str) -> tuple[str, ...]:
    """The sentences that speak of this sample, headings observed.

    "Compared to the previous sample, …" only sets the stage and is left out, and so is what
    was "on 2 March" where another sentence says what is now.
    """
    results = _of_results(text)
    if any(map(_TODAY.search, results)):
        results = tuple(s for s in results if _TODAY.search(s) or not _ON_A_DAY.search(s))
    said = (_without_comparison(sentence) for sentence in results)
    return tuple(sentence for sentence in said if is_present(sentence))


_UNSETTLED = re.compile(
    r"\b(?:was|were|war|waren|first|zunächst|anfangs)\b[^.;]*,\s*(?:but |and |aber |und )?"
    r"(?:now|today|currently|then|jetzt|nun|dann|aktuell|heute|mittlerweile)\b|"
    r"\b(?:until|till)\b|(?<!as )\bexpected\b|\b(?:erwartet|angestrebt)|"
    r"\b(?:goal|aim|target|ziel) ?[:=] ?<"
)


def is_settled(sentence: str) -> bool:
    """Not of what has changed since ("was negative, now positive"), ended or is hoped for."""
    return _UNSETTLED.search(sentence.lower()) is None


def _without_comparison(sentence: str) -> str:
    sentence = _COMPARISON.sub("", sentence)
    return _TO_BASELINE.sub(" ", sentence) if _LOGS.search(sentence) else sentence


@remembered
def renewed_sentences(text: str) -> tuple[str, ...]:
    """Sentences on something known before that say what it is now, without the word for it:
    "The previously identified IDH1 R132C is again detected"."""
    said = (_KNOWN_BEFORE.sub("", s) for s in _of_results(text) if not is_present(s))
    return tuple(s for s in said if _NOW.search(s) and is_present(s))


@remembered
def counted_entities(text: str) -> tuple[str, ...]:
    """Sentences that name a disease entity and then, apart from it, a share of blasts.

    "AML with maturation, 68 % blasts": what the entity is called says nothing, the share does.
    """
    named = _Spoken(aside=False, asked=False, entity=True)
    found = (s for s in _of_results(text) if _spoken(s) == named)
    return tuple(s for s in found if _COUNTED.search(s))


def sentences_at_stake(text: str) -> tuple[str, ...]:
    """As `sentences`, without what stands under a heading that is a line of its own."""
    return tuple(sentence for sentence, _ in _under_results(text))


@remembered
def _of_results(text: str) -> tuple[str, ...]:
    """Without what stands in one line with such a heading, too."""
    return tuple(sentence for sentence, beside in _under_results(text) if not beside)


@remembered
def _under_results(text: str) -> tuple[tuple[str, bool], ...]:
    """What stands under a heading such as "Clinical history:" or "Tier III" is left out, up to
    the next heading of results. Written in one line with its heading, up to the line's end or
    to a sentence that describes this sample, it is marked as beside it.
    """
    found: list[tuple[str, bool]] = []
    aside = False
    for line in plain(text).split("\n"):
        beside = False
        for sentence in _sentences(line):
            opened = section(sentence)
            if opened is Section.RESULTS or (beside and describes_sample(sentence)):
                aside = beside = False
            elif opened is not None:
                aside = opened is Section.ASIDE
                beside = True
            if not aside:
                found.append((sentence, beside))
    return tuple(found)


def outcome(text: str) -> Finding:
    """A value that is one phrase of the lists above, whole; INDETERMINATE for anything else."""
    return _OUTCOMES.get(_phrase(text), Finding.INDETERMINATE)


def is_outcome(text: str) -> bool:
    return _phrase(text) in _OUTCOMES


def speaks_of_inadequacy(text: str) -> bool:
    """Somewhere in it: the sample or the control gene was not good enough."""
    return _INADEQUATE.search(plain(text)) is not None


def number(text: str) -> Amount:
    """A number with its comparator or range, as prose writes it; the unit is left out."""
    amount, _ = quantity(re.sub(r"\s*(?:bis|to)\s*", "-", text).replace("~", "").strip("= "))
    return amount


@remembered
def signed(prose: str) -> str:
    """Comparators in words as signs, so that "less than 5 %" is never read as 5 %.

    A change ("from 46 % to 3 %") loses its numbers: which is of this sample is not said.
    """
    lower = prose.lower()
    if "cent" in lower or "prozent" in lower:
        prose = _PERCENT.sub(" %", prose)
    prose = _COMPARATORS.sub(_as_sign, prose)
    return _CHANGED.sub(" ", prose) if "from" in lower or "von" in lower else prose


def _as_sign(found: re.Match[str]) -> str:
    return f" {_SIGNS[found.lastgroup or '']}"


def percent(text: str) -> Amount:
    """A number that the caller found before a percent sign: within 0 to 100, else unknown."""
    amount = number(text)
    over = amount.recorded and amount.low > 100
    return NO_AMOUNT if over else amount


@remembered
def _phrase(text: str) -> str:
    text = plain(text).lower().strip(" .!;*")
    text = text.strip("()") if text not in ("(-)", "(+)") else text
    return re.sub(r"\s+", " ", text)


def _full_stop(text: str, at: int) -> bool:
    if text[at] != "." or (at + 1 < len(text) and not text[at + 1].isspace()):
        return False
    word = text[:at].rsplit(None, 1)[-1].lower() if text[:at].strip() else ""
    return word.strip("([") not in _ABBREVIATIONS
