"""Reports: sentences of a day in one conclusion or several (1.11), also of what stands in
results as well (5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tests.encodings.facts import Extramedullary, Fact, Gene, Karyotype, Residual, Response
from tests.encodings.pen import Choice, Json, Pen
from tests.encodings.sentences import sentence
from tests.encodings.terms import coded, later, report, worded

REPORTS = Choice("reports of a day", "1.11", {"one for each": False, "one for all": True})
TOLD_AGAIN = Choice("result and report", "5", {
    "the result alone": False, "result": False, "the report says it too": True,
})  # fmt: skip
LAYOUT = Choice("layout of a conclusion", "1.11", {
    "sentences": "{}. ",
    "lines": "{}\n",
    "bullets": "- {}.\n",
    "semicolons": "{}; ",
})  # fmt: skip
HEADING = Choice("heading of a conclusion", "1.11", {
    "none": "",
    "conclusion": "CONCLUSION:\n",
    "history first": "Clinical history: AML, rule out FLT3-ITD relapse.\nResults:\n",
    "Beurteilung": "Beurteilung:\n",
})  # fmt: skip
REPORT_NAME = Choice("report", "1.11", {
    "molecular": worded("Molecular genetics"),
    "LOINC": coded("51969-4", "Genetic analysis report"),
    "integrated": worded("Hematopathology report"),
    "German": worded("Hämatologischer Befund"),
})  # fmt: skip
_OF_MATERIAL = {"marrow": "bone marrow", "blood": "peripheral blood"}


@dataclass(frozen=True)
class Told:
    """`named`: the report's own name, without which the words could not be understood."""

    day: date
    material: str
    words: str
    fact: Fact
    named: str = ""


def tell(pen: Pen, fact: Fact, words: str = "") -> list[Json]:
    """The fact in words, kept for the reports that are written at the end."""
    words = words or sentence(pen, fact)
    told = Told(fact.day, _material(fact), words, fact, _name(fact))
    pen.kept.setdefault("told", []).append(told)
    return []


def tell_again(pen: Pen, fact: Fact) -> None:
    """Sometimes a report says what is a result as well."""
    by_one = isinstance(fact, Gene) and fact.laboratory
    if not by_one and pen.take(TOLD_AGAIN) and sentence(Pen.plain(""), fact):
        tell(pen, fact)


def _material(fact: Fact) -> str:
    return str(getattr(fact, "material", ""))


def _name(fact: Fact) -> str:
    match fact:
        case Karyotype():
            return "Cytogenetics"
        case Residual(method="flow"):
            return "Flow cytometry, MRD"
        case Residual():
            return f"{fact.mrd} MRD by RT-qPCR"
        case Response():
            return "Bone marrow aspirate"
        case Extramedullary():
            return "Histopathology"
    return "Immunophenotyping of blasts" if hasattr(fact, "cd33") else ""


def write_reports(pen: Pen) -> list[Json]:
    """What was told, as conclusions of reports."""
    waiting: dict[tuple[date, str, str], list[Told]] = {}
    for told in pen.kept.pop("told", []):
        waiting.setdefault((told.day, told.material, told.named), []).append(told)
    found = []
    for together in waiting.values():
        groups = [together] if pen.take(REPORTS) else [[told] for told in together]
        found += [_report(pen, group) for group in groups]
    return found


def _report(pen: Pen, group: list[Told]) -> Json:
    first = group[0]
    named = worded(first.named) if first.named else pen.take(REPORT_NAME)
    material = _OF_MATERIAL.get(first.material, "")
    name = named.get("text") or named["coding"][0]["display"]
    layout = pen.take(LAYOUT)
    body = "".join(layout.format(told.words) for told in group)
    written = report(
        pen.id("report"),
        {**named, "text": f"{name}, {material}"} if material else named,
        effectiveDateTime=first.day.isoformat(),
        issued=f"{later(first.day, 2)}T12:00:00Z",
        conclusion=pen.take(HEADING) + body.strip(),
    )
    pen.facts[f"DiagnosticReport/{written['id']}"] = first.fact
    return written
