"""Bundles of a folder as patients, for commands that compare libraries on many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from aml.patient import Patient, When
from cds_service.record import looked_at
from fhir_mapping import to_patient
from fhir_mapping.answers import decode
from fhir_mapping.resources import MoreThanOnePatient, NoPatient


@dataclass(frozen=True, slots=True)
class PatientCase:
    """A patient, and the last day of the record: the day on which such a case was decided."""

    name: str
    patient: Patient
    day: date | None


@dataclass(frozen=True, slots=True)
class UnreadableCase:
    name: str
    reason: str


def read_cases(folder: Path) -> Iterator[PatientCase | UnreadableCase]:
    """Every `*.json` of the folder, in order of its name."""
    for path in sorted(folder.glob("*.json")):
        try:
            patient = to_patient(looked_at(decode(path.read_bytes())))
        except OSError as error:
            yield UnreadableCase(path.name, error.strerror or "not readable")
        except (MoreThanOnePatient, NoPatient, ValueError) as error:
            yield UnreadableCase(path.name, str(error))
        else:
            yield PatientCase(path.name, patient, last_day(patient))


def last_day(patient: Patient) -> date | None:
    """The latest day on which something is recorded to have happened."""
    return max(_days(patient), default=None)


def _days(patient: Patient) -> Iterator[date]:
    for each in fields(patient):
        value = getattr(patient, each.name)
        for entry in value if isinstance(value, tuple) else ():
            for name in ("when", "start", "end"):
                when = getattr(entry, name, None)
                if isinstance(when, When) and (day := _day(when)):
                    yield day


def _day(when: When) -> date | None:
    if not when.undated:
        return when.first
    return when.last if when.last != date.max else None
