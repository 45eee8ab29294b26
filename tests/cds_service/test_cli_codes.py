from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cds_service.cli import app
from fhir_mapping.local_codes import forget_local
from tests.cds_service.service import RRAML
from tests.support import FIXTURES, PATIENTS

RECORD = FIXTURES / "own-codes" / "record.json"
DOCUMENT = FIXTURES.parent / "docs" / "local-codes.md"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in os.environ:
        if name.startswith("RRAML_"):
            monkeypatch.delenv(name)
    yield
    forget_local()


def test_what_is_not_understood_is_told_with_a_line() -> None:
    result = _run(str(RECORD))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Near misses: 8\n" in result.stdout
    assert "aml,https://zis.example/diagnose,D402,Myeloïde leukemie (acute)\n" in result.stdout
    assert 'https://zis.example/lab R07, "Ziekterespons"' in result.stdout


def test_the_table_of_the_document_makes_the_record_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [table] = re.findall(r"^```csv\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.M | re.S)
    (tmp_path / "codes.csv").write_text(table, encoding="utf-8")
    monkeypatch.setenv("RRAML_LOCAL_CODES", str(tmp_path / "codes.csv"))
    result = _run(str(RECORD))
    assert "Near misses: 0\n" in result.stdout
    assert '"Ziekterespons" -> disease status' in result.stdout
    ended = subprocess.run(
        [RRAML, "assess", RECORD, "--json", "--as-of", "2026-02-10"],
        capture_output=True,
        text=True,
        timeout=20,
        env=os.environ | {"RRAML_LOCAL_CODES": str(tmp_path / "codes.csv")},
    )
    assert json.loads(ended.stdout)["diseaseState"] == "relapse"


def test_the_json_holds_the_same() -> None:
    said = json.loads(_run(str(RECORD), "--json").stdout)
    assert [*said] == ["recognised", "nearMisses", "ignored", "sentences"]
    assert {each["closest"] for each in said["nearMisses"]} >= {"aml", "plt", "hsct_allo"}
    assert all(each["line"] for each in said["nearMisses"])


@pytest.mark.parametrize("option", [(), ("--json",)], ids=["text", "json"])
def test_the_patient_is_not_named(option: tuple[str, ...]) -> None:
    said = _run(str(RECORD), *option).stdout
    assert not any(word in said for word in ("Jansen", "Maria", "2207", "1966"))


def test_several_patients_are_no_error(tmp_path: Path) -> None:
    bundles = [json.loads(path.read_bytes()) for path in sorted(PATIENTS.glob("p*.json"))[:2]]
    file = tmp_path / "all.json"
    entries = [{"resource": bundle} for bundle in bundles]
    file.write_text(json.dumps({"resourceType": "Bundle", "entry": entries}))
    assert _run(str(file)).exit_code == 0


def test_the_body_of_a_call_is_looked_at_by_what_was_prefetched() -> None:
    call = FIXTURES / "hooks" / "patient-view-patient-1-relapse.json"
    in_bundle = _run(str(PATIENTS / "patient-1-relapse.json"), "--json").stdout
    assert json.loads(_run(str(call), "--json").stdout) == json.loads(in_bundle)


def test_a_bundle_is_read_from_standard_input() -> None:
    assert _run("-", input=RECORD.read_bytes()).stdout == _run(str(RECORD)).stdout


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not readable as JSON"),
        (b"{", "not readable as JSON"),
        (b"[" * 60_000, "nested"),
        (b"null", "expected a FHIR Bundle or resource"),
        (b'["Kowalski"]', "expected a FHIR Bundle or resource"),
        (b'{"resourceType": 7}', "expected a FHIR Bundle or resource"),
    ],
)
def test_what_cannot_be_read_ends_with_status_2(
    tmp_path: Path, content: bytes, says: str
) -> None:
    file = tmp_path / "record.json"
    file.write_bytes(content)
    result = _run(str(file))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"rraml: {file}: ")
    assert says in result.stderr
    assert "Kowalski" not in result.stderr


def test_what_is_no_file_and_what_is_no_table_end_with_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _run(str(tmp_path / "none.json")).exit_code == 2
    (tmp_path / "codes.csv").write_text("concept_id,system,code\nshoe_size,http://a,1\n")
    monkeypatch.setenv("RRAML_LOCAL_CODES", str(tmp_path / "codes.csv"))
    result = _run(str(RECORD))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "line 2, column concept_id" in result.stderr


def _run(*arguments: str, input: bytes | None = None) -> Result:
    result = CliRunner().invoke(app, ["codes", *arguments], input=input)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result
