"""The chart of one patient: the record, the cards on it, and what the user does with a card."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from standin_ehr.answers import Outcome, accepted, overridden
from standin_ehr.desk import JURISDICTIONS, WAYS, Call, Setting
from standin_ehr.hospital import Hospital
from standin_ehr.markdown import is_web_address
from standin_ehr.record_view import banner, sections
from standin_ehr.records import as_json
from standin_ehr.service import SMART_CLIENT_ID

MOST_SHOWN = 60_000  # characters of a request; the whole of it has a page of its own


def chart_routes(hospital: Hospital) -> Blueprint:
    routes = Blueprint("chart", __name__)

    @routes.get("/charts/<patient>")
    def chart(patient: str) -> str:
        setting = setting_for(hospital, patient)
        call = hospital.ask("patient-view", patient, setting)
        record = sections(hospital.ehr.record(patient), setting.on)
        return render_template(
            "chart.html", record=record, **frame(hospital, patient, setting, call)
        )

    @routes.post("/charts/<patient>/cards")
    def answer_card(patient: str) -> Response:
        setting = setting_for(hospital, patient)
        call = call_of(hospital, request.form.get("call", ""))
        card = call.card(request.form.get("card", ""))
        if card is None:
            raise NotFound("There is no such card.")
        act(hospital, call, card, setting)
        page = "chart.chart" if call.hook == "patient-view" else "orders.orders"
        return redirect(url_for(page, patient=patient, **setting.query), 303)

    @routes.get("/charts/<patient>/launch")
    def launch(patient: str) -> Response:
        """Opens an app: by the link of a card, or from the menu of the chart."""
        setting_for(hospital, patient)
        url, context = hospital.smart.apps[SMART_CLIENT_ID].launch_url, ""
        if "call" in request.args:
            url, context = _link(call_of(hospital, request.args["call"]))
        if not is_web_address(url):
            raise BadRequest("The card's link is no web address, so it was not opened.")
        to = hospital.smart.launch_address(url, hospital.fhir_url, patient, context)
        return redirect(to, 303)

    @routes.post("/charts/<patient>/reset")
    def put_back(patient: str) -> Response:
        setting = setting_for(hospital, patient)
        hospital.put_back(patient)
        hospital.desks.of(patient).notices.append(
            "The record is as it was; no drafts are left."
        )
        return redirect(url_for("chart.chart", patient=patient, **setting.query), 303)

    @routes.get("/charts/<patient>/resources/<kind>/<id>")
    def resource(patient: str, kind: str, id: str) -> str:
        setting = setting_for(hospital, patient)
        found = hospital.ehr.of(kind).get(id)
        if found is None:
            raise NotFound("There is no such resource.")
        parts = [(f"{kind}/{id}", pretty(found))]
        return render_template("raw.html", parts=parts, **frame(hospital, patient, setting))

    @routes.get("/charts/<patient>/calls/<id>")
    def exchange(patient: str, id: str) -> str:
        setting = setting_for(hospital, patient)
        call = call_of(hospital, id)
        parts = [("Request", sent(call)), ("Response", pretty(call.exchange.body))]
        return render_template("raw.html", parts=parts, **frame(hospital, patient, setting))

    return routes


def setting_for(hospital: Hospital, patient: str) -> Setting:
    """As the page was asked for; what is missing or makes no sense is as usual."""
    if patient not in hospital.ehr.of("Patient"):
        raise NotFound("There is no such patient here.")
    usual, asked = hospital.usual(patient), request.values
    try:
        on = date.fromisoformat(asked.get("on", ""))
    except ValueError:
        on = usual.on
    here, way = asked.get("here", ""), asked.get("way", "")
    return Setting(
        on, here if here in JURISDICTIONS else usual.here, way if way in WAYS else usual.way
    )


def frame(
    hospital: Hospital, patient: str, setting: Setting, call: Call | None = None
) -> dict[str, Any]:
    """What every page about a patient shows around its own matter."""
    desk = hospital.desks.of(patient)
    shown = banner(hospital.ehr.of("Patient")[patient])
    return {
        "patient": shown,
        "setting": setting,
        "ways": WAYS,
        "desk": desk,
        "notices": desk.notices_once(),
        "call": call,
        "calls": list(hospital.desks.calls(patient)),
        "sent": sent,
        "pretty": pretty,
        "most_shown": MOST_SHOWN,
    }


def act(hospital: Hospital, call: Call, card: Any, setting: Setting) -> None:
    """What the form says: a suggestion is accepted, or the card is overridden."""
    outcome: Outcome
    if "accept" in request.form:
        outcome = accepted(hospital, call, card, request.form["accept"], setting.on)
    else:
        outcome = overridden(
            card, request.form.get("reason", ""), request.form.get("comment", "")
        )
    desk = hospital.desks.of(call.patient)
    desk.answered[str(card["uuid"])] = outcome.words
    told = hospital.tell(call, str(card["uuid"]), outcome.feedback).exchange
    received = f"received by the service (HTTP {told.status})" if told.status == 200 else (
        f"NOT received by the service (HTTP {told.status or 'no answer'})"
    )  # fmt: skip
    desk.notices += [*outcome.done, f"{outcome.words}. The feedback was {received}."]


def call_of(hospital: Hospital, id: str) -> Call:
    call = hospital.desks.call(id)
    if call is None:
        raise NotFound("That call is no longer kept. Open the chart again.")
    return call


def sent(call: Call) -> str:
    """The body of a request, without the key to the records."""
    body = dict(call.exchange.sent)
    if "fhirAuthorization" in body:
        body["fhirAuthorization"] = body["fhirAuthorization"] | {"access_token": "(not shown)"}
    return pretty(body)


def pretty(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(json.loads(as_json(value)), indent=2, ensure_ascii=False)


def _link(call: Call) -> tuple[str, str]:
    """The URL and appContext of the smart link that was clicked."""
    card = call.card(request.args.get("card", "")) or {}
    links = [link for link in card.get("links", []) if link.get("type") == "smart"]
    number = request.args.get("link", "0")
    if not number.isdecimal() or int(number) >= len(links):
        raise NotFound("There is no such link.")
    link = links[int(number)]
    return str(link.get("url", "")), str(link.get("appContext", ""))
