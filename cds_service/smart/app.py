"""What the SMART page does: launches, sessions, and the record behind them.

Nothing here needs a script in the browser, and no answer is kept by one. What can be wrong is
said on a page, by the same errors as everywhere.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from authlib.common.security import generate_token
from flask import Response, redirect, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from aml.assess import until
from aml.foreseen import foresee, forewarned
from cds_service.admission import Admission, Terms
from cds_service.advise import PAPER, Adviser, Chart
from cds_service.errors import (
    BadField,
    MissingData,
    NotAllowed,
    NotAuthenticated,
)
from cds_service.request import REPLAY, Context, FhirAuthorization, HookRequest
from cds_service.smart.authorization import SmartClient, discover, redeem
from cds_service.smart.context import read_context
from cds_service.smart.sessions import LONGEST, Session, Sessions
from cds_service.store import Store
from page.labels import LANGUAGES, labels
from page.place import Place
from page.render import to_start
from page.sight import Sight

COOKIE = "rraml-smart"
LAUNCH_S = 600  # from the launch to the callback; a login may lie between
PAGE_DEADLINE_S = 20.0  # the chart is open already: nobody waits for this page to see it


@dataclass(frozen=True, slots=True)
class Launch:
    """What is remembered in the browser while the EHR asks the user."""

    iss: str
    state: str
    verifier: str


@dataclass(frozen=True, slots=True)
class SmartApp:
    """What the routes do, for a service that EHRs know as this client."""

    client: SmartClient
    adviser: Adviser
    admission: Admission
    store: Store

    def launch(self, iss: str, launched: str | None) -> Response:
        """To the EHR's authorization server, with what only this browser can redeem."""
        where = discover(iss, self._terms(iss).servers)
        key = secrets.token_urlsafe(9)
        pending = Launch(iss, f"{key}.{secrets.token_urlsafe(24)}", generate_token(64))
        scope = f"{'launch/patient' if launched is None else 'launch'} {where.scopes}"
        more = {} if launched is None else {"launch": launched}
        with self.client.session(self._callback) as session:
            url, _ = session.create_authorization_url(
                where.authorization_endpoint,
                state=pending.state,
                code_verifier=pending.verifier,
                scope=scope,
                aud=iss,
                **more,
            )
        response = redirect(url, 303)
        sealed = self._signer().dumps([pending.iss, pending.state, pending.verifier])
        self._set(response, _launch_cookie(key), str(sealed), self._callback, LAUNCH_S)
        return as_flask(response)

    def callback(self) -> Response:
        """From the EHR's authorization server to the page of the patient that it names."""
        pending = self._pending(argument("state"))
        if "error" in request.args:
            raise NotAllowed(
                "that the EHR did not allow this page to read the record",
                "permission to read, which the user or the EHR can give",
                "open the page again from the chart and allow it",
            )
        where = discover(pending.iss, self._terms(pending.iss).servers)
        code = argument("code")
        grant = redeem(self.client, where, self._callback, code, pending.verifier)
        if grant.patient is None:
            raise BadField(
                "a launch without a patient",
                "a patient chosen in the EHR, which it names beside the access token",
                "open the page from a patient's chart",
                ["patient"],
            )
        now = datetime.now(UTC)
        session = Session(
            iss=pending.iss,
            patient=grant.patient,
            token=grant.access_token,
            until=now + min(timedelta(seconds=grant.expires_in), LONGEST),
            card=read_context(grant.appContext),
            banner=grant.need_patient_banner,
        )
        secret = Sessions(self.store).begin(session, now)
        key = pending.state.partition(".")[0]
        home = self.place(key).home
        response = redirect(home, 303)
        seconds = int((session.until - now).total_seconds())
        self._set(response, COOKIE, secret, home, seconds)
        response.delete_cookie(_launch_cookie(key), path=urlsplit(self._callback).path)
        return as_flask(response)

    def sight(self) -> Sight:
        """The record as it is now. Raises NotAuthenticated where no session is open."""
        session = self._session()
        terms = self._terms(session.iss, session.card.jurisdiction)
        if terms.silent:
            raise NotAllowed(
                "a service in silent mode", "live mode", "go on without decision support"
            )
        chart = self._chart(session, terms)
        examined = chart.examination
        if examined.case is not None:
            foreseen = foresee(examined, chart.snapshot)
            examined = replace(examined, assessment=forewarned(examined.assessment, foreseen))
        return Sight(
            examination=examined,
            snapshot=chart.snapshot,
            paper=self.adviser.paper(chart.snapshot),
            patient=until(chart.patient, chart.snapshot.on),
            resources=chart.resources.named(),
            card_day=session.card.asOf,
            banner=session.banner,
            over=session.until,
            paper_day=PAPER,
        )

    def _chart(self, session: Session, terms: Terms) -> Chart:
        """Raises MissingData in words for whoever opened the page, and not for an EHR."""
        try:
            return self.adviser.look(_request(session), terms, PAGE_DEADLINE_S)
        except MissingData as error:
            unread = error.found.partition("(")[2].removesuffix(")")
            raise MissingData(
                f"a record that the EHR did not give ({unread})",
                "Patient and Condition, and something of the rest, with this page's access",
                "open the page again from the chart; if it stays so, the operator finds out "
                "why with rraml doctor",
            ) from None

    def end(self, key: str) -> Response:
        Sessions(self.store).end(request.cookies.get(COOKIE, ""))
        place = self.place(key)
        response = html(to_start(place, (), ended=True))
        response.delete_cookie(COOKIE, path=place.home)
        return response

    def place(self, key: str = "") -> Place:
        spoken = [tag.partition("-")[0].lower() for tag, _ in request.accept_languages]
        wanted = [request.args.get("lang", ""), *spoken, LANGUAGES[0]]
        return Place(self._root, key, labels(next(w for w in wanted if w in LANGUAGES)))

    def guarded(self, response: Response) -> Response:
        """Headers of every answer: nothing from elsewhere, no scripts, kept nowhere."""
        framers = " ".join(self.adviser.settings.frame_ancestors) or "'none'"
        policy = (
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
            f"frame-ancestors {framers}"
        )
        response.headers["Content-Security-Policy"] = policy
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _terms(self, iss: str, jurisdiction: str | None = None) -> Terms:
        terms = self.admission.terms_at(iss, jurisdiction)
        if terms is None:
            raise NotAllowed(
                "an EHR (iss) that is not on this service's list of FHIR servers",
                "one of RRAML_FHIR_SERVERS, or a FHIR server of a trusted client",
                "ask the operator of this service to add it",
            )
        return terms

    def _pending(self, state: str) -> Launch:
        """The launch that this browser began. Raises NotAuthenticated."""
        kept = request.cookies.get(_launch_cookie(state.partition(".")[0]), "")
        try:
            launch = Launch(*self._signer().loads(kept, max_age=LAUNCH_S))
        except (BadSignature, TypeError):
            launch = None
        if launch is None or not secrets.compare_digest(
            launch.state.encode(), state.encode("utf-8", "replace")
        ):
            raise NotAuthenticated(
                "an answer to a launch that this browser did not begin, or too long ago",
                f"the launch within {LAUNCH_S // 60} minutes, in one browser that accepts "
                f"cookies of {self.adviser.settings.url}",
                "open the page again from the chart",
            )
        return launch

    def _session(self) -> Session:
        kept = request.cookies.get(COOKIE, "")
        session = Sessions(self.store).of(kept, datetime.now(UTC)) if kept else None
        if session is None:
            raise NotAuthenticated(
                "no open session for this page, or one that is over",
                f"a session of at most {LONGEST.seconds // 60} minutes, as long as the EHR's "
                "access token",
                "open the page again from the chart",
            )
        return session

    def _set(self, response: Any, name: str, value: str, url: str, seconds: int) -> None:
        """For one address alone; not for scripts. In a frame of another site browsers send it
        only if it says so."""
        secure = self.adviser.settings.url.startswith("https://")
        framed = secure and bool(self.adviser.settings.frame_ancestors)
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path=urlsplit(url).path,
            secure=secure,
            httponly=True,
            samesite="None" if framed else "Lax",
            partitioned=framed,
        )

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.store.digest("smart-launch"), salt="launch")

    @property
    def _root(self) -> str:
        """The path below which the pages lie, as browsers see it."""
        return f"{urlsplit(self.adviser.settings.url).path}/smart"

    @property
    def _callback(self) -> str:
        return f"{self.adviser.settings.url}/smart/callback"


def _request(session: Session) -> HookRequest:
    """The page asks as a hook call would that sends nothing along."""
    return HookRequest(
        hook="patient-view",
        hookInstance="smart",
        context=Context(userId="Practitioner", patientId=session.patient),
        fhirServer=session.iss,
        fhirAuthorization=FhirAuthorization.model_validate({"access_token": session.token}),
        extension={REPLAY: session.card.model_dump(mode="json", exclude_none=True)},
    )


def _launch_cookie(key: str) -> str:
    return f"{COOKIE}-launch-{key}"


def argument(name: str) -> str:
    value = request.args.get(name, "")
    if not 0 < len(value) <= 2000:
        raise BadField(
            f"no {name} in the address",
            f"{name}, as SMART App Launch has it",
            "open the page from the EHR",
            [name],
        )
    return value


def html(text: str, status: int = 200) -> Response:
    raw = text.encode("utf-8", "replace")  # half of a surrogate pair in a record is no text
    return Response(raw, status, content_type="text/html; charset=utf-8")


def as_flask(response: Any) -> Response:
    return Response(response.get_data(), response.status_code, response.headers)
