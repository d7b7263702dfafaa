# SPDX-License-Identifier: Apache-2.0
"""What is not sure of an incident, a unit or a picture is said with it, and ends when it does."""

from datetime import UTC, datetime

import msgspec
import pytest

from bavn.capabilities.operations.model.doubt import NO_DOUBTS, Contested, Doubt, DoubtsNow
from bavn.capabilities.operations.views.doubted import DoubtedPictures
from bavn.capabilities.operations.views.picture import Prepared

AT = datetime(2026, 11, 21, 14, 32, tzinfo=UTC)
DOUBTS = DoubtsNow(
    mark="m",
    unheard={"njb": AT, "brs": None},
    claimed=frozenset({"brs"}),
    conflicts=frozenset({"incident:one", "unit:u"}),
)


@pytest.mark.requirement("E5.6")
@pytest.mark.parametrize(
    ("owner", "subject", "doubt"),
    [
        ("hbr", "incident:two", Doubt()),
        ("njb", "incident:two", Doubt(is_heard=False, last_heard_at=AT)),
        ("hbr", "incident:one", Doubt(contested=Contested.CONFLICT)),
        ("brs", "unit:v", Doubt(is_heard=False, contested=Contested.CLAIMS)),
        # That it is weighed is nearer to the thing than who goes on for its owner.
        ("brs", "unit:u", Doubt(is_heard=False, contested=Contested.CONFLICT)),
    ],
)
def test_a_thing_carries_what_is_not_sure_of_it(owner: str, subject: str, doubt: Doubt) -> None:
    assert DOUBTS.of(owner, subject) == doubt
    assert NO_DOUBTS.of(owner, subject) == Doubt()


def test_a_picture_says_what_is_not_sure_and_has_another_mark_while_it_is() -> None:
    pictures, prepared = DoubtedPictures(), Prepared('"1.2"', b'{"position":2,"units":[]}')
    sure, unsure = pictures.of(prepared, NO_DOUBTS), pictures.of(prepared, DOUBTS)
    assert len({prepared.etag, sure.etag, unsure.etag}) == 3
    assert pictures.of(prepared, DOUBTS) is unsure
    told = msgspec.json.decode(unsure.body)
    assert (told["position"], told["units"]) == (2, [])
    assert told["silent"] == {"njb": int(AT.timestamp()), "brs": None}
    assert told["contested"] == {"incidents": ["one"], "units": ["u"], "services": ["brs"]}
    assert msgspec.json.decode(sure.body)["silent"] == {}
