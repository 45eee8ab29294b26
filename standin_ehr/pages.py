"""The stand-in EHR as an application for the browser: its wiring and its first page."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from werkzeug.exceptions import Forbidden, HTTPException, MisdirectedRequest
from werkzeug.wrappers import Response

from standin_ehr.chart_pages import chart_routes
from standin_ehr.fhir_server import fhir_routes
from standin_ehr.hospital import Hospital
from standin_ehr.markdown import is_web_address, to_html
from standin_ehr.order_pages import order_routes
from standin_ehr.record_view import banner, order_name
from standin_ehr.smart import smart_routes
from standin_ehr.uploads import MOST_BYTES, BadBundle, take

LOOPBACK = ("127.0.0.1", "localhost", "::1")
IN_THE_PAPER = ("patient-1", "patient-2", "patient-3")
# No script at all, and nothing from anywhere else.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def create_app(hospital: Hospital) -> Flask:
    app = Flask("standin_ehr")
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES + 1024 * 1024
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["markdown"] = to_html
    app.jinja_env.filters["order_name"] = order_name
    app.jinja_env.tests["web_address"] = is_web_address
    for routes in (
        fhir_routes(hospital.ehr),
        smart_routes(hospital.smart),
        patient_routes(hospital),
        chart_routes(hospital),
        order_routes(hospital),
    ):
        app.register_blueprint(routes)
    app.before_request(_only_from_here)
    app.after_request(_with_headers)
    app.register_error_handler(HTTPException, _sorry)
    return app


def patient_routes(hospital: Hospital) -> Blueprint:
    routes = Blueprint("patients", __name__)

    @routes.get("/")
    def every() -> str:
        problem, hospital.problem = hospital.problem, ""
        return _patients(hospital, problem)

    @routes.post("/bundles")
    def drop_in() -> Response:
        file = request.files.get("bundle")
        try:
            patient, about_nobody = take(hospital.ehr, file.read() if file else b"")
        except BadBundle as error:
            hospital.problem = str(error)
            return redirect(url_for("patients.every"), 303)
        hospital.desks.clear(patient)
        notices = ["The Bundle was read. This is its chart."]
        if about_nobody:
            notices.append(
                f"{about_nobody} resources name no patient as subject: no chart shows them."
            )
        hospital.desks.of(patient).notices += notices
        return redirect(url_for("chart.chart", patient=patient), 303)

    return routes


def _patients(hospital: Hospital, problem: str) -> str:
    people = {id: banner(record) for id, record in hospital.ehr.of("Patient").items()}
    cases = [
        (case, people[case.patient_id]) for case in hospital.cases if case.patient_id in people
    ]
    of_the_paper = [each for each in cases if each[0].case.startswith(IN_THE_PAPER)]
    others = [each for each in cases if each not in of_the_paper]
    known = {case.patient_id for case in hospital.cases}
    own = [shown for id, shown in sorted(people.items()) if id not in known]
    return render_template(
        "patients.html",
        groups=[("Patients of the paper", of_the_paper), ("Other cases", others)],
        own=own,
        problem=problem,
        service_url=hospital.service_url,
    )


def _only_from_here() -> None:
    """Nobody else's page may act on this one, by its forms or under another name."""
    if urlsplit(request.host_url).hostname not in LOOPBACK:
        raise MisdirectedRequest("This stand-in answers to 127.0.0.1 only.")
    origin = request.headers.get("Sec-Fetch-Site", "none")
    if request.method == "POST" and origin not in ("same-origin", "none"):
        raise Forbidden("A form of another page was sent here. Use the pages of this EHR.")


def _with_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if not request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-store"
    return response


def _sorry(error: HTTPException) -> tuple[str, int]:
    page = render_template("refused.html", title=error.name, text=error.description)
    return page, error.code or 500
