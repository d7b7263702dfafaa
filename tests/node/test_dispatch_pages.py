# SPDX-License-Identifier: Apache-2.0
"""The pages and the interface of sending, over HTTP: what Enter sends, and when it sends nobody."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from bavn.node.wiring import CAPABILITIES, given
from bavn.runtime.access import Access
from bavn.runtime.accounts import Account
from bavn.runtime.folder import Folder
from bavn.runtime.tokens import Token
from bavn.runtime.web.app import make_app
from bavn.runtime.web.assets import STATIC
from bavn.runtime.web.callers import Callers
from tests.node.dispatched import AALBORG, COUNTRY, LAESOE, NJB, VIBORG, Centre, play
from tests.runtime.web.house import NAME, PASSWORD, QUICK, form_key, sign_in

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not STATIC.is_dir(), reason="the front-end is not built here"),
]


class Desk:
    """The centre, a browser at its desk, and a machine with a token."""

    def __init__(self, centre: Centre, browser: httpx.AsyncClient, token: str) -> None:
        self.centre = centre
        self.browser = browser
        self._machine = {"authorization": f"Bearer {token}", "accept": "application/json"}

    async def page(self, path: str) -> str:
        answer = await self.browser.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def call_back(self, incident: str, units: list[str]) -> None:
        """The other tests find the units free again."""
        path = f"/api/v1/incidents/{incident}/dispatch/stand-down"
        answer = await self.browser.post(path, json={"units": units}, headers=self._machine)
        assert answer.status_code == 201, answer.text

    async def tell(self, path: str, body: dict[str, object]) -> int:
        """Send it by a machine; the status of the answer."""
        answer = await self.browser.post(path, json=body, headers=self._machine)
        return answer.status_code

    async def api(self, path: str) -> dict[str, object]:
        answer = await self.browser.get(path, headers=self._machine)
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found


@asynccontextmanager
async def desk_of(centre: Centre, folder: Folder) -> AsyncIterator[Desk]:
    """All capabilities behind the real door."""
    access = Access(folder.path / "access.db", QUICK)
    account = Account(
        id="id-pia",
        name=NAME,
        organisation=NJB,
        function="duty_officer",
        personal=True,
        display="Pia Opdigtet",
    )
    access.accounts.add(account, QUICK.make(PASSWORD), None)
    token = Token(name="system", function="system", organisations=(NJB,), areas=())
    rooms = given(centre.live, COUNTRY, folder.path)
    app = make_app(centre.live, Callers(access, country=COUNTRY), CAPABILITIES, provided=rooms)
    way = httpx.ASGITransport(app=app)
    headers = {"accept": "text/html", "accept-language": "da"}
    try:
        async with httpx.AsyncClient(
            transport=way, base_url="http://127.0.0.1", headers=headers
        ) as browser:
            assert (await sign_in(browser)).status_code == 303
            yield Desk(centre, browser, access.tokens.make(token))
    finally:
        access.close()
        (folder.path / "access.db").unlink()


def at_desk(folder: Folder, told: Callable[[Desk], Awaitable[None]]) -> None:
    async def story(centre: Centre) -> None:
        async with desk_of(centre, folder) as desk:
            await told(desk)

    play(folder, story)


def chosen(page: str) -> list[str]:
    """The units that Enter would send."""
    return re.findall(r'name="unit" value="([^"]+)"[^>]* checked', page)


@pytest.mark.requirement("E5.1")
def test_enter_sends_what_is_proposed_once_and_then_nobody(dispatched: Folder) -> None:
    async def told(desk: Desk) -> None:
        incident = await desk.centre.report("entered", place=AALBORG)
        path = f"/incidents/{incident}/send"
        page = await desk.page(path)
        units = chosen(page)
        assert len(units) == 3
        assert " autofocus>Send<" in page
        fields = {"unit": units, "csrf": form_key(page), "sender_ref": "enter"}
        # A double click: the same form twice, under one number.
        answers = [await desk.browser.post(path, data=fields) for _ in range(2)]
        assert [each.status_code for each in answers] == [303, 303]
        orders = await desk.api(f"/api/v1/incidents/{incident}/dispatch")
        items = orders["items"]
        assert isinstance(items, list)
        assert sorted(each["unit"] for each in items) == sorted(units)
        page = await desk.page(answers[0].headers["location"])
        assert chosen(page) == []
        assert " autofocus>Send<" not in page
        assert "Enter sender ingen" in page
        empty = await desk.browser.post(path, data={"csrf": form_key(page), "sender_ref": "again"})
        assert empty.status_code == 422
        part = await desk.page(f"{path}-part")
        assert part.count("sendt, intet svar endnu") == 3
        await desk.call_back(incident, units)

    at_desk(dispatched, told)


def test_after_sending_a_second_key_does_not_send_the_rest(dispatched: Folder) -> None:
    async def told(desk: Desk) -> None:
        incident = await desk.centre.report("rest", place=AALBORG)
        path = f"/incidents/{incident}/send"
        page = await desk.page(path)
        unit = chosen(page)[:1]
        fields = {"unit": unit, "csrf": form_key(page), "sender_ref": "one"}
        answer = await desk.browser.post(path, data=fields)
        after = await desk.page(answer.headers["location"])
        assert len(chosen(after)) == 2
        assert " autofocus>Send<" not in after
        # Whoever opens the page again has the rest under Enter.
        assert " autofocus>Send<" in await desk.page(path)
        board = await desk.page("/dispatch/waiting-part")
        assert f"/incidents/{incident}/send" in board
        await desk.call_back(incident, unit)

    at_desk(dispatched, told)


def test_who_could_come_from_far_away_is_said_with_when(dispatched: Folder) -> None:
    async def told(desk: Desk) -> None:
        incident = await desk.centre.report("far-page", "BR-ETG", LAESOE)
        page = await desk.page(f"/incidents/{incident}/send")
        assert "kan komme, men først om" in page
        assert "over 60 min væk" in page

    at_desk(dispatched, told)


def test_several_incidents_are_asked_for_in_one_request(dispatched: Folder) -> None:
    async def told(desk: Desk) -> None:
        names = [await desk.centre.report(f"api-{number}", "BR-BIL", AALBORG) for number in "12"]
        query = "&".join(f"incident={each}" for each in names)
        found = await desk.api(f"/api/v1/recommendations?{query}")
        items = found["items"]
        assert isinstance(items, list)
        assert [each["incident"] for each in items] == names
        assert items[0]["units"][0]["id"] != items[1]["units"][0]["id"]
        refused = await desk.browser.get("/api/v1/recommendations?incident=nobody")
        assert refused.status_code == 404

    at_desk(dispatched, told)


@pytest.mark.requirement("E5.1")
def test_a_service_tells_its_own_turn_out_and_takes_it_back(dispatched: Folder) -> None:
    async def told(desk: Desk) -> None:
        path = "/api/v1/services/njb/turn-outs"
        incident = await desk.centre.report("turn-out", "BR-BIL", VIBORG)
        usual = (await desk.api(f"/api/v1/incidents/{incident}/recommendation"))["units"]
        crews = (await desk.api(path))["items"]
        assert isinstance(usual, list)
        assert isinstance(crews, list)
        assert not any(each["own"] for each in crews)
        near = desk.centre.propose(await desk.centre.report("turn-out-2", "BR-BIL", AALBORG))
        slow = {"median_s": 900, "spread": 0.2, "limit_s": 1200, "source": "målt"}
        for each in crews:
            assert (
                await desk.tell("/api/v1/services/njb/turn-outs", {"crew": each["crew"], **slow})
                == 201
            )
        crews = (await desk.api(path))["items"]
        assert isinstance(crews, list)
        assert all((each["own"], each["basis"]) == (True, "målt") for each in crews)
        # Who is slower to leave is expected later, also where others decide by it.
        later = desk.centre.propose("turn-out-2")
        assert later.units[0].median_s > near.units[0].median_s + 300
        # Another service's crews are as they were.
        same = (await desk.api(f"/api/v1/incidents/{incident}/recommendation"))["units"]
        assert same == usual
        for each in crews:
            back = {**slow, "crew": each["crew"], "median_s": 0}
            assert await desk.tell(path, back) == 201
        assert desk.centre.propose("turn-out-2").units == near.units

    at_desk(dispatched, told)


@pytest.mark.parametrize(
    ("crew", "figures", "status"),
    [
        ("nobody", (60, 0.2, 120), 404),
        ("24/7", (-1, 0.2, 120), 409),
        ("24/7", (130, 0.2, 120), 409),
        ("24/7", (60, 0, 120), 409),
        ("24/7", (60, 0.2, 1e9), 409),
    ],
)
def test_what_can_be_no_turn_out_is_refused(
    dispatched: Folder, crew: str, figures: tuple[float, float, float], status: int
) -> None:
    async def told(desk: Desk) -> None:
        median_s, spread, limit_s = figures
        body = {"crew": crew, "median_s": median_s, "spread": spread, "limit_s": limit_s}
        path = "/api/v1/services/njb/turn-outs"
        assert await desk.tell(path, {**body, "source": "målt"}) == status
        # Nobody tells of another's crews.
        right = {"crew": "24/7", "median_s": 60, "spread": 0.2, "limit_s": 120, "source": "målt"}
        assert await desk.tell("/api/v1/services/nvjb/turn-outs", right) == 403

    at_desk(dispatched, told)
