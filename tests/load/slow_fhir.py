"""A FHIR server on loopback that takes its time for every query, for as many as may come.

Its patients have the record of one fixture, each with ids of its own: what was read of one
cannot pass for what was read of another.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

from fhir_mapping.queries import QUERIES
from tests.support import read_bundle

QUERY_S = 0.3
_ASKED = re.compile(rb"^GET /fhir/(\w+)(?:/|\?patient=)([\w-]+)-p(\d+)[ &]")


class SlowFhir:
    """`record`: a fixture. `asked` counts queries, `at_once` how many were open together."""

    def __init__(self, record: str, query_s: float = QUERY_S) -> None:
        self._query_s = query_s
        self._patient, self._pages = _pages(record)
        self._open = 0
        self.asked = self.at_once = 0

    def patient_id(self, number: int) -> str:
        return f"{self._patient}-p{number}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, for as long as the client keeps it."""
        try:
            while head := await _head(reader):
                writer.write(await self._answer(head))
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            return  # the service has given up on this query
        finally:
            writer.close()

    async def _answer(self, head: bytes) -> bytes:
        self.asked += 1
        self._open += 1
        self.at_once = max(self.at_once, self._open)
        try:
            await asyncio.sleep(self._query_s)
        finally:
            self._open -= 1
        found = _ASKED.match(head)
        body, status = b"{}", b"404 Not Found"
        if found:
            body, status = self._pages[found[1]].replace(b"@@", b"-p" + found[3]), b"200 OK"
        return (
            b"HTTP/1.1 %s\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\n\r\n"
            % (status, len(body))
        ) + body


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


def _pages(record: str) -> tuple[str, dict[bytes, bytes]]:
    """By resource type the answer, in which @@ stands for what marks a patient's own ids."""
    bundle: Any = read_bundle(record)
    resources = [_marked(entry["resource"]) for entry in bundle["entry"]]
    pages = {}
    for kind in dict.fromkeys(query.resource_type for query in QUERIES):
        found = [r for r in resources if r["resourceType"] == kind]
        body = {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found),
            "entry": [{"resource": r} for r in found],
        }
        pages[kind.encode()] = json.dumps(found[0] if kind == "Patient" else body).encode()
    [patient] = [
        r["id"].removesuffix("@@") for r in resources if r["resourceType"] == "Patient"
    ]
    return patient, pages


def _marked(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _marked(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_marked(each, name) for each in value]
    return f"{value}@@" if name in ("id", "reference") else value
