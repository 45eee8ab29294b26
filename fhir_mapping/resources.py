"""The record of one patient: its resources by type, each once, and what could not be read.

Two tables leave this module beside the resources. `unread`: questions not answered in full.
`ignored`: resources set aside, each with one of these reasons: "other-patient",
"entered-in-error", "not-final", "not-confirmed", "refuted", "not-given", "not-done",
"family-history", "personal-history", "conflicting", "unreadable", "unknown-unit",
"implausible", "superseded", "uncertain-significance", "benign", "germline", "donor-cells",
"not-readable", "text-not-read", "attachment-not-read", "deceased", "replaced-by",
"test-patient", or, of a result, the status for which it does not count ("cancelled").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType
from typing import Any

from aml.patient import Ignored, Unread
from fhir_mapping.answers import Answer, Json, as_list, decode, dicts, text, unpack
from fhir_mapping.codeable import name_of
from fhir_mapping.headings import ANOTHER_PERSON
from fhir_mapping.memory import Remembering
from fhir_mapping.queries import QUERIES

__all__ = [
    "BUNDLE",
    "NOTHING",
    "Json",
    "MoreThanOnePatient",
    "NoPatient",
    "Resources",
    "as_list",
    "decode",
    "dicts",
    "text",
]

# A report filed with the patient whose name says that it is on a relative or the donor.
_ON_ANOTHER = re.compile(
    rf"(?i:^(?!.*chim).*{ANOTHER_PERSON}(?! *(?:lympho|cell|zell|search|suche)))"
)
_OTHER_PEOPLE = frozenset({"focus", "specimen"})
NOTHING: Json = MappingProxyType({})
BUNDLE = "bundle"  # the key under which a whole file is unread, as opposed to one query


class NoPatient(ValueError):
    """The bundle holds no Patient, so nothing in it can be said to be anybody's."""


class MoreThanOnePatient(ValueError):
    """The bundle holds several Patients and nobody said which one is meant."""


class Resources(Remembering):
    """The record of one patient. `patient_id` is the logical id, without `Patient/`.

    What is derived from it is forgotten when something is added.
    """

    def __init__(self, patient_id: str) -> None:
        super().__init__()
        self.patient_id = patient_id
        self.unread: list[Unread] = []
        self.ignored: list[Ignored] = []
        self._by_type: dict[str, dict[str, Json]] = {}  # type -> name -> resource
        self._full_urls: dict[str, tuple[str, str]] = {}  # fullUrl -> type and name
        self._names: dict[int, str] = {}
        self._holders: dict[int, Json] = {}
        self._others: dict[int, bool] = {}
        self._own_by_type: dict[str, tuple[Json, ...]] = {}

    @classmethod
    def from_bundle(cls, bundle: Json, patient_id: str = "") -> Resources:
        """A Bundle of any type, or a single resource, as the record of one patient.

        Raises NoPatient or MoreThanOnePatient if no `patient_id` is given and the bundle does
        not hold exactly one Patient.
        """
        resources = cls(patient_id)
        resources._take(BUNDLE, bundle, "")
        if not patient_id:
            resources.patient_id = resources._only_patient()
        return resources

    def add(self, key: str, value: Any) -> None:
        """One prefetch value or answer to the query of this key, taken apart already or not;
        None says nothing is there.

        An answer that is an error, incomplete, or of another type is `unread`, whatever part
        of it could be used.
        """
        expected = next((q.resource_type for q in QUERIES if q.key == key), "")
        if value is not None:
            self._take(key, value, expected)
        if expected == "Patient" and not self.patient():
            self._unread(key, "the patient was not among what was returned")

    def of(self, *types: str) -> tuple[Json, ...]:
        """The patient's resources of these types, in whatever status; contained results too.

        Those whose subject is someone else are ignored, "other-patient".
        """
        if len(types) == 1:
            return self._own(types[0])
        return tuple(chain.from_iterable(map(self._own, types)))

    def _own(self, kind: str) -> tuple[Json, ...]:
        if kind not in self._own_by_type:
            everything = self._by_type.get(kind, {}).values()
            others = [
                resource
                for resource in everything
                if not self._is_plainly_ours(resource) and self._is_others(resource)
            ]
            for resource in others:
                self.ignore(resource, "other-patient")
            set_aside = set(map(id, others))
            own = (r for r in everything if id(r) not in set_aside)
            self._own_by_type[kind] = tuple(own)
        return self._own_by_type[kind]

    def patient(self) -> Json:
        """The Patient resource, or an empty mapping."""
        return self._by_type.get("Patient", {}).get(f"Patient/{self.patient_id}", NOTHING)

    def resolve(self, reference: object, holder: Json = NOTHING) -> Json:
        """What a Reference points at: contained, relative, absolute, versioned or by urn:uuid.

        An empty mapping if it is not in the record. `holder` is the resource that refers.
        """
        target = _target(reference)
        if target.startswith("#"):
            outer = self._holders.get(id(holder), holder)
            inner = (c for c in dicts(outer.get("contained")) if c.get("id") == target[1:])
            return next(inner, NOTHING)
        kind, name = self._full_urls.get(target) or _address(target)
        same_type = self._by_type.get(kind)
        return same_type.get(name, NOTHING) if same_type else NOTHING

    def parents(self, resource: Json) -> tuple[Json, ...]:
        """The reports and panels that hold or name this result."""
        return self.derived(Resources._index_parents).get(id(resource), ())

    def ignore(self, resource: Json, reason: str) -> None:
        entry = Ignored(self.name(resource), reason)
        if entry not in self.ignored:
            self.ignored.append(entry)

    def miss(self, resource: Json, reason: str) -> None:
        """Part of what was asked for is not in the record: the resource refers to it."""
        kind = resource.get("resourceType")
        key = next((q.key for q in QUERIES if q.resource_type == kind), BUNDLE)
        self._unread(key, reason)

    def named(self) -> dict[str, Json]:
        """Every resource of the record by its name."""
        return {n: r for same in self._by_type.values() for n, r in same.items()}

    def name(self, resource: Json) -> str:
        """`Observation/id`; for a contained one `DiagnosticReport/id#cid`."""
        return self._names.get(id(resource)) or _own_name(resource)

    def _take(self, key: str, value: object, expected: str) -> None:
        answer = value if isinstance(value, Answer) else unpack(value, expected)
        for gap in answer.gaps:
            self._unread(key, gap)
        for resource, full_url in answer.resources:
            self._keep(resource, full_url)
        self._derived.clear()
        self._own_by_type.clear()

    def _keep(self, resource: Json, full_url: str) -> None:
        kind = resource["resourceType"]
        same_type = self._by_type.setdefault(kind, {})
        own_id = text(resource.get("id"))
        name = f"{kind.strip()}/{own_id}" if own_id else ""
        if not name and full_url:
            name = f"{kind}/{full_url.rsplit('/', 1)[-1].removeprefix('urn:uuid:')}"
        name = name or f"{kind}/(without id {len(same_type) + 1})"
        if full_url:
            self._full_urls[full_url] = kind, name
        if (known := same_type.get(name)) is not None:
            if _version(resource) < _version(known):
                return
            for inner in dicts(known.get("contained")):
                self._by_type.get("Observation", {}).pop(self.name(inner), None)
        same_type[name] = resource
        self._names[id(resource)] = name
        if "contained" in resource:
            self._keep_contained(name, resource)

    def _keep_contained(self, name: str, resource: Json) -> None:
        for inner in dicts(resource.get("contained")):
            self._names[id(inner)] = f"{name}#{text(inner.get('id'))}"
            self._holders[id(inner)] = resource
            if inner.get("resourceType") == "Observation":
                self._by_type.setdefault("Observation", {})[self.name(inner)] = inner

    def _index_parents(self) -> dict[int, tuple[Json, ...]]:
        found: dict[int, list[Json]] = {}
        observations = self._by_type.get("Observation", {}).values()
        for inner in observations:
            if id(inner) in self._holders:
                found[id(inner)] = [self._holders[id(inner)]]
        reports = self._by_type.get("DiagnosticReport", {}).values()
        panels = [o for o in observations if "hasMember" in o]
        links = [(r, link) for r in reports for link in as_list(r.get("result"))]
        links += [(o, link) for o in panels for link in as_list(o["hasMember"])]
        for holder, link in links:
            result = self.resolve(link, holder)
            known = found.setdefault(id(result), [])
            if result and all(holder is not other for other in known):
                known.append(holder)
        return {result: tuple(holders) for result, holders in found.items()}

    def _only_patient(self) -> str:
        patients = list(self._by_type.get("Patient", {}))
        if not patients:
            raise NoPatient("the record holds no Patient")
        if len(patients) > 1:
            raise MoreThanOnePatient(f"the record holds {len(patients)} Patients: name one")
        return patients[0].removeprefix("Patient/")

    def _is_others(self, resource: Json) -> bool:
        known = self._others.get(id(resource))
        if known is None:
            self._others[id(resource)] = False  # ends a circle of references
            known = self._others[id(resource)] = self._judge_others(resource)
        return known

    def _judge_others(self, resource: Json) -> bool:
        if resource.get("resourceType") == "Patient":
            return self.name(resource) != f"Patient/{self.patient_id}"
        if self._is_plainly_ours(resource):
            return False
        if _is_on_another(resource):
            return True
        subject = _subject(resource)
        if subject is None:
            holder = self._holders.get(id(resource))
            return holder is not None and self._is_others(holder)
        people = [f for f in as_list(resource.get("focus")) if self._is_person(f, resource)]
        samples = (self.resolve(s, resource) for s in as_list(resource.get("specimen")))
        return any(s is not resource and self._is_others(s) for s in samples) or not all(
            self._is_ours(person, resource) for person in [subject, *people]
        )

    def _is_plainly_ours(self, resource: Json) -> bool:
        """Of `Patient/id`, of nobody else, and no other resource has taken that address."""
        subject = _subject(resource)
        named = subject.get("reference") if type(subject) is dict else None
        return (
            named == f"Patient/{self.patient_id}"
            and named not in self._full_urls
            and resource.keys().isdisjoint(_OTHER_PEOPLE)
            and not _is_on_another(resource)
        )

    def _is_ours(self, subject: object, resource: Json) -> bool:
        patient = self.patient()
        target = _target(subject)
        if not target:
            wanted = subject.get("identifier") if isinstance(subject, Mapping) else None
            return any(_same(wanted, own) for own in dicts(patient.get("identifier")))
        found = self.resolve(subject, resource)
        if target.startswith("#"):
            return found.get("id") == self.patient_id or any(
                _same(one, own)
                for one in dicts(found.get("identifier"))
                for own in dicts(patient.get("identifier"))
            )
        if found.get("resourceType") == "Patient":
            return found is patient
        replaced = [i for i in dicts(patient.get("link")) if i.get("type") == "replaces"]
        former = {_short(_target(link.get("other"))) for link in replaced}
        return _short(target) in {f"Patient/{self.patient_id}", *former}

    def _is_person(self, focus: object, resource: Json) -> bool:
        kind = _short(_target(focus)).partition("/")[0]
        kind = self.resolve(focus, resource).get("resourceType", kind)
        return kind in ("Patient", "RelatedPerson")

    def _unread(self, key: str, reason: str) -> None:
        entry = Unread(key, reason)
        if entry not in self.unread:
            self.unread.append(entry)


def _subject(resource: Json) -> Any:
    kind = resource.get("resourceType")
    if kind == "ResearchSubject":
        return resource.get("individual")
    if kind == "Patient":
        return None
    return resource["subject"] if "subject" in resource else resource.get("patient")


def _is_on_another(resource: Json) -> bool:
    """A report whose name says so."""
    return resource.get("resourceType") == "DiagnosticReport" and bool(
        _ON_ANOTHER.match(name_of(resource.get("code")))
    )


def _own_name(resource: Json) -> str:
    return f"{text(resource.get('resourceType'))}/{text(resource.get('id'))}"


def _target(reference: object) -> str:
    return text(reference.get("reference") if isinstance(reference, dict) else reference)


def _address(reference: str) -> tuple[str, str]:
    """Type and name of a relative, absolute or versioned reference."""
    kind, _, rest = reference.partition("/")
    if "/" not in rest:  # `Type/id` as it is
        return kind, reference
    name = _short(reference)
    return name.partition("/")[0], name


def _short(reference: str) -> str:
    """`Type/id` of a relative, absolute or versioned reference; others as they are."""
    parts = reference.partition("/_history/")[0].rstrip("/").split("/")
    return "/".join(parts[-2:]) if len(parts) > 1 else reference


def _version(resource: Json) -> tuple[int, str]:
    meta = resource.get("meta")
    if not isinstance(meta, Mapping):
        return 0, ""
    number = text(meta.get("versionId"))
    return int(number) if number.isdecimal() else 0, text(meta.get("lastUpdated"))


def _same(one: object, other: Json) -> bool:
    """The same identifier: system and value agree, and there is a value."""
    if not isinstance(one, Mapping) or not one.get("value"):
        return False
    return all(one.get(part) == other.get(part) for part in ("system", "value"))
