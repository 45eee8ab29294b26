"""The conversation with an EHR's authorization server, as SMART App Launch 2 describes it.

Authlib speaks OAuth: PKCE (S256), and the three ways in which a client proves who it is
(public, by secret, by key). Ours are the bounds: only addresses that the EHR of the site's list
publishes, no redirects, no credentials of the machine, no long wait, no large answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cds_service.errors import NotAllowed, Unavailable
from cds_service.fhir_client import FhirServers
from cds_service.fhir_http import Deadline
from cds_service.network import LOOPBACK, PUBLIC, AddressRefused, Network
from cds_service.request import FhirId
from cds_service.settings import Settings, SettingsError
from fhir_mapping.queries import QUERIES

DISCOVERY = ".well-known/smart-configuration"
PATIENCE_S = 10.0
MAX_ANSWER = 64 * 1024
KINDS = tuple(dict.fromkeys(query.resource_type for query in QUERIES))
_NO_ANSWER = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    AddressRefused,
    ValueError,
    OSError,
)
_WHO = "the EHR's authorization server"


class SmartConfiguration(BaseModel):
    """Where to ask; of `capabilities` only the syntax of scopes matters here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    authorization_endpoint: str
    token_endpoint: str
    capabilities: tuple[str, ...] = ()

    @field_validator("authorization_endpoint", "token_endpoint")
    @classmethod
    def _safe(cls, value: str) -> str:
        parts = urlsplit(value)
        local = parts.scheme == "http" and parts.hostname in LOOPBACK
        if not (local or (parts.scheme == "https" and parts.hostname)) or parts.username:
            raise ValueError("expected an https URL")
        return value

    @property
    def scopes(self) -> str:
        """To read what is asked of an EHR, of one patient, and nothing else."""
        old = "permission-v1" in self.capabilities and "permission-v2" not in self.capabilities
        return " ".join(_scope(kind, old=old) for kind in KINDS)


def _scope(kind: str, *, old: bool) -> str:
    if old:
        return f"patient/{kind}.read"
    return f"patient/{kind}.{'r' if kind == 'Patient' else 'rs'}"


class Grant(BaseModel):
    """The answer of the token endpoint. `expires_in` in seconds; RFC 6749 lets it be absent."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    access_token: str = Field(pattern=r"^[\x21-\x7e]{1,20000}$", repr=False)
    token_type: str = Field(pattern=r"(?i)^bearer$")
    expires_in: int = Field(default=300, gt=0)
    patient: FhirId | None = None
    appContext: Any = None
    need_patient_banner: bool = True


@dataclass(frozen=True, slots=True)
class SmartClient:
    """This service as a client of EHRs: public without a secret, else confidential."""

    id: str
    secret: str = field(default="", repr=False)
    key: RSAKey | ECKey | None = field(default=None, repr=False)
    network: Network = PUBLIC

    @property
    def method(self) -> str:
        if self.key is not None:
            return "private_key_jwt"
        return "client_secret_basic" if self.secret else "none"

    def session(self, callback: str, token_endpoint: str = "") -> OAuth2Session:
        session = OAuth2Session(
            self.id,
            self.key or self.secret or None,
            token_endpoint_auth_method=self.method,
            redirect_uri=callback,
            code_challenge_method="S256",
        )
        with self.network.session() as plain:
            session.trust_env, session.cookies = plain.trust_env, plain.cookies
            session.adapters = plain.adapters
        if self.key is not None:
            signing = PrivateKeyJWT(
                token_endpoint, alg=_algorithm(self.key), headers={"kid": self.key.kid}
            )
            session.register_client_auth_method(signing)
        session.register_compliance_hook("access_token_response", _bounded)
        return session


def read_client(settings: Settings) -> SmartClient | None:
    """None where no page is set up. Raises SettingsError for a key that cannot sign."""
    if not settings.smart_client_id:
        return None
    secret, path = settings.smart_client_secret, settings.smart_client_key
    known = SmartClient(
        settings.smart_client_id,
        secret.get_secret_value() if secret else "",
        network=settings.network,
    )
    if path is None:
        return known
    try:
        key = import_key(json.loads(path.read_bytes()))
    except (OSError, ValueError, JoseError):
        raise SettingsError(f"RRAML_SMART_CLIENT_KEY={path} holds no JWK") from None
    if not isinstance(key, RSAKey | ECKey) or not key.is_private or not key.kid:
        raise SettingsError(
            f"RRAML_SMART_CLIENT_KEY={path}: expected a private RSA or P-384 key with a kid"
        )
    return replace(known, key=key)


def _algorithm(key: RSAKey | ECKey) -> str:
    return "RS384" if isinstance(key, RSAKey) else "ES384"


def discover(iss: str, servers: FhirServers) -> SmartConfiguration:
    """What the FHIR server at `iss` says of its authorization server.

    Raises NotAllowed for a server that is not on the list, and Unavailable.
    """
    server = servers.open(iss, "", Deadline.after(PATIENCE_S))
    if server is None:
        raise NotAllowed(
            "an EHR (iss) that is not on this service's list of FHIR servers",
            "one of RRAML_FHIR_SERVERS, or a FHIR server of a trusted client",
            "ask the operator of this service to add it",
        )
    reading = server.read(DISCOVERY)
    try:
        if reading.unread:
            raise ValueError
        return SmartConfiguration.model_validate(reading.value)
    except ValueError:
        raise Unavailable(
            f"no SMART configuration at the EHR ({reading.unread or 'it names no endpoints'})",
            f"{DISCOVERY} below the FHIR base URL, with authorization_endpoint and "
            "token_endpoint by https",
            "try again; if it stays so, the operator of the EHR has to look at it",
        ) from None


def redeem(
    client: SmartClient, where: SmartConfiguration, callback: str, code: str, verifier: str
) -> Grant:
    """The access token for a code. Raises NotAllowed or Unavailable; neither repeats values."""
    with client.session(callback, where.token_endpoint) as session:
        try:
            answer = session.fetch_token(
                where.token_endpoint,
                code=code,
                code_verifier=verifier,
                grant_type="authorization_code",
                **({"client_id": client.id} if client.method == "none" else {}),
                timeout=PATIENCE_S,
                allow_redirects=False,
                stream=True,
            )
        except AuthlibBaseError:
            raise NotAllowed(
                f"{_WHO} did not accept the code, or not this service as a client",
                "an access token",
                "open the page again from the chart; if it stays so, compare the client id, "
                "its secret or key, and the redirect address with what the EHR has on file",
            ) from None
        except _NO_ANSWER:
            raise Unavailable(
                f"no usable answer of {_WHO}", "an access token", "open the page again"
            ) from None
    return _granted(answer)


def _granted(answer: Mapping[str, Any]) -> Grant:
    try:
        return Grant.model_validate(dict(answer))
    except ValidationError as error:
        wrong = sorted({str(problem["loc"][0]) for problem in error.errors()})
        raise Unavailable(
            f"an answer of {_WHO} that cannot be used ({', '.join(wrong)})",
            "a Bearer token, and the id of the patient as `patient`",
            "open the page again; if it stays so, the operator of the EHR has to look at it",
        ) from None


def _bounded(answer: requests.Response) -> requests.Response:
    """The body, if it is of a size that such an answer has. It was asked for as a stream."""
    raw = answer.raw.read(MAX_ANSWER + 1, decode_content=True)
    if len(raw) > MAX_ANSWER:
        raise ValueError("too large")
    answer._content = raw
    return answer
