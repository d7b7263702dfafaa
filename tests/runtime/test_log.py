# SPDX-License-Identifier: Apache-2.0
"""The log tells events with plain values, and lets nothing private through."""

import json
from typing import Any

import pytest

from bavn.kernel.private import Private
from bavn.kernel.refusal import BrokenPromise
from bavn.runtime.log import log, log_error


def last(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(capsys.readouterr().err.splitlines()[-1])
    return said


def test_an_event_is_one_line_of_json_with_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    log("peer.behind", peer="nation", facts=412, channels=["own", "nation"])
    said = last(capsys)
    assert said.pop("at").endswith("Z")
    assert said == {
        "level": "info",
        "event": "peer.behind",
        "peer": "nation",
        "facts": 412,
        "channels": ["own", "nation"],
    }


@pytest.mark.parametrize(
    "value", [Private("Ane"), [Private("Ane")], {"text": "Ane"}, ValueError("Ane"), b"Ane"]
)
def test_what_may_carry_people_is_a_broken_promise(
    value: object, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BrokenPromise) as broken:
        log("note.taken", text=value)
    assert "Ane" not in str(broken.value) + capsys.readouterr().err


def test_a_sentence_is_no_event() -> None:
    with pytest.raises(BrokenPromise):
        log("The peer is behind")


def test_an_error_is_told_by_its_sort_and_place_and_not_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        int("Ane på Havnevej")
    except ValueError as error:
        log_error("request.failed", error, act="operations.note_incident")
    said = last(capsys)
    assert said["level"] == "error"
    assert said["error"] == "ValueError"
    assert said["place"].startswith(f"{__name__}:")
    assert "Ane" not in str(said)


def test_a_log_that_nobody_takes_in_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def write(self, _text: str) -> None:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Gone())
    log("peer.behind")
