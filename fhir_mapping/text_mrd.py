"""Measurable residual disease in prose: transcript levels, flow cytometry, plain calls.

"NPM1 412 copies/10^4 ABL1", "NPM1/ABL1 2.3 %", "MRD negative (flow)", "4.4 log reduction". A
clause names the marker, or takes it from the clause before; the tissue likewise. A number below
a limit is a negative unless the laboratory calls it detected.
"""

from __future__ import annotations

import re
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from aml.patient import NO_AMOUNT, Amount, Finding, Method, Tissue
from fhir_mapping import text
from fhir_mapping.alterations import mentions
from fhir_mapping.memory import remembered
from fhir_mapping.questions import spelled_out
from fhir_mapping.text_course import tissue_named
from fhir_mapping.text_genes import speaks_of_residual_disease
from fhir_mapping.transcripts import copies, per_1e4_abl1

# The limit of flow cytometry where the laboratory made no call of its own (D11).
FLOW_POSITIVE_PCT = Decimal("0.1")
FLOW = "MFC"
ANY = "MRD"  # a call without marker or method
TRANSCRIPTS = ("NPM1", "RUNX1::RUNX1T1", "CBFB::MYH11")


class MrdStatement(Struct, frozen=True):
    """What a clause says of residual disease; numbers as in `MrdResult`."""

    marker: str
    method: Method
    tissue: Tissue
    finding: Finding
    words: str
    copies_per_1e4_abl1: Amount = NO_AMOUNT
    pct_of_leukocytes: Amount = NO_AMOUNT
    vaf_pct: Amount = NO_AMOUNT
    control_copies: Amount = NO_AMOUNT
    log_reduction: Amount = NO_AMOUNT


# In lower case, as the calls below: an expression that minds the case is several times as fast.
_METHODS = (
    (Method.DPCR, re.compile(r"(?:d[id]?gital pcr|\bdd?pcr\b|digital droplet)")),
    (Method.RT_QPCR, re.compile(
        r"(?:rt-?q?-?pcr|qpcr|rq-?pcr|quantitative pcr|transcripts?\b|transkript\w*|"
        r"copies|kopien|\bncn\b|/\s*(?:c-)?abl1?\b|real[\s-]?time)")),
    (Method.MFC, re.compile(
        r"(?:flow|\bmfc\b|\bfacs\b|\bfcm\b|cytometr|durchfluss|zytometr|immunophenotyp|"
        r"immunphänotyp|\blaip\b|\blais\b|\bdfn\b|aberrant)")),
    (Method.NGS, re.compile(r"(?:\bngs\b|sequenc|sequenzier|error[\s-]corrected|duplex)")),
)  # fmt: skip
_LOG = re.compile(
    rf"(?i:(?P<n>{text.NUMBER})\s*-?\s*log(?:10)?[\s-]*(?:stufen\s*)?(?:reduction|"
    rf"reduktion|decrease|abfall|fold reduction)|"
    rf"log(?:10)?[\s-]*(?:reduction|reduktion)\w*(?:\s|[:=]|of|von|was|"
    rf"is)*(?P<m>{text.NUMBER}))"
)
_DENOMINATOR = r"(?:/|per|pro|auf|je)\s*(?:10\s?[\^*e]\s?\d|1\d{0,2}(?:[.,' ]?000)+|1e\d)"
_LEVEL = re.compile(
    rf"(?i:(?<![\w.,])(?P<n>{text.NUMBER})\s*(?P<unit>(?:normali[sz]ed\s+)?(?:npm1\s+)?"
    rf"(?:cop(?:y|ies)|kopien?|transcripts?|transkripte)?\s*{_DENOMINATOR}[^,;()]*))"
)
_LABELLED = re.compile(
    rf"(?i:\b(?P<unit>(?:cop(?:y|ies)|kopien?|transcripts?|transkripte)\s*{_DENOMINATOR}"
    rf"[^,;():=]*)[:=]\s*(?P<n>{text.NUMBER})(?!\s*%))"
)
_PERCENT = re.compile(rf"(?i:(?<![\w.,])(?P<n>{text.NUMBER})\s*(?P<unit>%[^,;()]{{0,25}}))")
_QUOTIENT = re.compile(
    rf"(?i:(?:ratio|quotient|ncn)(?:\s|[:=]|of|von|was|is)*(?P<n>{text.NUMBER})|"
    rf"(?<![\w.,])(?P<m>{text.NUMBER})\s*\(?ncn\b)"
)
_CONTROL = re.compile(
    r"(?i:(?:abl1?|control(?: gene)?|kontrollgen)\)?\s*(?:control\s+)?(?:copies|kopien|"
    r"copy number)?[:=\s]+(?:copies\s*)?(?P<n>[\d.,' ]*\d)\s*(?:copies|kopien)|"
    r"(?:(?:abl1?|control(?: gene)?|kontrollgen)\)?[\s-]+|\bkontroll|abl1?-kontroll)"
    r"(?:copies|kopien(?:zahl)?|copy number)(?:\s|[:=]|\(?\babl1?\)?|were|was|analy[sz]ed)*"
    r"(?P<m>[\d.,' ]*\d)|"
    r"(?<![A-Za-z\d^*.,])(?<!\bper )(?<!\bpro )(?<!\bauf )(?<!\bje )(?<!/)(?<!/ )"
    r"(?P<k>\d[\d.,' ]*)\s+(?:(?:abl1?|control|kontroll\w*)[\s-]+(?:gene\s+)?"
    r"(?:copies|kopien)|kontrollkopien))"
)
_NEGATIVE = re.compile(
    r"(?:\bno (?:[^\s,;.]+ ){1,6}?(?:detected|detectable|found|identified|seen|present)\b|"
    r"\bkeine?[nrsm]? (?:[^\s,;.]+ ){1,6}?(?:nachweisbar|nachgewiesen|detektier|gefunden)\w*|"
    r"\b(?:not (?:be )?(?:detected|detectable|found|seen|identified|present|"
    r"demonstrated)|undetect\w+|"
    r"negativ\w*|neg\b|nicht (?:mehr )?(?:nachweisbar|nachgewiesen|detektierbar|detektiert)|"
    r"kein(?:e[nr]?)?\s+(?:nachweis\w*|hinweis\w*|anhalt|mrd|npm1|transkripte?|"
    r"messbare)\w*|absent|absence|"
    r"no (?:evidence|detectable|mrd|measurable|minimal|residual|npm1|transcripts?|aberrant|"
    r"abnormal)|no longer \w+|"
    r"without|ohne|"
    r"below (?:the )?(?:limit of detection|detection limit|lod)|unter(?:halb)? der "
    r"nachweisgrenze)\b|"
    r"\bmrd\s?-(?=$|[\s,;)])|\bmrd\s?\(-\)|\bmrdneg)"
)
_POSITIVE = re.compile(
    r"(?:\b(?<!not )(?<!not be )(?<!nicht )(?<!nicht mehr )(?<!no longer )(?:detected|"
    r"detectable|positiv\w*|pos\b|persist\w+|"
    r"nachweisbar\w*|nachgewiesen\w*|identified|present|found|quantifiable level)\b|"
    r"\bmrd\s?\(?\+|\bmrdpos)"
)
_DENIES = re.compile(
    r"(?:\b(?:no|not|never|kein\w*|nicht|without|ohne|neither|weder|excluded|ausgeschlossen)\b"
    r"(?! (?:be )?quantif))"
)
_DOUBT = re.compile(
    rf"(?:\b(?:{text.NO_TEST})|"
    r"positiv\w* (?:threshold|cut-?off|limit)|"
    r"(?:threshold|cut-?off|schwellenwert) (?:of|for|für)|"
    r"possib|suspic|suspect|equivocal|indeterminat|inconclusiv|borderline|cannot|"
    r"pending|ausstehend|"
    r"not (?:tested|performed|assessed|done|available|possible)|nicht (?:untersucht|"
    r"durchgeführt|sicher|möglich)|"
    r"grenzwertig|fraglich|verdacht|unclear|unklar|\?|not excluded|repeat|"
    r"almost|nearly|\bfast (?=negativ|nicht)|beinahe|nahezu|\(yet\)|except|\bbis auf\b|"
    r"doubtful|expected|erwartet|hoped|\bgoal|\bziel|\baim\b|reappear|re-?emerg|wiederauf|\buntil\b|"
    r"\btill\b)"
)
_LATER = re.compile(
    r"\b(?:now|then|later|subsequently|currently|again|jetzt|nun|dann|später|aktuell|wieder|"
    r"erneut)\b"
)
# "Not negative", "negativity lost": the denial of a negative is no negative.
_SEEN = r"(?:detect|found|identif|seen|present|demonstr|quantif|nachw|nachg|detekt)"
_BETWEEN = rf"(?:(?!(?:and|und|but|aber)\b|{_SEEN})[\w-]+ ){{0,4}}?"
_NEGATIVE_DENIED = re.compile(
    r"\bno (?:mrd[\s-]?)?negativ|"
    r"\b(?:not|never|nicht|nie|no longer|no more|kein\w*|without|ohne|unable|fail\w*|lack\w*|"
    rf"loss|lost|absence|verlust|verfehl\w*) {_BETWEEN}[\w-]*(?:negativ|undetect)|"
    rf"(?:negativ|undetect)\w* {_BETWEEN}(?:not|never|nicht|nie|no longer|lost|fail\w*|"
    rf"verlor\w*|verfehl\w*)\b(?! (?:be )?{_SEEN})"
)
_OTHER_DISEASE = re.compile(
    r"(?:bcr\s*(?:::|[-/])\s*abl|international scale|\(is\)|%\s*is\b|pml\s*(?:::|[-/])\s*rar)"
)
_NO_MARKER = re.compile(r"(?:\b(?:not? (?:an? )?(?:\w+ )?|kein\w* )mrd[\s-]?marker)")
_LIMITS = re.compile(
    r"(?i:\(?(?:sensitiv\w*|lod|loq|limit of \w+|cut-?off|threshold|nachweisgrenze)"
    rf"(?:\s|[:=]|of|von|is|was|ist)*{text.NUMBER}\s*%?\)?)"
)


@remembered
def mrd_statements(prose: str) -> tuple[MrdStatement, ...]:
    found: list[MrdStatement] = []
    before: list[MrdStatement] = []
    for whole in text.present_sentences(prose):
        sentence = without_limits(whole)
        said = _clauses(sentence) if _is_residual(sentence) else []
        if before and not said:
            found[-1] = _continued(found[-1], sentence)
        found += said
        before = said
    return tuple(found)


def _continued(statement: MrdStatement, sentence: str) -> MrdStatement:
    """With what the next sentence adds where it names no marker: control copies, the level."""
    beside = control_copies_in(sentence)
    if beside.recorded and not statement.control_copies.recorded:
        return replace(statement, control_copies=beside)
    unmeasured = (
        not statement.copies_per_1e4_abl1.recorded and statement.method is not Method.MFC
    )
    if not (unmeasured and statement.marker in TRANSCRIPTS and _LEVEL.search(sentence)):
        return statement
    read = _numbers(sentence, statement)
    if statement.finding is not Finding.INDETERMINATE:
        return read.statement
    finding = by_number(read.number, flow=False)
    return replace(read.statement, finding=finding, method=Method.RT_QPCR)


@remembered
def without_limits(sentence: str) -> str:
    """The sentence with its comparators as signs, and no limit of detection in it."""
    return text.signed(_LIMITS.sub(" ", spelled_out(sentence)))


def _is_residual(sentence: str) -> bool:
    if not speaks_of_residual_disease(sentence):
        return False
    lower = sentence.lower()
    return not (_OTHER_DISEASE.search(lower) or _NO_MARKER.search(lower))


def method_named(words: str) -> Method:
    lower = words.lower()
    for named, pattern in _METHODS:
        if pattern.search(lower):
            return named
    return Method.UNKNOWN


@remembered
def marker_named(words: str) -> str:
    """The marker that was measured; ABL1 beside it is only the control."""
    names = [name for name in mentions(words) if name != "ABL1" and "::ABL1" not in name]
    names = [name for name in names if name not in ("CD33", "KMT2A-rearrangement")]
    if names:
        return names[0]
    return FLOW if method_named(words) is Method.MFC else ""


def call(words: str) -> Finding:
    """The laboratory's own call in a clause: inadequate first, negatives before positives.

    INDETERMINATE also where no call is made at all: `has_call` tells the two apart.
    """
    if text.speaks_of_inadequacy(words):
        return Finding.INADEQUATE
    words = words.lower()
    rest = _NEGATIVE.sub(" ", words)
    negative, positive = _NEGATIVE.search(words), _POSITIVE.search(rest)
    doubted = _DOUBT.search(words) or _NEGATIVE_DENIED.search(words)
    if doubted or (positive and (negative or _DENIES.search(rest))):
        return Finding.INDETERMINATE
    if negative:
        return Finding.NOT_DETECTED
    return Finding.DETECTED if positive else Finding.INDETERMINATE


def has_call(words: str) -> bool:
    lower = words.lower()
    called = any(pattern.search(lower) for pattern in (_NEGATIVE, _POSITIVE, _DOUBT))
    return called or text.speaks_of_inadequacy(words)


def by_number(amount: Amount, *, flow: bool) -> Finding:
    """Found or not by the number alone: `<` and 0 are negative, flow needs 0.1 % (D11)."""
    if not amount.recorded:
        return Finding.INDETERMINATE
    if amount.high == 0 or (amount.low == 0 and amount.high.is_finite()):
        return Finding.NOT_DETECTED
    if flow and amount.high < FLOW_POSITIVE_PCT:
        return Finding.NOT_DETECTED
    return (
        Finding.DETECTED
        if not flow or amount.low >= FLOW_POSITIVE_PCT
        else Finding.INDETERMINATE
    )


class Reading(Struct, frozen=True):
    """A clause's statement, and its number before any conversion."""

    statement: MrdStatement
    number: Amount = NO_AMOUNT


_NEXT_CLAUSE = re.compile(
    r"(?i:,\s+|\s+(?:but|aber|while|whereas|and|und)\s+"
    r"(?=.*\d|.*(?:negativ|positiv|detect|nachweis)))"
)


def measured_in(value: str, onto: MrdStatement, name: str) -> Reading:
    """The numbers of a written value, in the light of its test's name."""
    value = _LIMITS.sub(" ", text.plain(value))
    reading = _numbers(value, onto, name)
    if reading.statement == onto and (lone := re.fullmatch(rf"({text.NUMBER})\s*(\D*)", value)):
        number = text.number(lone[1])
        level, _ = per_1e4_abl1(number, lone[2], name)
        return Reading(replace(onto, copies_per_1e4_abl1=level), number)
    return reading


def finding_of(value: str, reading: Reading) -> Finding:
    """The call that a written value makes, else what its number says."""
    value = _LIMITS.sub(" ", text.plain(value))
    if has_call(value):
        return call(value)
    flow = reading.statement.method is Method.MFC
    number = reading.statement.pct_of_leukocytes if flow else reading.number
    return by_number(number, flow=flow)


def control_copies_in(prose: str) -> Amount:
    """Absolute copies of the control gene, where prose gives them."""
    found = _CONTROL.search(text.plain(prose))
    return copies(found["n"] or found["m"] or found["k"]) if found else NO_AMOUNT


def _clauses(sentence: str) -> list[MrdStatement]:
    found: list[MrdStatement] = []
    marker, method, tissue, called = "", Method.UNKNOWN, Tissue.UNKNOWN, False
    whole = tissue_named(sentence)
    parts = _NEXT_CLAUSE.split(sentence)
    for part in parts:
        named = method_named(part)
        marker = marker_named(part) or marker
        method = named if named is not Method.UNKNOWN else method
        tissue = tissue_named(part) if tissue_named(part) is not Tissue.UNKNOWN else tissue
        at = whole if len(parts) == 1 or tissue is Tissue.UNKNOWN else tissue
        statements = _clause(part, marker, method, sentence)
        if found and not statements and _contradicts(part, found[-1]):
            found[-1] = replace(found[-1], finding=Finding.INDETERMINATE)
        for statement in statements:
            if found and _only_control(statement):
                beside = statement.control_copies
                found[-1] = replace(found[-1], control_copies=beside)
            elif found and _is_level_of(statement, found[-1]) and not has_call(part):
                found[-1] = replace(statement, tissue=found[-1].tissue)
            elif found and not called and _is_level_of(found[-1], statement):
                found[-1] = replace(found[-1], finding=statement.finding)
            else:
                found.append(replace(statement, tissue=at))
        called = called or has_call(part)
    if not found and text.speaks_of_inadequacy(sentence):
        return _clause(sentence, marker, method, sentence)
    return found


def _contradicts(part: str, before: MrdStatement) -> bool:
    """What came later, of a marker that the clause before has named: "…, now positive"."""
    later = _LATER.search(part.lower()) is not None
    return later and has_call(part) and call(part) is not before.finding


def _only_control(statement: MrdStatement) -> bool:
    """The clause gives the control gene's copies, for the level of the clause before."""
    measured = (statement.copies_per_1e4_abl1, statement.log_reduction, statement.vaf_pct)
    silent = statement.finding is Finding.INDETERMINATE
    return (
        statement.control_copies.recorded and silent and not any(m.recorded for m in measured)
    )


def _is_level_of(level: MrdStatement, called: MrdStatement) -> bool:
    """One of two clauses says whether the same marker is found, the other how much of it."""
    bare = MrdStatement(
        called.marker, called.method, called.tissue, called.finding, called.words
    )
    agreed = level.finding in (called.finding, Finding.INDETERMINATE)
    settled = called.finding in (Finding.DETECTED, Finding.NOT_DETECTED)
    return called == bare and settled and agreed and level.marker == called.marker


def _clause(part: str, marker: str, method: Method, sentence: str) -> list[MrdStatement]:
    """One statement, or none if the clause neither calls nor measures."""
    mrd = re.search(r"(?i:\bmrd|residual|resterkrankung|\blaip)", part) is not None
    if not marker and not mrd:
        return []
    method = Method.MFC if marker == FLOW and method is Method.UNKNOWN else method
    bare = MrdStatement(marker or ANY, method, Tissue.UNKNOWN, Finding.INDETERMINATE, sentence)
    read = _numbers(part, bare)
    if has_call(part):
        return [replace(read.statement, finding=call(part))]
    if read.statement == bare and not read.number.recorded:
        return []
    finding = by_number(read.number, flow=method is Method.MFC)
    if method is Method.UNKNOWN and not read.statement.copies_per_1e4_abl1.recorded:
        finding = Finding.INDETERMINATE
    return [replace(read.statement, finding=finding)]


def _numbers(part: str, onto: MrdStatement, name: str = "") -> Reading:
    """The numbers of a clause, each in its own field; what has no scale only in `number`."""
    if control := _CONTROL.search(part):
        absolute = copies(control["n"] or control["m"] or control["k"])
        onto, part = replace(onto, control_copies=absolute), part.replace(control[0], " ")
    if log := _LOG.search(part):
        reduced = text.number(log["n"] or log["m"])
        onto, part = replace(onto, log_reduction=reduced), part.replace(log[0], " ")
    for pattern, unit in ((_LABELLED, ""), (_LEVEL, ""), (_PERCENT, "%"), (_QUOTIENT, "ratio")):
        if not (found := pattern.search(part)):
            continue
        written = found["n"] or found["m"]
        number = _positive_at_least(written)
        if unit == "%":
            return Reading(_percent(onto, found, f"{part} {name}"), number)
        unit = unit or found["unit"]
        level, _ = per_1e4_abl1(text.number(written), unit, f"{part} {name}")
        return Reading(replace(onto, copies_per_1e4_abl1=level), number)
    return Reading(onto)


def _positive_at_least(written: str) -> Amount:
    """ "1,234" may be a thousand or little more than one: above 0 in any case."""
    number = text.number(written)
    ambiguous = not number.recorded and re.match(r"\s*[1-9]", written)
    return Amount.above(0) if ambiguous else number


def _percent(onto: MrdStatement, found: re.Match[str], part: str) -> MrdStatement:
    """A percent is of ABL1, of reads or of leukocytes, and stays of its kind."""
    if re.search(r"(?i:\babl1?\b)", part):
        level, _ = per_1e4_abl1(text.number(found["n"]), "%", part)
        return replace(onto, copies_per_1e4_abl1=level)
    if onto.method is Method.MFC:
        return replace(onto, pct_of_leukocytes=text.percent(found["n"]))
    if onto.method is Method.NGS or re.search(r"(?i:\bvaf\b|allel)", part):
        return replace(onto, vaf_pct=text.percent(found["n"]))
    return onto
