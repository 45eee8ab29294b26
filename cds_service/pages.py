"""The pages of a FHIR server's answer: what one holds, and where the next one is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fhir_mapping.answers import decode
from fhir_mapping.resources import Json


class Unanswered(Exception):
    """Why a page could not be had. Becomes `Reading.unread`.

    `again`: after how many seconds it may help to ask again, None if it cannot help.
    `status`: of the HTTP answer, 0 if there was none or it was well.
    """

    def __init__(self, reason: str, again: float | None = None, status: int = 0) -> None:
        super().__init__(reason)
        self.again = again
        self.status = status


def resource(raw: bytes) -> Json:
    """An answer that is no object is said to be unread: `null` must not pass for "nothing"."""
    try:
        value = decode(raw)
    except ValueError:
        raise Unanswered("the FHIR server's answer is not JSON") from None
    if not isinstance(value, Mapping):
        raise Unanswered("the FHIR server's answer is not a FHIR resource")
    return value


def entries_of(page: Json) -> list[Any]:
    """What is no Bundle with entries (an OperationOutcome, say) is itself judged as one."""
    entries = page.get("entry", [])
    return entries if _is_bundle(page) and isinstance(entries, list) else [{"resource": page}]


def next_link(page: Json) -> str | None:
    """The address of the next page, which may be "" or worse; None on the last page."""
    links = page.get("link") if _is_bundle(page) else None
    for link in links if isinstance(links, list) else ():
        if isinstance(link, Mapping) and link.get("relation") == "next":
            url = link.get("url")
            return url if isinstance(url, str) else ""
    return None


def searchset(first: Json, entries: list[Any], *, whole: bool) -> dict[str, Any]:
    """All pages as one."""
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    if whole and isinstance(first.get("total"), int):
        bundle["total"] = first["total"]
    return bundle


def _is_bundle(page: Json) -> bool:
    return page.get("resourceType") == "Bundle"
