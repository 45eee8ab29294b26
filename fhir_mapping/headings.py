"""Headings of reports: where results begin, and where what is not one does.

A heading ends with a colon, or is a line of its own that says nothing else. What is not a
result of this sample: history, method, and variants whose meaning is not known.
"""

from __future__ import annotations

import re
from enum import Enum


class Section(Enum):
    """What stands under a heading."""

    RESULTS = "results"
    ASIDE = "aside"
    ASIDE_IN_LINE = "aside as far as the line"


_HEADING = re.compile(r"([A-Za-zÄÖÜäöü][\w /()&-]{2,45}):\s*(.*)$", re.DOTALL)
_PAST = re.compile(
    r"(?i:history|clinical (?:info|data|detail|diagnos)|anamnese|vorgeschichte|angaben|verlauf|"
    r"method|background|disclaimer|previous|prior|vorbefund|limitation|references?$|literatur)"
)
# What was asked stands under it; written in one line, the sentence alone is set aside.
_ASKED = re.compile(
    r"(?i:(?:clinical |klinische )?(?:questions?|fragestellung)|indications?(?: for \w+)?|"
    r"indikation|reason for \w+|anforderung|(?:requested tests?|tests? requested))"
)
# The donor or a relative of the patient, as a heading or the name of a report has it.
ANOTHER_PERSON = (
    r"\b(?:donor|spender(?:in)?|mother|father|brother|sister|sibling|mutter|vater|bruder|"
    r"schwester)\b"
)
_OF_ANOTHER = re.compile(rf"(?i:{ANOTHER_PERSON}(?!.*chim))")
_DOUBTFUL = (
    r"tier (?:3|4|iii|iv)\b.*|(?:acmg )?(?:class|klasse) [1-3]\b(?! ?/? ?[45]).*|vus\b.*|"
    r"(?:variant|alteration|mutation)\w* (?:of|with|von|mit)? ?"
    r"(?:unknown|uncertain|undetermined|unclear|unklar\w*|unbekannt\w*)[\w ]*"
    r"(?:significance|signifikanz|bedeutung)|"
    r"(?:likely )?(?:germline|benign|keimbahn\w*|benigne)\b[\w ]*"
)
_RESULTS = re.compile(
    r"(?i:^(?:results?|findings?|conclusions?|interpretation|summary|impression|comments?|"
    r"(?:final )?diagnosis|befund\w*|ergebnis\w*|beurteilung|zusammenfassung|bewertung|"
    r"molec\w+|molek\w+|cytogen\w+|zytogen\w+|flow\w*|immunphäno\w*|bone marrow\w*|"
    r"knochenmark\w*|peripheral blood|aspirate|mrd|ngs)\b)"
)
_KNOWN = (
    r"tier (?:[12]|ii?)\b[\w /]*|(?:acmg )?(?:class|klasse) [45]\b[\w /]*|"
    r"variants? of (?:strong|potential|known|clinical)[\w ]*|"
    r"(?:pertinent|relevant|important)? ?negatives?(?: findings?| results?)?|"
    r"(?:(?:likely )?pathogen(?:ic|e)|disease[- ]associated|clinically \w+|actionable|"
    r"reportable|significant|detected|nachgewiesene)(?: genomic| somatic)? "
    r"(?:variant\w*|alterations?|findings?|mutation\w*)(?: detected| identified)?"
)
_BARE_ASIDE = re.compile(
    rf"(?i:{_DOUBTFUL}|(?:clinical )?(?:history|information|data|indication)|"
    r"klinische angaben|anamnese|vorgeschichte|"
    r"method(?:s|ology|e|en|ik)?|disclaimers?|background|limitations?|references?|literatur|"
    r"(?:previous|prior) (?:results?|findings?|reports?|studies)|vorbefunde?)"
)
_BARE_RESULTS = re.compile(
    rf"(?i:{_KNOWN}|results?|findings?|interpretation|summary|conclusions?|impression|"
    r"(?:final )?diagnosis|befunde?|ergebnisse?|beurteilung|zusammenfassung)"
)
_DOUBTFUL_TITLE = re.compile(f"(?i:{_DOUBTFUL})")
_KNOWN_TITLE = re.compile(f"(?i:{_KNOWN})")


_DESCRIPTION = re.compile(
    r"(?i:^(?:(?:the|this|an?|das|der|die|ein) )?(?:(?:bone )?marrow|aspirates?|trephine|"
    r"biopsy|"
    r"smears?|(?:blood )?films?|specimen|sample|knochenmark\w*|mark|ausstrich\w*|präparat\w*|"
    r"punktat|material)\b[^.]*\b(?:is|are|shows?|contains?|consists?|ist|sind|zeigt|zeigen|"
    r"enthält)\b|"
    r"^(?:the |an? )?(?:markedly |mildly |deutlich |mäßig |stark |gering )?"
    r"(?:hyper|hypo|normo)(?:cellular|zellulär)\w*)"
)
_DATED = re.compile(r"\d{4}|\d[./]\d\d\b")


def describes_sample(sentence: str) -> bool:
    """A sentence in the present on the sample itself, with no date: the history is over."""
    return _DESCRIPTION.search(sentence) is not None and not _DATED.search(sentence)


def section(sentence: str) -> Section | None:
    """What this sentence opens as a heading; None if it opens nothing that is known."""
    heading = _HEADING.match(sentence)
    if heading is None:
        return _bare(sentence)
    title, rest = heading[1], heading[2]
    if _OF_ANOTHER.search(title):
        of_results = Section.ASIDE_IN_LINE if _RESULTS.search(title) else None
        return of_results if rest else Section.ASIDE
    if not rest and _ASKED.fullmatch(title):
        return Section.ASIDE
    if _RESULTS.search(title) or _KNOWN_TITLE.fullmatch(title):
        return Section.RESULTS
    if not (_PAST.search(title) or _DOUBTFUL_TITLE.fullmatch(title)):
        return None
    whole = not rest or _bare(rest) is Section.ASIDE
    return Section.ASIDE if whole else Section.ASIDE_IN_LINE


def _bare(line: str) -> Section | None:
    title = re.sub(r"\s*\([^()]*\)$", "", line.strip(" -=*#_:"))
    if _BARE_ASIDE.fullmatch(title) and not re.search(r"[%.]|\d\d", title):
        return Section.ASIDE
    return Section.RESULTS if _BARE_RESULTS.fullmatch(title) else None
