"""A FHIR Bundle that somebody drops in: read with suspicion, stored as if it had been ours."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NoReturn

from standin_ehr.record_view import CHARTED
from standin_ehr.records import Ehr, patient_of, rewritten

MOST_BYTES = 16 * 1024 * 1024
DEEPEST = 100  # no resource is half as deep
LONGEST_NUMBER = 40
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_KIND = re.compile(r"[A-Z][A-Za-z]{1,63}")


class BadBundle(ValueError):
    """What was found, what is expected, what to do: for the person who chose the file."""


def take(ehr: Ehr, content: bytes) -> tuple[str, int]:
    """Stores the record of the Bundle's one patient, in the place of one with the same id.

    Gives the patient's id, and how many clinical resources are about nobody, so that no search
    finds them. Raises BadBundle.
    """
    resources = list(_resources(_parsed(content)))
    patients = [new for _, _, new in resources if new["resourceType"] == "Patient"]
    if len(patients) != 1:
        raise BadBundle(
            f"Found {len(patients)} Patient resources. Expected one. "
            "Send the record of one patient, with the Patient in it."
        )
    patient_id = str(patients[0]["id"])
    names = _names(ehr, resources, patient_id)
    record = []
    for place, _, resource in resources:
        new = rewritten(resource, names)
        new["id"] = names[f"{resource['resourceType']}/{resource['id']}"].partition("/")[2]
        if patient_of(new) not in ("", patient_id):
            raise BadBundle(
                f"Found at {place} a resource about another patient. Expected the record of "
                f"Patient/{patient_id} alone. Take it out, or correct its subject."
            )
        record.append(new)
    ehr.replace(patient_id, record)
    return patient_id, sum(not patient_of(r) for r in record if r["resourceType"] in CHARTED)


def _parsed(content: bytes) -> list[Any]:
    """The entries of the Bundle."""
    if len(content) > MOST_BYTES:
        raise BadBundle(
            f"Found {len(content) // 1024 // 1024} MB. Expected at most 16 MB. Send less."
        )
    if not content.strip():
        raise BadBundle("Found an empty file. Expected a FHIR Bundle as JSON. Choose a file.")
    if content.lstrip()[:1] == b"<":
        raise BadBundle("Found XML. Expected a FHIR Bundle as JSON. Save it as JSON.")
    try:
        bundle = json.loads(content, parse_float=_number, parse_constant=_no_number)
        json.dumps(bundle, default=str, ensure_ascii=False).encode()
        _refuse_depths(bundle)
    except (ValueError, RecursionError) as error:
        where = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise BadBundle(
            f"Found what is no JSON{where}. Expected a FHIR Bundle as JSON, in UTF-8. "
            "Check the file; it may have been cut off."
        ) from None
    kind = bundle.get("resourceType") if isinstance(bundle, dict) else None
    if kind != "Bundle":
        found = f"a {kind}" if isinstance(kind, str) and _KIND.fullmatch(kind) else "other JSON"
        raise BadBundle(
            f"Found {found}. Expected a FHIR R4 Bundle. Put the resources into a Bundle of "
            "type collection."
        )
    entries = bundle.get("entry")
    if not isinstance(entries, list) or not entries:
        raise BadBundle("Found a Bundle without entries. Expected a patient's record in it.")
    return entries


def _resources(entries: list[Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each with where it stands and its fullUrl; one without a usable id gets one."""
    for number, entry in enumerate(entries):
        place = f"entry[{number}]"
        resource = entry.get("resource") if isinstance(entry, Mapping) else None
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if not isinstance(resource, dict) or not isinstance(kind, str):
            raise BadBundle(
                f"Found {place} without a resource that has a resourceType. Expected one in "
                "every entry. Take the entry out, or complete it."
            )
        if not _KIND.fullmatch(kind):
            raise BadBundle(
                f"Found at {place} a resourceType that FHIR does not have. Expected a name "
                "such as Observation. Correct it."
            )
        id = resource.get("id")
        if not (isinstance(id, str) and _ID.fullmatch(id)):
            id = str(uuid.uuid4())
        full_url = entry.get("fullUrl")
        yield place, full_url if isinstance(full_url, str) else "", resource | {"id": id}


def _names(
    ehr: Ehr, resources: list[tuple[str, str, dict[str, Any]]], patient_id: str
) -> dict[str, str]:
    """Where each reference leads here. An id that another record has becomes another one."""
    names: dict[str, str] = {}
    for place, full_url, resource in resources:
        kind, id = resource["resourceType"], resource["id"]
        if f"{kind}/{id}" in names:
            raise BadBundle(
                f"Found at {place} the id of an earlier {kind}. Expected each id once. "
                "Give it another one, or take it out."
            )
        other = ehr.of(kind).get(id)
        if other is not None and kind != "Patient" and patient_of(other) != patient_id:
            id = str(uuid.uuid4())
        names[f"{kind}/{resource['id']}"] = names[full_url or f"{kind}/{id}"] = f"{kind}/{id}"
    return names


def _refuse_depths(value: object) -> None:
    """What walks through a record later does so by recursion. Raises ValueError."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
    if level:
        raise ValueError("too deep")


def _number(text: str) -> Decimal:
    """With its digits as written. Raises ValueError for one that nothing measures."""
    number = Decimal(text)
    if len(text) > LONGEST_NUMBER or abs(number.adjusted()) > LONGEST_NUMBER:
        raise ValueError(text)
    return number


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)
