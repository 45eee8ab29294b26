"""The stand-in as the authorization server of SMART App Launch 2: EHR and standalone launch.

The user is taken to be logged in, as in an open EHR, and an app that was registered to be
allowed. In a standalone launch the user chooses the patient.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Blueprint, Response, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from standin_ehr.oauth import App, Launch, OAuthServer
from standin_ehr.record_view import banner
from standin_ehr.records import Ehr

LAUNCH_S = 300


class SmartServer:
    """The apps that may be opened, and the contexts in which they were opened lately."""

    def __init__(self, ehr: Ehr) -> None:
        self.ehr = ehr
        self.oauth = OAuthServer(ehr.tokens)
        self._launches: dict[str, Launch] = {}

    def register(self, app: App) -> None:
        self.oauth.apps[app.client_id] = app

    @property
    def apps(self) -> Mapping[str, App]:
        return self.oauth.apps

    def context(self, patient: str, app_context: str = "") -> str:
        """The `launch` parameter of an EHR launch: opaque, for a few minutes."""
        now = time.monotonic()
        self._launches = {k: x for k, x in list(self._launches.items()) if x.until > now}
        launch = secrets.token_urlsafe(16)
        self._launches[launch] = Launch(patient, app_context, now + LAUNCH_S)
        return launch

    def launch_address(self, url: str, iss: str, patient: str, app_context: str = "") -> str:
        """Where the browser goes: the app's launch URL with `iss` and `launch`."""
        joint = "&" if urlsplit(url).query else "?"
        launch = self.context(patient, app_context)
        return f"{url}{joint}{urlencode({'iss': iss, 'launch': launch})}"

    def launched(self, launch: str) -> Launch | None:
        found = self._launches.get(launch)
        return found if found and found.until > time.monotonic() else None


def smart_routes(smart: SmartServer) -> Blueprint:
    routes = Blueprint("smart", __name__)

    @routes.get("/fhir/.well-known/smart-configuration")
    def configuration() -> Response:
        return jsonify(_configuration(request.host_url))

    @routes.get("/auth/authorize")
    def authorize() -> AnyResponse:
        try:
            grant = smart.oauth.get_consent_grant()
        except OAuth2Error as error:
            return _refused(smart, error)
        try:
            launch = _context(smart)
        except InvalidRequestError as error:
            error.redirect_uri = request.args["redirect_uri"]
            error.state = request.args.get("state")
            return _refused(smart, error)
        if launch is None:
            return _choice(smart)
        answer: AnyResponse = smart.oauth.create_authorization_response(
            grant_user=launch, grant=grant
        )
        return answer

    @routes.post("/auth/token")
    def token() -> Response:
        answer: Response = smart.oauth.create_token_response()
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return routes


def _context(smart: SmartServer) -> Launch | None:
    """The context of this launch; None if the user has yet to choose a patient.

    Raises InvalidRequestError for an app that asks for another server, or for a launch that
    nobody started here.
    """
    asked = request.args
    here = f"{request.host_url}fhir"
    if asked.get("aud", "").rstrip("/") != here:
        raise InvalidRequestError(f"aud must be {here}")
    launch = smart.launched(asked.get("launch", ""))
    if launch is None and (asked.get("launch") or "launch" in asked["scope"].split()):
        raise InvalidRequestError("no such launch, or one that is too long ago: launch again")
    return launch


def _choice(smart: SmartServer) -> Response:
    """For each patient the same request again, with a context."""
    patients = sorted(
        (banner(record) for record in list(smart.ehr.of("Patient").values())),
        key=lambda shown: shown.name,
    )
    others = [(k, v) for k, v in request.args.items(multi=True) if k != "launch"]
    ways = [
        (shown, url_for("smart.authorize") + "?" + urlencode([*others, ("launch", launch)]))
        for shown in patients
        for launch in [smart.context(shown.id)]
    ]
    return Response(render_template("choose.html", ways=ways))


def _refused(smart: SmartServer, error: OAuth2Error) -> AnyResponse:
    """Back to the app if it is known where that is; else a page for the user."""
    if getattr(error, "redirect_uri", None):
        answer: Response = smart.oauth.handle_error_response(None, error)
        return answer
    text = error.description or error.error
    page = render_template("refused.html", title="The app cannot be opened", text=text)
    return Response(page, 400)


def _configuration(host: str) -> dict[str, object]:
    return {
        "authorization_endpoint": f"{host}auth/authorize",
        "token_endpoint": f"{host}auth/token",
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "none",
        ],
        "grant_types_supported": ["authorization_code"],
        "response_types_supported": ["code"],
        "scopes_supported": ["launch", "launch/patient", "patient/*.rs"],
        "code_challenge_methods_supported": ["S256"],
        "capabilities": [
            "launch-ehr",
            "launch-standalone",
            "client-public",
            "client-confidential-symmetric",
            "context-banner",
            "context-ehr-patient",
            "context-standalone-patient",
            "permission-patient",
            "permission-v1",
            "permission-v2",
        ],
    }
