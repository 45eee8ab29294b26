"""A question with its answer in prose, read as the denial that it is."""

from __future__ import annotations

import re

from fhir_mapping.memory import remembered


@remembered
def spelled_out(sentence: str) -> str:
    """A question with "no" for an answer as the denial that it is: "Relapse: none" is "no
    Relapse", and "FLT3-ITD detected (y/n): n" is "no FLT3-ITD"."""
    asked = _CHOICE.sub("", sentence) if "/" in sentence else sentence
    return _ANSWERED_NO.sub(_denied, asked) if _BETWEEN.search(asked) else asked


def _denied(found: re.Match[str]) -> str:
    asked = _ASSERTING.sub(" ", found["asked"])
    if asked == found["asked"] and (not found["bare"] or _RESIDUAL.search(asked)):
        return found[0]
    ends = " but" if found.string[found.end() :].lstrip().startswith(",") else ""
    return f"{found['before']}no {asked.strip()}{ends}"


_BETWEEN = re.compile("[:=–-]")  # a question and its answer
_CHOICE = re.compile(
    r"(?i:\s*\((?:y(?:es)?|j(?:a)?|pos\w*|present|mut\w*)\s*/\s*"
    r"(?:no?|nein|neg\w*|absent|w\w*)\))"
)
_ANSWERED_NO = re.compile(
    r"(?i:(?P<before>^|[,;]\s*)(?P<asked>[^:;,=?]*[^:;,=?\s])\s*(?::|=|\s[-–]\s)\s*"
    r"(?:(?P<bare>no|nein|none|n|false|keine?[rs]?)|negativ\w*|neg|absent|"
    r"not (?:detected|present|found|seen|identified)|"
    r"nicht (?:nachgewiesen|nachweisbar|vorhanden|detektiert|gefunden)|"
    r"0(?:[.,]0+)?(?![.,]?\d)\s*%?)"
    r"(?=\s*(?:[,;.)](?!\d)|$)))"
)
_ASSERTING = re.compile(
    r"(?i:\b(?:detected|positiv\w*|pos|present|found|seen|identified|achieved|mutated|mutant|"
    r"mutiert|nachweisbar|nachgewiesen|vorhanden|gefunden|erreicht)\b\.?)"
)
_RESIDUAL = re.compile(r"(?i:\bmrd\b|residual|resterkrankung)")
