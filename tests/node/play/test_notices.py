# SPDX-License-Identifier: Apache-2.0
"""Invented notices of the play's day: taken by the same reading as anybody's, and all marked."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bavn.capabilities.notices.api.reading import read
from bavn.node.notices import notice_kinds_of, notice_steps_of
from bavn.node.play.client import Line
from bavn.node.play.ground import KINDS, STORM
from bavn.node.play.notices import tell_notices
from bavn.runtime.countries import built_in

AT = datetime(2026, 11, 21, 1, tzinfo=UTC)


def told(day: str) -> list[bytes]:
    """What is told to a server on a kind of day."""
    asked: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.content)
        return httpx.Response(200, json={})

    async def story() -> None:
        line = Line("http://node", "token", httpx.MockTransport(answer))
        await tell_notices(line, "denmark", day, "d1", AT)
        await line.close()

    asyncio.run(story())
    return asked


@pytest.mark.parametrize("day", KINDS)
def test_each_is_one_that_the_country_knows_and_says_that_it_is_invented(day: str) -> None:
    known = {each.code for each in built_in("denmark").municipalities}
    kinds, steps = notice_kinds_of("denmark"), notice_steps_of("denmark")
    assert told(day)
    for raw in told(day):
        sent = read(raw)
        assert sent.problems == []
        ((_, telling, _),) = sent.tellings
        assert telling.kind in {each.code for each in kinds}
        assert telling.step in {each.code for each in steps}
        assert {*telling.where.municipalities} <= known
        assert not telling.where.is_nowhere
        assert telling.source.startswith("Opdigtet")
        assert AT == telling.valid_from < telling.valid_to <= AT + timedelta(hours=12)


def test_told_again_they_are_the_same() -> None:
    assert told(STORM) == told(STORM)
    assert {json.loads(each)["number"] for each in told(STORM)} == {
        "d1-storm-wind",
        "d1-storm-power",
    }
