from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from aml.knowledge import Library
from cds_service.app import create_app
from cds_service.errors import Unavailable
from cds_service.fhir_http import Deadline
from cds_service.patience import LOST, SMALL, PatientSocket
from cds_service.serve import told_of_waiting
from cds_service.settings import Settings
from cds_service.turns import Turns
from tests.cds_service.ehr import call_of
from tests.cds_service.outcomes import AML, issue_of
from tests.support import hook_request, read_bundle

PATH = "/cds-services/rraml-patient-view"


def test_no_more_go_at_once_than_there_are_turns() -> None:
    turns, going, most = Turns(2), [0], [0]
    lock = threading.Lock()

    def go() -> None:
        with turns.turn(Deadline.after(5)):
            with lock:
                going[0] += 1
                most[0] = max(most[0], going[0])
            time.sleep(0.01)
            with lock:
                going[0] -= 1

    threads = [threading.Thread(target=go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [2]


def test_who_gets_no_turn_before_the_deadline_is_refused() -> None:
    turns = Turns(1)
    started = time.monotonic()
    with (
        turns.turn(Deadline.after(5)),
        pytest.raises(Unavailable, match="go on without"),
        turns.turn(Deadline.after(0.05)),
    ):
        raise AssertionError("a turn that nobody gave")
    assert time.monotonic() - started < 2


def test_a_turn_is_given_back_by_a_call_that_fails() -> None:
    turns = Turns(1)
    with pytest.raises(KeyError), turns.turn(Deadline.after(5)):
        raise KeyError
    with turns.turn(Deadline.after(0.05)):
        pass


def test_a_call_that_waited_too_long_is_refused_at_once(library: Library) -> None:
    """It waits for a thread of the server, and its deadline does not wait with it."""
    client = create_app(Settings(), library).test_client()
    whole = hook_request(read_bundle(AML))
    long_ago = {LOST: lambda size: 3.0}
    late = client.post(PATH, json=whole, environ_overrides=long_ago)
    assert late.status_code == 503
    assert issue_of(late.data)["code"] == "transient"
    assert "more calls at once" in issue_of(late.data)["diagnostics"]
    just_now = {LOST: lambda size: 0.1}
    assert client.post(PATH, json=whole, environ_overrides=just_now).status_code == 200


def test_what_is_wrong_with_a_call_is_said_even_if_it_waited(library: Library) -> None:
    client = create_app(Settings(), library).test_client()
    long_ago = {LOST: lambda size: 3.0}
    wrong = call_of(AML) | {"context": {}}
    assert client.post(PATH, json=wrong, environ_overrides=long_ago).status_code == 400


def test_the_server_says_how_long_a_client_has_waited() -> None:
    """What a large body takes to arrive is the line's time, and is not counted."""
    told: list[Any] = []

    def app(environment: Any, start: Any) -> list[bytes]:
        told.append([environment[LOST](size) for size in (SMALL, SMALL + 1)])
        return []

    with PatientSocket() as socket:
        socket.announce_request()
        time.sleep(0.05)
        socket.expect_request()
        time.sleep(0.3)
        told_of_waiting(app)({"gunicorn.socket": socket}, lambda *_: lambda _: None)
    [(small, large)] = told
    assert 0.05 <= large < 0.3 < small
