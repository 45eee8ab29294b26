"""The CDS client side of the stand-in: what an EHR does when a chart is opened.

Templates are resolved from what discovery publishes; nothing about the service is known here.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

import requests

from standin_ehr.records import as_json

TOKEN = re.compile(r"\{\{\s*context\.(\w+)\s*\}\}")
TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request of ours and what came back; status 0 if nothing did. `body` may be text."""

    url: str
    sent: Mapping[str, Any]
    status: int
    body: Any
    seconds: float

    @property
    def cards(self) -> list[dict[str, Any]]:
        return list(self.body.get("cards", [])) if self.status == 200 else []


class CdsClient:
    """One EHR in front of one service. `token` opens the EHR's own FHIR server."""

    def __init__(self, service_url: str, fhir_url: str, token: str) -> None:
        self._service_url = service_url.rstrip("/")
        self._fhir_url = fhir_url
        self._token = token
        self._http = requests.Session()
        self._http.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def discover(self, hook: str) -> dict[str, Any]:
        """The first service that answers this hook. Raises LookupError if there is none."""
        listing = self._json(f"{self._service_url}/cds-services")
        for service in listing["services"]:
            if service["hook"] == hook:
                return dict(service)
        raise LookupError(f"no service for {hook}")

    def by_prefetch(
        self, service: Mapping[str, Any], context: Mapping[str, Any], extension: object
    ) -> dict[str, Any]:
        """The request of a client that sends everything and cannot be called back."""
        templates = service.get("prefetch", {})
        prefetch = {key: self.resolve(template, context) for key, template in templates.items()}
        return _request(service, context, extension) | {"prefetch": prefetch}

    def by_fhir_server(
        self, service: Mapping[str, Any], context: Mapping[str, Any], extension: object
    ) -> dict[str, Any]:
        """The request of a client that sends nothing but the key to its FHIR server."""
        return _request(service, context, extension) | {
            "fhirServer": self._fhir_url,
            "fhirAuthorization": {
                "access_token": self._token,
                "token_type": "Bearer",
                "expires_in": 300,
                "scope": "patient/*.rs",
                "subject": "rraml-cds",
                "patient": context["patientId"],
            },
        }

    def call(self, service: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer. Raises requests.RequestException; a refusal with the body's text."""
        answer = self._post(self._address(service), body)
        if answer.status_code != 200:
            raise requests.HTTPError(f"{answer.status_code}: {answer.text}", response=answer)
        return dict(answer.json())

    def ask(self, service: Mapping[str, Any], body: Mapping[str, Any]) -> Exchange:
        """The same, with what was sent, for a person to see; nothing is raised."""
        return self._exchange(self._address(service), body)

    def give_feedback(self, service: Mapping[str, Any], entry: Mapping[str, Any]) -> Exchange:
        """What the user did with one card, told to the service that sent it."""
        return self._exchange(f"{self._address(service)}/feedback", {"feedback": [dict(entry)]})

    def _address(self, service: Mapping[str, Any]) -> str:
        return f"{self._service_url}/cds-services/{service['id']}"

    def _post(self, url: str, body: Mapping[str, Any]) -> requests.Response:
        data = as_json(body).encode()
        headers = {"Content-Type": "application/json"}
        return self._http.post(url, data=data, headers=headers, timeout=TIMEOUT_S)

    def _exchange(self, url: str, body: Mapping[str, Any]) -> Exchange:
        began = time.monotonic()
        try:
            answer = self._post(url, body)
            said = answer.json() if answer.content else {}
            status = answer.status_code
        except requests.JSONDecodeError:
            said, status = answer.text, answer.status_code
        except requests.RequestException as error:
            said, status = f"no answer: {type(error).__name__}", 0
        return Exchange(url, body, status, said, time.monotonic() - began)

    def resolve(self, template: str, context: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a prefetch template, with all its pages in one Bundle."""
        relative = TOKEN.sub(lambda token: quote(context[token[1]], safe=""), template)
        first = page = self._json(f"{self._fhir_url}/{relative}", self._token)
        if first["resourceType"] != "Bundle":
            return first
        while link := _next(page):
            page = self._json(link, self._token)
            first.setdefault("entry", []).extend(page.get("entry", []))
        if "link" in first:
            first["link"] = [x for x in first["link"] if x["relation"] != "next"]
        return first

    def _json(self, url: str, token: str = "") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self._http.get(url, headers=headers, timeout=TIMEOUT_S)
        answer.raise_for_status()
        return dict(answer.json())


def _request(
    service: Mapping[str, Any], context: Mapping[str, Any], extension: object
) -> dict[str, Any]:
    request = {
        "hook": service["hook"],
        "hookInstance": str(uuid.uuid4()),
        "context": dict(context),
    }
    return request | ({"extension": extension} if extension else {})


def _next(page: Mapping[str, Any]) -> str:
    links = page.get("link", [])
    return next((str(x["url"]) for x in links if x["relation"] == "next"), "")
