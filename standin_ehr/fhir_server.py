"""The FHIR side of the stand-in: read, search with pages, bearer tokens, a capability page."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, request
from werkzeug.serving import WSGIRequestHandler, make_server

from standin_ehr.access import Grant
from standin_ehr.record_view import CHARTED
from standin_ehr.records import Ehr, as_json, patient_of
from standin_ehr.search import PAGING, PARAMETERS, BadSearch, Json, matching

PAGE = 20  # small, so that pages are really followed
MAX_PAGE = 200


class _Silent(WSGIRequestHandler):
    """Without a line on the terminal for every read."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


@contextmanager
def running(ehr: Ehr, port: int = 0) -> Iterator[str]:
    """Serves the records on loopback; gives the base URL."""
    with serving(create_app(ehr), port) as url:
        yield f"{url}/fhir"


@contextmanager
def serving(app: Flask, port: int = 0) -> Iterator[str]:
    """Serves an application on loopback, in threads; gives its URL."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def create_app(ehr: Ehr) -> Flask:
    app = Flask("standin_ehr", static_folder=None)
    app.register_blueprint(fhir_routes(ehr))
    return app


def fhir_routes(ehr: Ehr) -> Blueprint:
    """The RESTful API. A token opens no more than it was issued for."""
    routes = Blueprint("fhir", __name__, url_prefix="/fhir")

    @routes.get("/metadata")
    def metadata() -> Response:
        return _fhir(_capabilities(request.host_url))

    @routes.get("/<kind>/<id>")
    def read(kind: str, id: str) -> Response:
        grant = ehr.tokens.of(request.headers.get("Authorization", ""))
        if refusal := _refusal(grant, kind):
            return refusal
        found = ehr.of(kind).get(id)
        if found is None or not _opens(grant, found):
            return _outcome(404, "not-found", "no such resource")
        return _fhir(found)

    @routes.get("/<kind>")
    def search(kind: str) -> Response:
        grant = ehr.tokens.of(request.headers.get("Authorization", ""))
        if refusal := _refusal(grant, kind):
            return refusal
        if kind not in PARAMETERS:
            return _outcome(404, "not-supported", "no such resource type")
        try:
            page = _page(kind, [r for r in ehr.of(kind).values() if _opens(grant, r)])
            return _fhir(_with_medications(page, kind, ehr))
        except BadSearch as error:
            return _outcome(400, "invalid", str(error))

    return routes


def _refusal(grant: Grant | None, kind: str) -> Response | None:
    if grant is None:
        refused = _outcome(401, "login", "a bearer token of this server is needed")
        refused.headers["WWW-Authenticate"] = 'Bearer realm="fhir"'
        return refused
    if not grant.covers(kind):
        return _outcome(403, "forbidden", "the scope of the token does not cover this type")
    return None


def _opens(grant: Grant | None, resource: Json) -> bool:
    """A record, and what is about nobody: medications, people, places."""
    if grant is None:
        return False
    about = patient_of(resource)
    return grant.patient in ("", about) or not (about or resource["resourceType"] in CHARTED)


def _page(kind: str, resources: Sequence[Json]) -> dict[str, Any]:
    parameters = list(request.args.items(multi=True))
    found = matching(kind, resources, [each for each in parameters if each[0] != "_include"])
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


def _with_medications(page: dict[str, Any], kind: str, ehr: Ehr) -> Json:
    """The page, and what its orders refer to, where that is asked for."""
    for wanted in request.args.getlist("_include"):
        if kind not in MEDICATED or wanted != f"{kind}:medication":
            raise BadSearch("_include is for the medication of what refers to one")
        found = (ehr.medication(entry["resource"]) for entry in page.get("entry", []))
        included = {each["id"]: each for each in found if each is not None}
        host = request.base_url.rpartition("/")[0]
        page.setdefault("entry", []).extend(
            {"fullUrl": f"{host}/Medication/{id}", "resource": each, "search": _INCLUDED}
            for id, each in included.items()
        )
    if not page.get("entry"):
        page.pop("entry", None)
    return page


_MATCH = {"mode": "match"}
_INCLUDED = {"mode": "include"}
MEDICATED = ("MedicationRequest", "MedicationAdministration", "MedicationStatement")


def _number(name: str, default: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isdecimal():
        raise BadSearch(f"{name} is a whole number")
    return int(text)


def _capabilities(host: str) -> Json:
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
                "security": _security(host),
                "resource": [
                    {
                        "type": kind,
                        "interaction": [{"code": "read"}, {"code": "search-type"}],
                        "searchParam": [
                            {"name": name, "type": _SEARCH_TYPE.get(name, "token")}
                            for name in ("_id", *parameters)
                        ],
                        **_includes(kind),
                    }
                    for kind, parameters in PARAMETERS.items()
                ],
            }
        ],
    }


def _includes(kind: str) -> dict[str, Any]:
    return {"searchInclude": [f"{kind}:medication"]} if kind in MEDICATED else {}


def _security(host: str) -> Json:
    """Where SMART apps find the authorization server, as SMART App Launch 1 had it."""
    addresses = {"authorize": f"{host}auth/authorize", "token": f"{host}auth/token"}
    return {
        "extension": [
            {
                "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
                "extension": [{"url": k, "valueUri": v} for k, v in addresses.items()],
            }
        ],
        "service": [{"text": "SMART on FHIR"}],
    }


_SEARCH_TYPE = {"patient": "reference"} | dict.fromkeys(
    ("date", "onset-date", "recorded-date", "authoredon", "effective-time", "effective"), "date"
)


def _outcome(status: int, code: str, text: str) -> Response:
    issue = {"severity": "error", "code": code, "diagnostics": text}
    return _fhir({"resourceType": "OperationOutcome", "issue": [issue]}, status)


def _fhir(resource: Json, status: int = 200) -> Response:
    return Response(as_json(resource), status, mimetype="application/fhir+json")
