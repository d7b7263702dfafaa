# SPDX-License-Identifier: Apache-2.0
"""A refusal that helps: what is missing, who has it, asked for, given or not, through the door."""

import asyncio
import html
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.journal.reader import Reader
from bavn.kernel.mandate import Actor
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.texts import Texts
from tests.node.watch import AGENCY, NJB, NORTH, NVJB, Person, Watch, founded, watch

pytestmark = pytest.mark.slow
API = "/api/v1/mandates/requests"
WATCHES = "/api/v1/duty/watches"
RULE, RULES = "receiving.set_rule", "/alarms/rules"
FIRE = {"type": "BR-GRD", "place": {"lat": 57.0488, "lon": 9.9217}, "service": "njb"}
NEW = f"/mandates/requests/new?act={RULE}&at=njb"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("asking")) / "node", built_in("denmark"))


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


async def items(browser: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await browser.get(API, headers={"accept": "application/json"})
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def wanting(north: Watch, function: str) -> list[Attention]:
    """What waits for somebody of the service."""
    call = Call(
        actor=Actor(organisation=NJB, function=function),
        organisations=frozenset({NJB}),
        reader=Reader(organisations=frozenset({NJB})),
        sender="test",
        language="da",
        now=clock.now(),
        say=Texts("da"),
    )
    return list(north.rooms["mandate_requests"].wanting(call))


async def two_of(north: Watch, story: str) -> tuple[Person, Person]:
    """Who takes the alarms of the service, and who leads it. Stories share the accounts' file."""
    found = []
    for function in ("control_room_operator", "duty_officer"):
        name = f"{story}-{function}".replace("_", "-")
        browser = await north.house.person(name, organisation=NJB, function=function, personal=True)
        browser.headers["accept"] = "text/html"
        found.append(Person(browser))
    return found[0], found[1]


async def asked(operator: Person, **more: str) -> str:
    """The operator has asked the own duty officer."""
    fields = {"act": RULE, "at": "njb", "page": RULES, **more}
    answer = await operator.send("/mandates/requests", fields, at=NEW)
    return str(answer.headers["location"])


@pytest.mark.requirement("E9.1")
def test_a_refusal_names_what_is_missing_its_rule_who_has_it_and_where_to_ask(
    folder: Folder,
) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            operator = await north.person(NJB, "control_room_operator")
            form = {"service": "njb"}
            page = (await operator.send(RULES, form, 403)).text
            told = words(page)
            assert "Vagtcentraloperatør (Nordjyllands Beredskab)" in told
            assert "»Sætte en regel for kodede alarmer« hos Nordjyllands Beredskab" in told
            assert "Det har: Vagthavende (Nordjyllands Beredskab)" in told
            assert "Reglen:" in told
            assert "beredskabsloven § 9" in told
            # No codes, and nobody of another level.
            assert "set_rule" not in told
            assert "Vagtleder på områdecentral" not in told
            assert f'href="{NEW.replace("&", "&amp;")}' in page
            system = north.system(NJB, function="control_room_operator")
            error = (await system.post("/api/v1/talk-groups", json={})).json()["error"]
            assert (error["code"], error["ask"]) == ("not_by_mandate", API)
            assert error["values"]["act"] == "duty.set_talk_group"
            # Who follows may ask for nothing, and is not offered it.
            inspector = await north.person(AGENCY, "inspector")
            page = (await inspector.send(RULES, form, 403)).text
            assert "data-ask" not in page
            await inspector.send("/mandates/requests", {"act": RULE, "at": "njb"}, 403, at="/")

    asyncio.run(story())


async def refused_to_others(north: Watch, operator: Person, officer: Person, path: str) -> None:
    """Nobody answers his own question, nor for another organisation, nor for ever."""
    await operator.send(f"{path}/give", {"until": "2030-01-01T00:00"}, 403, at=path)
    stranger = await north.person(NVJB, "duty_officer")
    await stranger.page(path, 409)
    far = await officer.send(f"{path}/give", {"until": "2039-01-01T00:00"}, 409, at=path)
    assert "højst i 2 døgn" in words(far.text)
    await officer.send(f"{path}/give", {"until": "nonsense"}, 422, at=path)


@pytest.mark.requirement("E9.1")
def test_what_is_asked_for_is_given_for_a_time_and_then_done(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            operator, officer = await two_of(north, "given")
            path = await asked(operator, text="Vagtlederen er optaget.")
            assert "Venter på svar" in words(await operator.page(path))
            # A second click is the same request.
            assert f'href="{RULES}"' in await operator.page(f"{NEW}&page={RULES}")
            again = await operator.send("/mandates/requests", {"act": RULE, "at": "njb"}, at=NEW)
            assert again.headers["location"] == path
            (one,) = [each for each in await items(officer.browser) if each["state"] == "waits"]
            listed = await officer.page("/mandates/requests")
            assert f'href="{path}"' in listed
            assert "Sætte en regel for kodede alarmer" in words(listed)
            told = words(await officer.page(path))
            assert "Vagtlederen er optaget." in told
            assert "Giv mandatet" in told
            (waits,) = wanting(north, "duty_officer")
            assert (waits.path, waits.loud) == (f"/mandates/requests/{one['id']}", False)
            assert wanting(north, "control_room_operator") == []
            assert "beder om mandat" in words(await officer.page("/centre"))
            await refused_to_others(north, operator, officer, path)
            until = re.search(r'name="until"[^>]*value="([^"]+)"', await officer.page(path))
            assert until is not None
            await officer.send(f"{path}/give", {"until": until[1]}, at=path)
            (news,) = wanting(north, "control_room_operator")
            assert (news.text, news.loud) == ("mandates.attention_given", False)
            told = words(await operator.page(f"{path}/part"))
            assert "Givet" in told
            assert "Tilbage til siden" in told
            form = {"service": "njb"}
            answer = await operator.browser.get(NEW)
            assert "Du har allerede det mandat" in words(answer.text)
            done = await operator.browser.post(RULES, data={"csrf": _key(answer.text), **form})
            assert done.status_code != 403, done.text
            # What is answered is answered.
            await officer.send(f"{path}/deny", {"because": "other"}, 409, at=path)
            # Taken back, it is no more.
            (held,) = [
                each
                for each in (await officer.browser.get("/api/v1/mandates/delegations")).json()[
                    "items"
                ]
                if each["acts"] == [RULE]
            ]
            await officer.send(f"/mandates/delegations/{held['id']}/end", {}, at=path)
            await operator.send(RULES, form, 403, at=path)
            assert "Gælder ikke længere" in words(await operator.page(path))

    asyncio.run(story())


def _key(page: str) -> str:
    found = re.search(r'name="csrf" (?:value|content)="([^"]+)"', page)
    assert found is not None
    return found[1]


@pytest.mark.requirement("E9.1")
def test_what_is_not_given_says_why_and_what_is_withdrawn_waits_no_more(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            operator, officer = await two_of(north, "denied")
            path = await asked(operator)
            await officer.send(f"{path}/deny", {"because": ""}, 409, at=path)
            await officer.send(
                f"{path}/deny", {"because": "done_here", "text": "Jeg sidder med det."}, at=path
            )
            told = words(await operator.page(path))
            assert "vi gør det selv" in told
            assert "Jeg sidder med det." in told
            await operator.send(f"{path}/withdraw", {}, 409, at=path)
            other = await asked(operator)
            assert other != path
            await officer.send(f"{other}/withdraw", {}, at=other)
            assert "Trukket tilbage" in words(await officer.page(other))
            await officer.send(f"{other}/give", {"until": "2030-01-01T00:00"}, 409, at=other)
            assert await operator.page("/mandates/requests/nothing", 409)

    asyncio.run(story())


@pytest.mark.requirement("E9.1")
def test_over_the_interface_it_is_asked_answered_and_loud_for_an_open_incident(
    folder: Folder,
) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            system = north.system(NJB)
            fire = (await system.post("/api/v1/incidents", json=FIRE)).json()["id"]
            operator = north.system(NJB, function="control_room_operator")
            wish = {"act": RULE, "at": "njb", "page": f"/incidents/{fire}/call", "sender_ref": "1"}
            one = (await operator.post(API, json=wish)).json()
            assert (one["of"], one["incident"], one["state"]) == ("njb", fire, "waits")
            assert (await operator.post(API, json=wish)).json()["id"] == one["id"]
            officer = north.system(NJB, function="duty_officer")
            for wrong, code in (
                ({**wish, "act": "operations.report_incident"}, "mandate_not_to_be_asked"),
                ({**wish, "act": "mandates.delegate"}, "mandate_not_to_be_asked"),
                ({**wish, "act": "operations.close_incident"}, "mandate_not_to_be_asked"),
                ({**wish, "act": "nobody.does_it"}, "mandate_not_to_be_asked"),
                ({**wish, "of": "nvjb"}, "does_not_hold_it"),
            ):
                answer = await operator.post(API, json={**wrong, "sender_ref": code})
                assert answer.json()["error"]["code"] == code, wrong
            (waits,) = [each for each in wanting(north, "duty_officer") if one["id"] in each.id]
            assert waits.loud
            given = await officer.post(f"{API}/{one['id']}/answer", json={"answer": "given"})
            assert given.json()["state"] == "given", given.text
            assert (await operator.post(API, json={**wish, "sender_ref": "2"})).status_code == 409
            again = await officer.post(f"{API}/{one['id']}/answer", json={"answer": "not_given"})
            assert again.json()["error"]["code"] == "mandate_answered_already"
            late = await operator.post(f"{API}/{one['id']}/withdraw", json={})
            assert late.json()["error"]["code"] == "mandate_answered_already"

    asyncio.run(story())


def test_whoever_comes_to_ask_for_nothing_is_told_so(folder: Folder) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            operator, _ = await two_of(north, "nothing")
            for nothing in ("", "?act=&at=", "?act=no.act&at=njb", '?act=x"y&at=Å'):
                page = await operator.page(f"/mandates/requests/new{nothing}")
                assert "Ingen handling er valgt" in words(page), nothing
            # Where an emergency would open it, that is said.
            page = await operator.page("/mandates/requests/new?act=connections.take_over&at=njb")
            assert "åbner en erklæret nødsituation" in words(page)
            # The number of who has the watch, of one's own roster.
            assert "tel:" not in page
            now = clock.now()
            watches = {
                "function": "duty_officer",
                "organisation": "Nordjyllands Beredskab",
                "begins_at": (now - timedelta(hours=1)).isoformat(),
                "ends_at": (now + timedelta(hours=1)).isoformat(),
                "name": "Bo Opfundet",
                "number": "12 34 56 78",
            }
            set_ = await north.system(NJB, function="duty_officer").post(WATCHES, json=watches)
            assert set_.status_code < 300, set_.text
            page = await operator.page("/mandates/requests/new?act=connections.take_over&at=njb")
            assert '<a href="tel:12345678">12 34 56 78</a>' in page
            alarm = "?act=operations.report_incident&at=njb"
            assert "Intet af dette kan standse en alarm" in words(
                await operator.page(f"/mandates/requests/new{alarm}")
            )

    asyncio.run(story())


def test_an_area_is_asked_where_it_has_the_mandate_and_gives_it_to_who_asked(
    folder: Folder,
) -> None:
    async def story() -> None:
        async with watch(folder) as north:
            service = north.system(NJB, function="control_room_operator")
            wish = {"act": "duty.set_watch", "at": str(NORTH)}
            one = (await service.post(API, json=wish)).json()
            assert one["of"] == NORTH, one
            other = north.system(NVJB, function="duty_officer")
            answer = f"{API}/{one['id']}/answer"
            assert (await other.post(answer, json={"answer": "given"})).status_code == 409
            leader = north.system(NORTH, function="area_duty_leader")
            given = (await leader.post(answer, json={"answer": "given"})).json()
            assert given["state"] == "given"
            told = (await service.get("/api/v1/mandates/delegations")).json()["items"]
            (held,) = [each for each in told if each["id"] == given["delegation"]]
            assert (held["of"], held["to"], held["function"]) == (
                NORTH,
                NJB,
                "control_room_operator",
            )

    asyncio.run(story())


def test_what_is_delegated_is_told_to_ones_own_area(folder: Folder) -> None:
    """A service's to its area, and an area's to itself: whoever stands in there has to know."""

    async def story() -> None:
        async with watch(folder) as north:
            given = {
                "to_organisation": NVJB,
                "function": "planner",
                "act": "dispatch.stand_down",
                "from": "2030-01-01T08:00",
                "to": "2030-01-02T08:00",
            }
            here = "/mandates/delegations"
            for of, function in ((NJB, "duty_officer"), (NORTH, "area_duty_leader")):
                leader = await north.person(of, function)
                await leader.send(here, given, at=here)
                answer = await leader.browser.get(f"/api/v1{here}")
                (told,) = (
                    each
                    for each in answer.json()["items"]
                    if (each["of"], each["to"]) == (of, NVJB)
                )
                history = north.live.query.history(
                    Reader(organisations=frozenset({of})), of, f"delegation:{told['id']}"
                )
                assert {f"area:{NORTH}", "nation"} <= set(history[0].audiences)

    asyncio.run(story())
