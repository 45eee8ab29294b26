"""Taking part in a trial, as a ResearchSubject says it."""

from __future__ import annotations

from collections.abc import Iterator

from aml.patient import Source, Statement, Topic
from fhir_mapping.answers import dicts, text
from fhir_mapping.resources import Resources
from fhir_mapping.values import day, span

_ENROLLED = frozenset(
    {"on-study", "on-study-intervention", "on-study-observation", "follow-up"}
)
_AVAILABLE = frozenset(
    {"candidate", "potential-candidate", "eligible", "screening", "pending-on-study"}
)


def read_trials(resources: Resources) -> Iterator[Statement]:
    """Enrolled, or considered for a trial that is open; who left it, or cannot enter, is
    neither. A status of taking part beside an end contradicts itself and says nothing."""
    for subject in resources.of("ResearchSubject"):
        status = text(subject.get("status"))
        start, end = span(subject.get("period"))
        known = status in _ENROLLED | _AVAILABLE
        if not known or not end.undated:
            resources.ignore(subject, "conflicting" if known else "not-done")
            continue
        names = (text(study.get("display")) for study in dicts(subject.get("study")))
        said = f"{status}: {next(filter(None, names), 'a study')}"
        source = Source(resources.name(subject), "status", said)
        when = start if not start.undated else day(text(subject.get("date")))
        value = "enrolled" if status in _ENROLLED else "available"
        yield Statement(Topic.TRIAL, value, when, source)
