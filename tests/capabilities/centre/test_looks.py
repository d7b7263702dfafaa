# SPDX-License-Identifier: Apache-2.0
"""What of the board somebody sees: their own watch's, until an address chooses something else."""

from types import SimpleNamespace
from typing import Any

import pytest

from bavn.capabilities.centre.model.board import Look
from bavn.capabilities.centre.pages.board import look_in
from bavn.capabilities.centre.ports import PlaceNamed, Room
from bavn.kernel.mandate import Actor

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


@pytest.mark.requirement("E5.2")
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
