"""The OAuth 2 part of the authorization server: Authlib's, with PKCE by S256 for everybody.

Codes and launch contexts live in memory, for minutes.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import (
    AuthorizationCodeMixin,
    ClientMixin,
    InvalidRequestError,
    OAuth2Request,
    grants,
)
from authlib.oauth2.rfc7636 import CodeChallenge

from standin_ehr.access import Tokens, reads_only

CODE_S = 60
TOKEN_S = 900
CONTEXT_SCOPES = frozenset({"launch", "launch/patient"})


@dataclass(frozen=True, slots=True)
class Launch:
    """The context in which an app is opened; `app_context` is the card's, word for word."""

    patient: str
    app_context: str = ""
    until: float = float("inf")


class App(ClientMixin):
    """An app as an EHR registers it. With a secret it is a confidential client."""

    def __init__(
        self, client_id: str, redirect_uris: tuple[str, ...], launch_url: str, secret: str = ""
    ) -> None:
        self.client_id = client_id
        self.redirect_uris = redirect_uris
        self.launch_url = launch_url
        self._secret = secret

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        """None is assumed: SMART apps name theirs."""
        return ""

    def get_allowed_scope(self, scope: str) -> str | None:
        """What is granted of what was asked for: to read, and nothing else."""
        asked = (scope or "").split()
        granted = [each for each in asked if each in CONTEXT_SCOPES or reads_only(each)]
        return " ".join(granted) if any(map(reads_only, granted)) else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(self._secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        confidential = ("client_secret_basic", "client_secret_post")
        return method in (confidential if self._secret else ("none",))

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass(frozen=True, slots=True)
class _Code(AuthorizationCodeMixin):
    client_id: str
    redirect_uri: str
    scope: str
    code_challenge: str
    code_challenge_method: str
    launch: Launch
    until: float

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


class OAuthServer(AuthorizationServer):
    """Registered apps in, tokens out. What a token opens is up to `tokens`."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(query_client=self._app, save_token=_kept_already)
        self.apps: dict[str, App] = {}
        self.codes: dict[str, _Code] = {}
        self._tokens = tokens
        self.register_token_generator("default", self._token)
        self.register_grant(_CodeGrant, [_S256Only(required=True)])

    def _app(self, client_id: str) -> App | None:
        return self.apps.get(client_id)

    def _token(self, *, user: Launch, scope: str, **_: object) -> dict[str, Any]:
        """The answer of the token endpoint, with the launch context beside the token."""
        token = self._tokens.issue(user.patient, scope, TOKEN_S)
        context = {"appContext": user.app_context} if user.app_context else {}
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": TOKEN_S,
            "scope": scope,
            "patient": user.patient,
            "need_patient_banner": True,
            **context,
        }


class _CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]  # noqa: RUF012
    server: OAuthServer

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        asked: Mapping[str, str] = request.payload.data
        self.server.codes[code] = _Code(
            client_id=request.client.client_id,
            redirect_uri=asked["redirect_uri"],
            scope=request.scope,
            code_challenge=asked["code_challenge"],
            code_challenge_method=asked["code_challenge_method"],
            launch=request.user,
            until=time.monotonic() + CODE_S,
        )

    def query_authorization_code(self, code: str, client: App) -> _Code | None:
        """A code is tried once, whatever becomes of it."""
        found = self.server.codes.pop(code, None)
        good = found and found.client_id == client.client_id
        return found if good and found and found.until > time.monotonic() else None

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        """It is gone since it was looked up."""

    def authenticate_user(self, authorization_code: _Code) -> Launch:
        return authorization_code.launch


class _S256Only(CodeChallenge):
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012

    def validate_code_challenge(self, grant: _CodeGrant, redirect_uri: str) -> None:
        asked = grant.request.payload.data
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            raise InvalidRequestError(
                "code_challenge with code_challenge_method=S256 is needed"
            )
        super().validate_code_challenge(grant, redirect_uri)


def _kept_already(token: object, request: object) -> None:
    """Tokens are kept where they are made."""
