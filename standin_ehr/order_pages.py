"""Orders of one patient: drafts are chosen, alerted to, mended or signed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from standin_ehr import orders as drafts
from standin_ehr.chart_pages import frame, setting_for
from standin_ehr.desk import Desk, Setting
from standin_ehr.hospital import Hospital
from standin_ehr.record_view import order_name

LONGEST = 200


def order_routes(hospital: Hospital) -> Blueprint:
    routes = Blueprint("orders", __name__)

    @routes.get("/charts/<patient>/orders")
    def orders(patient: str) -> str:
        setting = setting_for(hospital, patient)
        call = hospital.desks.call(hospital.desks.of(patient).order_call)
        return render_template(
            "orders.html",
            formulary=drafts.FORMULARY,
            services=drafts.SERVICES,
            **frame(hospital, patient, setting, call),
        )

    @routes.post("/charts/<patient>/orders")
    def choose(patient: str) -> Response:
        setting = setting_for(hospital, patient)
        draft = _chosen(patient, setting)
        desk = hospital.desks.of(patient)
        desk.take(draft)
        desk.asked_to_sign = False
        ask(hospital, "order-select", patient, setting, [drafts.reference(draft)])
        return back(patient, setting)

    @routes.post("/charts/<patient>/orders/remove")
    def remove(patient: str) -> Response:
        setting = setting_for(hospital, patient)
        desk = hospital.desks.of(patient)
        gone = desk.drafts.pop(request.form.get("draft", ""), None)
        desk.notices.append(
            f"Taken out: {order_name(gone)}" if gone else "It was gone already."
        )
        desk.order_call = ""
        return back(patient, setting)

    @routes.post("/charts/<patient>/orders/sign")
    def sign(patient: str) -> Response:
        """Signed at once if the service has nothing to say, else when the user insists."""
        setting = setting_for(hospital, patient)
        desk = hospital.desks.of(patient)
        if not desk.drafts:
            raise BadRequest("There is no draft to sign.")
        if "despite" not in request.form:
            desk.asked_to_sign = ask(hospital, "order-sign", patient, setting)
        if "despite" in request.form or not desk.asked_to_sign:
            _signed(hospital, desk)
        return back(patient, setting)

    return routes


def ask(
    hospital: Hospital, hook: str, patient: str, setting: Setting, selections: object = None
) -> bool:
    """Whether there are cards on the drafts; they are left on the desk."""
    desk = hospital.desks.of(patient)
    context: dict[str, Any] = {
        "draftOrders": drafts.draft_orders(desk.drafts.values(), hospital.fhir_url)
    }
    if selections is not None:
        context["selections"] = selections
    call = hospital.ask(hook, patient, setting, **context)
    desk.order_call = call.id
    return bool(call.exchange.cards)


def back(patient: str, setting: Setting) -> Response:
    return redirect(url_for("orders.orders", patient=patient, **setting.query), 303)


def _chosen(patient: str, setting: Setting) -> dict[str, Any]:
    form = request.form
    text = form.get("text", "").strip()[:LONGEST]
    listed = form.get("listed", "")
    if not text and not listed:
        raise BadRequest("Nothing was chosen. Choose from the list, or write what to order.")
    if form.get("kind") == "service":
        return drafts.service(patient, text or listed, setting.on)
    return drafts.medication(patient, listed, text, setting.on)


def _signed(hospital: Hospital, desk: Desk) -> None:
    for draft in desk.drafts.values():
        hospital.ehr.write(drafts.signed(draft))
    desk.notices.append(f"Signed: {', '.join(map(order_name, desk.drafts.values()))}")
    desk.drafts = {}
    desk.order_call, desk.asked_to_sign = "", False
