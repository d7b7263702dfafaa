# SPDX-License-Identifier: Apache-2.0
"""Levels and procedures over pages, interface and command line of the whole application."""

import argparse
import asyncio
from pathlib import Path

import pytest

from bavn.kernel.identity import REAL, World
from bavn.node.cli import main
from bavn.node.commands.demo import _server
from bavn.node.commands.serve import check_law
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.halt import Halt
from tests.node.watch import AGENCY, NJB, NORTH, founded, watch

LEVELS, PROCEDURES = "/api/v1/levels", "/api/v1/levels/procedures"
RAISE = {"level": "3", "reason": "flood", "text": "Limfjorden stiger."}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("levelling")) / "node", built_in("denmark"))


@pytest.mark.slow
@pytest.mark.requirement("E7.1")
def test_a_level_is_raised_seen_heard_and_lowered(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder, law="proposed") as north:
            officer, centre = await north.person(NJB), await north.person(NORTH, "area_duty_leader")
            page = await officer.page("/levels")
            assert "Ekspertpanelets forslag" in page
            assert "beredskabsniveau 1" in page.lower()
            assert "ikke gældende ret" in page
            # Nothing is raised: the head says nothing.
            assert "bar" not in await officer.page("/levels/head-part")
            await centre.send("/levels", {"level": "", "reason": "flood"}, 422, at="/levels")
            await centre.send("/levels", {**RAISE, "reason": "Hr. Hansen"}, 422)
            await centre.send("/levels", RAISE)
            head = await officer.page("/levels/head-part")
            assert "Beredskabsniveau 3" in head
            assert "bar bad" in head
            for path in ("/centre", "/"):
                assert "/levels/head-part" in await officer.page(path)
            wants = await officer.page("/centre/parts/wants")
            assert "Beredskabsniveau 3" in wants
            steps = await centre.send("/levels", {"level": "1", "reason": "over"}, 409)
            assert "sænkes der til 2 først" in steps.text
            # Why is the centre's own.
            history = (await north.system(NJB).get(LEVELS + "/history")).json()["items"]
            why = f"/levels/words/{history[0]['fact']}"
            await officer.page(why, 404)
            assert history[0]["counts"]
            assert "Limfjorden" not in await centre.page("/levels")
            for level in ("2", "1"):
                await centre.send("/levels", {"level": level, "reason": "over"})
            assert (await north.system(NJB).get(LEVELS)).json()["items"] == []

    asyncio.run(story())


@pytest.mark.slow
@pytest.mark.requirement("E7.2")
def test_the_interface_says_what_holds_what_it_opens_and_who_may_not(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder, law="proposed") as north:
            nation = await north.person(AGENCY, "national_duty_officer")
            browser = nation.browser
            key = {"x-csrf-token": _key(await nation.page("/levels"))}
            opened = await browser.get(LEVELS + "/preview", params={"level": 3})
            assert [each["act"] for each in opened.json()["items"]] == ["levels.lead_strategy"]
            body = {"level": 3, "reason": "weather", "sender_ref": "L1"}
            told = await browser.post(LEVELS, json=body, headers=key)
            for repeat in range(2):
                told = await browser.post(LEVELS, json=body, headers=key)
                assert told.status_code == 201, (repeat, told.text)
            (held,) = told.json()["items"]
            assert (held["of"], held["level"], told.json()["here"]) == ("brs", 3, 3)
            assert held["basis"] == "mandate:set-own-level"
            assert (await north.system(NJB).get(LEVELS)).json()["here"] == 3
            no = await north.system(NJB).post(LEVELS, json={"level": 2, "reason": "other"})
            assert (no.status_code, no.json()["error"]["code"]) == (403, "not_by_mandate")
            bad = await browser.post(LEVELS, json={**body, "level": 9}, headers=key)
            assert bad.status_code == 422
            for level in (2, 1):
                down = {"level": level, "reason": "over"}
                await browser.post(LEVELS, json=down, headers=key)

    asyncio.run(story())


def _key(page: str) -> str:
    return page.partition('name="csrf" content="')[2].partition('"')[0]


@pytest.mark.slow
@pytest.mark.requirement("E5.4")
def test_a_procedure_is_proposed_agreed_to_and_ended_on_pages(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder, law="proposed") as north:
            officer, centre = await north.person(NJB), await north.person(NORTH, "area_duty_leader")
            here = "/levels/procedures"
            form = {"from": "2026-01-01", "to": "2029-01-01", "type-0": "ASP", "count-0": "2"}
            await centre.send(here, form, 422, at=here)
            await centre.send(here, {**form, "service": "ostbv"}, 422)
            await centre.send(here, {**form, "service": "njb", "type-0": ""}, 422)
            await centre.send(here, {**form, "service": "njb", "count-0": "0"}, 422)
            await centre.send(here, {**form, "service": "njb", "to": "snart"}, 422)
            await centre.send(here, {**form, "service": "njb", "to": "2026-01-01"}, 409)
            await officer.send(here, {**form, "service": "njb"}, 403)
            await centre.send(here, {**form, "service": "njb"})
            assert "venter på parterne" in await centre.page(here)
            (one,) = (await north.system(NJB).get(PROCEDURES)).json()["items"]
            assert (one["state"], one["missing"]) == ("waits", ["njb"])
            way = f"{here}/nordjylland/{one['procedure']['id']}"
            await centre.send(f"{way}/agree", {}, 403)
            assert "Vi er enige" in await officer.page(here)
            await officer.send(f"{way}/agree", {})
            assert "gælder nu" in await officer.page(here)
            await officer.send(f"{way}/agree", {}, 409)
            await officer.send(f"{way}/end", {})
            assert "Opsagt af" in await centre.page(here)

    asyncio.run(story())


@pytest.mark.slow
@pytest.mark.requirement("E9.1")
def test_by_the_law_in_force_nobody_sets_a_level_and_the_page_says_why(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            officer = await north.person(NJB)
            page = await officer.page("/levels")
            assert "foreslået af ekspertpanelet" in page
            assert "level-form" not in page
            assert "Der spilles efter" not in page
            refused = await officer.send("/levels", RAISE, 403, at="/levels")
            assert "Ekspertpanelets forslag" in refused.text
            told = (await north.system(NJB).get(LEVELS)).json()
            assert (told["knows_levels"], told["law"]["code"]) == (False, "today")

    asyncio.run(story())


@pytest.mark.requirement("E9.1")
@pytest.mark.parametrize(
    ("law", "world", "refused"),
    [
        (None, REAL, None),
        ("today", REAL, None),
        ("proposed", REAL, "law_not_here"),
        ("proposed", World("demo"), None),
        ("proposed", World("krisov-2027"), None),
        ("tomorrow", World("demo"), "no_such_law"),
        ("tomorrow", REAL, "no_such_law"),
    ],
)
def test_the_real_world_is_judged_by_the_law_in_force(
    law: str | None, world: World, refused: str | None
) -> None:
    country = built_in("denmark")
    if refused is None:
        check_law(law, world, country)
        return
    with pytest.raises(Halt) as caught:
        check_law(law, world, country)
    assert caught.value.refused.code == refused


def test_the_command_refuses_it_clearly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--data", str(tmp_path), "--law", "proposed"]) == 2
    said = capsys.readouterr()
    assert "gælder ikke" in said.out + said.err
    assert main(["demo", "--law", "tomorrow"]) == 2


def test_a_demonstration_hands_the_law_on(tmp_path: Path) -> None:
    options = argparse.Namespace(lang="da", port=0, law="proposed")
    assert "--law proposed" in " ".join(_server(Folder(tmp_path), options))
    options.law = None
    assert "--law" not in _server(Folder(tmp_path), options)
