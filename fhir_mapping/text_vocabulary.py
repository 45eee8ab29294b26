"""The words of the clause grammar in `text_genes`, by what they do to the names around them.

Order matters: the first entry that matches at a place is taken, so negations and doubts stand
before the words that they contain ("not detected" before "detected").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from itertools import groupby
from typing import NamedTuple

from fhir_mapping.text import NO_TEST, NUMBER


class Kind(Enum):
    """What a word or phrase does in a clause."""

    NEGATES_NEXT = "no …"
    NEGATIVE = "… not detected"
    WILD_TYPE = "… wild type"
    ASSERTS_NEXT = "positive for …"
    POSITIVE = "… detected"
    MUTATED = "… mutated"
    SIGN_PLUS = "…+"
    SIGN_MINUS = "…-"
    DOUBT = "possible …"
    DOUBT_AFTER = "… cannot be excluded"
    BUT = "but"
    STOP = "associated with"
    ENTITY = "AML"
    COMMA = ","
    LINK = "and"
    VAF = "VAF 38 %"
    RATIO = "ratio 0.6"
    CHANGE = "R132H"
    TYPE = "type A"
    FILL = "the"
    NAME = "NPM1"
    WORD = "anything else"


_NOUN = (
    r"(?:mutations?|mutationen|variants?|variante?n?|alterations?|veränderung(?:en)?|"
    r"duplications?|duplikation(?:en)?|fusionstranskript\w*|fusion transcripts?|fusions?|"
    r"aberrations?|rearrangements?|rearrangierung(?:en)?|umlagerung(?:en)?|"
    r"abnormalit(?:y|ies)|translo[ck]ation(?:en|s)?)"
)
_SEEN = (
    r"(?:detected|identified|found|seen|observed|present|demonstrated|noted|detectable|"
    r"demonstrable|evident)"
)
_GESEHEN = (
    r"(?:nachweisbar(?:e[nrsm]?)?|nachgewiesen(?:e[nrsm]?)?|nachzuweisen|gefunden|detektiert|"
    r"detektierbar|vorhanden|identifiziert|darstellbar|vorliegend|erkennbar)"
)
_WURDE = r"(?:war|waren|wurden?|konnten?)"
_WAS_SEEN = rf"(?: (?:was|were|is|are))?(?: {_SEEN})?"
_OTHER = r"(?: (?:other|further|additional|detectable|weitere[nr]?))?"
_NOT_IN = r"(?!\w| *(?:in|im|des|der|von)\b)"
_OF_A = (
    r"(?: (?:von|einer?|eines|für|auf|der|des)"
    r"(?: (?:eine[nrs]?|das vorliegen (?:von|einer?)))?)?"
)
_OF_KIND = "(?:pathogenen|somatischen|relevanten|klinisch relevanten)"
LABEL_VAF = (
    r"(?:vaf|(?:variant|mutant|mutation)?\s*allel(?:e|ic)?[\s-]*(?:frequency|fraction|burden|"
    r"load)|allel(?:en)?(?:frequenz|fraktion|last|häufigkeit)|variantenfrequenz|mutationslast)"
)
LABEL_RATIO = (
    r"(?:allel(?:ic|e)?[\s-]*ratio|allel(?:en)?(?:ratio|quotient)|(?:signal[\s-]*)?ratio|"
    r"quotient|mut(?:ant|ated|iert)?\s*(?:/|to|zu|:)\s*w(?:ild)?[\s-]?t(?:ype?)?"
    r"(?:[\s-]*(?:allel\w* )?(?:ratio|quotient))?|(?-i:\bAR\b))"
)
EQUALS = (
    r"\s*(?:of|von|vom|at|mit|is|was|ist|war|approx\.?|approximately|ca\.?|about|[:=~(,]|\s)*"
)

_PHRASES: tuple[tuple[Kind, str], ...] = (
    (Kind.FILL, r"likely pathogenic|wahrscheinlich pathogen(?:e[nrsm]?)?"),
    (
        Kind.NEGATES_NEXT,
        rf"""
        none of the following(?: genes| {_NOUN})?{_WAS_SEEN}
        keine[rs]? der folgenden(?: gene| {_NOUN})?(?: {_WURDE}(?: {_GESEHEN})?)?
        (?:nicht (?:jedoch|aber)|(?:aber|jedoch) nicht|but not)(?= (?:cd\d|hla))
        """,
    ),
    (
        Kind.FILL,
        r"(?:fish|hybridi[sz]ation|cytogenetic|molecular|genetic|sequencing|pcr|additional) "
        r"stud(?:y|ies)|(?:nachweis|detection)(?= ?:)|"
        r"(?:normal|unauffällig)\w* (?:(?:fe)?male |(?:männ|weib)lich\w* )?"
        r"(?:karyotype?|cytogenetics?|chromosom\w*)",
    ),
    (Kind.FILL, r"erg(?:ibt|eben|ab|aben) sich(?= (?:kein|ohne))"),
    (
        Kind.NEGATIVE,
        rf"""
        (?:(?:could|can|was|were|is|are|has|have) )?not (?:been |be )?(?:{_SEEN}|mutated)
        (?:could|can|was|were|is|are) not (?:be )?(?:rearranged|amplified|expressed)
        not (?:rearranged|amplified|expressed)
        liegt(?:en)? (?:aktuell |derzeit )?nicht(?: mehr)? vor|gelang(?:en)? nicht
        no longer {_SEEN}|undetect(?:ed|able)|non[\s-]?detect(?:ed|able)
        un-?mutated|non-?mutated
        """,
    ),
    (
        Kind.DOUBT_AFTER,
        r"""
        (?:cannot|can not|could not|can't) be \w+(?: \w+)?
        (?:cannot|can not|could not) (?:exclude|rule out)|unable to \w+
        not (?:be )?(?:excluded|ruled out)
        not (?:been )?(?:tested|performed|assessed|done|analy[sz]ed|evaluable|evaluated)
        not (?:been )?(?:interpretable|examined|available|reported|requested|informative)
        (?:(?:quantity|material|[dr]na|menge) )?(?:not sufficient|nicht ausreichend\w*)
        not (?:been )?(?:determined|studied|known|clear\w*|reliably|possible|definit\w+)
        (?:noch )?nicht (?:sicher |eindeutig |vollständig )?(?:auszuschlie(?:ß|ss)en)
        (?:noch )?nicht (?:sicher |eindeutig |vollständig )?(?:ausgeschlossen|untersucht)
        (?:noch )?nicht (?:durchgeführt|getestet|beurteilbar|auswertbar|bestimmt|analysiert)
        (?:noch )?nicht (?:verwertbar|möglich|bekannt|sicher|eindeutig|zu \w+)
        (?:variants? of )?(?:uncertain|unknown|unclear|undetermined) (?:clinical )?significance
        below (?:the )?(?:\w+ )?(?:threshold|limit|cut-?off|lod|loq|range)
        unter(?:halb)? der (?:nachweis|bestimmungs|melde)grenze
        \(?(?:tier (?:3|4|iii|iv)|(?:class|klasse) [1-3])\b\)?
        vus|unklare[rn]? signifikanz|to follow|steht (?:noch )?aus|folgt|qns
        \(?\+\s*/\s*-\)?|±|\?+|wild[\s-]?typ\w*[\s-]*(?:allele?s?|[ck]ontrol\w*)
        (?:pending|awaited|ausstehend\w*|outstanding|insufficient\w*|inadequate\w*|invalid\w*)
        (?:unzureichend\w*|fail\w*|unsuccessful\w*|benign\w*|polymorphism\w*|polymorphismus|snp)
        (?:contaminat\w*|kontaminat\w*|art[ei]fa[ck]t\w*|nonspecific|unspezifisch\w*|germline)
        (?:keimbahn\w*|equivocal|indeterminate|inconclusive|borderline|grenzwertig\w*|unclear)
        (?:ambiguous|unklar\w*|uncertain\w*|reference range|vereinbar mit|compatible with)
        """,
    ),
    (
        Kind.DOUBT,
        rf"""
        {NO_TEST}
        no (?:call|results?|definit\w+|clear\w*|conclusive|reliable|information|data|material)
        no (?:dna|rna|amplification|product)
        kein(?:e|en|er)? (?:sicher\w+|eindeutig\w+|ergebnis\w*|aussage|material|beurteilung)
        (?:possib|probab|suspect|suspic|suggest|questionabl|fraglich|verdächtig|verdacht)\w*
        (?:möglich|wahrscheinlich|presum|vermutlich|evtl|eventuell|likely|maybe)\w*
        may|might|could|v\.\s?a\.?|loss of|verlust (?:von|der|des)|disappear\w+|never|nie
        """,
    ),
    (
        Kind.NEGATIVE,
        rf"""
        no (?:pathogenic |somatic |clonal )?{_NOUN}{_WAS_SEEN}(?!\w| *(?:in|of|for|im)\b)
        keine? (?:pathogene |somatische )?{_NOUN}(?: {_GESEHEN})?{_NOT_IN}
        (?:kein|ohne) mutationsnachweis{_NOT_IN}
        (?:kein|ohne) (?:nachweis|hinweis|anhalt){_OF_A}(?: {_OF_KIND})? {_NOUN}{_NOT_IN}
        nicht (?:mehr )?(?:{_GESEHEN}|mutiert\w*|rearrangiert|exprimiert)|unmutiert\w*
        """,
    ),
    (Kind.NEGATES_NEXT, r"negative? (?:for|auf|für)|negativer nachweis (?:von|einer?)"),
    (Kind.WILD_TYPE, r"wild[\s-]?typ(?:e|us)?|wt|unmutated"),
    (
        Kind.NEGATIVE,
        rf"""
        negativ(?:e[rsnm]?)?|neg\.?|\(neg\.?\)|absent|excluded|ausgeschlossen|none(?: {_SEEN})?
        kein nachweis(?! (?:von|einer?|eines|der|des|für))|unauffällig|normal|\(-\)
        (?<=: )-(?=$|[,\s])
        """,
    ),
    (
        Kind.NEGATES_NEXT,
        rf"""
        (?:kein(?:e[nrsm]?)?|ohne) (?:nachweis|hinweis\w*|anhalt\w*|evidenz){_OF_A}
        fehlende[rnsm]? (?:nachweis|hinweis\w*|anhalt\w*){_OF_A}
        no (?:evidence|indication|signs?|presence) (?:of|for)(?: an?)?|absence of|free of
        (?:does|do|did) not (?:show|harbou?r|carry|reveal|demonstrate|express)
        lacks?|lacking|neither|weder|nor
        (?:kein(?:e[nrsm]?)?|ohne|no|without){_OTHER}
        """,
    ),
    (
        Kind.BUT,
        r"""
        but for|apart from|with the exception of|ausgenommen|abgesehen von
        mit ausnahme(?: (?:von|de[rs]|einer?))?
        but|however|although|though|while|whereas|aber|jedoch|hingegen|dagegen|während|sondern
        except\w*|außer|bis auf
        """,
    ),
    (
        Kind.STOP,
        r"""
        (?:associated|assoziiert|prognos|favou?rable|unfavou?rable|adverse|intermediate)\w*
        (?:günstig|ungünstig|inhibitor|treat|therap|approved|zugelassen|eligib|trial|confer)\w*
        (?:stud(?:y|ie)|predict|indicat|risk|risiko|eln|candidate|midostaurin|gilteritinib)\w*
        (?:quizartinib|ivosidenib|enasidenib|sensitiv|limit|cut-?off|threshold)\w*
        (?:nachweisgrenze|mean|imply|implies)\w*|lod
        """,
    ),
    (
        Kind.ASSERTS_NEXT,
        rf"""
        positiv(?:e|er)? (?:for|für|auf)|nachweis (?:von|einer?|eines|der|des)
        (?:shows?|showed|reveal(?:s|ed)|harbou?r(?:s|ed|ing)|carr(?:ies|ied|ying))(?: an?)?
        (?:demonstrate[sd]|zeigt\w*|ergab\w*)(?: an?| eine[nr]?)?|persist(?:ing|ent|ierend)\w*
        es (?:finde[nt]|fand|fanden|zeigte[nt]?|zeigt|ergibt) sich(?: eine[nr]?)?
        (?:pathogenic |somatic )?{_NOUN} (?:{_SEEN} )?in(?= .*(?:{_SEEN}|{_GESEHEN}))
        """,
    ),
    (Kind.FILL, rf"(?:population|minor|gnomad|exac)[\s-]*{LABEL_VAF}{EQUALS}{NUMBER}\s*%\)?"),
    (
        Kind.VAF,
        rf"""
        {LABEL_VAF}{EQUALS}{NUMBER}\s*%\)?
        \(?{NUMBER}\s*%\s*{LABEL_VAF}\)?
        """,
    ),
    (Kind.FILL, LABEL_VAF),
    (Kind.RATIO, rf"{LABEL_RATIO}{EQUALS}{NUMBER}(?:\s*%)?\)?"),
    (
        Kind.MUTATED,
        r"""
        mutated|mutiert(?:e[rsnm]?)?|mutant|mut|positiv(?:e[rsnm]?)?|pos\.?|\(pos\.?\)|\(\+\)
        rearranged|rearrangiert
        """,
    ),
    (
        Kind.POSITIVE,
        rf"{_SEEN}|confirmed|bestätigt|persists?|persisted|persistiert|{_GESEHEN}|(?:co-?)?express(?:es|ed|ing)?|"
        rf"exprimier(?:t|en)",
    ),
    (Kind.TYPE, r"\(?(?:mutation |mutations)?typ(?:e|us)?\s?(?-i:[A-Z])\b\)?"),
    (
        Kind.ENTITY,
        r"aml|apl|leuk(?:a)?emia|leukämie|patients?|patienten|cases?|disease|erkrankung",
    ),
    (Kind.DOUBT, r"not|nicht|non"),
    (Kind.COMMA, r","),
    (
        Kind.LINK,
        r"and|or|und|oder|sowie|noch|both|beide\w*|as well as|plus|bzw\.?|/|&|either|auch",
    ),
    (
        Kind.FILL,
        rf"""
        {_NOUN}|gene?|genes|gens|insertions?|exon \d+(?:[-/]\d+)?
        \(?11q23(?:\.\d)?\)?
        \(?[di]83[56](?:[/,+ ]*i836)?\)?
        (?:pathogenic|pathogene[nrs]?|somatic|somatische[nr]?|hotspot|activating|clonal)
        (?:clinically|klinisch|significant|relevant(?:e[rnsm]?)?|reportable|actionable)
        (?:molekulare[rnsm]?|molekulargenetische[rnsm]?)
        (?:internal tandem|tandem|frameshift|missense|in-frame|low[\s-]level|weak(?:ly)?)
        (?:strong(?:ly)?|schwach|stark|partial(?:ly)?|partiell|dim|bright|heterogen\w*)
        (?:homogen\w*|moderate|subset|again|still|newly|new|neue?[rsn]?|weiterhin|erneut|also)
        (?:now|currently|jetzt|nun|aktuell|derzeit|nunmehr)
        (?:clearly|eindeutig\w*|acquired|erworben\w*|high|hoch\w*|biallelic|bi-allelic)
        jeweils|each
        one|two|three|zwei|drei|single|double|multiple|several|mehrere|einzelne
        the|a|an|is|was|are|were|be|been|has|have|of|in|by|for|with|at|on|this|these|that|there
        der|die|das|des|dem|den|ein|eine[rsnm]?|ist|war|sind|wurden?|werden|konnten?|kann|im|mit
        mittels|von|vom|am|auf|bei|es|liegt|liegen|vor|finde[nt]|fand|fanden|sich|it|patient
        sample|probe|specimen|clone|klon|status|result|ergebnis|analysis|analyse|testing|test
        pcr|rt-pcr|ngs|sequencing|sequenzierung|fragment|length|fragmentlängenanalyse
        molecular(?:ly)?|molekulargenetisch\w*|genetics?|panel|myeloid|bone|marrow|knochenmark
        blood|blut|cells?|zellen|blasts?|blasten|expression|level|domain|tyrosine|kinase|fish
        evidence|bp|wise
        """,
    ),
)


class Phrases(NamedTuple):
    """Phrases that stand together in the order above, each kind a group of one pattern."""

    pattern: re.Pattern[str]
    kinds: tuple[Kind, ...]
    as_written: bool  # looked for in the text as it is; all others in lower case


def _scanner() -> Iterator[Phrases]:
    """In lower case an expression is several times as fast; few phrases mind the case."""
    for as_written, phrases in groupby(_PHRASES, lambda phrase: "(?-i:" in phrase[1]):
        kinds, blocks = zip(*phrases, strict=True)
        groups = "|".join(f"({_words(block)})" for block in blocks)
        yield Phrases(re.compile(f"(?i:{groups})" if as_written else groups), kinds, as_written)


def _words(block: str) -> str:
    """One expression for all lines, that begins and ends where words do."""
    body = "|".join(line.strip() for line in block.splitlines() if line.strip())
    return (
        rf"(?:(?<![a-zäöüß])(?=[a-zäöüß])(?:{body})|(?=[^a-zäöüß])(?:{body}))"
        r"(?!(?<=[a-zäöüß])[a-zäöüß])"
    )


SCANNER = tuple(_scanner())
