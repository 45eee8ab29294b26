"""The CDS Hooks endpoints: discovery, the hooks, feedback, and whether the service is well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import ClientDisconnected

from cds_service.admission import Admission, Terms
from cds_service.advise import Adviser
from cds_service.errors import BadField, BadMediaType, Unavailable, UnknownService
from cds_service.feedback import read_feedback
from cds_service.fhir_http import Deadline
from cds_service.patience import LOST
from cds_service.request import read_request
from cds_service.shown import Memory
from cds_service.store import StoreError
from cds_service.wire import as_json
from fhir_mapping.queries import QUERIES

SPECIFICATION = "3.0.0"
JSON_TYPES = ("application/json", "application/fhir+json")
SILENT: Mapping[str, Any] = {"cards": []}


@dataclass(frozen=True, slots=True)
class Service:
    """One row of discovery: one hook under an id of its own."""

    id: str
    hook: str
    title: str
    description: str


JUDGED = (
    "Warns of a target that is absent or was not retested, of an approval that does not cover "
    "the use, of no benefit shown, contraindication and interaction, by all orders together "
    "and by what the patient is given. Silent for an order that fits, and for patients "
    "without AML."
)

SERVICES = (
    Service(
        "rraml-patient-view",
        "patient-view",
        "Relapsed or refractory AML",
        "Reads the chart of a patient with acute myeloid leukemia, names the disease state "
        "by ELN 2022 and shows the options that apply to it, with their evidence and what is "
        "missing. Informs a physician; silent for patients without AML.",
    ),
    Service(
        "rraml-order-select",
        "order-select",
        "Orders in relapsed or refractory AML, as they are chosen",
        f"Judges the orders that were selected. {JUDGED}",
    ),
    Service(
        "rraml-order-sign",
        "order-sign",
        "Orders in relapsed or refractory AML, before they are signed",
        f"Judges all orders that are about to be signed. {JUDGED}",
    ),
)

USAGE = (
    "Works from prefetch alone, or with a fhirServer that this service may read from. "
    "Nothing is written to the record."
)


def endpoints(adviser: Adviser, admission: Admission, memory: Memory) -> Blueprint:
    """The routes of CDS Hooks: each asks first who is calling, before it reads anything."""
    routes = Blueprint("hooks", __name__)
    listing = discovery(adviser.settings.prefetch)

    @routes.get("/cds-services")
    def discover() -> Response:
        _admitted(admission)
        return answer(listing)

    @routes.post("/cds-services/<service_id>")
    def call(service_id: str) -> Response:
        terms = _admitted(admission)
        service = _service(service_id)
        _require_json()
        body = _body()
        deadline = Deadline.after(adviser.settings.deadline_s - _lost(len(body)))
        hook_request = read_request(body, service.hook)
        if hook_request.hook != service.hook:
            raise BadField(
                "the name of another hook",
                f"hook {service.hook}, which this service answers",
                "call the service that GET /cds-services lists for the hook",
                ["hook"],
            )
        if not terms.shows(hook_request.context.userId):
            return answer(SILENT)
        advice = adviser.advise(hook_request, terms, deadline)
        response = answer(SILENT if terms.silent else advice)
        patient_id = hook_request.context.patientId
        response.call_on_close(partial(memory.keep, advice, terms, service.id, patient_id))
        return response

    @routes.post("/cds-services/<service_id>/feedback")
    def feedback(service_id: str) -> Response:
        terms = _admitted(admission)
        service = _service(service_id)
        _require_json()
        given = read_feedback(_body())
        try:
            memory.take(given, terms, service.id)
        except StoreError:
            raise Unavailable(
                "a store that does not answer, so that the feedback would be lost",
                "a store that answers",
                "send it again later; the operator looks at RRAML_DATABASE_URL",
            ) from None
        return answer({})

    return routes


def health(admission: Admission, memory: Memory, knowledge_version: str) -> Blueprint:
    """Whether the process is up, and whether it can answer. Nobody has to say who asks."""
    routes = Blueprint("health", __name__)

    @routes.get("/health/live")
    def live() -> Response:
        return answer({"status": "live"})

    @routes.get("/health/ready")
    def ready() -> Response:
        """Without a store there are answers, but no caller that could be authenticated."""
        stored = memory.ready()
        able = stored or not admission.authenticates
        return answer(
            {
                "status": "ready" if able else "not ready",
                "store": "ready" if stored else "not ready",
                "storeFailures": memory.failures,
                "knowledgeVersion": knowledge_version,
            },
            200 if able else 503,
        )

    return routes


def discovery(prefetch: str) -> dict[str, object]:
    """The body of GET /cds-services. `minimal` asks for what the first look needs."""
    wanted = [query for query in QUERIES if prefetch == "full" or query.first]
    return {
        "services": [
            {
                "hook": service.hook,
                "title": service.title,
                "description": service.description,
                "id": service.id,
                "prefetch": {query.key: query.template for query in wanted},
                "usageRequirements": USAGE,
                "version": SPECIFICATION,
                "hookVersion": "1.0",
            }
            for service in SERVICES
        ]
    }


def answer(body: Mapping[str, Any], status: int = 200) -> Response:
    return Response(as_json(body), status, mimetype="application/json")


def _admitted(admission: Admission) -> Terms:
    return admission.admit(request.headers.get("Authorization", ""), request.path)


def _lost(size: int) -> float:
    """Seconds that the client has waited already, for a thread first of all."""
    lost: Callable[[int], float] | None = request.environ.get(LOST)
    return lost(size) if lost else 0.0


def _service(service_id: str) -> Service:
    for service in SERVICES:
        if service.id == service_id:
            return service
    raise UnknownService(
        "an id that no service has",
        " or ".join(service.id for service in SERVICES),
        "take the id from GET /cds-services",
    )


def _body() -> bytes:
    """In one piece if it states its length; werkzeug reads, or refuses, the others."""
    stated = request.content_length
    if stated is None or stated > (request.max_content_length or 0):
        return request.get_data(cache=False)
    try:
        whole: bytes = request.environ["wsgi.input"].read(stated)
    except OSError:
        raise ClientDisconnected from None
    return whole


def _require_json() -> None:
    if request.mimetype not in JSON_TYPES or request.headers.get("Content-Encoding"):
        raise BadMediaType(
            "a body that is not declared as plain JSON",
            "Content-Type: application/json, without Content-Encoding",
            "send the header with the call",
            ["Content-Type"],
        )
