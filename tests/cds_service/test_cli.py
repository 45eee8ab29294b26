from __future__ import annotations

import copy
import json
import os
import pty
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from aml.knowledge import Library
from cds_service.app import create_app
from cds_service.cli import app
from cds_service.settings import Settings
from standin_ehr.expected import Expected, assessment, read_expected
from tests.cds_service.service import RRAML
from tests.support import FIXTURES, PATIENTS, hook_request, read_bundle

ON_BOTH_WAYS = [
    case
    for case in read_expected(FIXTURES / "expected.yaml")
    if case.case
    in (
        "patient-1-relapse",
        "patient-2-eu",
        "patient-3",
        "conflicting-same-day",
        "apl",
        "not-aml",
        "test-tagged",
        "entered-in-error-aml",
    )
]
RELAPSE = PATIENTS / "patient-1-relapse.json"
STEERING = "\x1b]0;taken\x07 \x9b31m \x7f \x00 \ud800 \u202e"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("RRAML_"):
            monkeypatch.delenv(name)


def test_the_assessment_is_printed_for_a_person() -> None:
    result = _run("assess", str(RELAPSE), "--as-of", "2022-01-12")
    assert result.exit_code == 0
    assert "gilteritinib" in result.stdout.lower()
    assert "\x1b" not in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("case", ON_BOTH_WAYS, ids=lambda case: case.case)
def test_the_json_is_the_assessment_of_the_hook(library: Library, case: Expected) -> None:
    result = _run(
        "assess", str(PATIENTS / case.bundle), "--json", "--as-of", case.as_of.isoformat(),
        "--jurisdiction", case.jurisdiction,
    )  # fmt: skip
    settings = Settings(as_of=case.as_of, jurisdiction=case.jurisdiction)  # type: ignore[arg-type]
    client = create_app(settings, library).test_client()
    request = hook_request(read_bundle(case.bundle))
    answer = client.post("/cds-services/rraml-patient-view", json=request).get_json()
    assert json.loads(result.stdout) == assessment(answer)


def test_a_bundle_is_read_from_standard_input() -> None:
    arguments = ("--json", "--as-of", "2022-01-12")
    piped = _run("assess", "-", *arguments, input=RELAPSE.read_bytes())
    assert piped.stdout == _run("assess", str(RELAPSE), *arguments).stdout


def test_the_settings_of_the_environment_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRAML_AS_OF", "2022-01-12")
    monkeypatch.setenv("RRAML_JURISDICTION", "EU")
    said = json.loads(_run("assess", str(RELAPSE), "--json").stdout)
    assert (said["asOf"], said["jurisdiction"]) == ("2022-01-12", "EU")


def test_an_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRAML_AS_OF", "2024-01-01")
    said = _run("assess", str(RELAPSE), "--json", "--as-of", "2022-01-12").stdout
    assert json.loads(said)["asOf"] == "2022-01-12"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not readable as JSON"),
        (b'{"resourceType": "Bundle", "Kowalski', "not readable as JSON"),
        (b"\xff\xfe", "not readable as JSON"),
        (b'{"a": NaN}', "not readable as JSON"),
        (b"[" * 60_000, "nested"),
        (b"[" * 200 + b"]" * 200, "nested"),
        (b"null", "holds no Patient"),
        (b'["Kowalski"]', "holds no Patient"),
        (b'{"resourceType": "Bundle", "entry": []}', "holds no Patient"),
        (b'{"resourceType": "Observation", "id": "Kowalski"}', "holds no Patient"),
    ],
)
def test_what_cannot_be_read_ends_with_status_2(
    tmp_path: Path, content: bytes, says: str
) -> None:
    file = tmp_path / "record.json"
    file.write_bytes(content)
    result = _run("assess", str(file))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"rraml: {file}: ")
    assert says in result.stderr
    assert "Kowalski" not in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("name", ["no-such-file.json", "."])
def test_what_is_no_file_ends_with_status_2(tmp_path: Path, name: str) -> None:
    result = _run("assess", str(tmp_path / name))
    assert result.exit_code == 2
    assert re.match(r"rraml: .+: (No such file|Is a directory)", result.stderr)


def test_more_than_one_patient_ends_with_status_3(tmp_path: Path) -> None:
    one, other = read_bundle("patient-1-relapse"), read_bundle("patient-2")
    file = tmp_path / "two.json"
    file.write_text(json.dumps(one | {"entry": [*_entries(one), *_entries(other)]}))
    result = _run("assess", str(file))
    assert (result.exit_code, result.stdout) == (3, "")
    assert "2 Patients" in result.stderr


def test_the_process_itself_ends_like_that(tmp_path: Path) -> None:
    ended = _ended("assess", str(tmp_path))
    assert ended.returncode == 2
    assert ended.stderr == f"rraml: {tmp_path}: Is a directory\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("assess", str(RELAPSE), "--as-of", "yesterday"),
        ("assess", str(RELAPSE), "--as-of", "2022-02-30"),
        ("assess", str(RELAPSE), "--jurisdiction", "UK"),
        ("assess",),
        ("explain", "no-such-rule"),
        ("explain", ""),
        ("explain",),
        ("shutdown",),
    ],
)
def test_what_cannot_be_meant_ends_with_status_2(arguments: tuple[str, ...]) -> None:
    result = _run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr
    assert "Traceback" not in result.stderr


def test_an_option_that_cannot_be_meant_serves_nothing() -> None:
    ended = _ended("serve", "--host", "0.0.0.0")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("rraml: RRAML_HOST is not a loopback address")


def test_a_setting_that_does_not_exist_stops_every_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RRAML_PROT", "1")
    served = _ended("serve")
    assert (served.returncode, served.stdout) == (2, "")
    assert served.stderr.startswith("rraml: RRAML_PROT is not a setting")
    for arguments in (("assess", str(RELAPSE)), ("explain", "gilteritinib")):
        assert _run(*arguments).stderr == served.stderr


def test_clients_that_cannot_be_trusted_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "clients.yaml"
    file.write_text("clients:\n- name: ehr\n  iss: https://ehr.example\n")
    monkeypatch.setenv("RRAML_CLIENT_AUTH", "jwt")
    monkeypatch.setenv("RRAML_TRUSTED_CLIENTS", str(file))
    ended = _run("serve")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"rraml: RRAML_TRUSTED_CLIENTS: {file}, clients.0: expected")


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("PREFETCH", "minimal", "RRAML_PREFETCH=minimal leaves the record to be read from"),
        (
            "DATABASE_URL",
            "mysql://secret-value@db/a",
            "RRAML_DATABASE_URL cannot be used: expec",
        ),
    ],
)
def test_a_setting_that_can_never_work_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv(f"RRAML_{variable}", value)
    ended = _run("serve")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"rraml: {says}")
    assert "secret-value" not in ended.stderr


def test_a_bad_library_of_the_site_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "treatments").mkdir()
    (tmp_path / "treatments" / "gilteritinib-flt3.yaml").write_text("id: [\n")
    monkeypatch.setenv("RRAML_KNOWLEDGE", str(tmp_path))
    ended = _ended("serve")
    assert ended.returncode == 2
    assert "gilteritinib-flt3.yaml" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"concept_id,system,code\nno-such-concept,http://a,1\n", "line 2"),
        (b"concept_id,system,code\n,,\n", "line 2"),
        (b"\xff\xfe\x00", ""),
        (None, ""),
    ],
    ids=["unknown-concept", "empty-row", "not-text", "folder"],
)
def test_bad_local_codes_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, says: str
) -> None:
    file = tmp_path / "codes.csv"
    file.mkdir() if content is None else file.write_bytes(content)
    monkeypatch.setenv("RRAML_LOCAL_CODES", str(file))
    result = _run("assess", str(RELAPSE))
    assert result.exit_code == 2
    assert "codes.csv" in result.stderr
    assert says in result.stderr


def test_a_code_of_the_site_is_understood(tmp_path: Path) -> None:
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1960-01-01"}
    code = {"coding": [{"system": "http://site.example", "code": "L-7"}]}
    subject = {"reference": "Patient/p"}
    condition = {"resourceType": "Condition", "id": "c", "subject": subject, "code": code}
    entries = [{"resource": patient}, {"resource": condition}]
    (tmp_path / "p.json").write_text(json.dumps({"resourceType": "Bundle", "entry": entries}))
    codes = tmp_path / "codes.csv"
    codes.write_text("concept_id,system,code,display\naml,http://site.example,L-7,ours\n")
    command = ("assess", str(tmp_path / "p.json"), "--json")
    assert json.loads(_run(*command).stdout)["diseaseState"] == "not-aml"
    ended = _ended(*command, RRAML_LOCAL_CODES=str(codes))
    assert json.loads(ended.stdout)["diseaseState"] == "untreated"


@pytest.mark.parametrize("option", [(), ("--json",)], ids=["text", "json"])
def test_a_record_cannot_steer_the_terminal(tmp_path: Path, option: tuple[str, ...]) -> None:
    file = tmp_path / "hostile.json"
    file.write_text(json.dumps(_hostile(read_bundle("patient-1-mrd-confirmed"))))
    result = _run("assess", str(file), "--as-of", "2022-01-03", *option)
    assert result.exit_code == 0
    assert CONTROL.findall(result.stdout) == []


def test_an_argument_cannot_steer_the_terminal() -> None:
    result = _run("explain", f"rule{STEERING.replace(chr(0), '')}")
    assert result.exit_code == 2
    assert CONTROL.findall(result.stderr) == []


def test_a_terminal_gets_colour() -> None:
    command = [RRAML, "assess", str(RELAPSE), "--as-of", "2022-01-12"]
    assert b"\x1b[" in _on_a_terminal(command)


@pytest.mark.parametrize("id", ["gilteritinib", "gilteritinib-flt3", "dta-never-mrd"])
def test_a_recommendation_or_a_rule_is_explained(id: str) -> None:
    result = _run("explain", id)
    assert result.exit_code == 0
    assert id in result.stdout


def test_the_schema_is_a_schema() -> None:
    result = _run("schema")
    assert result.exit_code == 0
    Draft202012Validator.check_schema(json.loads(result.stdout))


def test_without_a_command_the_commands_are_listed() -> None:
    said = _run().output
    assert all(command in said for command in ("serve", "assess", "explain", "schema"))


def _run(*arguments: str, input: bytes | None = None) -> Result:
    result = CliRunner().invoke(app, arguments, input=input)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def _ended(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """The process itself, for what might go on serving if it were wrong."""
    return subprocess.run(
        [RRAML, *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        env=os.environ | settings,
    )


def _entries(bundle: dict[str, Any]) -> list[Any]:
    return list(bundle["entry"])


def _hostile(bundle: Any) -> Any:
    """The same record, with what a terminal would obey in every text."""
    hostile = copy.deepcopy(bundle)
    waiting = [hostile]
    while waiting:
        value = waiting.pop()
        for key, each in list(value.items() if isinstance(value, dict) else enumerate(value)):
            if isinstance(each, dict | list):
                waiting.append(each)
            elif key in ("text", "display", "title", "conclusion", "valueString", "unit"):
                value[key] = f"{each} {STEERING}"
            elif key == "id" and value.get("resourceType") == "Observation":
                value[key] = f"{each}{STEERING}"
    return hostile


def _on_a_terminal(command: list[str]) -> bytes:
    ours, theirs = pty.openpty()
    kept = {name: v for name, v in os.environ.items() if name != "NO_COLOR"}
    process = subprocess.Popen(
        command, stdout=theirs, env=kept | {"TERM": "xterm-256color", "COLUMNS": "100"}
    )
    os.close(theirs)
    said = b""
    while chunk := _read(ours):
        said += chunk
    os.close(ours)
    assert process.wait(30) == 0
    return said


def _read(terminal: int) -> bytes:
    """Until the other end is closed, which Linux reports as an error."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""
