# SPDX-License-Identifier: Apache-2.0
"""What of the board somebody sees: their own watch's, until an address chooses something else."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bavn.capabilities.centre.model.board import Look
from bavn.capabilities.centre.pages.board import look_in
from bavn.capabilities.centre.ports import PlaceNamed, Room
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.mandate import Actor

NOW = datetime(2027, 1, 1, tzinfo=UTC)
AROUND: Any = SimpleNamespace(
    areas=lambda _: [PlaceNamed(code="north", name="Nord")],
    services=lambda _: [PlaceNamed(code="njb", name="NJB")],
)
ROOM = Room(around=AROUND)


def seen(organisation: str, **address: str) -> Look:
    request: Any = SimpleNamespace(query_params=address)
    actor: Any = Actor(organisation=organisation, function="duty_officer")  # type: ignore[arg-type]
    call: Any = SimpleNamespace(actor=actor)
    return look_in(request, call, ROOM)


@pytest.mark.requirement("E5.2", "E5.8")
@pytest.mark.parametrize(
    ("organisation", "own"),
    [("njb", Look(service="njb")), ("north", Look(area="north")), ("brs", Look())],
)
def test_a_service_an_area_and_the_nation_begin_with_their_own_board(
    organisation: str, own: Look
) -> None:
    assert seen(organisation) == own
    assert seen(organisation, line="?") == own


def test_what_an_address_chooses_holds_also_when_it_chooses_all() -> None:
    assert seen("njb", service="", area="") == Look()
    assert seen("njb", area="north", group="fire") == Look(area="north", group="fire")
    assert seen("njb", type="ASP") == Look(type="ASP")


@pytest.mark.parametrize(
    ("said", "first"), [("100", 100), ("-1", 0), ("x", 0), ("²", 0), ("9" * 9, 0), ("", 0)]
)
def test_what_is_no_number_begins_at_the_top(said: str, first: int) -> None:
    assert seen("njb", **{"from": said}).first == first


class Broken:
    """One that cannot say what waits."""

    def wanting(self, call: Call) -> Sequence[Attention]:
        raise ZeroDivisionError


class Waiting:
    """One that can."""

    def wanting(self, call: Call) -> Sequence[Attention]:
        return [
            Attention(
                id="a",
                text="centre.want_silent",
                since=NOW,
                about=Subject("node:x"),
                path="/",
                service=OrganisationId("njb"),
            )
        ]


def test_one_that_breaks_takes_neither_the_board_nor_the_others_with_it() -> None:
    told: list[str] = []
    room = Room(
        around=AROUND,
        attentive=[Broken(), Waiting()],
        broken=lambda who, error: told.append(f"{who} {type(error).__name__}"),
    )
    actor = SimpleNamespace(organisation=OrganisationId("njb"))
    for minutes in (0, 1):
        call: Any = SimpleNamespace(now=NOW + timedelta(minutes=minutes), actor=actor)
        broken, waiting = room.wanting(call)
        # The same from one look to the next, so that it can be seen and stays seen.
        assert (broken.text, broken.since) == ("centre.want_broken", NOW)
        assert waiting.id == "a"
    assert told == [f"{__name__} ZeroDivisionError"] * 2
