"""The addresses of the SMART page: launch, callback, and one patient's page and summary.

Nothing here needs a script in the browser, and no answer is kept by one. What can be wrong is
said on a page, by the same errors as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

from flask import Blueprint, Response, request

from cds_service.errors import ServiceError, Unavailable
from cds_service.smart.app import SmartApp, argument, html
from cds_service.store import StoreError
from page.charts import warm_up
from page.render import to_error, to_page, to_start, to_style, to_summary


def smart_pages(app: SmartApp, status_of: Callable[[ServiceError], int]) -> Blueprint:
    """The routes. `status_of`: the HTTP status of an error."""
    routes = Blueprint("smart", __name__, url_prefix="/smart")

    @routes.get("")
    def start() -> Response:
        return html(to_start(app.place(), app.admission.servers()))

    @routes.get("/launch")
    def launch() -> Response:
        return app.launch(argument("iss"), request.args.get("launch") or None)

    @routes.get("/callback")
    def callback() -> Response:
        return app.callback()

    @routes.get("/patients/<key>")
    def page(key: str) -> Response:
        return html(to_page(app.sight(), app.place(key), request.args))

    @routes.get("/patients/<key>/summary")
    def summary(key: str) -> Response:
        return html(to_summary(app.sight(), app.place(key)))

    @routes.post("/patients/<key>/end")
    def end(key: str) -> Response:
        return app.end(key)

    @routes.get("/style.css")
    def style() -> Response:
        return Response(to_style(), mimetype="text/css")

    @routes.errorhandler(ServiceError)
    def refused(error: ServiceError) -> Response:
        return html(to_error(error, app.place()), status_of(error))

    @routes.errorhandler(StoreError)
    def forgotten(_: StoreError) -> Response:
        return refused(
            Unavailable(
                "a store that does not answer, so that no session can be kept",
                "a store that answers",
                "open the page again later; the operator looks at RRAML_DATABASE_URL",
            )
        )

    routes.after_request(app.guarded)
    Thread(target=warm_up, daemon=True).start()  # the first reader need not wait for it
    return routes
