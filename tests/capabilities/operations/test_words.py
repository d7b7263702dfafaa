# SPDX-License-Identifier: Apache-2.0
"""What pages call things: the country's own time, functions, bases and audiences in words."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest

from bavn.capabilities.operations.capability import room
from bavn.capabilities.operations.views.words import Words
from bavn.frame.call import Call
from bavn.frame.country import Function, Level
from bavn.journal.reader import NOBODY
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from tests.story.operations_served import Land, Register

ZONE = "Europe/Copenhagen"
# A quarter past midnight in the country; the day before by UTC.
NOW = datetime(2026, 7, 1, 22, 15, tzinfo=UTC)
OFFICER = Function(
    code="duty_officer",
    danish="Vagthavende",
    english="Duty officer",
    level=Level.SERVICE,
    basis="own calibration",
)


def said(language: str) -> dict[str, Any]:
    """Give operations' texts as they are."""
    folder = files("bavn.capabilities.operations") / "texts" / f"{language}.toml"
    return tomllib.loads(folder.read_text(encoding="utf-8"))


def words(language: str = "da", *, is_person: bool = True, on_paper: bool = False) -> Words:
    """Give the words for a caller of a language."""
    texts = said(language)

    def say(name: str, /, **values: object) -> str:
        at: Any = texts
        for part in name.split("."):
            at = at[part]
        return str(at).format(**values)

    call = Call(
        actor=Actor(organisation=OrganisationId("easttown"), function="duty_officer"),
        organisations=frozenset({OrganisationId("easttown")}),
        reader=NOBODY,
        sender="s",
        language=language,
        now=NOW,
        say=say,
        is_person=True,
    )
    here = room(territory=Land(), registry=Register(), zone=ZONE, functions=[OFFICER])
    return Words(replace(call, is_person=is_person), here, on_paper=on_paper)


@pytest.mark.parametrize(
    ("at", "danish", "english"),
    [
        (datetime(2026, 7, 1, 22, 3, 22, tzinfo=UTC), "00:03:22", "00:03:22"),
        (
            datetime(2026, 7, 1, 12, 3, 22, tzinfo=UTC),
            "1. jul. 14:03:22",
            "1 Jul 14:03:22",
        ),
        (
            datetime(2025, 11, 21, 13, 3, 22, tzinfo=UTC),
            "21. nov. 2025 14:03:22",
            "21 Nov 2025 14:03:22",
        ),
    ],
)
def test_people_read_the_countrys_time_in_summer_and_winter(
    at: datetime, danish: str, english: str
) -> None:
    assert words("da").instant(at) == danish
    assert words("en").instant(at) == english


def test_paper_has_the_day_and_the_year_also_of_today() -> None:
    assert words(on_paper=True).instant(NOW) == "2. jul. 2026 00:15:00"


def test_a_program_is_told_utc_and_that_it_is() -> None:
    assert words(is_person=False).instant(NOW.replace(second=7)) == "22:15:07Z"


@pytest.mark.parametrize(
    ("basis", "says"),
    [
        ("function:duty_officer", "funktion: Vagthavende"),
        ("function:unheard_of", "funktion: unheard_of"),
        ("alarm", "alarm – altid tilladt"),
        ("alarm_gate_broken", "alarm – taget imod, selv om adgangskontrollen svigtede"),
        ("what a newer program writes", "what a newer program writes"),
    ],
)
def test_a_basis_is_said_in_words(basis: str, says: str) -> None:
    assert words().basis(basis) == says


def test_who_was_told_is_said_in_words() -> None:
    told = ("nation", "area:eastern", "to:eastern", "to:easttown", "own")
    assert words().told_to(told) == (
        "hele landet, område eastern, områdecentralen eastern, Østby Brandvæsen,"
        " kun beredskabet selv"
    )


def test_a_unit_and_a_station_are_called_by_their_names() -> None:
    assert words().unit("easttown-01-asp-1") == "EAST"
    assert words().unit("gone-01") == "gone-01"
    assert words().station("easttown-01") == "Øst"
    assert words().station(None) == ""
