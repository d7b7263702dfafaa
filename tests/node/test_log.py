# SPDX-License-Identifier: Apache-2.0
"""The log of an incident through the door: all of it, by its own time, for whoever may read it."""

import asyncio
import csv
import html
import io
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bavn.capabilities.operations.model.log import PAGE_LIMIT
from bavn.capabilities.operations.pages import log as log_page
from bavn.capabilities.operations.views import log as log_view
from bavn.frame.call import Call
from bavn.journal import reader as journal_reader
from bavn.journal.reader import Reader
from bavn.kernel.mandate import Actor
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.texts import Texts
from tests.node.watch import AGENCY, NJB, NORTH, NVJB, Watch, founded, watch
from tests.runtime.press.reading import stands_in

pytestmark = pytest.mark.slow
FIRE = {"type": "BR-GRD", "place": {"lat": 57.0488, "lon": 9.9217}, "service": "njb"}
NOTE = "CANARY naboen har nøglen"
WORD = "CANARY taget er ved at falde"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("log")) / "node", built_in("denmark"))


async def sent(system: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await system.post(f"/api/v1{path}", json=body)
    assert answer.status_code in {200, 201}, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def got(system: httpx.AsyncClient, path: str, **query: Any) -> dict[str, Any]:
    answer = await system.get(f"/api/v1{path}", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def fire(system: httpx.AsyncClient) -> str:
    return str((await sent(system, "/incidents", **FIRE))["id"])


def told(log: dict[str, Any]) -> list[str]:
    return [" ".join((each["says"], *each["texts"].values())) for each in log["items"]]


@pytest.mark.requirement("E5.1")
def test_everything_stands_in_the_log_by_its_own_time(folder: Folder) -> None:
    async def story(here: Watch) -> None:
        njb = here.system(NJB, function="duty_officer", personal=True)
        incident, unit = await fire(njb), here.unit_of(NJB)
        await sent(njb, f"/incidents/{incident}/dispatch", units=[unit])
        said = {"status": "en_route", "incident": incident}
        await sent(njb, f"/units/{unit}/status", **said)
        await sent(njb, f"/incidents/{incident}/notes", text=NOTE)
        lead = {"role": "isl-rb", "callsign": "Nord 1"}
        await sent(njb, f"/incidents/{incident}/command/leaders", **lead)
        early = clock.now() - timedelta(minutes=20)
        report = {"form": "first", "seen": WORD, "at": early.isoformat(), "next_min": 10}
        await sent(njb, f"/incidents/{incident}/command/reports", **report)
        log = await got(njb, f"/incidents/{incident}/log")
        sorts = {each["sort"] for each in log["items"]}
        assert {"alarm", "sent", "units", "written", "leading"} <= sorts
        # What happened before the alarm was written down stands before it, and says so.
        first = log["items"][0]
        assert (first["texts"], first["is_late"]) == ({"seen": WORD}, True)
        ats = [datetime.fromisoformat(each["happened_at"]) for each in log["items"]]
        assert ats == sorted(ats)
        assert any("ISL-RB, Nord 1" in each for each in told(log))
        assert any(NOTE in each for each in told(log))
        written = await got(njb, f"/incidents/{incident}/log", sort="written")
        assert [each["sort"] for each in written["items"]] == ["written"] * 2
        for words in ("canary NØGLEN", "vagthavende canary naboen"):
            found = await got(njb, f"/incidents/{incident}/log", q=words)
            assert [each["texts"] for each in found["items"]] == [{"text": NOTE}]
        assert (await got(njb, f"/incidents/{incident}/log", q="findes ikke"))["items"] == []

    _run(folder, story)


def test_a_struck_line_is_struck_through_and_never_gone(folder: Folder) -> None:
    async def story(here: Watch) -> None:
        officer = await here.person(NJB)
        njb = here.system(NJB, function="duty_officer", personal=True)
        incident = await fire(njb)
        await officer.send(f"/incidents/{incident}/note", {"note": NOTE})
        assert f"<s>{NOTE}</s>" not in await officer.page(f"/incidents/{incident}/log")
        (noted,) = (await got(njb, f"/incidents/{incident}/log", q=NOTE))["items"]
        strike = {"fact": noted["id"], "reason": "forkert hændelse"}
        await officer.send(f"/incidents/{incident}/strike", strike)
        page = html.unescape(await officer.page(f"/incidents/{incident}/log"))
        assert f"<s>{NOTE}</s>" in page
        (struck,) = (await got(njb, f"/incidents/{incident}/log", q=NOTE))["items"]
        assert (struck["id"], struck["struck"]) == (noted["id"], True)
        assert f"<s>{NOTE}</s>" in html.unescape(
            await officer.page(f"/incidents/{incident}/log/print")
        )

    _run(folder, story)


@pytest.mark.requirement("E0.1")
def test_texts_are_read_by_those_they_were_told_to_and_nobody_else(folder: Folder) -> None:
    async def story(here: Watch) -> None:
        njb = here.system(NJB, function="duty_officer", personal=True)
        incident = await fire(njb)
        await sent(njb, f"/incidents/{incident}/notes", text=NOTE)
        await sent(njb, f"/incidents/{incident}/command/words", text=WORD)
        # A note is the service's own; a word is for all who work there, the area's centre too.
        readers = {
            njb: (True, True, True),
            here.system(NJB, function="duty_officer"): (False, False, True),
            here.system(NORTH, function="area_operator", personal=True): (False, True, True),
            here.system(NVJB, function="duty_officer", personal=True): (False, False, False),
            here.system(AGENCY, function="national_duty_officer", personal=True): (
                False,
                False,
                False,
            ),
        }
        for reader, (has_note, has_word, knows) in readers.items():
            answer = await got(reader, f"/incidents/{incident}/log")
            lines = told(answer)
            assert any(NOTE in each for each in lines) is has_note
            assert any(WORD in each for each in lines) is has_word
            kinds = {each["kind"] for each in answer["items"]}
            assert ("command.word_appended" in kinds) is knows
            assert "operations.incident_reported" in kinds
        gone = await njb.get("/api/v1/incidents/nothing/log")
        assert gone.status_code == 404
        assert (await njb.get(f"/api/v1/incidents/{incident}/log?limit=0")).status_code == 422
        assert (await njb.get(f"/api/v1/incidents/{incident}/log?sort=x")).status_code == 422

    _run(folder, story)


@pytest.mark.parametrize("newest", [30, 400], ids="newest {}".format)
def test_pages_go_back_without_a_gap_while_somebody_writes(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, newest: int
) -> None:
    # Of a long log the newest entries alone are gathered for its first pages.
    monkeypatch.setattr(log_view, "NEWEST", newest)

    async def story(here: Watch) -> None:
        officer = await here.person(NJB)
        njb = here.system(NJB, function="duty_officer", personal=True)
        incident, count = await fire(njb), PAGE_LIMIT + 20
        correct = {"urgency": "soon"}
        await sent(njb, f"/incidents/{incident}/corrections", **correct)
        for number in range(count):
            await sent(njb, f"/incidents/{incident}/notes", text=f"=note {number}")
        whole = await got(njb, f"/incidents/{incident}/log", limit=1000)
        assert whole["next"] is None
        ids, before = list[str](), ""
        while True:
            page = await got(njb, f"/incidents/{incident}/log", limit=7, before=before)
            ids = [each["id"] for each in page["items"]] + ids
            before = page["next"]
            if before is None:
                break
        assert ids == [each["id"] for each in whole["items"]]
        assert len(set(ids)) == len(ids) > count
        # What is written while somebody reads on is on the newest page, and moves nothing.
        newest = await officer.page(f"/incidents/{incident}/log")
        assert newest.count('<li id="entry-') == PAGE_LIMIT
        assert f"=note {count - 1}<" in html.unescape(newest)
        older = re.search(r'href="(/incidents/[^"]*before=[^"]*)"', newest)
        assert older is not None
        await sent(njb, f"/incidents/{incident}/notes", text="imens")
        rest = await officer.page(html.unescape(older[1]))
        shown = re.findall(r'<li id="entry-([^"]+)"', rest) + re.findall(
            r'<li id="entry-([^"]+)"', newest
        )
        assert shown == ids
        assert "imens" in await officer.page(f"/incidents/{incident}/log/entries")

    _run(folder, story)


def test_what_is_told_while_a_long_log_is_searched_is_found_by_the_next_search(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_view, "NEWEST", 3)
    monkeypatch.setattr(journal_reader, "ENTRIES_IN_TURN", 2)

    async def story(here: Watch) -> None:
        officer = await here.person(NJB)
        njb = here.system(NJB, function="duty_officer", personal=True)
        incident = await fire(njb)
        for number in range(9):
            await sent(njb, f"/incidents/{incident}/notes", text=f"note {number}")
        turns = 0

        async def turn() -> None:
            nonlocal turns
            turns += 1
            if turns == 1:
                await sent(njb, f"/incidents/{incident}/notes", text="imens")

        monkeypatch.setattr(log_page, "others_turn", turn)
        path = f"/incidents/{incident}/log/entries?q="
        assert '<li id="entry-' not in await officer.page(path + "findes+ikke")
        # Others had their turn while it was gathered, and not only while it was put into words.
        assert turns > 5
        assert "imens" in await officer.page(path + "imens")

    _run(folder, story)


def test_the_files_and_the_paper_hold_what_the_pages_do(folder: Folder) -> None:
    async def story(here: Watch) -> None:
        officer = await here.person(NJB)
        njb = here.system(NJB, function="duty_officer", personal=True)
        incident = await fire(njb)
        for number in range(PAGE_LIMIT + 5):
            await sent(njb, f"/incidents/{incident}/notes", text=f"=note {number}")
        await sent(njb, f"/incidents/{incident}/notes", text="imens")
        told_all = await got(njb, f"/incidents/{incident}/log", limit=1000)
        sheet = (await officer.browser.get(f"/incidents/{incident}/log.csv")).text
        rows = list(csv.DictReader(io.StringIO(sheet.removeprefix("\ufeff"))))
        assert [each["fact"] for each in rows] == [each["id"] for each in told_all["items"]]
        # No cell is a formula.
        assert not any(cell.startswith("=") for row in rows for cell in row.values())
        assert any("=note 3" in row["texts"] for row in rows)
        file = (await officer.browser.get(f"/incidents/{incident}/log.json")).json()
        assert [each["texts"] for each in file["items"]] == [
            each["texts"] for each in told_all["items"]
        ]
        printed = await officer.page(f"/incidents/{incident}/log/print")
        assert printed.count('<li id="entry-') == len(rows)
        only = (await officer.browser.get(f"/incidents/{incident}/log.json?q=imens")).json()
        assert len(only["items"]) == 1

    _run(folder, story)


@pytest.mark.requirement("E5.3")
def test_a_report_is_typed_at_the_scene_and_asked_for_when_the_next_is_late(
    folder: Folder,
) -> None:
    async def story(here: Watch) -> None:
        officer = await here.person(NJB, "incident_commander")
        njb = here.system(NJB, function="duty_officer", personal=True)
        incident = await fire(njb)
        path = f"/incidents/{incident}/report"
        assert f'href="{path}"' in await officer.page(f"/incidents/{incident}")
        assert f"/incidents/{incident}/reports-part" in await officer.page(f"/incidents/{incident}")
        form = await officer.page(path)
        assert 'data-outbox="Giv melding"' in form
        assert "egen kalibrering" in form
        wrong = {"form": "first", "needed": "", "next_clock": "25.10"}
        answer = await officer.send(path, wrong, 422, at=path)
        assert "Skriv et klokkeslæt" in html.unescape(answer.text)
        assert 'value="25.10"' in answer.text
        for field, bad in (("form", "third"), ("next", "7")):
            await officer.send(path, {"form": "first", "seen": WORD, field: bad}, 422, at=path)
        assert (await got(njb, f"/incidents/{incident}/command/reports"))["items"] == []

        written_at = (clock.now() - timedelta(minutes=40)).isoformat()
        fields = {"form": "first", "seen": WORD, "by_radio": "yes", "written_at": written_at}
        for _ in range(2):
            await officer.send(path, {**fields, "sender_ref": "letter-1"}, at=path)
        told_now = await got(njb, f"/incidents/{incident}/command/reports")
        (report,) = told_now["items"]
        assert report["texts"] == {"seen": WORD}
        assert report["by_radio"]
        assert datetime.fromisoformat(report["at"]) == datetime.fromisoformat(written_at), (
            "a report stands at the time it was written"
        )
        # Ten minutes after a first report the next one was due.
        assert told_now["is_over"]
        assert "Over tiden" in await officer.page(f"/incidents/{incident}/reports-part")
        assert waits(here, incident) == 1

        await officer.send(path, {"form": "situation", "done": "Slukket", "next": "none"}, at=path)
        assert not (await got(njb, f"/incidents/{incident}/command/reports"))["is_over"]
        assert waits(here, incident) == 0

    _run(folder, story)


def test_only_whose_work_it_is_reports(folder: Folder) -> None:
    async def story(here: Watch) -> None:
        njb = here.system(NJB, function="duty_officer", personal=True)
        incident = await fire(njb)
        inspector = here.system(AGENCY, function="inspector")
        path = f"/api/v1/incidents/{incident}/command/reports"
        assert (await inspector.get(path)).status_code == 200
        refused = await inspector.post(path, json={"form": "first", "seen": "x"})
        assert refused.status_code == 403
        looking = await here.person(AGENCY, "inspector")
        page = await looking.page(f"/incidents/{incident}/report")
        assert "report-form" not in page
        assert (await inspector.get(f"/api/v1/incidents/{incident}/log")).status_code == 200
        for bad in ({"form": "second", "seen": "x"}, {"form": "first", "seen": "x", "odd": 1}):
            assert (await njb.post(path, json=bad)).status_code == 422
        empty = await njb.post(path, json={"form": "first"})
        assert empty.status_code == 409
        assert "empty_report" in empty.text

    _run(folder, story)


@pytest.mark.requirement("E5.8")
def test_the_log_is_a_pdf_with_what_its_reader_may_read(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(here: Watch) -> None:
        njb = here.system(NJB, function="duty_officer", personal=True)
        incident = await fire(njb)
        await sent(njb, f"/incidents/{incident}/notes", text=NOTE)
        lead = {"role": "isl-rb", "callsign": "Nord 1"}
        await sent(njb, f"/incidents/{incident}/command/leaders", **lead)
        path = f"/incidents/{incident}/log.pdf"
        made = await njb.get(f"/api/v1{path}")
        assert made.headers["content-type"] == "application/pdf"
        assert stands_in(made.content, NOTE)
        for each in (await got(njb, f"/incidents/{incident}/log"))["items"]:
            assert stands_in(made.content, each["says"])
        assert (await njb.get(f"/api/v1{path}")).content == made.content
        # Whoever may not read the note has a log that says so.
        plain = (await here.system(NJB, function="duty_officer").get(f"/api/v1{path}")).content
        assert not stands_in(plain, "CANARY")
        officer = await here.person(NJB)
        page = await officer.page(f"/incidents/{incident}/log?sort=leading")
        assert f"/incidents/{incident}/log.pdf?sort=leading" in page
        leading = (await officer.browser.get(f"{path}?sort=leading")).content
        assert stands_in(leading, "Nord 1")
        assert not stands_in(leading, "CANARY")
        sought = (await officer.browser.get(f"{path}?q=findes+ikke")).content
        assert stands_in(sought, "Kun det, hvor der står: findes ikke")
        monkeypatch.setattr("bavn.capabilities.operations.pages.log.PAPER_ENTRIES_LIMIT", 2)
        long = await officer.browser.get(path)
        assert (long.status_code, "Vælg én slags" in long.text) == (413, True)
        assert (await officer.browser.get("/incidents/nothing/log.pdf")).status_code == 404

    _run(folder, story)


def waits(here: Watch, incident: str) -> int:
    """How many reports from an incident are missed on its own centre's board."""
    call = Call(
        actor=Actor(organisation=NJB, function="duty_officer"),
        organisations=frozenset({NJB}),
        reader=Reader(organisations=frozenset({NJB})),
        sender="board",
        language="da",
        now=clock.now(),
        say=Texts("da"),
    )
    found = here.rooms["command"].wanting(call)
    path = f"/incidents/{incident}/report"
    return sum(each.path == path for each in found)


def _run(folder: Folder, story: Any) -> None:
    async def told_whole() -> None:
        async with watch(folder) as here:
            await asyncio.wait_for(story(here), 60)

    asyncio.run(told_whole())
