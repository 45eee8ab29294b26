"""The course of disease in prose: blasts, response and extramedullary leukemia.

A percentage belongs to the blasts it stands beside ("46 % blasts", "Blastenanteil von 24 %");
"92 % of blasts" is a share of the blasts and none of theirs. Words without a number bound
nothing beyond what they say. A response needs its own words; relapse "excluded", "suspected"
or "molecular" is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from aml.patient import NO_AMOUNT, Amount, Finding, ResponseCategory, Tissue
from fhir_mapping import text
from fhir_mapping.memory import remembered
from fhir_mapping.questions import spelled_out

# In lower case, here and below: an expression that minds the case is several times as fast.
MARROW = re.compile(
    r"(?:bone[\s-]*marrow|\bmarrow|\bbm\b|\bbma\b|knochenmark|\bkm\b|\bkmp\b|"
    r"mark(?:blasten|ausstrich)|"
    r"iliac crest|beckenkamm|trephine|"
    r"(?<!joint )(?<!pleural )(?<!ascitic )(?<!lung )(?<!gastric )(?<!tracheal )(?<!needle )"
    r"\baspirate?\b(?! of)|marrow aspirate)"
)
BLOOD = re.compile(
    r"(?:peripher\w*[\s-]*(?:blood|blut\w*|smear|blast\w*)|\bblasts?\W+peripher|\bpb\b|\bblood\b|\bblut\w*|"
    r"circulating|"
    r"zirkulierend\w*|differentialblutbild\b)"
)
_ANY_MATERIAL = re.compile(
    r"(?:\b(?:blood|blut) ?(?:or|/|oder) ?(?:other )?(?:tissue|body fluid|gewebe)\w*|"
    r"\b(?:tissue|body fluid|gewebe)\w* ?(?:or|/|oder) ?(?:blood|blut)\b)"
)
_BLASTS = (
    r"(?:(?:myeloid|circulating|peripheral|leuk(?:a)?emic|marrow|bone marrow|zirkulierende|"
    r"periphere|leukämische|myeloische|unreife|abnormal)\s+)*(?:myelo)?"
    r"(?:blasts?\b|(?:knochen)?(?:mark)?blasten\w*|blast cells?\b|blast count\b)"
)
_BETWEEN = (
    r"(?:\s|[:=(~,]|\b(?:in|im|the|bone|marrow|knochenmark|peripheral|blood|peripheren|"
    r"blut|bm|pb|km|"
    r"are|were|is|was|of|von|with|mit|bei|at|ca\.?|about|approximately|approx\.?|around|etwa|"
    r"rund|accounts?|accounting|accounted|comprise[sd]?|comprising|represent\w*|constitute\w*|"
    r"make up|for|count|percentage|proportion|anteil|estimated|geschätzt|machen|beträgt|"
    r"betragen|"
    r"liegt|auf|increased|erhöht|aus|der|die|dem|cells?|aspirate|smear|ausstrich|to|reduced|"
    r"decreased|present|seen|noted|detected|vorhanden|nachweisbar)\b)*"
)
_ANY_BLASTS = re.compile(_BLASTS)
_MARKER = re.compile(r"\bcd\d")
_NEXT_PART = re.compile(r"[,;]|\b(?:and|und|but|aber)\b")
_AFTER = re.compile(rf"(?:(?<!cd)(?P<n>{text.NUMBER})\s*%\)?\s*(?:{_BLASTS}))")
_BEFORE = re.compile(
    rf"(?:(?<![a-zäöü]){_BLASTS}{_BETWEEN}(?P<n>{text.NUMBER})\s*%(?!\s*(?:cd|of the blasts)))"
)
_NONE = re.compile(
    r"(?:\b(?:no|keine|ohne|without)\s+(?:evidence of\s+|nachweis von\s+|any\s+)?"
    rf"{_BLASTS}(?!\s*(?:excess|increase|crisis))|(?<![a-zäöü]){_BLASTS}\s*:?\s*"
    r"(?:were |are |was )?(?:absent|none|not (?:seen|detected|identified|present)|nicht "
    r"nachweisbar|keine))"
)
_NOT_INCREASED = re.compile(
    r"(?:no (?:excess|increase|significant|relevant)|not increased|nicht (?:vermehrt|erhöht)|"
    r"keine (?:vermehrung|blastenvermehrung)|normal)"
)
# The share of aberrant cells that flow cytometry counts is no share of blasts in the marrow.
_OF_FLOW = re.compile(
    r"(?:\b(?:mrd|(?:minimal|measurable) residual disease|resterkrankung|laip)\b[^,;]*\bblast|"
    r"(?m:^)(?=.*(?:flow|cytometr|durchfluss|phänotyp|phenotyp)).*\b(?:abnormal|aberrant\w*)\b"
    r"[^,;]*blast[^,;]*\b0?[.,]\d+ *%)"
)
_SOME = re.compile(
    rf"(?:(?:rare|occasional|few|scattered|single|isolated|einzelne|vereinzelte?|wenige|"
    rf"packed with|"
    rf"sheets of|numerous|massenhaft|reichlich|increased|vermehrte?|excess of)\s+{_BLASTS}|"
    rf"(?<![a-zäöü]){_BLASTS}\s*:?\s*(?:present|seen|rare|occasional|positive|positiv|"
    rf"nachweisbar|vermehrt|increased|detected))"
)  # fmt: skip
_DENIES_INCREASE = re.compile(
    r"(?:\b(?:no|not|without|kein\w*|ohne|nicht)\b[^.;,]{0,30}?"
    r"(?:excess|increas|vermehr|exzess|erhöh))"
)
_AND_IN = re.compile(
    rf"(?:\b(?:and|und)\s+(?P<n>{text.NUMBER})\s*%\s+(?:(?:in|im|of|the|bone)\s+)*"
    r"(?P<where>marrow|knochenmark|blood|blut|peripher\w*)\b)"
)
_UNSURE = re.compile(
    r"(?:possib|probab|suspic|suspect|cannot|can not|not (?:evaluable|assess|possible|"
    r"sufficient)|"
    r"equivocal|nicht (?:beurteilbar|auswertbar|sicher|repräsentativ)|fraglich|verdacht|"
    r"\bv\.\s?a|unsicher|\?|not representative|h(?:a?e|ä)modilu)"
)
_REGENERATION = re.compile(
    r"(?i:\b(?:regenerat|recovering marrow|regenerier|hematogones|hämatogone)\w*)"
)
_NO_REGENERATION = re.compile(r"(?i:\b(?:no|without|keine|ohne)\b[^.;]{0,25}regenerat)")


class BlastStatement(Struct, frozen=True):
    """Blasts in percent; the tissue only if the sentence itself names it."""

    tissue: Tissue
    pct: Amount
    words: str
    regeneration: bool


class ResponseStatement(Struct, frozen=True):
    category: ResponseCategory
    words: str


class ExtramedullaryStatement(Struct, frozen=True):
    finding: Finding
    site: str
    words: str


@remembered
def tissue_named(words: str) -> Tissue:
    """Marrow or blood; UNKNOWN if neither or both are named ("Blood or Marrow"), or if the
    blood is one of several ("Blood or Tissue")."""
    words = _ANY_MATERIAL.sub(" ", words.lower())
    marrow, blood = MARROW.search(words), BLOOD.search(MARROW.sub(" ", words))
    if marrow and blood:
        return Tissue.UNKNOWN
    return Tissue.MARROW if marrow else Tissue.BLOOD if blood else Tissue.UNKNOWN


@remembered
def blast_statements(prose: str) -> tuple[BlastStatement, ...]:
    found: list[BlastStatement] = []
    kept = tuple(filter(text.is_settled, text.present_sentences(prose)))
    regeneration = any(map(speaks_of_regeneration, kept))
    section = Tissue.UNKNOWN
    for sentence in (*kept, *text.counted_entities(prose)):
        heading = re.match(r"(?i)([\w ,/&()-]{2,60}?):", sentence)
        if heading and tissue_named(heading[1]) is not Tissue.UNKNOWN:
            section = tissue_named(heading[1])
        for tissue, pct in _blasts(sentence):
            here = tissue if tissue is not Tissue.UNKNOWN else section
            found.append(BlastStatement(here, pct, sentence, regeneration))
    return tuple(found)


def speaks_of_regeneration(sentence: str) -> bool:
    """The marrow is said to regenerate, and not that it does not."""
    return bool(_REGENERATION.search(sentence)) and not _NO_REGENERATION.search(sentence)


def _blasts(sentence: str) -> list[tuple[Tissue, Amount]]:
    sentence = text.signed(spelled_out(sentence)).lower()
    if "blast" not in sentence and not _DENIES_INCREASE.search(sentence):
        return []
    if _MARKER.search(sentence) or _UNSURE.search(sentence) or _OF_FLOW.search(sentence):
        return []
    numbers = sorted(
        (*_AFTER.finditer(sentence), *_BEFORE.finditer(sentence)), key=lambda m: m.start()
    )
    numbers = [
        m for i, m in enumerate(numbers) if i == 0 or m.start("n") != numbers[i - 1].start("n")
    ]
    if _DENIES_INCREASE.search(sentence):
        numbers = [m for m in numbers if not text.number(m["n"]).high.is_infinite()]
        if not numbers:
            return [(tissue_named(sentence), NO_AMOUNT)]
    if numbers:
        found = [_numbered(sentence, numbers, i) for i in range(len(numbers))]
        further = _AND_IN.finditer(sentence, numbers[-1].end())
        return [*found, *((tissue_named(m["where"]), text.percent(m["n"])) for m in further)]
    if _NOT_INCREASED.search(sentence) and _ANY_BLASTS.search(sentence):
        return [(tissue_named(sentence), NO_AMOUNT)]
    if _NONE.search(sentence):
        return [(tissue_named(sentence), Amount.exactly(0))]
    if _SOME.search(sentence):
        return [(tissue_named(sentence), Amount.above(0))]
    return []


def _numbered(sentence: str, numbers: list[re.Match[str]], at: int) -> tuple[Tissue, Amount]:
    """The tissue is what stands within or after the phrase, up to a comma; else before it."""
    here = numbers[at]
    begin = numbers[at - 1].end() if at else 0
    end = numbers[at + 1].start() if at + 1 < len(numbers) else len(sentence)
    after = _NEXT_PART.split(sentence[here.end() : end])[0]
    pieces = (here[0], after, sentence[begin : here.start()])
    named = (tissue_named(piece) for piece in pieces)
    tissue = next((found for found in named if found is not Tissue.UNKNOWN), Tissue.UNKNOWN)
    return tissue, text.percent(here["n"])


_NO_RESPONSE_STATED = re.compile(
    r"(?:\b(?:if|to achieve|to confirm|goal|aim|ziel|after|nach|since|seit|post|following|"
    r"until|bis|before|angestrebt\w*|intended|expected|erwartet\w*|hoped|"
    r"vor|during|während|duration|dauer|risk|risiko|free survival|induction|induktion\w*|"
    r"chance|rate|"
    r"probability|prevent\w*|prevention|prophylax\w*|unknown|unbekannt|pending|ausstehend|"
    r"relapsed(?: or |\s?/\s?)refractory|r/r|rezidiviert\w*/)\b|"
    r"remissions?(?:kontroll|induktion|beurteilung|status|stand)|"
    r"remission (?:assessment|status|control|check|marrow|induction|evaluation)|"
    r"response (?:assessment|evaluation)\b(?!\s*[:(=-])|"
    r"\b(?:gvhd|infect\w+|infekt\w+|fever|fieber|pneumon\w+|platelet|transfus\w+|lymphom\w*|"
    r"myelom\w*|carcinom\w*|karzinom\w*|an[ae]+mi\w*|anämie|cytopeni\w*)\b)"
)
_CRITERIA = re.compile(
    r"(?:^(?:\w+ )?(?:criteri\w+|kriterien) (?:of|for|für|der|einer)\b"
    r"(?!.*\b(?:met|fulfil\w*|satisf\w*|erfüllt)\b))"
)
_EITHER = re.compile(r"(?i:\b(?:or|oder)\b)")
_AFTER_TRANSPLANT = re.compile(
    r"(?i:\b(?:after|nach|post|following)[\s-]*(?:an?\s+|the\s+|1st\s+|first\s+)?"
    r"(?:allo\w*|autolog\w*|hs?ct|sct|bmt|transplant\w*|stem cell|stammzell\w*)"
    r"(?:[\s-]+(?:hs?ct|sct|bmt|stem cell|transplant\w*))*)"
)
_INDUCTION_FAILED = re.compile(r"(?:\b(?<!no )(?:primary )?induction failure\b)")
_MOLECULAR_RELAPSE = re.compile(
    r"(?i:(?:molecular|mrd|molekulare[sr]?|cytogenetic|immunophenotypic)[\s-]*"
    r"(?:relapse|rezidiv|recurrence|progression)|relapse at the molecular level)"
)
_DOUBTED = re.compile(
    r"(?:possib|probab|suspic|suspect|suggest|cannot|can not|not (?:evaluable|assess)|likely|"
    r"equivocal|nicht (?:beurteilbar|auswertbar|sicher|auszuschlie)|fraglich|verdacht|"
    r"\bv\.\s?a|\?|"
    r"compatible with|vereinbar mit|concern|unclear|unklar|vs\.|versus|beginnend\w*)"
)
_NOT_REACHED = re.compile(
    r"(?:\b(?:not (?:in|achieved|reached|attained|met)(?: a| an)?(?: complete| "
    r"full)?\s*(?:remission|cr\b)?|"
    r"(?:remission|cr|response) (?:was |is |has )?not (?:been )?(?:achieved|reached|"
    r"attained|met)|(?:remission|cr) nicht erreicht)\b)"
)
# What else is reached or not: its want says nothing on the remission.
_NOT_REMISSION_ITSELF = re.compile(
    r"(?:\bmrd|molec|molek|[cz]ytogen|immun|negativ|\bdeep|\btief|chim[aä]|recover|regenerat|"
    r"rekonst|transfus|level|target|\bziel)"
)
_NO_REMISSION = re.compile(
    r"(?:\b(?:no (?:complete |partial |morphologic(?:al)? )?(?:remission|response)|no cr\b|"
    r"nicht in (?:remission|vollremission)|keine (?:komplette |partielle |vollständige "
    r")?(?:remission|"
    r"vollremission|teilremission)|kein (?:ansprechen|remission\w*)|"
    r"nonrespon\w+|non-respon\w+|no response|treatment failure|"
    r"therapieversagen|"
    r"primary induction failure|induction failure|blastenpersistenz|"
    r"resistant disease|therapieresistent\w*)\b)"
)
_MISSED = re.compile(
    r"\b(?:never|niemals|nie|fail\w*|unable|absence|lack\w*|verfehl\w*|(?:blieb|bleibt)\w* aus|"
    r"ausgeblieben|ended|beendet|out of (?:remission|cr)|almost|near(?:ly)?|fast|kaum|beinahe|"
    r"nahezu|less than|to be confirmed|unconfirmed|unbestätigt\w*|verlor\w*|excluded|"
    r"ausgeschlossen|"
    r"(?:incomplete|inkomplette\w*|unvollständige\w*) (?:remission|response|cr))\b"
)
_PERSISTS = re.compile(
    r"(?:\b(?:persist(?:ent|ing) (?:acute )?(?:my\w+ )?(?:leuk\w+|aml|disease)|"
    r"persistierende\w* (?:akute\w* )?(?:my\w+ )?(?:leuk\w+|aml))\b)"
)
_DOES_NOT_PERSIST = re.compile(
    r"(?:\b(?:no|not|without|kein\w*|ohne|negative for|free of)\b[^.;]{0,60}persist)"
)
_NO_RELAPSE = re.compile(
    r"(?i:\b(?:no|not|without|kein\w*|ohne|free of|negative for|excluded|ausgeschlossen|nicht|"
    r"unremarkable)\b[^.;]{0,40}(?:relapse|rezidiv|recurren|refract|refraktär|progress)|"
    r"(?:relapse|rezidiv|recurrence)\w*[^.;]{0,20}(?:excluded|ausgeschlossen|not|nicht|"
    r"absent|ruled out))"
)
_RECOVERY = (
    r"(?:ha?ematolog\w*|ha?ematopoi?etic|blood[\s-]?count|count|platelet|neutrophil|marrow|"
    r"hämatolog\w*)?\s*(?:recovery|regeneration|rekonstitution)"
)
_CATEGORIES: tuple[tuple[ResponseCategory, str], ...] = (
    (ResponseCategory.MLFS, 
        r"(?-i:\bMLFS\b)|morphologic(?:al)? leuk(?:a)?emia[\s-]free state|morphologisch "
        r"leukämiefrei\w*"),
    (ResponseCategory.CRH,
        rf"(?-i:\bCRh\b)|(?:with|mit) (?:only )?(?:partial|partieller) {_RECOVERY}"),
    (ResponseCategory.CRI, 
        rf"(?-i:\bCRi\b|\bCRp\b)|(?:with|mit) (?:incomplete|inkompletter|unvollständiger) "
        rf"{_RECOVERY}"),
    (ResponseCategory.PR, 
        r"(?-i:\bPR\b(?! interval|[- ]zeit))|partial (?:remission|response)|teilremission|"
        r"partielle remission"),
    (ResponseCategory.CR, 
        r"(?-i:\bCR\d?\b(?!\s*\d|:))|(?-i:\bCRMRD[+-]?)|(?:complete|full|komplette|"
        r"vollständige)r?\s+(?:[\wäöü]+\s+){0,2}?(?:remission|response)|vollremission|"
        r"komplettremission"),
    (ResponseCategory.REFRACTORY, r"refractory|refraktär\w*|therapierefraktär\w*"),
    (ResponseCategory.RELAPSE, r"relaps(?:e|ed|ing)?\b|rezidiv\w*|recurren(?:ce|t)"),
    (ResponseCategory.NR, r"(?-i:\bNR\b)"),
    (ResponseCategory.REMISSION, r"remission\b"),
)  # fmt: skip
_RESPONSES = tuple((category, re.compile(f"(?i:{words})")) for category, words in _CATEGORIES)
_DENIED = re.compile(r"\b(?:no|not|kein\w*|nicht|without|ohne|lost|loss of)\b")
# What stands in every sentence that states a response; quick, and never too strict.
_MAY_STATE_RESPONSE = re.compile(
    r"remission|respon|ansprechen|\b(?:cr|(?:pr|nr)\b)|mlfs|free state|leukämiefrei|recovery|"
    r"regeneration|rekonstitution|refra[ck]t|relaps|rezidiv|recurren|persist|resist|"
    r"failure|failed|versagen|not (?:in|achieved|reached|attained|met)"
)
_RESPONDED = frozenset(ResponseCategory) - {
    ResponseCategory.NR,
    ResponseCategory.REFRACTORY,
    ResponseCategory.RELAPSE,
}
_IMPROVED = (ResponseCategory.CRH, ResponseCategory.CRI, ResponseCategory.MLFS)


@remembered
def response_statements(prose: str) -> tuple[ResponseStatement, ...]:
    """One category for each sentence that states one; contradictory sentences state none."""
    found = []
    for sentence in text.present_sentences(prose):
        category = response_in(sentence)
        found += [ResponseStatement(c, sentence) for c in category]
    return tuple(found)


def response_in(words: str) -> tuple[ResponseCategory, ...]:
    """The category that these words state: one or none."""
    spelled = spelled_out(text.plain(words))
    if not _MAY_STATE_RESPONSE.search(spelled.lower()):
        return ()
    words = _AFTER_TRANSPLANT.sub(" ", spelled)
    lower = words.lower()
    if _INDUCTION_FAILED.search(lower):
        return () if _DOUBTED.search(lower) else (ResponseCategory.NR,)
    if _NO_RESPONSE_STATED.search(lower) or _DOUBTED.search(lower):
        return ()
    if _NOT_REACHED.search(lower):
        return () if _NOT_REMISSION_ITSELF.search(lower) else (ResponseCategory.NR,)
    if _NO_REMISSION.search(lower):
        return (ResponseCategory.NR,)
    if _PERSISTS.search(lower) and not _DOES_NOT_PERSIST.search(lower):
        return (ResponseCategory.NR,)
    if _CRITERIA.search(lower):
        return ()
    rest = _NO_RELAPSE.sub(" ", _MOLECULAR_RELAPSE.sub(" ", words))
    named = [category for category, pattern in _RESPONSES if pattern.search(rest)]
    if len(named) > 1 and _EITHER.search(rest):
        return ()
    if named[:1] and named[0] in _IMPROVED:
        named = [c for c in named if c not in (ResponseCategory.CR, ResponseCategory.REMISSION)]
    elif len(named) > 1:
        named = [c for c in named if c is not ResponseCategory.REMISSION]
    if named and (_DENIED.search(rest.lower()) or _is_missed(named, rest.lower())):
        return ()
    return (named[0],) if len(named) == 1 else ()


def _is_missed(named: Sequence[ResponseCategory], lower: str) -> bool:
    return not _RESPONDED.isdisjoint(named) and _MISSED.search(lower) is not None


_SITES = (
    (
        r"(?:myeloid|granulocytic|myeloisches|granulozytäres) sar[ck]om\w*|chloroma?\w*|"
        r"myelosarkom\w*", "myeloid sarcoma"),
    (
        r"leuk(?:a)?emia cutis|leuka?emic skin|(?:skin|haut)[\s-]?(?:infiltrat\w*|"
        r"befall\w*|involvement)|leukaemia cutis", "skin"),
    (
        r"(?:cns|zns|central nervous system|meningeal|leptomeningeal|csf|"
        r"liquor)[\s-]*(?:involvement|infiltrat\w*|disease|befall\w*|leuk\w+|relapse)|"
        r"meningeosis leuk\w+|meningeosis leuc\w+|neuroleuk\w+", "CNS"),
    (r"extramedull\w*", "extramedullary"),
)  # fmt: skip
_EXTRAMEDULLARY = tuple((re.compile(words), site) for words, site in _SITES)
_SITE_STEMS = re.compile(  # in lower case, which is several times as fast over prose
    r"sar[ck]o|chlorom|leu[kc]|skin|haut|[cz]ns|central|mening|csf|liquor|extramed"
)
_NEGATED = re.compile(
    r"(?:\b(?:no|not|without|kein\w*|ohne|negative?|free of|excluded|ausgeschlossen|nicht|"
    r"absence|"
    r"absent|none)\b)"
)


def may_name_extramedullary(prose: str) -> bool:
    """Quick, and never too strict."""
    return _SITE_STEMS.search(prose.lower()) is not None


def extramedullary_named(words: str) -> str:
    """The site if the words name extramedullary leukemia, else ""."""
    if not may_name_extramedullary(words):
        return ""
    lower = words.lower()
    return next((site for pattern, site in _EXTRAMEDULLARY if pattern.search(lower)), "")


def history_named(words: str) -> bool:
    """A heading of the past, a question or a plan: what stands under it is no result."""
    return not text.is_present(words) or bool(re.search(r"(?i:history|indication|plan)", words))


@remembered
def extramedullary_statements(prose: str) -> tuple[ExtramedullaryStatement, ...]:
    found = []
    for sentence in text.present_sentences(prose):
        site = extramedullary_named(sentence)
        if site and not re.search(
            r"(?i:hematopoies|hämatopoes|haematopoies|prophyla)", sentence
        ):
            found.append(
                ExtramedullaryStatement(_presence(spelled_out(sentence)), site, sentence)
            )
    return tuple(found)


_OVER = re.compile(r"(?:\b(?:resolved|in (?:[\w]+ )?remission|regredient\w*|abgeheilt\w*)\b)")


def _presence(sentence: str) -> Finding:
    lower = sentence.lower()
    if _DOUBTED.search(lower) or _OVER.search(lower):
        return Finding.INDETERMINATE
    return Finding.NOT_DETECTED if _NEGATED.search(lower) else Finding.DETECTED
