"""The clause grammar's tokens: names, phrases, changes, and signs bound to their marker."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fhir_mapping import hgvs, text
from fhir_mapping.alterations import mention
from fhir_mapping.text_vocabulary import SCANNER, Kind

_NUMBER = re.compile(rf"(?:{text.NUMBER})(?:\s*%)?(?:\s*bp\b)?")

_CHANGE = re.compile(
    r"[(\[]?(?:N[MP]_[\d.]+)?(?:\([A-Z0-9]+\))?:?\s?([pc]\.)[^\s,;]+|"
    r"[A-Z]\d{1,4}(?:_[A-Z]\d+)?(?:[A-Z]|fs|del|ins|dup)[^\s,;]*"
)

_WORD = re.compile(r"[^\W\d_][\w'-]*")


def tokens(words: str) -> Iterable[tuple[Kind, tuple[tuple[str, ...], str]]]:
    lower = words.lower()
    lower = lower if len(lower) == len(words) else words  # "İ" becomes two letters
    at = 0
    while at < len(words):
        boundary = at == 0 or not (words[at - 1].isalnum() and words[at].isalnum())
        names, end = mention(words, at) if boundary else ((), at)
        if end > at:
            yield Kind.NAME, (names, words[at:end])
            at = _sign_end(words, end)
            if at > end:
                yield _sign(words[end:at]), ((), words[end:at])
            continue
        kind, end = _token(words, lower, at)
        if kind is not Kind.FILL:
            yield kind, ((), words[at:end])
        at = end


def _sign_end(words: str, at: int) -> int:
    """A sign that is bound to its own marker: "CD33+", "FLT3-ITD-," but not "FLT3 - "."""
    found = re.match(
        r"\s?\+{1,3}/-|\s?±|\s?\(\+{1,3}/-\)|\s?\+{1,3}(?![\d])|-(?=$|[\s,;./)])|"
        r"\s?\((?:\+{1,3}|-)\)|(?<=\d)-(?=CD\d|HLA)",
        words[at:],
    )
    found = found or re.match(r"(?:mut|pos|neg|wt)(?![A-Za-z])", words[at:])
    return at + found.end() if found else at


def _sign(sign: str) -> Kind:
    if sign in ("neg", "wt"):
        return Kind.SIGN_MINUS
    if sign in ("mut", "pos"):
        return Kind.SIGN_PLUS
    if "±" in sign or ("+" in sign and "-" in sign):
        return Kind.DOUBT
    return Kind.SIGN_PLUS if "+" in sign else Kind.SIGN_MINUS


def _token(words: str, lower: str, at: int) -> tuple[Kind, int]:
    if not words[at].isspace():
        change = _CHANGE.match(words, at)
        if change and (change[1] or hgvs.change(change[0])):
            return Kind.CHANGE, change.end()
        for phrases in SCANNER:
            found = phrases.pattern.match(words if phrases.as_written else lower, at)
            if found and found.lastindex:
                return phrases.kinds[found.lastindex - 1], found.end()
        if value := _NUMBER.match(words, at):
            return Kind.FILL, value.end()
        if word := _WORD.match(words, at):
            return Kind.WORD, word.end()
    return Kind.FILL, at + 1
