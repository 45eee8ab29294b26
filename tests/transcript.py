"""The transcript in README.md: two cards of one patient as `make demo` prints them.

The evidence under each is left out. `make transcript` writes it anew after a change of words.
"""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

from rich.console import Console

from aml.knowledge import load
from cds_service.app import create_app
from cds_service.settings import read_settings
from standin_ehr.expected import read_expected
from standin_ehr.show import WIDTH, show
from tests.support import FIXTURES, hook_request, read_bundle

README = FIXTURES.parent / "README.md"
BLOCK = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CASE = "patient-1-relapse"
TITLES = ("Relapsed AML", "Treatment options")


def transcript() -> str:
    [expected] = (e for e in read_expected(FIXTURES / "expected.yaml") if e.case == CASE)
    replay = {"asOf": expected.as_of.isoformat(), "jurisdiction": expected.jurisdiction}
    request = hook_request(read_bundle(expected.bundle))
    request["extension"] = {"org.rraml.replay": replay}
    service = create_app(read_settings({"RRAML_ALLOW_REPLAY": "1"}), load(None))
    answer = service.test_client().post("/cds-services/rraml-patient-view", json=request).json
    assert answer is not None
    answer["cards"] = [_cut(c) for c in answer["cards"] if c["summary"].startswith(TITLES)]
    terminal = StringIO()
    show(Console(file=terminal, width=WIDTH), expected, answer, in_full=True)
    return "\n".join(line.rstrip() for line in terminal.getvalue().rstrip().splitlines()) + "\n"


def _cut(card: dict[str, Any]) -> dict[str, Any]:
    text, heading, _ = card["detail"].partition("**Evidence**")
    return card | {"detail": f"{text}{heading} …"}


def main() -> None:
    text = README.read_text(encoding="utf-8")
    block = f"```text\n{transcript()}```"
    README.write_text(BLOCK.sub(lambda _: block, text), encoding="utf-8")


if __name__ == "__main__":
    main()
