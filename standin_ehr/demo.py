"""The demonstration: an EHR opens the charts of the fixture patients.

Each case of expected.yaml is asked twice, by prefetch and by `fhirServer`; the answers are
compared with what the file says and with each other, and printed. Afterwards both go on
serving, the stand-in EHR for a browser, unless CI or ONCE is set: then the status says whether
every answer was right.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests
from rich.console import Console

from standin_ehr.cds_client import CdsClient
from standin_ehr.expected import Expected, Json, differences, first_difference, read_expected
from standin_ehr.fhir_server import serving as serving_app
from standin_ehr.hospital import Hospital
from standin_ehr.pages import create_app
from standin_ehr.service import USUAL_PORT, NotServing, Service, free_port, serving
from standin_ehr.show import new_console, show

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
REQUEST = "hooks/patient-view-patient-1-relapse.json"
HOOK = "patient-view"
# The paper's three patients on the day of the visit that the paper discusses.
IN_FULL = ("patient-1-relapse", "patient-2", "patient-3")
OWN_PORT = 8090
RIGHT, WRONG, INTERRUPTED = 0, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    fixtures = _fixtures(arguments)
    signal.signal(signal.SIGTERM, _end)
    try:
        return _demonstrate(fixtures, once=_once(os.environ))
    except NotServing as error:
        print(f"The service does not serve. It said:\n{error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        return INTERRUPTED


def _demonstrate(fixtures: Path, *, once: bool) -> int:
    console = new_console()
    cases = read_expected(fixtures / "expected.yaml")
    hospital = Hospital(fixtures)
    token = hospital.ehr.issue_token()
    own_port, port = (0, 0) if once else (free_port(OWN_PORT), USUAL_PORT)
    with (
        serving_app(create_app(hospital), own_port) as url,
        serving(f"{url}/fhir", wanted_port=port) as service,
    ):
        hospital.connect(url, service.url)
        console.print(f"The service answers at {service.url}, the stand-in EHR at {url}.\n")
        with CdsClient(service.url, hospital.fhir_url, token) as client:
            wrong = open_charts(client, cases, console)
        _conclude(console, len(cases), wrong, service)
        if not once:
            _stay(console, service, url, token)
    return WRONG if wrong else RIGHT


def open_charts(client: CdsClient, cases: Sequence[Expected], console: Console) -> list[str]:
    """Every case, asked and shown; a line for each thing that was wrong."""
    service = client.discover(HOOK)
    wrong = []
    for case in cases:
        found, answer = ask_twice(client, service, case)
        wrong += [f"{case.case}: {line}" for line in found]
        show(console, case, answer, in_full=case.case in IN_FULL)
        for line in found:
            console.print(f"    WRONG {line}", style="red", markup=False, soft_wrap=True)
    return wrong


def ask_twice(
    client: CdsClient, service: Mapping[str, Any], case: Expected
) -> tuple[list[str], Json]:
    """What was wrong with the two answers, and one of them to show."""
    context = {"userId": "Practitioner/example", "patientId": case.patient_id}
    replay = {"asOf": case.as_of.isoformat(), "jurisdiction": case.jurisdiction}
    extension = {"org.rraml.replay": replay}
    wrong: list[str] = []
    answers: list[Json] = []
    for way, request in (
        ("by prefetch", client.by_prefetch),
        ("by fhirServer", client.by_fhir_server),
    ):
        try:
            answer = client.call(service, request(service, context, extension))
        except requests.RequestException as error:
            wrong.append(f"{way}: no answer: {error}")
            continue
        wrong += [f"{way}: {line}" for line in differences(case, answer)]
        answers.append(answer)
    if len(answers) == 2 and (where := first_difference(answers[0], answers[1])):
        wrong.append(f"the answers by prefetch and by fhirServer differ at {where}")
    return wrong, answers[0] if answers else {}


def _conclude(console: Console, cases: int, wrong: Sequence[str], service: Service) -> None:
    console.print(f"\n{cases} cases, each asked by prefetch and by fhirServer: ", end="")
    if not wrong:
        console.print("every answer is right.", style="bold green")
        return
    console.print(f"{len(wrong)} things are wrong.", style="bold red")
    for line in wrong:
        console.print(line, markup=False, soft_wrap=True)
    if service.said:
        console.print(f"\nThe service said:\n{service.said}", markup=False)


def _stay(console: Console, service: Service, url: str, token: str) -> None:
    request = os.path.relpath(FIXTURES / REQUEST)
    key = f"Authorization: Bearer {token}"
    for line in (
        f"\nServing until Ctrl-C. The stand-in EHR, in a browser: {url}\n",
        "To open a chart by hand, as of today:\n",
        f"  curl -s {service.url}/cds-services/rraml-patient-view"
        f" -H 'Content-Type: application/json' -d @{request}",
        "\nTo read the stand-in's records:\n",
        f"  curl -s '{url}/fhir/Observation?patient=patient-2' -H '{key}'",
    ):
        console.print(line, markup=False, soft_wrap=True)
    try:
        service.wait()
    except KeyboardInterrupt:
        console.print()
        return
    raise NotServing(service.said or "it ended without a word")


def _once(environment: Mapping[str, str]) -> bool:
    return any(environment.get(name, "") not in ("", "0", "false") for name in ("CI", "ONCE"))


def _fixtures(arguments: Sequence[str] | None) -> Path:
    parser = argparse.ArgumentParser(prog="standin_ehr.demo", description=__doc__)
    parser.add_argument("--fixtures", type=Path, default=FIXTURES, help="folder of the cases")
    folder: Path = parser.parse_args(arguments).fixtures
    return folder


def _end(*_: object) -> None:
    raise SystemExit(INTERRUPTED)


if __name__ == "__main__":
    sys.exit(main())
