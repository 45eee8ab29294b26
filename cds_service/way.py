"""Whether a FHIR server can be reached by the way that the service would take; else why not."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from enum import Enum

import requests
from requests.exceptions import ProxyError

from cds_service.fhir_base import FhirBase
from cds_service.network import AddressRefused, Network, reasons

CONNECT_S = 5


class Grade(Enum):
    GOOD = "ok"
    DOUBTFUL = "?"
    BAD = "NO"


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` is what to do, "" where nothing has to be done."""

    grade: Grade
    says: str
    remedy: str = ""


def reached(base: FhirBase, network: Network) -> Finding:
    """By the way that the service would take; the answer itself does not matter here."""
    way = ", through the proxy" if network.passes_proxy(base.scheme, base.host) else ""
    try:
        with network.session() as session:
            session.get(
                f"{base}/metadata", timeout=CONNECT_S, stream=True, allow_redirects=False
            ).close()
    except AddressRefused as reason:
        return bad(f"the name {base.host} {reason}", "correct the name, or allow the range")
    except requests.ReadTimeout:
        pass  # it is there, and takes its time: the queries will tell
    except requests.RequestException as error:
        return _unreached(base, list(reasons(error)))
    return Finding(Grade.GOOD, f"{base.host}:{base.port} can be reached by {base.scheme}{way}")


def _unreached(base: FhirBase, why: list[BaseException]) -> Finding:
    """The innermost reason that tells something, and what to do about it."""
    for error in why:
        if isinstance(error, ssl.SSLCertVerificationError):
            return bad(
                f"its certificate: {error.verify_message}",
                "the server has to send its whole chain, of an authority that is publicly "
                "known or in the file of RRAML_FHIR_CA_FILE",
            )
        if isinstance(error, ssl.SSLError):
            return bad("TLS cannot be agreed on", "TLS 1.2 or later is needed")
    if any(isinstance(error, ProxyError) for error in why):
        return bad("the proxy does not let it through", "see to RRAML_FHIR_PROXY")
    if any(isinstance(error, socket.gaierror) for error in why):
        return bad(f"{base.host} is no name that can be resolved", "see to DNS")
    texts = [e.strerror for e in why if isinstance(e, OSError) and e.strerror]
    what = texts[-1] if texts else "no answer in time"
    return bad(f"{base.host}:{base.port}: {what}", "see to the firewall")


def bad(says: str, remedy: str) -> Finding:
    return Finding(Grade.BAD, says, remedy)
