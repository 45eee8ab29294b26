"""Many charts opened at once, while the FHIR server takes 300 ms for every query.

    make load

Each of 10, 50 and 200 clients opens the chart of a patient of its own, at the same moment. The
status is 1 if an answer comes later than the deadline and half a second, is of another patient,
or does not say what it lacks. Loopback only, one call for each client, bounded in time.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from cds_service.settings import Settings
from standin_ehr.expected import assessment, topic
from tests.cds_service.service import PATIENT_VIEW, serving
from tests.load.slow_fhir import SlowFhir

CLIENTS = (10, 50, 200)
RECORD, AS_OF, STATE = "patient-1-mrd-confirmed", "2022-01-03", "mrd-relapse"
LATE_S = 0.5  # beyond the deadline
GIVE_UP_S = 20
WARM_UP = 8  # calls, before anything counts: connections are opened and code is read
KINDS = ("complete", "partial", "refused")
_OWN = re.compile(r"-p(\d+)")
_UNREAD = "could not be read"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one client got, and after how many seconds."""

    number: int
    seconds: float
    status: int
    body: dict[str, Any]

    @property
    def kind(self) -> str:
        """ "complete", "partial" and says so, "refused" and says why; else what is wrong."""
        if set(_OWN.findall(json.dumps(self.body))) - {str(self.number)}:
            return "WRONG: of another patient"
        if self.status != 200:
            refused = self.status in (412, 503) and "issue" in self.body
            return "refused" if refused else f"WRONG: status {self.status}"
        said = assessment(self.body)
        if not said.get("unread"):
            whole = said["diseaseState"] == STATE and _OWN.search(json.dumps(said))
            return "complete" if whole else "WRONG: incomplete without saying so"
        [card] = [card for card in self.body["cards"] if topic(card) == "disease-state"]
        return "partial" if _UNREAD in card["detail"] else "WRONG: a card that hides a gap"


async def call(port: int, fhir: str, patient_id: str, number: int) -> Answer:
    """Opens one chart."""
    context = {"userId": "Practitioner/1", "patientId": patient_id}
    hook = {"hook": "patient-view", "hookInstance": str(UUID(int=number)), "context": context}
    body = json.dumps(hook | {"fhirServer": fhir}).encode()
    head = (
        f"POST /cds-services/{PATIENT_VIEW} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Connection: close\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    started = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + body)
    answer = await asyncio.wait_for(reader.read(), GIVE_UP_S)
    seconds = time.monotonic() - started
    writer.close()
    first, _, rest = answer.partition(b"\r\n\r\n")
    return Answer(number, seconds, int(first.split()[1]), json.loads(rest))


async def measure(port: int) -> int:
    """All rounds, one after the other; how many answers were wrong or late."""
    deadline_s = Settings().deadline_s
    slow = SlowFhir(RECORD)
    server = await asyncio.start_server(slow.answer, "127.0.0.1", 0, backlog=1024)
    fhir = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/fhir"
    failed = 0
    print(f"| clients | {' | '.join(KINDS)} | seconds, median | slowest | queries at once |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    async with server:
        await asyncio.gather(*(call(port, fhir, slow.patient_id(n), n) for n in range(WARM_UP)))
        for clients in CLIENTS:
            slow.at_once = 0
            numbers = range(clients * 100, clients * 101)
            answers = await asyncio.gather(
                *(call(port, fhir, slow.patient_id(n), n) for n in numbers)
            )
            failed += _report(answers, deadline_s, slow.at_once)
    return failed


def _report(answers: list[Answer], deadline_s: float, at_once: int) -> int:
    kinds = [answer.kind for answer in answers]
    seconds = sorted(answer.seconds for answer in answers)
    shares = [f"{kinds.count(k)} ({kinds.count(k) / len(kinds):.0%})" for k in KINDS]
    times = f"{seconds[len(seconds) // 2]:.2f} | {seconds[-1]:.2f}"
    print(f"| {len(answers)} | {' | '.join(shares)} | {times} | {at_once} |")
    wrong = [kind for kind in kinds if kind not in KINDS]
    late = [each for each in seconds if each > deadline_s + LATE_S]
    for kind in sorted(set(wrong)):
        print(f"{kinds.count(kind)} {kind}")
    if late:
        print(f"{len(late)} LATE: after {deadline_s + LATE_S} s")
    return len(wrong) + len(late)


def main() -> int:
    with TemporaryDirectory() as folder:
        allowed = "http://127.0.0.1:*/fhir"
        log = Path(folder) / "log"
        with serving(log, fhir_servers=allowed, as_of=AS_OF) as service:
            failed = asyncio.run(measure(int(service.url.rpartition(":")[2])))
            if said := service.said.strip():
                print(said)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
