# SPDX-License-Identifier: Apache-2.0
"""The centre's pages in a whole node: who may what, two at once, and what becomes of it."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from bavn.capabilities.centre.views import PAPER
from bavn.capabilities.operations.decisions import ReportIncident, SetUnitStatus
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.journal.decision import Done, Request
from bavn.journal.reader import Reader
from bavn.kernel.mandate import Actor
from bavn.runtime.web.assets import STATIC
from tests.runtime.press.reading import stands_in
from tests.runtime.web.house import HTML, House, form_key, run
from tests.tidy.test_routes import HOST, whole

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not STATIC.is_dir(), reason="the front-end is not built here"),
]
INCIDENT, UNIT = "0199-aaaa-4a7f", "njb-01"
READER = Reader(organisations=frozenset({HOST}))


class Watch:
    """A node with an open incident and a unit, and those who are on watch."""

    def __init__(self, own: House) -> None:
        self.own = own

    async def begin(self) -> None:
        await self.report(INCIDENT)
        await self.told(
            SetUnitStatus(unit=UNIT, area=HOST, status=UnitStatus.AVAILABLE, registered=False)
        )

    async def report(self, incident: str, type_: str = "BR-VIL") -> None:
        await self.told(
            ReportIncident(incident=incident, area=HOST, incident_type=type_, municipality="0851")
        )

    async def told(self, content: ReportIncident | SetUnitStatus) -> None:
        actor = Actor(organisation=HOST, function="duty_officer")
        outcome = await self.own.live.write(Request(owner=HOST, actor=actor, content=content))
        assert isinstance(outcome, Done), outcome

    async def person(self, name: str = "pia", function: str = "duty_officer") -> "Person":
        visitor = await self.own.person(name, organisation=HOST, function=function)
        return Person(visitor)


class Person:
    """Somebody on watch, with a browser."""

    def __init__(self, visitor: httpx.AsyncClient) -> None:
        self.visitor = visitor
        self._key = ""

    async def get(self, path: str, status: int = 200, mark: str = "") -> str:
        answer = await self.visitor.get(path, headers={**HTML, "if-none-match": mark})
        assert answer.status_code == status, answer.text
        return answer.text

    async def file(self, path: str) -> bytes:
        answer = await self.visitor.get(path, headers=HTML)
        assert answer.headers["content-type"] == "application/pdf", answer.text
        return answer.content

    async def post(self, path: str, expected: int = 303, **fields: object) -> httpx.Response:
        if not self._key:
            self._key = form_key(await self.get("/account"))
        answer = await self.visitor.post(path, data={"csrf": self._key, **fields}, headers=HTML)
        assert answer.status_code == expected, answer.text[:2000]
        return answer


def tell(tmp_path: Path, story: Callable[[Watch], Awaitable[None]]) -> None:
    async def told() -> None:
        async with whole(tmp_path) as own:
            watch = Watch(own)
            await watch.begin()
            await story(watch)

    run(told())


@pytest.mark.requirement("E5.2")
def test_the_board_says_who_is_sent_and_sends_a_part_only_when_it_has_changed(
    tmp_path: Path,
) -> None:
    async def story(watch: Watch) -> None:
        pia = await watch.person()
        page = await pia.get("/centre")
        assert "Ingen sendt" in page
        assert "#4a7f" in page
        first = await pia.visitor.get("/centre/parts/wants", headers=HTML)
        mark = first.headers["etag"]
        await pia.get("/centre/parts/wants", 304, mark)
        # What a watch does about its own work draws no list anew.
        incidents = await pia.visitor.get("/centre/parts/incidents", headers=HTML)
        await pia.post("/centre/seen", item=f"unsent:{INCIDENT}")
        same = incidents.headers["etag"]
        await pia.get("/centre/parts/incidents", 304, same)
        await pia.get("/centre/parts/wants", 200, mark)
        await watch.told(
            SetUnitStatus(
                unit=UNIT,
                area=HOST,
                status=UnitStatus.EN_ROUTE,
                incident=INCIDENT,
                registered=False,
            )
        )
        changed = await pia.get("/centre/parts/incidents", 200, same)
        assert re.search(r's-en_route"[^>]*><a class="unit"[^>]*>njb-01<', changed)
        assert "Ingen sendt" not in changed
        assert "Intet venter." in await pia.get("/centre/parts/wants")
        await pia.get("/centre/parts/nothing", 404)

    tell(tmp_path, story)


def test_two_who_say_seen_at_once_are_one_who_sees_to_it(tmp_path: Path) -> None:
    async def story(watch: Watch) -> None:
        pia, bo = await watch.person("pia"), await watch.person("bo")
        item = f"unsent:{INCIDENT}"
        for each in (pia, bo):
            await each.get("/centre")
            each._key = form_key(await each.get("/account"))
        answers = await asyncio.gather(
            *(
                each.visitor.post(
                    "/centre/seen", data={"csrf": each._key, "item": item}, headers=HTML
                )
                for each in (pia, bo)
            )
        )
        assert sorted(each.status_code for each in answers) == [303, 409]
        assert "Set af dig" in (
            await (pia if answers[0].status_code == 303 else bo).get("/centre/parts/wants")
        )
        shown = await (bo if answers[0].status_code == 303 else pia).get("/centre/parts/wants")
        # The other one sees who, by function: a fact names nobody.
        assert "Set af Vagthavende" in shown
        assert "data-sounds-since" not in shown
        await pia.post("/centre/seen", 404, item="")

    tell(tmp_path, story)


def test_a_line_is_done_by_the_pages_that_it_names_and_by_whoever_may(tmp_path: Path) -> None:
    async def story(watch: Watch) -> None:
        pia = await watch.person()
        told = (
            await pia.visitor.get("/centre/command", params={"line": "njb-01 kørt 4a7f"})
        ).json()
        plan = told["plan"]
        assert (plan["does"], plan["asks"]) == ("post", False)
        await pia.post(plan["path"], **plan["fields"])
        assert "s-en_route" in await pia.get("/centre/parts/units")
        told = (await pia.visitor.get("/centre/command", params={"line": "#4a7f luk reel"})).json()
        assert told["plan"]["asks"], "what cannot be taken back is shown first"
        # Who may look at the board and not close, is refused by the page that closes.
        bo = await watch.person("bo", function="incident_commander")
        line = {"line": "ny BR-VIL Algade 3, Aalborg"}
        report = (await bo.visitor.get("/centre/command", params=line)).json()["plan"]
        made = await bo.post(report["path"], **report["fields"])
        assert made.headers["location"].startswith("/incidents/")
        await bo.post("/centre/seen", 403, item="x")
        await pia.post(told["plan"]["path"], **told["plan"]["fields"])
        told = (await pia.visitor.get("/centre/command", params={"line": "#4a7f luk reel"})).json()
        assert told["plan"] is None
        assert "#4a7f" in told["wrong"]
        plain = await pia.get("/centre/command?plain=true&line=kort")
        assert 'href="/"' in plain
        assert "NJB-01-02" in await pia.get("/centre/command/help")

    tell(tmp_path, story)


@pytest.mark.requirement("E5.2")
def test_a_watch_is_signed_by_one_and_taken_over_by_another_once(tmp_path: Path) -> None:
    async def story(watch: Watch) -> None:
        pia, bo = await watch.person("pia"), await watch.person("bo")
        await watch.report("0199-bbbb-0001", type_="??")
        signed = await pia.post("/centre/handover", notes="Fru Opdigtet ringer kl. 6")
        sheet = signed.headers["location"]
        page = await bo.get(sheet)
        assert "Fru Opdigtet ringer kl. 6" in page
        assert "type mangler" in page
        assert page.count("Ingen sendt") >= 2
        assert re.search(r"\(\+0[12]00\), Vagthavende", page)
        # Whoever signed cannot take over from themselves; a machine signs nothing.
        assert "kan ikke selv overtage" in (await pia.post(sheet, 409)).text
        machine = watch.own.machine("duty_officer", organisations=(HOST,))
        refused = await machine.post("/centre/handover", data={})
        assert refused.status_code == 409
        # What happens later changes no sheet that was signed.
        await watch.report("0199-bbbb-0002")
        await bo.post(sheet, notes="")
        assert "overtaget allerede" in (await bo.post(sheet, 409)).text
        listed = await pia.get("/centre/handover")
        assert sheet in listed
        assert "0002" in listed
        assert "0002" not in await pia.get(sheet)
        assert "Fru Opdigtet" not in listed
        await bo.get("/centre/handover/nothing", 404)
        paper = await bo.file(f"{sheet}/sheet.pdf")
        for each in ("Fru Opdigtet ringer kl. 6", "type mangler", "Afleveret af"):
            assert stands_in(paper, each)
        assert await pia.file(f"{sheet}/sheet.pdf") == paper, "nobody is 'you' on paper"
        await bo.get("/centre/handover/nothing/sheet.pdf", 404)
        planner = await watch.person("per", function="planner")
        await planner.get("/centre/handover", 403)

    tell(tmp_path, story)


def test_a_step_is_ticked_once_with_who_and_when_and_can_be_taken_back(tmp_path: Path) -> None:
    async def story(watch: Watch) -> None:
        pia, bo = await watch.person("pia"), await watch.person("bo")
        part = f"/incidents/{INCIDENT}/cards-part"
        assert "egen kalibrering" in await pia.get(part)
        await pia.post(part, card="fire", step="0", done="1")
        shown = await bo.get(part)
        assert re.search(r"Vagthavende \d\d:\d\d", shown)
        assert (
            "En anden har krydset det af." in (await bo.post(part, 200, card="fire", step="0")).text
        )
        await bo.post(part, card="fire", step="0", done="0")
        assert "1 af 6" not in await bo.get(part)
        await bo.post(part, 404, card="fire", step="99")
        await bo.post(part, 404, card="nothing", step="0")
        # A service's own card stands instead of the country's, and a tick keeps what was ticked.
        await pia.post(part, card="fire", step="0", done="1")
        await pia.post(
            "/centre/cards/fire", title="Brand hos os", types="fire BR-VIL", steps="Nyt skridt"
        )
        shown = await bo.get(part)
        assert "Brand hos os" in shown
        assert "da stod der: Første meldingsenhed" in shown
        await pia.post("/centre/cards/fire", title="Brand hos os", steps="")
        assert "Brand hos os" not in await bo.get("/centre/cards")
        assert (
            "Ingen type"
            in (await pia.post("/centre/cards/fire", 422, title="x", types="lava", steps="y")).text
        )
        await pia.post("/centre/cards/fire", 409, title="", steps="y")
        await pia.post("/centre/cards/fire", 409, title="x", steps="\n".join("abc" * 9))
        planner = await watch.person("per", function="planner")
        await planner.get("/centre/cards")
        await planner.post(part, 403, card="fire", step="1")
        await planner.post("/centre/cards/fire", 403, title="x", steps="y")

    tell(tmp_path, story)


@pytest.mark.requirement("E5.2", "K9")
def test_paper_becomes_ordinary_facts_with_when_it_was_each_row_once(tmp_path: Path) -> None:
    rows = {
        "at": ["2350", "0010", "0200", "0300", "noon"],
        "who": ["njb-01", "njb-01", "ny", "#4a7f", "njb-01"],
        "what": ["kørt 4a7f", "ankommet", "BR-VIL Algade 4", "note set af nabo", "retur"],
    }

    async def story(watch: Watch) -> None:
        pia, live = await watch.person(), watch.own.live
        looked = await pia.post("/centre/paper", 422, day="2026-11-01", told="0", **rows)
        assert looked.text.count("Klar:") == 4
        assert live.query.rows(READER, PAPER) == [], "looking tells nothing"
        told = await pia.post("/centre/paper", 422, day="2026-11-01", told="1", **rows)
        assert told.text.count("Gemt:") == 4
        assert "intet klokkeslæt" in told.text
        assert 'value="noon"' in told.text, "what was typed is not lost"
        facts = [item.fact for item in live.query.history(READER, HOST, f"unit:{UNIT}")]
        times = {f"{each.happened_at:%d %H:%M}" for each in facts}
        assert {"01 22:50", "01 23:10"} <= times
        marks = [each for each in facts if each.kind == "centre.paper_typed"]
        assert len(marks) == 2
        assert {each.by.function for each in marks} == {"duty_officer"}
        again = await pia.post("/centre/paper", 422, day="2026-11-01", told="1", **rows)
        assert again.text.count("Kendes allerede:") == 4
        assert len(live.query.rows(READER, PAPER)) == 4
        # What a unit's own system has told is known, whoever types it in.
        own = {"at": ["0011"], "who": ["NJB-01"], "what": ["in place"]}
        known = await pia.post("/centre/paper", 200, day="2026-11-02", told="0", **own)
        assert "Kendes allerede:" in known.text
        log = await pia.get(f"/incidents/{INCIDENT}")
        assert "set af nabo" in log
        noted = live.query.history(READER, HOST, f"incident:{INCIDENT}")
        (note,) = [each.fact for each in noted if each.fact.kind == "operations.incident_noted"]
        assert f"{note.happened_at:%d %H:%M}" == "02 02:00"
        bo = await watch.person("bo", function="incident_commander")
        await bo.get("/centre/paper", 403)

    tell(tmp_path, story)


def test_the_binder_is_for_those_who_may_print_it(tmp_path: Path) -> None:
    async def story(watch: Watch) -> None:
        pia = await watch.person()
        assert "intet sæt på disken" in await pia.get("/centre/binder")
        await pia.post("/centre/binder")
        await pia.get("/centre/binder/binder-20270101T000000Z.html", 404)
        await pia.get("/centre/binder/..%2Fnode.toml", 404)
        analyst = await watch.person("ann", function="national_analyst")
        await analyst.get("/centre/binder", 403)
        await analyst.get("/centre")

    tell(tmp_path, story)
