"""Mutations, fusions and surface markers in prose: the clause grammar.

A clause binds one outcome to the names before it ("NPM1 and FLT3-ITD not detected") or after
it ("no FLT3-ITD or TKD", "Detected: NPM1"). A word outside the vocabulary breaks the binding.
A concrete change, an allele frequency or an allelic ratio beside a name asserts it; the name
alone asserts nothing. Doubt makes INDETERMINATE. An adjective in front of a disease ("FLT3
mutated AML") names an entity and is no result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from aml.patient import NO_AMOUNT, Amount, Finding
from fhir_mapping import hgvs, text
from fhir_mapping.alterations import is_reported, may_mention, mentions, without_parent
from fhir_mapping.memory import remembered
from fhir_mapping.questions import spelled_out
from fhir_mapping.text_tokens import tokens
from fhir_mapping.text_vocabulary import EQUALS, LABEL_RATIO, LABEL_VAF, Kind

HUNDREDTH = Decimal("0.01")
# Share of blasts with the antigen from which a bare number counts as positive [conv].
CD33_POSITIVE_PCT = 20


class GeneStatement(Struct, frozen=True):
    """One alteration and what a sentence says about it; numbers as in `GeneResult`."""

    alteration: str
    finding: Finding
    words: str
    allelic_ratio: Amount = NO_AMOUNT
    vaf_pct: Amount = NO_AMOUNT
    change: str = ""


_NONE_OF = re.compile(r"(?i:\s(?:mutated|positive|detected|found) in 0 (?:of|/|out of)\b)")
_FEW_BLASTS = re.compile(r"(?i:(?P<n>\d[\d.,]*) ?% (?:of|der) (?:the )?blast)")
_ASIDE = re.compile(
    r"(?i:\([^()]*(?:sensitiv|lod\b|limit|cut-?off|threshold|nachweisgrenze|reference|"
    r"referenz|transcript nm)[^()]*\))"
)


@dataclass(slots=True)
class _Mention:
    names: tuple[str, ...]
    after_comma: bool
    finding: Finding = Finding.INDETERMINATE
    settled: bool = False
    evidence: bool = False
    vaf: Amount = NO_AMOUNT
    ratio: Amount = NO_AMOUNT
    change: str = ""

    def settle(self, finding: Finding) -> None:
        self.finding, self.settled = finding, True


@dataclass(slots=True)
class _Clause:
    """The state of reading: names not yet settled, and the outcome that awaits names."""

    awaiting: Kind = Kind.WORD
    open: list[_Mention] = field(default_factory=list)
    last: list[_Mention] = field(default_factory=list)  # settled by the latest outcome
    everything: list[_Mention] = field(default_factory=list)
    comma: bool = False
    tainted: bool = False  # a denial was begun and the words after it were not understood
    turned: bool = False  # "but", and nothing else that matters, stands after an outcome
    contradicted: list[_Mention] = field(default_factory=list)  # unless a name follows


@remembered
def gene_statements(prose: str) -> tuple[GeneStatement, ...]:
    """What the present sentences of a text say of mutations, fusions and CD33.

    Two sentences that contradict each other are both returned; transcript and residual
    disease sentences are not read here.
    """
    found: list[GeneStatement] = []
    last: list[GeneStatement] = []
    for sentence in text.present_sentences(prose):
        if speaks_of_residual_disease(sentence) or not text.is_settled(sentence):
            last = []
            continue
        if len(last) == 1 and (number := _BARE_NUMBER.fullmatch(sentence)):
            found[-1] = _measured(found[-1], number)
            continue
        last = list(_sentence(sentence))
        found += last
    for sentence in text.renewed_sentences(prose):
        if len(mentions(sentence)) == 1 and not speaks_of_residual_disease(sentence):
            found += _sentence(sentence)
    return tuple(found)


_BARE_NUMBER = re.compile(
    rf"(?i:(?:(?P<ratio>{LABEL_RATIO})|{LABEL_VAF}){EQUALS}(?P<n>{text.NUMBER})\s*(?P<pct>%?))"
)


def _measured(statement: GeneStatement, number: re.Match[str]) -> GeneStatement:
    """A sentence that is a labelled number alone is of the one finding before it."""
    amount = text.number(number["n"])
    if statement.finding is not Finding.DETECTED:
        return statement
    if not number["ratio"]:
        return (
            replace(statement, vaf_pct=text.percent(number["n"]))
            if number["pct"]
            else statement
        )
    ratio = amount.scaled(HUNDREDTH) if number["pct"] else amount
    return (
        replace(statement, allelic_ratio=ratio)
        if statement.alteration == "FLT3-ITD"
        else statement
    )


@remembered
def speaks_of_residual_disease(sentence: str) -> bool:
    """Such a sentence is read by `text_mrd`."""
    return _RESIDUAL.search(sentence.lower()) is not None


_RESIDUAL = re.compile(  # in lower case, which is several times as fast over prose
    r"(?:\bmrd\b|measurable residual|minimal(?:e|er)? rest|residual disease|resterkrankung|"
    r"npm1?.*trans[ck]ript|copies|kopien|(?:npm1?|t1|eto|myh11)[^.;]{0,12}/\s*c?-?abl|\bncn\b|"
    r"(?:t1|eto|myh11)[\s-]{0,2}trans[ck]ript\w*|rt-?q|qpcr|"
    r"(?:t1|eto|myh11)\W{1,3}(?:ratio|quotient)|"
    r"\blaip\b|log\w*[\s-]*redu[ck]tion|/\s*10\s?[\^*]|/\s*10[.,' ]?000|/\s*100[.,' ]?000|"
    r"mole[ck]ular\w*\s+(?:remission|response)|limit of quantification|quantification limit|"
    r"(?:not|nicht) quantifi\w+|(?:bestimmungs|quantifizierungs)grenze|"
    r"chim[ae]*erism|%\s*(?:of\s+|von\s+)?c?-?abl1?\b|"
    r"(?:flow|cytometr|immunophenotyp|durchfluss|facs)[^.;]*\bresidual|"
    r"residual[^.;]*(?:flow|cytometr|immunophenotyp))"
)


def _sentence(sentence: str) -> Iterable[GeneStatement]:
    if not may_mention(sentence):
        return []
    clause = _Clause()
    spelled = _NONE_OF.sub(" not detected", spelled_out(sentence))
    words = _ASIDE.sub(" ", text.signed(spelled))
    stopped = False
    for kind, found in tokens(words):
        if kind is Kind.STOP:
            stopped = True
            break
        _read(clause, kind, found)
    doubted = clause.last if clause.awaiting is Kind.DOUBT and not clause.open else ()
    for item in (*doubted, *clause.contradicted):
        item.settle(Finding.INDETERMINATE)
    _close(clause)
    statements = [s for item in clause.everything for s in _statements(item, sentence)]
    if _by_two_methods(words):
        statements = [replace(s, finding=Finding.INDETERMINATE) for s in statements]
    if stopped and _generic(words):
        return []
    if len(statements) < 2:
        return statements
    names = without_parent(s.alteration for s in statements)
    return list(dict.fromkeys(s for s in statements if s.alteration in names))


_BY = r"\s+(?:by|using|via|mittels|per|durch|in der|im)\b"
_EXCLUDED_BY = re.compile(
    r"(?i:\b(?:negative?r?|(?:not|nicht) \w+|undetect\w+|wild[\s-]?typ\w?)" + _BY + ")"
)
_FOUND_BY = re.compile(
    r"(?i:(?<!not )(?<!nicht )\b(?:positive?r?|detected|found|mutated|nachweisbar|nachgewiesen|"
    r"mutiert)" + _BY + ")"
)


def _by_two_methods(words: str) -> bool:
    """One method finds and another does not, and no name stands between the two."""
    excluded, found = _EXCLUDED_BY.search(words), _FOUND_BY.search(words)
    if not excluded or not found:
        return False
    first, second = sorted((excluded.span(), found.span()))
    return not mentions(words[first[1] : second[0]])


def _generic(words: str) -> bool:
    """A comment on a kind of mutation ("FLT3-ITD mutations are associated …")."""
    return (
        re.match(r"(?i:mutations? (?:in|of|im)|mutationen|\S+ mutations are)\b", words)
        is not None
    )


_EXCEPT = re.compile(r"(?i:except|außer|bis auf|apart|but for|with the|aus|abgesehen|mit aus)")


def _read(clause: _Clause, kind: Kind, found: tuple[tuple[str, ...], str]) -> None:
    names, words = found
    match kind:
        case Kind.NAME:
            _name(clause, names)
        case Kind.COMMA:
            _comma(clause)
        case Kind.LINK:
            clause.comma = False
        case Kind.VAF | Kind.RATIO | Kind.CHANGE | Kind.TYPE:
            _evidence(clause, kind, words)
        case Kind.NEGATES_NEXT | Kind.ASSERTS_NEXT:
            _prefix(clause, kind)
        case Kind.WORD:
            _unknown_word(clause)
        case Kind.BUT:
            _close(clause)
            clause.turned = True
            if _EXCEPT.match(words):  # "but for FLT3-ITD, the genes were negative"
                clause.last, clause.awaiting = [], Kind.DOUBT
        case Kind.ENTITY:
            _entity(clause)
        case Kind.DOUBT | Kind.DOUBT_AFTER:
            _doubt(clause, kind)
        case Kind.SIGN_PLUS | Kind.SIGN_MINUS:
            _signed(clause, kind)
        case Kind.NEGATIVE | Kind.WILD_TYPE:
            _negative(clause, kind)
        case _:
            _positive(clause, kind, words)


def _name(clause: _Clause, names: tuple[str, ...]) -> None:
    item = _Mention(names, clause.comma)
    clause.open.append(item)
    clause.everything.append(item)
    clause.contradicted, clause.turned = [], False
    clause.comma = False


def _evidence(clause: _Clause, kind: Kind, words: str) -> None:
    """A number or a change belongs to the name before it, if that is one name."""
    item = clause.open[-1] if clause.open else clause.last[0] if len(clause.last) == 1 else None
    if item is None:
        return
    if kind is Kind.TYPE:
        item.evidence |= "NPM1" in item.names
    elif kind is Kind.CHANGE:
        item.change = item.change or hgvs.change(words)
        item.evidence |= bool(item.change)
    else:
        number = text.number(
            re.findall(text.NUMBER, re.sub(r"(?i:mut\w*\s*/\s*w\S*)", "", words))[0]
        )
        if kind is Kind.RATIO:
            item.ratio = number.scaled(HUNDREDTH) if "%" in words else number
        else:
            item.vaf = (
                item.vaf
                if item.vaf.recorded
                else text.percent(re.findall(text.NUMBER, words)[0])
            )
        item.evidence |= number.recorded and number.low > 0


def _unknown_word(clause: _Clause) -> None:
    """It breaks the binding; what "no …" would have denied after it is left open."""
    denies = clause.awaiting in (Kind.NEGATES_NEXT, Kind.DOUBT) and not clause.open
    _close(clause)
    clause.turned = False
    if denies:
        clause.awaiting, clause.tainted = Kind.DOUBT, True


def _comma(clause: _Clause) -> None:
    if clause.tainted and not clause.open:
        clause.awaiting, clause.tainted = Kind.WORD, False
    clause.comma = True


def _entity(clause: _Clause) -> None:
    """ "FLT3 mutated AML" is a kind of disease: what was said of it is taken back."""
    for item in (*clause.last, *clause.open):
        item.names = ()
    _close(clause)


def _prefix(clause: _Clause, kind: Kind) -> None:
    """ "No" and doubt rule what follows: "kein sicherer Nachweis einer" asserts nothing."""
    ruled = clause.awaiting is Kind.DOUBT or (
        clause.awaiting is Kind.NEGATES_NEXT and kind is Kind.ASSERTS_NEXT
    )
    if ruled and not clause.open and not clause.comma:
        return
    _close(clause)
    clause.awaiting = kind


def _doubt(clause: _Clause, kind: Kind) -> None:
    if clause.open:
        _settle(clause, clause.open, Finding.INDETERMINATE)
        clause.awaiting = Kind.WORD
        return
    if kind is Kind.DOUBT_AFTER or not clause.comma:
        for item in clause.last:
            item.settle(Finding.INDETERMINATE)
    clause.awaiting = Kind.DOUBT
    clause.comma = False


def _signed(clause: _Clause, kind: Kind) -> None:
    """A sign settles its own marker alone."""
    item = clause.open.pop()
    item.settle(Finding.DETECTED if kind is Kind.SIGN_PLUS else Finding.NOT_DETECTED)
    clause.last = [item]


def _negative(clause: _Clause, kind: Kind) -> None:
    if not clause.open:
        _second_outcome(clause, Finding.NOT_DETECTED)
        if clause.awaiting is not Kind.DOUBT:
            clause.awaiting = Kind.NEGATES_NEXT
        return
    if clause.awaiting is Kind.DOUBT:
        _settle(clause, clause.open, Finding.INDETERMINATE)
    else:
        *before, last = clause.open
        for item in before:
            item.settle(_before_negative(clause, item, last, kind))
        _settle(clause, [last], Finding.NOT_DETECTED)
    clause.awaiting = Kind.WORD


def _before_negative(clause: _Clause, item: _Mention, last: _Mention, kind: Kind) -> Finding:
    """What a negative at the end of a list says of the names before its last one."""
    if clause.awaiting is Kind.ASSERTS_NEXT:
        return Finding.INDETERMINATE
    if not item.evidence:
        return Finding.NOT_DETECTED
    measured = item.vaf.recorded or item.ratio.recorded
    asserted = last.after_comma and (measured or kind is Kind.WILD_TYPE)
    return Finding.DETECTED if asserted else Finding.INDETERMINATE


def _positive(clause: _Clause, kind: Kind, words: str) -> None:
    if not clause.open:
        if not _CONFIRMED.match(words):
            _second_outcome(clause, Finding.DETECTED)
        if clause.awaiting is Kind.WORD:
            clause.awaiting = Kind.ASSERTS_NEXT
        return
    if clause.awaiting is Kind.NEGATES_NEXT:
        _positive_after_no(clause, kind)
        return
    doubt = clause.awaiting is Kind.DOUBT
    _settle(clause, clause.open, Finding.INDETERMINATE if doubt else Finding.DETECTED)
    clause.awaiting = Kind.WORD


_CONFIRMED = re.compile(r"(?i:confirmed|bestätigt)")


def _second_outcome(clause: _Clause, finding: Finding) -> None:
    """ "Negative by fragment analysis but positive by NGS": two outcomes of the same names,
    unless the second is of names that follow it."""
    other = [item for item in clause.last if item.finding is not finding]
    if clause.turned and clause.awaiting is Kind.WORD:
        clause.contradicted = [item for item in other if item.settled]


def _positive_after_no(clause: _Clause, kind: Kind) -> None:
    """ "No FLT3-ITD detected" is negative; in "no FLT3-ITD, NPM1 mutated" the last is not."""
    *before, last = clause.open
    if before and last.after_comma:
        for item in before:
            item.settle(Finding.NOT_DETECTED)
        asserted = kind is Kind.MUTATED
        _settle(clause, [last], Finding.DETECTED if asserted else Finding.INDETERMINATE)
    else:
        mutated = kind is Kind.MUTATED and len(clause.open) > 1
        _settle(clause, clause.open, Finding.INDETERMINATE if mutated else Finding.NOT_DETECTED)
    clause.open = []
    clause.awaiting = Kind.WORD


def _settle(clause: _Clause, items: list[_Mention], finding: Finding) -> None:
    for item in items:
        item.settle(finding)
    clause.last, clause.open = list(items), []


def _close(clause: _Clause) -> None:
    """The end of a binding: what awaits names gets them; else only evidence asserts."""
    waiting = {
        Kind.NEGATES_NEXT: Finding.NOT_DETECTED,
        Kind.ASSERTS_NEXT: Finding.DETECTED,
        Kind.DOUBT: Finding.INDETERMINATE,
    }
    if clause.open and clause.awaiting in waiting:
        _settle(clause, clause.open, waiting[clause.awaiting])
    for item in clause.open:
        if item.evidence:
            item.settle(Finding.DETECTED)
    clause.open = []
    clause.awaiting = Kind.WORD
    clause.comma = False


def _statements(item: _Mention, sentence: str) -> Iterable[GeneStatement]:
    if not item.settled:
        return
    finding, names = item.finding, [name for name in item.names if is_reported(name)]
    if "?" in item.names and finding is Finding.DETECTED:
        finding = Finding.INDETERMINATE
    if item.vaf.recorded and item.vaf.low > 0 and finding is Finding.NOT_DETECTED:
        finding = Finding.INDETERMINATE
    share = _FEW_BLASTS.search(sentence) if "CD33" in names else None
    few = share is not None and text.percent(share["n"]).low < CD33_POSITIVE_PCT
    nothing = few or 0 in (item.vaf.high, item.ratio.high)
    if nothing and finding is Finding.DETECTED:
        finding = Finding.INDETERMINATE
    for name in names:
        kind = hgvs.flt3(item.change).value if name == "FLT3" and item.change else name
        seen = hgvs.judged(kind, finding, item.change)
        yield GeneStatement(kind, seen, sentence, item.ratio, item.vaf, item.change)
