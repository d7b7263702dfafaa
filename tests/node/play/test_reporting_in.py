# SPDX-License-Identifier: Apache-2.0
"""Units that have said nothing report in, once; the others are left alone."""

import asyncio
import json
from datetime import UTC, datetime

import httpx

from bavn.node.play.cast import UnitHere
from bavn.node.play.client import Line
from bavn.node.play.reporting_in import report_in

AT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def unit(name: str, status: str | None = None) -> UnitHere:
    return UnitHere(name, "ASP", "east", "east-01", 6, status)


def told(units: list[UnitHere]) -> dict[str, dict[str, str]]:
    """What is asked of a server for these units, by path."""
    asked: dict[str, dict[str, str]] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path not in asked
        asked[request.url.path] = json.loads(request.content)
        return httpx.Response(200, json={})

    async def story() -> None:
        line = Line("http://node", "token", httpx.MockTransport(answer))
        await report_in(line, units, "d1", AT)
        await line.close()

    asyncio.run(story())
    return asked


def test_silent_units_say_that_they_are_available() -> None:
    assert told([unit("east-01-asp-1"), unit("east-01-tan-1")]) == {
        f"/api/v1/units/{name}/status": {
            "status": "available",
            "at": "2026-11-21T01:00:00.000Z",
            "sender_ref": f"d1-{name}-in",
        }
        for name in ("east-01-asp-1", "east-01-tan-1")
    }


def test_units_that_have_said_something_are_left_alone() -> None:
    assert told([unit("east-01-asp-1", "at_scene"), unit("east-01-asp-2", "available")]) == {}
