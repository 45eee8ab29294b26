"""Hook requests for the benchmark: 200 Observations each, no two of the same patient.

The facts on the leukemia come from the fixture patients; the rest is what a hospital's
laboratory and ward write down every day. Ids, dates and numbers differ from body to body.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from tests.bench.everyday import everyday
from tests.support import Json, hook_request, read_bundle, read_expected, resources_of

OBSERVATIONS = 200
LATER_BY_AT_MOST = 60  # days; every date of a body moves by the same number of them
WITH_AML = ("patient-1-after-hct", "patient-2", "patient-3-first-remission", "patient-3")
WITHOUT_AML = ("not-aml",)
_DAY = re.compile(r"\b(20\d\d-[01]\d-[0-3]\d)")


def bodies(patients: Sequence[str], number: int, seed: int = 1) -> Iterator[bytes]:
    """`number` requests, the patients in turn; the same seed gives the same bytes."""
    rng = random.Random(seed)
    cases = {case["bundle"].removesuffix(".json"): case["as_of"] for case in read_expected()}
    for count in range(number):
        name = patients[count % len(patients)]
        yield _body(name, cases[name], count, rng)


def _body(name: str, as_of: date, count: int, rng: random.Random) -> bytes:
    patient_id = f"bench-{rng.randrange(10**9):09}"
    later = timedelta(rng.randrange(LATER_BY_AT_MOST))
    facts = resources_of(_moved(read_bundle(name), patient_id, later))
    room = OBSERVATIONS - sum(r["resourceType"] == "Observation" for r in facts)
    filled = [*facts, *everyday(patient_id, as_of + later, room, rng)]
    rng.shuffle(filled)
    sent = hook_request({"entry": [{"resource": resource} for resource in filled]})
    sent["hookInstance"] = f"{count:08x}-0000-4000-8000-000000000000"
    replay = {"asOf": (as_of + later).isoformat(), "jurisdiction": "US"}
    sent["extension"] = {"org.rraml.replay": replay}
    return json.dumps(sent, separators=(",", ":")).encode()


def _moved(bundle: Json, patient_id: str, later: timedelta) -> Json:
    """The same chart as that of another patient, some days later."""
    [own] = {r["id"] for r in resources_of(bundle) if r["resourceType"] == "Patient"}
    text = json.dumps(bundle).replace(f"Patient/{own}", f"Patient/{patient_id}")
    text = text.replace(f'"id": "{own}"', f'"id": "{patient_id}"')
    text = _DAY.sub(lambda found: f"{date.fromisoformat(found[1]) + later}", text)
    moved: Json = json.loads(text)
    return moved
