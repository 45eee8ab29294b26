"""The service as a process of its own: its port, its settings, its last words."""

from __future__ import annotations

import socket
import sys

import pytest
import requests

from standin_ehr.service import NotServing, free_port, serving

FHIR = "http://127.0.0.1:9/fhir"
SPEAKER = "import os; print(sorted(n + '=' + v for n, v in os.environ.items() if 'RRAML' in n))"
# Answers as the service does when it is ready, and would go on for ever.
STAND_IN = """
import os
from flask import Flask
app = Flask("ready")
app.get("/health/ready")(lambda: {"status": "ready"})
app.run("127.0.0.1", int(os.environ["RRAML_PORT"]))
"""


def test_a_service_that_does_not_start_is_reported_with_what_it_said() -> None:
    command = [sys.executable, "-c", "raise SystemExit('knowledge/x.yaml: no such word')"]
    with pytest.raises(NotServing, match="no such word"), serving(FHIR, command):
        pass


def test_settings_of_the_caller_do_not_reach_the_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RRAML_JURISDICTION", "EU")
    with (
        pytest.raises(NotServing) as caught,
        serving(FHIR, [sys.executable, "-c", SPEAKER]),
    ):
        pass
    assert f"RRAML_FHIR_SERVERS={FHIR}" in str(caught.value)
    assert "RRAML_ALLOW_REPLAY=1" in str(caught.value)
    assert "RRAML_JURISDICTION" not in str(caught.value)


def test_the_service_ends_with_its_context() -> None:
    with serving(FHIR, [sys.executable, "-c", STAND_IN]) as service:
        assert requests.get(f"{service.url}/health/ready", timeout=5).ok
        assert "health/ready" in service.said
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{service.url}/health/ready", timeout=5)


def test_a_port_that_is_taken_is_left_for_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) != port
    assert free_port(port) == port
