# SPDX-License-Identifier: Apache-2.0
"""A direct call from the report to what is missing, in the whole house, as a browser meets it."""

import html
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bavn.frame.call import Call
from bavn.journal.reader import Reader
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.node.wiring import COUNTRY, given
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.texts import Texts
from bavn.runtime.web.assets import STATIC
from tests.runtime.web.house import HTML, House, form_key, run
from tests.story.calling import SERVICE, whole

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not STATIC.is_dir(), reason="the front-end is not built here"),
]
FIRE = {"type": "BR-VIL", "place": "57.0488, 9.9217", "urgency": "soon"}
HOUSE = {"protocol": "building_fire", "version": "1"}
PEOPLE = {**HOUSE, "question": "people", "answer": "yes"}
OUTBOX = {**HTML, "x-outbox": "1"}


Story = Callable[[House, "Caller"], Awaitable[None]]


class Caller:
    """A browser with somebody signed in, and the key of its pages."""

    def __init__(self, browser: httpx.AsyncClient) -> None:
        self.browser = browser
        self.key = ""

    async def page(self, path: str, status: int = 200) -> str:
        answer = await self.browser.get(path, headers=HTML)
        assert answer.status_code == status, answer.text
        if 'name="csrf"' in answer.text:
            self.key = form_key(answer.text)
        return html.unescape(answer.text)

    async def send(
        self, path: str, fields: dict[str, str], status: int = 303, headers: dict[str, str] = HTML
    ) -> httpx.Response:
        answer = await self.browser.post(path, data={**fields, "csrf": self.key}, headers=headers)
        assert answer.status_code == status, answer.text
        return answer

    async def report(self, **fields: str) -> str:
        """Report; where the incident is."""
        await self.page("/incidents/new")
        answer = await self.send("/incidents/new", fields)
        goes_on: str = answer.headers["location"]
        assert goes_on.endswith("/call")
        return goes_on.removesuffix("/call")


def tell(story: Story, path: Path, function: str = "control_room_operator") -> None:
    async def told() -> None:
        async with whole(path) as house:
            browser = await house.person(
                organisation=SERVICE, function=function, personal=True, display="Ida Opdigtet"
            )
            browser.headers["accept-language"] = "da"
            await story(house, Caller(browser))

    run(told())


@pytest.mark.requirement("E5.1")
def test_an_answer_raises_advises_warns_and_is_seen_on_the_incident(tmp_path: Path) -> None:
    async def story(_house: House, caller: Caller) -> None:
        one = await caller.report(**FIRE)
        page = await caller.page(f"{one}/call")
        assert "Er der nogen derinde?" in page
        assert "egen kalibrering" in page
        assert f'href="{one}/send"' in page
        answer = await caller.send(f"{one}/call", PEOPLE, 200, OUTBOX)
        # Its own part comes back, with what it changed and what to say.
        assert "<main" not in answer.text
        part = html.unescape(answer.text)
        assert "Hævet til Straks: Ja" in part
        assert "Gå ud, luk døre bag jer" in part
        assert "Personer i bygningen" in part
        assert "1 Autosprøjte" in part
        page = await caller.page(one)
        assert "Hast rettet til Straks (før: Snarest)" in page
        assert f'data-live="{one}/call-part"' in page
        page = await caller.page(f"{one}/call-part")
        assert "Personer i bygningen" in page
        assert "Straks" in await caller.page(f"{one}/call/head")
        # The questions come again as they stand, for who has them open elsewhere.
        page = await caller.page(f"{one}/call/questions")
        assert "<main" not in page
        assert "Hævet til Straks: Ja" in page

    tell(story, tmp_path)


def test_a_letter_that_comes_again_is_one_answer_also_after_what_it_changed(
    tmp_path: Path,
) -> None:
    async def story(house: House, caller: Caller) -> None:
        one = await caller.report(**FIRE)
        await caller.page(f"{one}/call")
        letter = {**PEOPLE, "sender_ref": "k1"}
        await caller.send(f"{one}/call", letter, 200, OUTBOX)
        before = house.live.position
        # Its answer was lost: the same letter again, when it stands raised already.
        answer = await caller.send(f"{one}/call", letter, 200, OUTBOX)
        assert "Hævet til Straks" in html.unescape(answer.text)
        assert house.live.position == before
        # Somebody else's letter of the same sort is an answer of its own, and raises nothing more.
        await caller.send(f"{one}/call", {**PEOPLE, "sender_ref": "k2"}, 200, OUTBOX)
        assert house.live.position == before + 1

    tell(story, tmp_path)


def test_whoever_passes_all_over_has_the_plain_incident(tmp_path: Path) -> None:
    async def story(house: House, caller: Caller) -> None:
        one = await caller.report(**FIRE)
        before = house.live.position
        await caller.page(f"{one}/call")
        await caller.page(one)
        assert house.live.position == before
        assert "Svar fra den, der ringede" not in await caller.page(f"{one}/call-part")

    tell(story, tmp_path)


def test_an_answer_that_tells_the_type_leads_to_that_types_questions(tmp_path: Path) -> None:
    async def story(_house: House, caller: Caller) -> None:
        one = await caller.report(place="57.0488, 9.9217")
        assert "Hvad er det?" in await caller.page(f"{one}/call")
        what = {"protocol": "unknown_type", "version": "1", "question": "what", "answer": "road"}
        answer = await caller.send(f"{one}/call", what, 303, OUTBOX)
        page = await caller.page(answer.headers["location"])
        assert "Sidder nogen fast?" in page
        # What was answered to the questions before stands above them.
        assert "Type rettet til Færdselsuheld" in page
        page = await caller.page(one)
        assert "Type rettet til Færdselsuheld" in page

    tell(story, tmp_path)


def test_words_are_sealed_and_without_scripts_every_answer_leads_back(tmp_path: Path) -> None:
    async def story(house: House, caller: Caller) -> None:
        one = await caller.report(**FIRE)
        await caller.page(f"{one}/call")
        access = {**HOUSE, "question": "access", "text": "porten ved Opdigtet Hansen"}
        answer = await caller.send(f"{one}/call", access)
        assert "Opdigtet Hansen" in await caller.page(answer.headers["location"])
        reader = await house.person(
            name="ole", organisation=SERVICE, function="planner", personal=False
        )
        reader.headers["accept-language"] = "da"
        other = Caller(reader)
        page = await other.page(f"{one}/call-part")
        assert "Opdigtet Hansen" not in page
        assert "du har ikke adgang" in page
        # Whoever reads only does not answer for others.
        await other.page(f"{one}/call")
        await other.send(f"{one}/call", PEOPLE, 403)

    tell(story, tmp_path)


NO_ANSWERS = (
    ({**HOUSE, "question": "colour", "answer": "red"}, "Spørgsmålet kendes ikke"),
    ({**PEOPLE, "answer": "perhaps"}, "Spørgsmålet kendes ikke"),
    ({**PEOPLE, "version": "99"}, "Spørgsmålet kendes ikke"),
    ({**PEOPLE, "version": "x"}, "Spørgsmålet kendes ikke"),
    ({**HOUSE, "question": "access", "text": " "}, "Vælg et svar"),
)


def test_what_is_no_answer_is_said_and_kept_by_nobody(tmp_path: Path) -> None:
    async def story(house: House, caller: Caller) -> None:
        one = await caller.report(**FIRE)
        await caller.page(f"{one}/call")
        before = house.live.position
        for fields, says in NO_ANSWERS:
            answer = await caller.send(f"{one}/call", fields, 422)
            assert says in html.unescape(answer.text), fields
        assert house.live.position == before
        await caller.page("/incidents/nothing/call", 404)

    tell(story, tmp_path)


def test_what_is_missing_is_seen_asked_for_and_gone_when_it_is_given(tmp_path: Path) -> None:
    async def story(_house: House, caller: Caller) -> None:
        one = await caller.report(address="ved kirken")
        part = await caller.page(f"{one}/call-part")
        for lack in ("type", "nøjagtigt sted", "nummer at ringe tilbage på"):
            assert f"<strong>{lack}</strong>" in part
        assert "siden" in part
        overview = await caller.page("/calls/missing")
        assert one in overview
        assert "Mangler noget: 1" in overview
        given = {"type": "BR-VIL", "place": "57.0488, 9.9217", "callback": "12345678"}
        await caller.send(f"{one}/correct", given)
        part = await caller.page(f"{one}/call-part")
        assert 'id="missing"' not in part
        assert one not in await caller.page("/calls/missing")
        # What was given and is struck is missing again.
        page = await caller.page(one)
        (fact,) = re.findall(r'value="([0-9a-f-]+)"[^>]*>[^<]*Type rettet', page)
        await caller.send(f"{one}/strike", {"fact": fact, "reason": "forkert"})
        part = await caller.page(f"{one}/call-part")
        assert "<strong>type</strong>" in part
        assert "<strong>nummer" not in part
        # A system has its own list of whom to call back.
        machine = _house.machine(function="system", organisations=(SERVICE,))
        told = {"type": "BR-VIL", "place": {"lat": 57.05, "lon": 9.92}}
        other = (await machine.post("/api/v1/incidents", json=told)).json()["id"]
        assert 'id="missing"' not in await caller.page(f"/incidents/{other}/call-part")

    tell(story, tmp_path)


def test_another_turn_out_than_was_proposed_wants_a_reason_and_stops_nothing(
    tmp_path: Path,
) -> None:
    async def story(house: House, caller: Caller) -> None:
        one = await caller.report(**FIRE, callback="12345678")
        assert 'id="missing"' not in await caller.page(f"{one}/call-part")
        machine = house.machine(function="system", organisations=(SERVICE,))
        answer = await machine.post(
            f"/api/v1{one}/dispatch", json={"units": ["njb-01-asp-1"], "proposed": ["njb-02-asp-1"]}
        )
        assert answer.status_code == 201, answer.text
        assert "begrundelse for ændret udrykning" in await caller.page(f"{one}/call-part")
        answer = await machine.post(f"/api/v1{one}/dispatch/reason", json={"reason": "tættere på"})
        assert answer.status_code == 201, answer.text
        assert 'id="missing"' not in await caller.page(f"{one}/call-part")
        # As was proposed, in two turns: nothing is asked.
        for units in (["a", "b"], ["c"]):
            await machine.post(
                f"/api/v1{one}/dispatch", json={"units": units, "proposed": ["a", "b", "c"]}
            )
        part = await caller.page(f"{one}/call-part")
        assert "begrundelse" in part  # only two of three went at first
        await machine.post(f"/api/v1{one}/dispatch/reason", json={"reason": "c var optaget"})
        assert "begrundelse" not in await caller.page(f"{one}/call-part")

    tell(story, tmp_path)


def test_an_incident_is_closed_without_an_outcome_which_is_asked_for_until_it_is_given(
    tmp_path: Path,
) -> None:
    async def story(house: House, caller: Caller) -> None:
        one = await caller.report(**FIRE)
        await caller.page(one)
        await caller.send(f"{one}/close", {"outcome": ""})
        machine = house.machine(function="system", organisations=(SERVICE,))
        closed = (await machine.get(f"/api/v1{one}")).json()
        assert (closed["state"], closed["outcome"]) == ("closed", None)
        part = await caller.page(f"{one}/call-part")
        assert "<strong>udfald</strong>" in part
        # What was missing while it was open is of no use to anybody now.
        assert "ringe tilbage" not in part
        assert one in await caller.page("/calls/missing")
        await caller.page(one)
        await caller.send(f"{one}/close", {"outcome": "blind_other"})
        assert 'id="missing"' not in await caller.page(f"{one}/call-part")
        told = (await machine.get(f"/api/v1{one}")).json()
        assert told["outcome"] == "blind_other"
        # It was over when it was over, and is closed once.
        assert told["closed_at"] == closed["closed_at"]
        await caller.send(f"{one}/close", {"outcome": "real"}, 409)

    tell(story, tmp_path)


def test_what_waits_for_a_person_has_an_id_that_stays(tmp_path: Path) -> None:
    async def story(house: House, caller: Caller) -> None:
        one = await caller.report(type="BR-VIL")
        incident = one.rpartition("/")[2]
        rooms = given(house.live, built_in(COUNTRY), tmp_path)
        room = rooms["calls"]
        # The centre's board asks it with the others.
        assert any(each is room for each in rooms["centre"].attentive)
        assert room.wanting(after(minutes=0)) == []
        found = {each.id: each for each in room.wanting(after(minutes=10))}
        assert set(found) == {
            f"calls.missing:{incident}:place",
            f"calls.missing:{incident}:callback",
        }
        assert {each.path for each in found.values()} == {one}
        assert set(found) == {each.id for each in room.wanting(after(minutes=60))}
        # Another service's are not ours to mend.
        assert room.wanting(after(minutes=10, organisation="brsj")) == []

    tell(story, tmp_path)


def after(*, minutes: int, organisation: str = SERVICE) -> Call:
    own = OrganisationId(organisation)
    return Call(
        actor=Actor(organisation=own, function="duty_officer"),
        organisations=frozenset({own}),
        reader=Reader(organisations=frozenset({own}), personal=True),
        sender="test",
        language="da",
        now=clock.now() + timedelta(minutes=minutes),
        say=Texts("da"),
    )
