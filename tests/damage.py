"""Ways to break one resource of a bundle, as transport, interfaces and people do.

What FHIR calls a modifier is never dropped alone: without its comparator, its doNotPerform or
its verificationStatus an element says another thing, and no reader can know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
Draw: TypeAlias = Callable[[int], int]  # a number below the one given

_KEPT = frozenset({"resourceType", "id", "meta"})
_MODIFIERS = frozenset(
    {"comparator", "doNotPerform", "verificationStatus", "intent", "clinicalStatus",
     "lifecycleStatus"}
)  # fmt: skip
_JUNK: tuple[Any, ...] = (
    None, "", " ", "x", [], {}, [None], [[]], True, {"coding": 7}, {"coding": [None]},
    {"reference": 7}, {"value": "x"}, ["x"], "9999-99-99", "\u0000",
)  # fmt: skip
_DATES = ("effective", "issued", "performed", "onset", "recorded", "authoredOn", "period",
          "when", "collection", "startDate", "dateAsserted", "dosageInstruction")  # fmt: skip


def drop_member(resource: Json, draw: Draw) -> None:
    names = sorted(resource.keys() - _KEPT - _MODIFIERS)
    if names:
        del resource[names[draw(len(names))]]


def drop_inner_member(resource: Json, draw: Draw) -> None:
    places = [place for place in _places(resource) if place[1] not in _MODIFIERS]
    if places:
        holder, key = places[draw(len(places))]
        del holder[key]


def put_junk(resource: Json, draw: Draw) -> None:
    places = [place for place in _places(resource) if place[1] not in _MODIFIERS]
    if places:
        holder, key = places[draw(len(places))]
        holder[key] = deepcopy(_JUNK[draw(len(_JUNK))])


def give_to_another(resource: Json, draw: Draw) -> None:
    whose = "patient" if "patient" in resource else "subject"
    resource[whose] = {"reference": "Patient/somebody-else"}


def enter_in_error(resource: Json, draw: Draw) -> None:
    if resource["resourceType"] == "Condition":
        system = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
        code = {"system": system, "code": "entered-in-error"}
        resource["verificationStatus"] = {"coding": [code]}
        resource.pop("clinicalStatus", None)
    else:
        resource["status"] = "entered-in-error"


def lose_status(resource: Json, draw: Draw) -> None:
    if draw(2):
        resource["status"] = "unknown"
    else:
        resource.pop("status", None)


def lose_units(resource: Json, draw: Draw) -> None:
    quantities = [holder[key] for holder, key in _places(resource)]
    for quantity in quantities:
        if isinstance(quantity, dict) and "value" in quantity:
            quantity.pop("unit", None)
            quantity.pop("code", None)


def lose_values(resource: Json, draw: Draw) -> None:
    components = resource.get("component")
    for part in (resource, *(components if isinstance(components, list) else ())):
        for name in [n for n in part if n.startswith("value")]:
            del part[name]


def lose_dates(resource: Json, draw: Draw) -> None:
    for name in [n for n in resource if n.startswith(_DATES)]:
        del resource[name]


WAYS = (
    drop_member, drop_inner_member, put_junk, give_to_another, enter_in_error, lose_status,
    lose_units, lose_values, lose_dates,
)  # fmt: skip


def damaged(bundle: Json, name: str, way: Callable[[Json, Draw], None], draw: Draw) -> Json:
    """A copy of the bundle in which every version of the named resource is damaged alike."""
    copy: Json = _fresh(bundle)
    for resource in _versions(copy, name):
        way(resource, draw)
    return copy


def with_identity_of(bundle: Json, name: str, other: str) -> Json:
    """A copy in which the named resource has the id and the address of another of its type."""
    copy: Json = _fresh(bundle)
    addresses = {_name(entry["resource"]): entry["fullUrl"] for entry in copy["entry"]}
    for entry in copy["entry"]:
        if _name(entry["resource"]) == name:
            entry["fullUrl"] = addresses[other]
            entry["resource"]["id"] = other.split("/")[1]
    return copy


def without(bundle: Json, *names: str) -> Json:
    """A copy without the named resources."""
    entries = [entry for entry in bundle["entry"] if _name(entry["resource"]) not in names]
    return {**bundle, "entry": _fresh(entries), "total": len(entries)}


def _fresh(value: Any) -> Any:
    """A copy that shares nothing with itself either, as two places of a file never do."""
    if isinstance(value, dict):
        return {key: _fresh(each) for key, each in value.items()}
    return [_fresh(each) for each in value] if isinstance(value, list) else value


def _versions(bundle: Json, name: str) -> Iterator[Json]:
    found = (entry["resource"] for entry in bundle["entry"])
    yield from (resource for resource in found if _name(resource) == name)


def _name(resource: Json) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every member of an object and item of a list below the top, as holder and key."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in list(inner):
        if key in _KEPT:
            continue
        yield value, key
        if isinstance(each, dict | list):
            yield from _places(each)
