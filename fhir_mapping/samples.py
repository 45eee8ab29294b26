"""The sample behind a result: when it was taken, from marrow or blood, and by which method."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from aml.patient import Method, Tissue, When
from fhir_mapping.answers import Json, dicts
from fhir_mapping.codeable import Codeable, codeable, name_of
from fhir_mapping.codes import concepts_named
from fhir_mapping.concerns import concern
from fhir_mapping.gist import Gist
from fhir_mapping.memory import once
from fhir_mapping.observations import value_of, words_of
from fhir_mapping.resources import Resources
from fhir_mapping.text_course import tissue_named
from fhir_mapping.text_mrd import method_named
from fhir_mapping.values import sample_when


class Sample(Struct, frozen=True):
    """When and from what a result was obtained, by which method, and where it is written."""

    when: When
    tissue: Tissue
    method: Method
    resource: str


def context_of(resource: Json, resources: Resources) -> str:
    """The names of the reports and panels that a result is part of."""
    return " | ".join(name_of(parent.get("code")) for parent in resources.parents(resource))


def sample(resource: Json, resources: Resources) -> Sample:
    return Sample(
        sample_when(resource, resources),
        tissue(resource, resources),
        method(resource, resources),
        resources.name(resource),
    )


def method(resource: Json, resources: Resources) -> Method:
    """By the method element, then the test's name, then the report's."""
    for element in ("method", "code"):
        found = codeable(resource.get(element)).derived(_method_named)
        if found is not Method.UNKNOWN:
            return found
    return method_named(context_of(resource, resources))


def _method_named(concept: Codeable) -> Method:
    return method_named(concept.name)


_SPECIMEN = re.compile(
    r"(?i:specimen (?:source|type)|material|probenart|untersuchungsmaterial)"
)
_ASPIRATE = re.compile(r"(?i:(?:fine[ -]needle )?aspirat(?:e|ion)?)")  # of what, the site says
_MARROW_TESTS = frozenset({
    "11150-0", "85100-6", "54447-8", "75034-9", "33893-9", "55201-8", "53620-1", "72208-2",
    "72209-0", "72211-6", "51155-0", "51293-9", "50659-2", "84912-5", "48807-2", "33721-2",
})  # fmt: skip

_BLOOD_TESTS = frozenset({
    "26446-5", "709-6", "30445-1", "747-6", "34923-3", "30376-8", "708-8", "30444-4", "746-8",
    "8102-6", "14967-4", "21015-3",
})  # fmt: skip


def tissue(resource: Json, resources: Resources) -> Tissue:
    """Marrow or blood, by the first that says: specimen, body site, test, report.

    The specimen's type comes before its display; a test "in Blood or Tissue" is silent, and a
    differential count is of blood unless anything says that it is of marrow.
    """
    said = _tissues(resource, resources)
    return next((found for found in said if found is not Tissue.UNKNOWN), Tissue.UNKNOWN)


def _tissues(resource: Json, resources: Resources) -> Iterator[Tissue]:
    yield from _specimens(resource, resources)
    yield tissue_of(resource.get("bodySite"))
    yield tissue_of_test(resource.get("code"))
    yield from _of_parents(resource, resources)
    yield _of_differential(resource, resources)


def _specimens(resource: Json, resources: Resources) -> Iterator[Tissue]:
    references = dicts(resource.get("specimen"))
    for reference in references:
        yield from _of_specimen(resources.resolve(reference, resource))
    for reference in references:
        yield tissue_named(name_of(reference.get("display")))


@once
def _of_specimen(specimen: Json) -> tuple[Tissue, Tissue]:
    """By its type, unless that is an aspirate of a named site, and by its site."""
    collection = specimen.get("collection")
    site = collection.get("bodySite") if isinstance(collection, dict) else None
    of_site = bool(name_of(site) and _ASPIRATE.fullmatch(name_of(specimen.get("type"))))
    by_type = Tissue.UNKNOWN if of_site else tissue_of(specimen.get("type"))
    return by_type, tissue_of(site)


def _of_parents(resource: Json, resources: Resources) -> Iterator[Tissue]:
    parents = resources.parents(resource)
    for parent in parents:
        yield _only(_specimens(parent, resources))
    for parent in parents:
        links = (*dicts(parent.get("result")), *dicts(parent.get("hasMember")))
        yield _only(_as_source(resources.resolve(link, parent)) for link in links)
    for parent in parents:
        yield tissue_of_test(parent.get("code"))


def _of_differential(resource: Json, resources: Resources) -> Tissue:
    names = f"{name_of(resource.get('code'))} | {context_of(resource, resources)}"
    return Tissue.BLOOD if re.search(r"(?i:\bdifferential)", names) else Tissue.UNKNOWN


def _only(said: Iterable[Tissue]) -> Tissue:
    """A report on marrow and blood says nothing on one of its results."""
    kinds = {found for found in said if found is not Tissue.UNKNOWN}
    return kinds.pop() if len(kinds) == 1 else Tissue.UNKNOWN


def _as_source(sibling: Json) -> Tissue:
    """A result that names the specimen ("Specimen source: bone marrow")."""
    named = codeable(sibling.get("code")).derived(_names_specimen)
    return tissue_of(value_of(sibling)) if named else Tissue.UNKNOWN


@concern
def names_specimen(gist: Gist) -> bool:
    return gist.code.derived(_names_specimen)


def _names_specimen(test: Codeable) -> bool:
    return "31208-2" in test.codes or _SPECIMEN.search(test.name) is not None


def tissue_of(concept: object) -> Tissue:
    """By code, else by its words; short v2 codes also where no system is given."""
    if isinstance(concept, str):
        return _only(tissue_named(part) for part in words_of(concept).split(" | "))
    return codeable(concept).derived(_tissue)


def _tissue(concept: Codeable) -> Tissue:
    names = concepts_named(concept)
    marrow = names & {"spec_marrow", "site_marrow"} or concept.codes & {"MAR", "BMA"}
    blood = names & {"spec_blood", "site_blood"} or concept.codes & {"BLD", "WB", "BLDV"}
    worded = _only(tissue_named(part) for part in concept.name.split(" | "))
    if marrow and blood:
        return Tissue.UNKNOWN
    if marrow or blood:
        coded = Tissue.MARROW if marrow else Tissue.BLOOD
        return coded if worded in (coded, Tissue.UNKNOWN) else Tissue.UNKNOWN
    return worded


def tissue_of_test(concept: object) -> Tissue:
    """Marrow or blood by the test's code, else by its name."""
    return codeable(concept).derived(_tissue_of_test)


def _tissue_of_test(test: Codeable) -> Tissue:
    if test.codes & _MARROW_TESTS:
        return Tissue.MARROW
    if test.codes & _BLOOD_TESTS:
        return Tissue.BLOOD
    return _only(tissue_named(part) for part in test.name.split(" | "))
