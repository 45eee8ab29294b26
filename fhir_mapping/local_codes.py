"""A site's own codes, each one line of a CSV file: what it means, system, code, display.

What a code means is one of: a concept of codes.yaml ("flt3_itd_result"), an alteration
("IDH1"), a drug or regimen of knowledge/drugs.yaml ("gilteritinib"), a measurement ("anc"), or
"words": then the code is read as if its display stood in the record. A line of the system
"text" is for what is only written: a text, a display or an answer instead of a code.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from aml.patient import MEASUREMENTS
from fhir_mapping import codes
from fhir_mapping.alterations import ALTERATIONS
from fhir_mapping.codeable import TEXT, Coding, codings, normal, say_for_answer, say_of
from fhir_mapping.codeable import forget_local as forget_words
from fhir_mapping.drugs import written_names
from fhir_mapping.memory import forget

COLUMNS = ("concept_id", "system", "code", "display")
WORDS = "words"
_NEEDED = COLUMNS[:3]


class LocalCodesError(ValueError):
    """Every line that cannot be used: file, line, column, and what to do."""


def load_codes(paths: Iterable[Path]) -> None:
    """Add a site's own codes. To be called once, at the start; nothing is added from a file
    that cannot be used. Raises LocalCodesError or OSError."""
    rows = [row for path in paths for row in _read(path)]
    codes.add_rows(
        codes.Row(name, coding.system, coding.code, coding.display, verified=True)
        for name, coding in rows
        if name in codes.all_concepts()
    )
    for name, coding in rows:
        said = meanings().get(name, coding.display)
        if name not in codes.all_concepts():
            say_of(coding, said)
        if coding.system == TEXT:
            say_for_answer(coding.code, said)
    forget()


def forget_local() -> None:
    """As if no file of a site had been loaded."""
    codes.forget_local()
    forget_words()


@cache
def meanings() -> Mapping[str, str]:
    """Every name a line may give, with what is read where its code stands."""
    return {
        **{concept: concept.replace("_", " ") for concept in sorted(codes.all_concepts())},
        **{alteration: alteration for alteration in ALTERATIONS},
        **written_names(),
        **MEASUREMENTS,
    }


def line_for(name: str, coding: Coding) -> str:
    """The line by which a code gets this meaning."""
    line = io.StringIO()
    display = coding.display or ("" if name != WORDS else "…")
    csv.writer(line, lineterminator="").writerow((name, coding.system, coding.code, display))
    return line.getvalue()


def _read(path: Path) -> list[tuple[str, Coding]]:
    problems: list[str] = []
    found = list(_rows(path, problems))
    if problems:
        raise LocalCodesError("\n".join(f"{path}, {problem}" for problem in problems))
    return found


def _rows(path: Path, problems: list[str]) -> Iterator[tuple[str, Coding]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.append(f"line {line}: not UTF-8; save the table as text in UTF-8")
        return
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="more")
    missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        found = ",".join(reader.fieldnames or ()) or "nothing"
        problems.append(
            f"line 1, column {missing[0]}: the first line is {found!r}; expected the names of "
            f"the columns, with commas: {','.join(COLUMNS)}"
        )
        return
    try:
        for cells in reader:
            if row := _row(cells, f"line {reader.line_num}", problems):
                yield row
    except csv.Error as error:
        problems.append(f"line {reader.line_num}: {error}; save the table as CSV")


def _row(
    cells: Mapping[str, str | list[str] | None], line: str, problems: list[str]
) -> tuple[str, Coding] | None:
    if "more" in cells:
        problems.append(
            f"{line}: more cells than columns; put quotes around a display with a comma"
        )
        return None
    name, system, code, display = (str(cells.get(column) or "").strip() for column in COLUMNS)
    for column, cell in (("concept_id", name), ("system", system), ("code", code)):
        if not cell:
            problems.append(f"{line}, column {column}: empty; every line needs it")
            return None
    if name != WORDS and name not in meanings():
        problems.append(f"{line}, column concept_id: {_unknown(name)}")
        return None
    if name == WORDS and not display:
        problems.append(f"{line}, column display: empty; {WORDS} needs the words to be read")
        return None
    if system == TEXT:
        return name, Coding(TEXT, normal(code), display)
    [coding] = codings({"system": system, "code": code, "display": display})
    return name, coding


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, meanings(), n=3, cutoff=0.6)
    hint = f"; near to it: {', '.join(near)}" if near else ""
    return f"no concept is called {name!r}{hint}"
