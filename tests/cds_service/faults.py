"""What can be wrong with the answer of a FHIR server, each under a name."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from typing import Any

from fhir_mapping.queries import QUERIES
from tests.cds_service.fault_server import LONG_S, Call, Fault, FaultServer

STRANGER = "somebody-else"


def _whole(call: Call) -> None:
    if call.asked == "Patient":
        call.json(call.entries[0]["resource"])
    else:
        call.bundle(call.entries, total=len(call.entries))


def _status(status: int) -> Fault:
    return lambda call: call.send(b'{"resourceType": "OperationOutcome"}', status)


def _body(body: bytes, kind: str = "application/fhir+json") -> Fault:
    return lambda call: call.send(body, Content_Type=kind)


def _slow(call: Call) -> None:
    call.handler.server.stopping.wait(LONG_S)
    _whole(call)


def _drip(call: Call) -> None:
    call.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" ")


def _drip_headers(call: Call) -> None:
    call.drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x")


def _one_per_page(call: Call) -> None:
    last = max(len(call.entries), 2)
    link = call.turned(call.page + 1) if call.page < last else None
    call.bundle(call.entries[call.page - 1 : call.page], link, total=len(call.entries))


def _endless(call: Call) -> None:
    call.bundle(call.entries[:1], call.turned(call.page + 1))


def _circular(call: Call) -> None:
    call.bundle(call.entries[:1], call.turned(3 - call.page if call.page < 3 else 1))


def _to_itself(call: Call) -> None:
    call.bundle(call.entries[:1], call.turned(call.page))


def _next_elsewhere(call: Call) -> None:
    call.bundle(call.entries[:1], f"{call.handler.server.elsewhere}/whole/all/{call.asked}?x=1")


def _redirect(origin: Callable[[FaultServer], str]) -> Fault:
    def fault(call: Call) -> None:
        target = f"{origin(call.handler.server)}/whole/all/{call.asked}?x=1"
        call.send(b"", 307, Location=target)

    return fault


def _later(answer: Fault) -> Fault:
    """The first page is as it should be, the second is not."""
    return lambda call: call.paged(lambda page: answer(call))


def _next_link(link: object) -> Fault:
    return lambda call: call.bundle(call.entries[:1], link)


def _in_place(call: Call) -> None:
    call.json(_OUTCOME)


def _among_entries(call: Call) -> None:
    call.bundle([*call.entries, {"resource": _OUTCOME, "search": {"mode": "outcome"}}])


def _large(call: Call) -> None:
    call.bundle(call.entries, note="x" * 400_000)


def _large_page(call: Call) -> None:
    call.bundle(call.entries[:1], call.turned(call.page + 1), note="x" * 100_000)


def _huge(call: Call) -> None:
    """50 MB, as far as they are taken."""
    megabyte = b" " * 1_000_000
    call.handler.close_connection = True
    call.send(b"", length=50 * len(megabyte))
    for _ in range(50):
        call.handler.wfile.write(megabyte)


def _expired(call: Call) -> None:
    challenge = 'Bearer error="invalid_token", error_description="expired"'
    call.send(json.dumps(_OUTCOME).encode(), 401, WWW_Authenticate=challenge)


def _bomb(call: Call) -> None:
    call.send(gzip.compress(b" " * 5_000_000), Content_Encoding="gzip")


def _zipped(call: Call) -> None:
    body = {"resourceType": "Bundle", "type": "searchset", "entry": call.entries}
    call.send(gzip.compress(json.dumps(body).encode()), Content_Encoding="gzip")


def _strangers(call: Call) -> None:
    strangers = [r | {"subject": {"reference": f"Patient/{STRANGER}"}} for r in _of(call)]
    if call.asked == "Patient":
        call.json(strangers[0] | {"id": STRANGER})
    else:
        call.bundle([{"resource": r} for r in strangers])


def _of(call: Call) -> list[dict[str, Any]]:
    return [dict(entry["resource"]) for entry in call.entries]


def _too_large_a_total(call: Call) -> None:
    call.bundle(call.entries, total=len(call.entries) + 400)


def _cut_off(call: Call) -> None:
    body = json.dumps({"resourceType": "Bundle", "entry": call.entries}).encode()
    call.handler.close_connection = True
    call.send(body, length=len(body) + 100)


def _hang_up(call: Call) -> None:
    call.handler.close_connection = True


def _cookie(call: Call) -> None:
    body = {"resourceType": "Bundle", "type": "searchset", "entry": call.entries}
    call.send(json.dumps(body).encode(), Set_Cookie="session=1; Path=/")


def _only(method: str) -> Fault:
    """Searches by the other method are refused."""

    def fault(call: Call) -> None:
        is_search = call.asked not in ("Patient", "metadata")
        if is_search and call.handler.command != method:
            call.send(b"", 405)
        else:
            _whole(call)

    return fault


def _states_little(call: Call) -> None:
    """It says of itself that it lacks one type, and finds another by subject only."""
    if call.asked != "metadata":
        _whole(call)
        return
    offered: list[dict[str, Any]] = [
        {"type": r.resource_type, "searchParam": [{"name": "patient"}]}
        for r in QUERIES
        if r.resource_type not in ("Patient", "Specimen", "MedicationStatement")
    ]
    for each in offered:
        each["searchInclude"] = [f"{each['type']}:medication"]
    offered += [{"type": "Patient"}, {"type": "Specimen", "searchParam": [{"name": "subject"}]}]
    rest = [{"mode": "server", "resource": offered}]
    body = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": rest}
    call.json(body)


_OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "exception"}],
}
_NO_LINK = {"relation": "next"}

FAULTS: Mapping[str, Fault] = {
    "whole": _whole,
    "one-per-page": _one_per_page,
    "zipped": _zipped,
    "only-post": _only("POST"),
    "only-get": _only("GET"),
    "states-little": _states_little,
    "cookie": _cookie,
    **{str(status): _status(status) for status in (204, 401, 403, 404, 410, 429, 500, 503)},
    "html": _body(b"<!doctype html><title>Log in</title>", "text/html"),
    "broken-json": _body(b'{"resourceType": "Bundle", "entry": [{"resour'),
    "not-utf8": _body(b'{"resourceType": "Bundle", "id": "\xff"}'),
    "nan": _body(b'{"resourceType": "Bundle", "total": NaN}'),
    "deep": _body(b"[" * 60_000),
    "empty": _body(b""),
    "null": _body(b"null"),
    "number": _body(b"7"),
    "list": _body(b"[]"),
    "slow": _slow,
    "drip": _drip,
    "drip-headers": _drip_headers,
    "endless": _endless,
    "circular": _circular,
    "to-itself": _to_itself,
    "next-elsewhere": _next_elsewhere,
    "next-file": _next_link("file:///etc/passwd"),
    "next-user": _next_link("http://name@127.0.0.1/"),
    "next-broken": _next_link("http://[::1/Kowalski"),
    "next-port": _next_link("http://127.0.0.1:Kowalski/"),
    "next-missing": _next_link(_NO_LINK),
    "redirect-elsewhere": _redirect(lambda server: server.elsewhere),
    "redirect-here": _redirect(lambda server: server.origin),
    "midway-500": _later(_status(500)),
    "midway-html": _later(_body(b"<!doctype html>")),
    "midway-null": _later(_body(b"null")),
    "midway-reset": _later(Call.reset),
    "midway-slow": _later(_slow),
    "midway-outcome": _later(_in_place),
    "midway-no-link": _later(lambda call: call.bundle([], _NO_LINK)),
    "midway-no-entries": _later(lambda call: call.bundle("none")),
    "outcome": _in_place,
    "outcome-entry": _among_entries,
    "large": _large,
    "large-pages": _large_page,
    "bomb": _bomb,
    "huge": _huge,
    "expired": _expired,
    "strangers": _strangers,
    "total": _too_large_a_total,
    "reset": Call.reset,
    "hang-up": _hang_up,
    "cut-off": _cut_off,
}
