# SPDX-License-Identifier: Apache-2.0
"""Units' words by the thousand: late, repeated, out of order, and some of them rubbish."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bavn.capabilities.operations.api.bulk import STATUSES_LIMIT
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from tests.node.watch import NJB, Watch, founded, watch

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("bulk")) / "node", built_in("denmark"))


async def sent(north: Watch, items: list[Any], status: int = 200) -> Any:
    answer = await north.system(NJB).post("/api/v1/statuses", json={"items": items})
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.mark.requirement("E5.2")
def test_a_night_of_words_is_taken_in_any_order_each_once(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            unit, now = north.unit_of(NJB), clock.now()

            def word(minutes: int, status: str) -> dict[str, str]:
                at = now - timedelta(minutes=minutes)
                ref = f"night-{minutes}"
                return {"unit": unit, "status": status, "at": at.isoformat(), "sender_ref": ref}

            night = [word(10, "en_route"), word(30, "alerted"), word(5, "at_scene")]
            told = await sent(north, night)
            assert (told["taken"], told["repeated"], told["problems"]) == (3, 0, [])
            # The newest word stands, whatever came last.
            one = (await north.system(NJB).get(f"/api/v1/units/{unit}")).json()
            assert one["status"] == "at_scene"
            again = await sent(north, list(reversed(night)))
            assert (again["taken"], again["repeated"]) == (3, 3)

    asyncio.run(story())


def test_what_cannot_be_read_is_named_and_costs_no_other(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            unit = north.unit_of(NJB)
            good = {"unit": unit, "status": "available"}
            items = [
                good,
                "rubbish",
                {"unit": unit, "status": "asleep"},
                {"status": "available"},
                {**good, "at": "yesterday", "colour": "red"},
                {"unit": "nobody-knows-it", "status": "available"},
            ]
            told = await sent(north, items)
            assert told["taken"] == 3
            assert told["flagged"] >= 1
            assert [each["where"] for each in told["problems"]] == [
                "items[1]",
                "items[2].status",
                "items[3].unit",
                "items[4].at",
                "items[4].colour",
            ]
            reused = {**good, "sender_ref": "one"}
            await sent(north, [reused])
            told = await sent(north, [{**reused, "status": "not_ready"}, good])
            assert told["taken"] == 1
            assert [each["where"] for each in told["problems"]] == ["items[0]"]

    asyncio.run(story())


def test_more_than_are_taken_at_once_is_said(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            told = await sent(north, ["x"] * (STATUSES_LIMIT + 1))
            assert told["taken"] == 0
            assert told["problems"][-1]["where"] == f"items[{STATUSES_LIMIT}]"

    asyncio.run(story())
