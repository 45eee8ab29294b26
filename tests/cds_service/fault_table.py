"""What each fault of a FHIR server makes of an answer: the rows of docs/faults.md.

    make faults

asks the service under every fault and writes down what it answers; `test_faults.py` asks again
and compares. The seconds are printed, and kept in docs/measurements/faults.md by hand.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from aml.knowledge import Library, load
from cds_service.app import create_app
from cds_service.settings import Settings
from standin_ehr.expected import assessment, topic
from tests.cds_service.ehr import authorized, call_of
from tests.cds_service.fault_server import FaultServer, running
from tests.cds_service.faults import FAULTS
from tests.support import read_bundle

SHEET = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
AML = "patient-1-mrd-confirmed"
NOBODY = "http://127.0.0.1:9/fhir"
SHORT_S, LONG_S = 0.6, 20.0  # deadlines: where time runs out, and where it must not
CARD_S = 0.5  # what an answer may take beyond its deadline

HEAD = """\
# When the FHIR server fails

Written by `make faults`, which asks the service for patient-view of a patient with AML without
any prefetch, while the server has one fault after the other; `tests/cds_service/test_faults.py`
asks again and compares. Each fault stands once in every answer of the server, and once in its
answers about Observations alone.

Every answer was there within `RRAML_DEADLINE_S` and half a second; *at once* is well before it.
How many seconds each took: [measurements/faults.md](measurements/faults.md).

Where the diagnosis cannot be read, the status is 412, and an OperationOutcome names the keys
and the reason. Where another part is missing, the status is 200; `unread` in the assessment
names query and reason, the alert `data-unavailable` is raised, and the card on the state says
of every fault here:

> {summary}

and in its text:

> {card}

| fault | everywhere | when | reason | Observations only | when | reason |
| --- | --- | --- | --- | --- | --- | --- |
"""
CARD = re.compile(r"^- \*\*(Part of the record could not be read;.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in a reader's words; its name in `FAULTS` everywhere, and for Observations."""

    words: str
    name: str
    in_part: str = ""
    slow: bool = False


ROWS = (
    Fault("server down; down since the diagnosis was read", "down", "reset"),
    Fault("slow: no answer for 8 s", "slow", slow=True),
    Fault("a few bytes now and then", "drip", slow=True),
    Fault("401, not authorized", "401"),
    Fault("401, the token has expired", "expired"),
    Fault("403, no scope", "403"),
    Fault("429, too many calls", "429"),
    Fault("500", "500"),
    Fault("a page of HTML", "html"),
    Fault("broken JSON", "broken-json"),
    Fault("an OperationOutcome instead of an answer", "outcome"),
    Fault("pages without end", "endless"),
    Fault("the next link leads to another server", "next-elsewhere"),
    Fault("a redirect to another server", "redirect-elsewhere"),
    Fault("the records of another patient", "strangers"),
    Fault("a body of 50 MB", "huge"),
    Fault("the server is killed half-way through a body", "cut-off"),
    Fault("and half-way through the pages", "midway-reset"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one call. `card`: the sentence of the state card on what was not read."""

    status: int
    seconds: float
    deadline_s: float
    reason: str
    summary: str = ""
    card: str = ""

    @property
    def when(self) -> str:
        return "at the deadline" if self.seconds > 0.8 * self.deadline_s else "at once"


class Rig:
    """The service beside a server with every fault: once for slow ones, once for the rest."""

    def __init__(self, server: FaultServer, library: Library) -> None:
        self._server = server
        bases = tuple({self._base(f, in_part) for f in ROWS for in_part in (False, True)})
        self._clients = {
            slow: _client(bases, seconds, library)
            for slow, seconds in ((True, SHORT_S), (False, LONG_S))
        }

    def outcome(self, fault: Fault, *, in_part: bool) -> Outcome:
        """The answer to one call while the server has this fault."""
        call = call_of(AML) | authorized(self._base(fault, in_part), "token")
        return _outcome(self._clients[fault.slow], call, SHORT_S if fault.slow else LONG_S)

    def _base(self, fault: Fault, in_part: bool) -> str:
        name = (fault.in_part if in_part else "") or fault.name
        kind = "Observation" if in_part else "all"
        return self._server.base(name, kind) if name in FAULTS else NOBODY


def _client(bases: tuple[str, ...], deadline_s: float, library: Library) -> FlaskClient:
    settings = Settings(as_of=date(2022, 1, 3), deadline_s=deadline_s, fhir_servers=bases)
    return create_app(settings, library).test_client()


def _outcome(client: FlaskClient, call: Mapping[str, Any], deadline_s: float) -> Outcome:
    started = time.monotonic()
    answer = client.post("/cds-services/rraml-patient-view", json=call)
    seconds = time.monotonic() - started
    body = answer.get_json()
    if answer.status_code != 200:
        reason = _of_conditions(body["issue"][0]["diagnostics"])
        return Outcome(answer.status_code, seconds, deadline_s, reason)
    [card] = [card for card in body["cards"] if topic(card) == "disease-state"]
    [sentence] = CARD.findall(card["detail"]) or [""]
    reasons = "; ".join(u["reason"] for u in assessment(body).get("unread", []))
    said = sentence.replace("**", "")
    return Outcome(200, seconds, deadline_s, reasons, str(card["summary"]), said)


def _of_conditions(diagnostics: str) -> str:
    """The reasons of the keys that are named, each once."""
    [found] = re.findall(r"named here \((.*?)\)\. Expected", diagnostics)
    parts = [part.partition(": ")[2] for part in found.split("; ")]
    return "; ".join(dict.fromkeys(parts))


def row(fault: Fault, everywhere: Outcome, in_part: Outcome) -> str:
    """One line of the table."""
    cells: list[Any] = [fault.words]
    cells += [everywhere.status, everywhere.when, everywhere.reason]
    cells += [in_part.status, in_part.when, in_part.reason]
    return f"| {' | '.join(map(str, cells))} |\n"


def main() -> int:
    """Writes the sheet."""
    lines, said = [], set()
    record = read_bundle(AML)
    with (
        running(FaultServer(record, FAULTS)) as other,
        running(FaultServer(record, FAULTS, other.origin)) as server,
    ):
        rig = Rig(server, load(None))
        for fault in ROWS:
            found = [rig.outcome(fault, in_part=part) for part in (False, True)]
            lines.append(row(fault, *found))
            said.add((found[1].summary, found[1].card))
            print(f"{fault.words}: {found[0].seconds:.2f} s, {found[1].seconds:.2f} s")
    [(summary, card)] = said
    text = HEAD.format(summary=summary, card=card) + "".join(lines)
    SHEET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
