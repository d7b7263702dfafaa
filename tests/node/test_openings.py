# SPDX-License-Identifier: Apache-2.0
"""What a page shows is open: every function's menu and an incident's ways, through the door."""

import asyncio
import re
from pathlib import Path

import pytest
from litestar.handlers import HTTPRouteHandler

from bavn.frame.country import Level
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, Resource
from bavn.kernel.refusal import Refused
from bavn.node.mandates import alarms_of
from bavn.node.wiring import CAPABILITIES, catalogue
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.functions import NOBODYS
from tests.node.watch import AGENCY, NJB, NORTH, Person, Watch, founded, watch

pytestmark = pytest.mark.slow
COUNTRY = built_in("denmark")
ALARMS = alarms_of(catalogue())
HOME = {
    Level.SERVICE: "njb",
    Level.AREA: "nordjylland",
    Level.NATION: "brs",
    Level.POLICE: "nordjyllands-politi",
    Level.GOVERNMENT: "minister",
}
FUNCTIONS = [each for each in COUNTRY.functions if each.code not in NOBODYS]
POLICE = OrganisationId(HOME[Level.POLICE])
# Whom today's law knows nothing of.
PROPOSED = {"national_chief"}
FIRE = {"type": "BR-GRD", "place": {"lat": 57.0488, "lon": 9.9217}, "service": "njb"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("openings")) / "node", COUNTRY)


def menu_of(page: str) -> list[str]:
    """Where the menu leads."""
    found = re.search(r'<nav aria-label="[^"]*">(.*?)</nav>', page, re.DOTALL)
    assert found, page
    return re.findall(r'<a href="([^"]+)"', found[1])


def parts_of(page: str) -> list[str]:
    """What a page fetches, and the ways that stand as buttons on it."""
    return [
        *re.findall(r'data-live="([^"]+)"', page),
        *re.findall(r'<a class="button[^"]*"[^>]* href="([^"]+)"', page),
    ]


async def refused(person: Person, paths: list[str]) -> list[tuple[str, int]]:
    """What of this is not let through."""
    answers = [(path, await person.browser.get(path)) for path in dict.fromkeys(paths)]
    return [(path, each.status_code) for path, each in answers if each.status_code >= 400]


def forms_of(page: str) -> list[str]:
    """Where the forms and the buttons of a page send what is in them."""
    return re.findall(r'<form[^>]*\bmethod="post"[^>]* action="([^"]+)"', page) + re.findall(
        r'formaction="([^"]+)"', page
    )


def acts_of_forms() -> list[tuple[re.Pattern[str], str]]:
    """The act that each address takes what is sent to it by."""
    handlers = (each for capability in CAPABILITIES for each in capability.handlers)
    posts = [
        each
        for each in handlers
        if isinstance(each, HTTPRouteHandler) and "POST" in each.http_methods
    ]
    return [
        (re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path)), str(each.opt["act"]))
        for each in posts
        for path in each.paths
    ]


ACTS_OF_FORMS = acts_of_forms()


async def closed(north: Watch, person: Person, actor: Actor, page: str) -> list[tuple[str, str]]:
    """The forms of an incident's page and of its parts that would be refused, with their acts."""
    pages = [page, *[(await person.browser.get(each)).text for each in parts_of(page)]]
    found = []
    for action in dict.fromkeys(each for one in pages for each in forms_of(one)):
        path = action.partition("?")[0]
        acts = [act for pattern, act in ACTS_OF_FORMS if pattern.fullmatch(path)]
        for act in acts:
            alarm = act in ALARMS
            resource = Resource(owner=actor.organisation, alarm=alarm)
            if isinstance(north.live.may(actor, act, resource, clock.now()), Refused):
                found.append((path, act))
    return found


@pytest.mark.requirement("E5.4")
def test_a_council_demands_help_and_sees_the_answer(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            system = north.system(NJB)
            fire = (await system.post("/api/v1/incidents", json=FIRE)).json()["id"]
            here = f"/incidents/{fire}/assistance"
            council = await north.person(NJB, "municipal_council")
            assert f'formaction="/incidents/{fire}/demand"' in await council.page(here)
            await council.send(f"/incidents/{fire}/demand", {"of": "brs"}, at=here)
            part = await council.page(f"/incidents/{fire}/assistance-part")
            assert "intet svar endnu" in part
            assert "§ 18, stk. 1" in part
            # Nobody is shown a form that would be refused.
            police = await north.person(POLICE, "police_commander")
            assert "formaction" not in await police.page(here)
            for part in ("command-part", "relations-part"):
                assert "<form" not in await police.page(f"/incidents/{fire}/{part}"), part
            (one,) = (await system.get("/api/v1/reinforcement")).json()["items"]
            answer = f"/reinforcement/{one['id']}/answer"
            inspector = await north.person(AGENCY, "inspector")
            assert answer not in await inspector.page("/reinforcement")
            other = await north.person(AGENCY, "national_duty_officer")
            assert answer in await other.page("/reinforcement")
            unit = north.unit_of(AGENCY)
            said = {"of": "brs", "answer": "coming", "units": unit}
            await other.send(answer, said, at="/reinforcement")
            assert f"/units/{unit}" in await council.page(f"/incidents/{fire}/assistance-part")

    asyncio.run(story())


def test_whom_the_law_in_force_knows_nothing_of_is_offered_to_nobody(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            offered = (await north.house.visitor().get("/sign-in")).text
            for each in FUNCTIONS:
                assert (f'value="{each.code}"' in offered) is (each.code not in PROPOSED), each.code
            chief = await north.person(AGENCY, "national_chief")
            # An alarm is everybody's, and nothing else is.
            assert menu_of(await chief.page("/incidents/new")) == ["/alarms/new"]

    asyncio.run(story())


def test_an_alarm_by_somebody_without_a_node_is_taken(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            police = await north.person(POLICE, "police_commander", areas=(NORTH,))
            form = {"type": "BR-GRD", "text": "ingen ved hvor"}
            answer = await police.send("/incidents/new", form)
            # It is the area's now. The questions are not for the police, so they are not led there.
            found = await police.page(answer.headers["location"])
            assert "Nordjylland" in found
            # What scripts say of the time goes by this country's clock.
            assert 'data-zone="Europe/Copenhagen"' in found
            assert "note-form" not in found
            coded = {"code": "BR-ABA", "number": "4711", "anyway": "yes"}
            answer = await police.send("/alarms/new", coded, at="/alarms/new")
            assert "note-form" not in await police.page(answer.headers["location"])
            officer = await north.person(NJB)
            answer = await officer.send("/incidents/new", form)
            assert answer.headers["location"].endswith("/call")

    asyncio.run(story())


def test_nothing_that_is_shown_is_refused_to_any_function(folder: Folder) -> None:
    async def walked(north: Watch, fire: str, code: str, level: Level) -> None:
        person = await north.person(OrganisationId(HOME[level]), code)
        page = await person.page(f"/incidents/{fire}")
        menu = menu_of(page)
        assert "/" in menu, code
        assert await refused(person, [*menu, *parts_of(page)]) == [], code
        actor = Actor(organisation=OrganisationId(HOME[level]), function=code)
        assert await closed(north, person, actor, page) == [], code

    async def story() -> None:
        async with watch(folder) as north:
            fire = (await north.system(NJB).post("/api/v1/incidents", json=FIRE)).json()["id"]
            # Another like it, near it: what may be the same is asked.
            await north.system(NJB).post("/api/v1/incidents", json=FIRE)
            for each in FUNCTIONS:
                if each.code not in PROPOSED:
                    await walked(north, fire, each.code, each.level)

    asyncio.run(story())
