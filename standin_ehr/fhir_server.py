"""The FHIR side of the stand-in: read, search with pages, bearer tokens, a capability page."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, request
from werkzeug.serving import WSGIRequestHandler, make_server

from standin_ehr.search import PAGING, PARAMETERS, BadSearch, Json, matching

PAGE = 20  # small, so that pages are really followed
MAX_PAGE = 50


class Ehr:
    """The records of a folder of Bundles, and the tokens that open them."""

    def __init__(self, folder: Path) -> None:
        self._by_type: dict[str, dict[str, Json]] = {}
        self._tokens: set[str] = set()
        for path in sorted(folder.glob("*.json")):
            self._take(path)

    def issue_token(self) -> str:
        token = secrets.token_urlsafe(24)
        self._tokens.add(token)
        return token

    def admits(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and token in self._tokens

    def of(self, kind: str) -> dict[str, Json]:
        return self._by_type.get(kind, {})

    def _take(self, path: Path) -> None:
        bundle = json.loads(path.read_bytes(), parse_float=Decimal)
        names = {
            entry["fullUrl"]: f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
            for entry in bundle["entry"]
        }
        for entry in bundle["entry"]:
            resource = _rewritten(entry["resource"], names)
            same = self._by_type.setdefault(resource["resourceType"], {})
            if resource["id"] in same:
                raise ValueError(f"{path}: {resource['resourceType']} id used before")
            same[resource["id"]] = resource


class _Silent(WSGIRequestHandler):
    """Without a line on the terminal for every read."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


@contextmanager
def running(ehr: Ehr, port: int = 0) -> Iterator[str]:
    """Serves the records on loopback; gives the base URL."""
    app = create_app(ehr)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/fhir"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def create_app(ehr: Ehr) -> Flask:
    app = Flask("standin_ehr", static_folder=None)

    @app.get("/fhir/metadata")
    def metadata() -> Response:
        return _fhir(_capabilities())

    @app.get("/fhir/<kind>/<id>")
    def read(kind: str, id: str) -> Response:
        if not ehr.admits(request.headers.get("Authorization", "")):
            return _outcome(401, "login", "a bearer token of this server is needed")
        found = ehr.of(kind).get(id)
        if found is None:
            return _outcome(404, "not-found", "no such resource")
        return _fhir(found)

    @app.get("/fhir/<kind>")
    def search(kind: str) -> Response:
        if not ehr.admits(request.headers.get("Authorization", "")):
            return _outcome(401, "login", "a bearer token of this server is needed")
        if kind not in PARAMETERS:
            return _outcome(404, "not-supported", "no such resource type")
        try:
            return _fhir(_page(kind, ehr))
        except BadSearch as error:
            return _outcome(400, "invalid", str(error))

    return app


def _page(kind: str, ehr: Ehr) -> Json:
    parameters = list(request.args.items(multi=True))
    found = matching(kind, ehr.of(kind).values(), parameters)
    size = min(_number("_count", PAGE), MAX_PAGE)
    start = _number("_offset", 0)
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(found),
        "link": [{"relation": "self", "url": request.url}],
    }
    if on_page := found[start : start + size]:
        bundle["entry"] = [
            {"fullUrl": f"{request.base_url}/{r['id']}", "resource": r, "search": _MATCH}
            for r in on_page
        ]
    if start + size < len(found) and size:
        others = [(name, value) for name, value in parameters if name not in PAGING]
        turned = urlencode([*others, ("_count", size), ("_offset", start + size)])
        bundle["link"].append({"relation": "next", "url": f"{request.base_url}?{turned}"})
    return bundle


_MATCH = {"mode": "match"}


def _number(name: str, default: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isdecimal():
        raise BadSearch(f"{name} is a whole number")
    return int(text)


def _rewritten(value: Any, names: dict[str, str]) -> Any:
    """References by fullUrl as `Type/id`, as a server writes them when it stores a Bundle."""
    if isinstance(value, dict):
        return {
            k: names.get(v, v) if k == "reference" else _rewritten(v, names)
            for k, v in value.items()
        }
    return [_rewritten(v, names) for v in value] if isinstance(value, list) else value


def _capabilities() -> Json:
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-01-01",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "implementation": {"description": "Stand-in EHR with synthetic patients"},
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {
                        "type": kind,
                        "interaction": [{"code": "read"}, {"code": "search-type"}],
                        "searchParam": [
                            {"name": name, "type": _SEARCH_TYPE.get(name, "token")}
                            for name in ("_id", *parameters)
                        ],
                    }
                    for kind, parameters in PARAMETERS.items()
                ],
            }
        ],
    }


_SEARCH_TYPE = {"patient": "reference"} | dict.fromkeys(
    ("date", "onset-date", "recorded-date", "authoredon", "effective-time", "effective"), "date"
)


def _outcome(status: int, code: str, text: str) -> Response:
    issue = {"severity": "error", "code": code, "diagnostics": text}
    return _fhir({"resourceType": "OperationOutcome", "issue": [issue]}, status)


def _fhir(resource: Json, status: int = 200) -> Response:
    text = json.dumps(resource, default=_number_text)
    return Response(text, status, mimetype="application/fhir+json")


def _number_text(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value).__name__)
