"""An EHR with an authorization server that insists on every rule of SMART App Launch 2.

It asks no user: whoever comes with the right parameters gets a code. What a client did wrong is
kept in `refused`, so that a test can say why there was no token.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from socket import create_server
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import jwt
from flask import Flask, Response, redirect, request
from werkzeug.serving import make_server

from aml.knowledge import Library
from cds_service.app import create_app as create_service
from cds_service.settings import read_settings
from standin_ehr.fhir_server import create_app
from standin_ehr.records import Ehr
from standin_ehr.search import Json

CLIENT = "rraml-page"
SECRET = "a secret that the EHR gave, of some length"


@dataclass
class SmartEhr:
    """`launches`: launch id to patient and appContext. `token`: members to add to the answer,
    or to replace in it. `method`: how the client has to prove who it is."""

    ehr: Ehr
    method: str = "none"
    key: Any = None
    url: str = ""
    capabilities: tuple[str, ...] = ("launch-ehr", "client-public", "permission-v2")
    answers: Mapping[str, Any] = field(default_factory=dict)
    chosen: str = "patient-1-relapse"
    launches: dict[str, tuple[str, str]] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    @property
    def iss(self) -> str:
        return f"{self.url}/fhir"

    def launch(self, patient: str, context: str = "") -> str:
        """A launch id, as the EHR makes one when the user opens the card's link."""
        launch = secrets.token_urlsafe(8)
        self.launches[launch] = (patient, context)
        return launch

    def authorize(self, asked: Mapping[str, str]) -> str:
        """Where the browser is sent: back, with a code or with an error."""
        self.asked.append(dict(asked))
        wrong = [
            name
            for name, expected in {
                "response_type": "code",
                "client_id": CLIENT,
                "aud": self.iss,
                "code_challenge_method": "S256",
            }.items()
            if asked.get(name) != expected
        ]
        wrong += [name for name in ("state", "code_challenge") if not asked.get(name)]
        if "launch" in asked and asked["launch"] not in self.launches:
            wrong.append("launch")
        if wrong:
            self.refused.append(f"authorize: {', '.join(wrong)}")
            query = {"error": "invalid_request", "state": asked.get("state", "")}
            return f"{asked['redirect_uri']}?{urlencode(query)}"
        code = secrets.token_urlsafe(8)
        self.codes[code] = dict(asked)
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def redeem(self, sent: Mapping[str, str], authorization: str) -> tuple[Json, int]:
        """The token endpoint: each code once, for who asked for it, with its verifier."""
        granted = self.codes.pop(sent.get("code", ""), None)
        problem = self._problem(granted, sent, authorization)
        if granted is None or problem:
            self.refused.append(f"token: {problem}")
            return {"error": "invalid_grant", "error_description": problem}, 400
        patient, context = self.launches.get(granted.get("launch", ""), (self.chosen, ""))
        token = self.ehr.issue_token()
        self.tokens.append(token)
        body: dict[str, Any] = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": granted["scope"],
            "patient": patient,
        }
        if context:
            body["appContext"] = context
        body |= self.answers
        return {name: value for name, value in body.items() if value is not None}, 200

    def _problem(
        self, granted: Mapping[str, str] | None, sent: Mapping[str, str], authorization: str
    ) -> str:
        if granted is None:
            return "no such code"
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if challenge != granted["code_challenge"]:
            return "the verifier does not fit the challenge"
        if sent.get("grant_type") != "authorization_code":
            return "grant_type"
        if sent.get("redirect_uri") != granted["redirect_uri"]:
            return "redirect_uri"
        return self._unproven(sent, authorization)

    def _unproven(self, sent: Mapping[str, str], authorization: str) -> str:
        if self.method == "none":
            named = sent.get("client_id") == CLIENT and not authorization
            return "" if named else "a public client names itself and no more"
        if self.method == "client_secret_basic":
            expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            return "" if authorization == f"Basic {expected}" else "secret"
        claims = jwt.decode(
            sent["client_assertion"],
            self.key,
            algorithms=["ES384"],
            audience=f"{self.url}/auth/token",
            options={"require": ["iss", "sub", "aud", "exp", "jti"]},
        )
        return "" if claims["iss"] == claims["sub"] == CLIENT else "assertion"

    def app(self) -> Flask:
        app = create_app(self.ehr)

        @app.get("/fhir/.well-known/smart-configuration")
        def configuration() -> Response:
            return _json(
                {
                    "authorization_endpoint": f"{self.url}/auth/authorize",
                    "token_endpoint": f"{self.url}/auth/token",
                    "capabilities": list(self.capabilities),
                    "code_challenge_methods_supported": ["S256"],
                }
            )

        @app.get("/auth/authorize")
        def authorize() -> Any:
            return redirect(self.authorize(request.args), 302)

        @app.post("/auth/token")
        def token() -> Response:
            body, status = self.redeem(
                request.form.to_dict(), request.headers.get("Authorization", "")
            )
            return _json(body, status)

        return app


def _json(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")


@contextmanager
def running(ehr: SmartEhr) -> Iterator[SmartEhr]:
    """Serves it on loopback, at `url`."""
    server = make_server("127.0.0.1", 0, ehr.app(), threaded=True)
    ehr.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield ehr
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def within(library: Library, ehr: SmartEhr, **settings: str) -> Iterator[str]:
    """The service in this process, over HTTP all the same: its address."""
    own = {"smart_client_id": CLIENT, "fhir_servers": ehr.iss} | settings
    chosen = {f"RRAML_{name.upper()}": value for name, value in own.items()}
    with create_server(("127.0.0.1", 0)) as listener:
        chosen["RRAML_PORT"] = str(listener.getsockname()[1])
    app = create_service(read_settings(chosen), library)
    server = make_server("127.0.0.1", int(chosen["RRAML_PORT"]), app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
