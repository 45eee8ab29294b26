"""`make bench`: what an answer costs. Ends with an error if that is more than it may be."""

from __future__ import annotations

import sys
from statistics import fmean

from tests.bench.answer import measure
from tests.bench.served import QUESTIONS, Question, Served, served


def main() -> int:
    missed = [question for question, found in served() if not _shown(question, found)]
    for question in QUESTIONS:
        measured = measure(question.patients)
        print(f"\nparts, {question.name}, called in one process")
        rows = {"bare endpoint": measured.floor, "whole": measured.whole, **measured.parts}
        least = fmean(measured.floor)
        for name, seconds in rows.items():
            cost = fmean(seconds)
            print(f"  {name:<32}{cost * 1e3:8.2f} ms{cost / least:8.2f} x")
    return 1 if missed else 0


def _shown(question: Question, found: Served) -> bool:
    ratio = found.ratio
    verdict = "within" if ratio <= question.limit else "ABOVE"
    bare, whole = (fmean(seconds) * 1e3 for seconds in (found.floor, found.whole))
    print(
        f"{question.name}: {ratio:.2f} x a bare endpoint, {verdict} the limit of"
        f" {question.limit} (goal {question.goal}); bare {bare:.2f} ms, whole {whole:.2f} ms"
    )
    return ratio <= question.limit


if __name__ == "__main__":
    sys.exit(main())
