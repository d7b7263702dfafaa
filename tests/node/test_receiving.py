# SPDX-License-Identifier: Apache-2.0
"""Coded alarms in the house: one incident and one order, whatever comes again and in what order."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count, permutations
from typing import Any

import httpx
import pytest

from bavn.capabilities.objects.model.card import Card, Described
from bavn.capabilities.objects.model.requests import Telling, TellObjects, sealed_text
from bavn.capabilities.receiving.model.alarm import REPEAT_MS
from bavn.capabilities.receiving.views.looking import UNDER_WAY_MS
from bavn.frame.call import Call
from bavn.journal.decision import Done, Request
from bavn.journal.reaction import MACHINE
from bavn.journal.reader import Reader
from bavn.kernel.mandate import Actor
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.texts import Texts
from tests.node.watch import AALBORG, AGENCY, NJB, NVJB, Person, Watch, founded, watch

pytestmark = pytest.mark.slow
ALARMS = "/api/v1/alarms"
HOMES = tuple(
    Telling(
        id=f"hjem-{number}",
        described=Described(
            name=f"Opdigtet Hjem {number}",
            address=f"Opdigtet Vej {number}, 9000 Aalborg",
            municipality="0851",
            lat=AALBORG[0] + 0.002 * (number % 5),
            lon=AALBORG[1] + 0.002 * (number // 5),
            alarm_numbers=(str(1000 + number),),
        ),
        card=sealed_text(Card(access="CANARY kode")),
    )
    for number in range(30)
)
# A home of its own for each story: what one leaves open repeats no other's.
FREE = count()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    folder = founded(tmp_path_factory.mktemp("receiving") / "node", built_in("denmark"))

    async def settled(north: Watch) -> None:
        await north.at_home(NJB, NVJB)
        content = TellObjects(told=HOMES)
        actor = Actor(organisation=NJB, function=MACHINE)
        outcome = await north.live.write(Request(owner=NJB, actor=actor, content=content))
        assert isinstance(outcome, Done), outcome

    play(folder, settled)
    return folder


def play(folder: Folder, story: Callable[[Watch], Awaitable[None]]) -> None:
    async def played() -> None:
        async with watch(folder) as north:
            await story(north)

    asyncio.run(asyncio.wait_for(played(), 60))


async def alarm(client: httpx.AsyncClient, **body: Any) -> Any:
    answer = await client.post(ALARMS, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def orders(client: httpx.AsyncClient, incident: str) -> list[str]:
    answer = await client.get(f"/api/v1/incidents/{incident}/dispatch")
    return sorted(each["unit"] for each in answer.json()["items"])


async def open_count(client: httpx.AsyncClient) -> int:
    answer = await client.get("/api/v1/incidents", params={"state": "open", "limit": 1000})
    return len(answer.json()["items"])


async def rule(person: Person, **fields: str) -> None:
    told = {"type": "BR-ABA", "sends": "yes", "units": "any", "reason": "aftalt", "service": NJB}
    await person.send("/alarms/rules", told | fields)


def wanting(north: Watch, *, later_ms: int = UNDER_WAY_MS + 1) -> list[Any]:
    call = Call(
        actor=Actor(organisation=NJB, function="duty_officer"),
        organisations=frozenset({NJB}),
        reader=Reader(organisations=frozenset({NJB})),
        sender="board",
        language="da",
        now=clock.now() + timedelta(milliseconds=later_ms),
        say=Texts("da"),
    )
    return list(north.rooms["receiving"].wanting(call))


@pytest.mark.requirement("E5.1", "E5.10")
def test_a_coded_alarm_is_on_the_board_with_object_list_and_proposal(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        number = next(FREE)
        aba = north.system(NJB)
        got = await alarm(aba, code="br-aba", alarm_number=str(1000 + number), text="sløjfe 3")
        assert got["problems"] == []
        assert (got["type"], got["service"], got["at"]["id"]) == ("BR-ABA", NJB, f"hjem-{number}")
        assert got["object"]["opened"]["why"] == "not_personal"
        assert got["recommendation"]["units"]
        assert got["recommendation"]["asked"]
        assert got["sent"] is None
        seen = (await aba.get(f"/api/v1/incidents/{got['id']}")).json()
        assert seen["place"] == {
            "lat": pytest.approx(HOMES[number].described.lat),
            "lon": pytest.approx(HOMES[number].described.lon),
        }
        assert seen["place_exact"]
        # Whoever may read what may name people gets the card in the same answer.
        officer = north.system(NJB, function="duty_officer", personal=True)
        again = await alarm(officer, code="BR-ABA", alarm_number=str(1000 + number))
        assert again["id"] == got["id"]
        assert again["object"]["told"]["card"]["access"] == "CANARY kode"
        person = await north.person(NJB)
        part = await person.page(f"/incidents/{got['id']}/alarm-part")
        assert "gentaget: 1 gange" in part
        assert await orders(aba, got["id"]) == []

    play(folder, story)


@pytest.mark.requirement("E5.1")
def test_a_repeat_in_any_order_is_one_incident(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        first, second = north.system(NJB), north.system(NJB, function="duty_officer")
        sent = [(first, "a"), (first, "a"), (second, "b"), (second, None)]
        for order in list(permutations(sent))[::7]:
            before, number = await open_count(first), str(1000 + next(FREE))
            bodies = [
                {"code": "BR-ABA", "alarm_number": number, "sender_ref": f"{ref}-{number}"}
                if ref
                else {"code": "BR-ABA", "alarm_number": number}
                for _, ref in order
            ]
            got = await asyncio.gather(
                *(alarm(client, **body) for (client, _), body in zip(order, bodies, strict=True))
            )
            assert len({each["id"] for each in got}) == 1
            assert [each["repeated"] for each in got].count(False) == 1
            assert await open_count(first) == before + 1
            answer = await first.get(f"/api/v1/incidents/{got[0]['id']}/alarm")
            # The same number of the same sender is no repeat; another's is.
            assert answer.json()["alarm"]["repeat_count"] == 2

    play(folder, story)


def test_what_is_long_past_or_closed_is_a_new_incident(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(north: Watch) -> None:
        aba, number = north.system(NJB), str(1000 + next(FREE))
        body = {"code": "BR-ABA", "alarm_number": number, "sender_ref": f"first-{number}"}
        first = await alarm(aba, **body)
        await aba.post(f"/api/v1/incidents/{first['id']}/close", json={"outcome": "real"})
        second = await alarm(aba, code="BR-ABA", alarm_number=number)
        assert second["id"] != first["id"]
        # A number is known for ever: its sender was only not answered.
        assert (await alarm(aba, **body))["id"] == first["id"]
        # Told late, it is by when they sounded that two alarms are one.
        before = (clock.now() - timedelta(milliseconds=REPEAT_MS * 3)).isoformat()
        old = await alarm(aba, code="BR-ABA", alarm_number=number, occurred_at=before)
        assert old["id"] != second["id"]
        again = await alarm(aba, code="BR-ABA", alarm_number=number, occurred_at=before)
        assert again["id"] == old["id"]
        later = clock.now() + timedelta(milliseconds=REPEAT_MS + 1000)
        monkeypatch.setattr(clock, "now", lambda: later)
        assert (await alarm(aba, code="BR-ABA", alarm_number=number))["id"] != second["id"]

    play(folder, story)


BODIES: tuple[tuple[dict[str, Any], set[str]], ...] = (
    ({"code": "BR-ABA", "alarm_number": "9999"}, {"alarm_number"}),
    ({"code": "vrøvl vrøvl", "alarm_number": "nr. 5"}, {"code", "alarm_number"}),
    ({"code": "X17", "place": {"lat": 999, "lon": 1}}, {"code", "place"}),
    ({"colour": "red", "municipality": "Aalborg"}, {"code", "colour", "municipality"}),
    ({"code": "BR-ABA", "service": "ikke et navn!"}, {"service"}),
    ({}, {"code"}),
)


def test_nothing_in_an_alarm_stops_it_and_all_that_is_wrong_is_listed(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        aba = north.system(NJB)
        for body, wrong in BODIES:
            before = await open_count(aba)
            got = await alarm(aba, **body)
            assert {each["where"] for each in got["problems"]} == wrong
            assert await open_count(aba) == before + 1
            assert got["lacks"] is not None

    play(folder, story)


def test_no_look_up_that_breaks_stops_an_alarm(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(north: Watch) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError

        aba, around = north.system(NJB), type(north.rooms["receiving"].around)
        for name in ("nodes", "by_number", "is_type", "place_of", "today", "link"):
            monkeypatch.setattr(around, name, broken)
        before = await open_count(aba)
        got = await alarm(aba, code="BR-ABA", alarm_number="1000", address="Ingen Vej 0")
        wrong = {each["where"] for each in got["problems"]}
        assert wrong == {"repeat", "object", "code", "place", "rule"}
        assert await open_count(aba) == before + 1

    play(folder, story)


def test_nobody_that_is_known_is_refused_an_alarm(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        number = str(1000 + next(FREE))
        inspector = north.system(AGENCY, function="inspector")
        got = await alarm(inspector, code="BR-ABA", alarm_number=number)
        assert got["service"] == NJB
        stranger = north.house.visitor("203.0.113.7")
        assert (await stranger.post(ALARMS, json={})).status_code == 401
        none = await inspector.post(ALARMS, content=b"no json")
        assert none.status_code == 422

    play(folder, story)


def test_another_systems_code_means_what_the_service_says(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        aba, officer = north.system(NJB), await north.person(NJB)
        number = str(1000 + next(FREE))
        told = {"foreign": "dbi-17", "stands_for": "BR-ABA Automatisk", "service": NJB}
        await officer.send("/alarms/rules/codes", told)
        assert "DBI-17" in await officer.page("/alarms/rules")
        got = await alarm(aba, code="DBI-17", alarm_number=number)
        assert (got["type"], got["problems"]) == ("BR-ABA", [])
        part = await officer.page(f"/incidents/{got['id']}/alarm-part")
        assert "DBI-17" in part
        await officer.send("/alarms/rules/codes", told | {"stands_for": ""})
        assert (await alarm(aba, code="DBI-17"))["type"] is None

    play(folder, story)


@pytest.mark.requirement("E5.1", "E5.10")
def test_an_alarm_sends_itself_once_where_a_rule_says_so(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        aba, officer = north.system(NJB), await north.person(NJB)
        await rule(officer)
        number = str(1000 + next(FREE))
        body = {"code": "BR-ABA", "alarm_number": number, "sender_ref": f"auto-{number}"}
        got = await alarm(aba, **body)
        assert got["sent"]["result"] == "sent", got
        sent = await orders(aba, got["id"])
        assert sent == sorted(got["sent"]["units"])
        # A repeat, another sender's, and the machine asked again, call nobody.
        await alarm(aba, **body)
        await alarm(aba, code="BR-ABA", alarm_number=number)
        assert await orders(aba, got["id"]) == sent
        facts = (await aba.get(f"/api/v1/incidents/{got['id']}/facts")).json()["items"]
        by = {each["by"] for each in facts if each["kind"] == "dispatch.units_ordered"}
        assert by == {MACHINE}
        assert wanting(north) == []
        part = await officer.page(f"/incidents/{got['id']}/alarm-part")
        assert "Sendt af sig selv" in part
        # It can be undone.
        path = f"/incidents/{got['id']}/send"
        await officer.send(f"{path}/stand-down", {"unit": sent[0]}, at=path)
        await rule(officer, sends="no")
        number = str(1000 + next(FREE))
        assert (await alarm(aba, code="BR-ABA", alarm_number=number))["sent"] is None

    play(folder, story)


def test_what_a_rule_leaves_to_people_sounds_until_somebody_has_sent(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        aba, officer = north.system(NJB), await north.person(NJB)
        await rule(officer)
        # No exact place: only the municipality is known.
        got = await alarm(aba, code="BR-ABA", municipality="0851", service=NJB)
        assert got["sent"]["result"] in {"nothing_proposed", "not_exact"}
        assert await orders(aba, got["id"]) == []
        (attention,) = [each for each in wanting(north) if each.about.endswith(got["id"])]
        assert attention.loud
        assert attention.path == f"/incidents/{got['id']}/send"
        for language in ("da", "en"):
            assert Texts(language)(attention.text, **attention.values)
        path = f"/incidents/{got['id']}/send"
        await officer.send(path, {"unit": north.unit_of(NJB, "ASP")}, at=path)
        assert not [each for each in wanting(north) if each.about.endswith(got["id"])]
        await rule(officer, sends="no")

    play(folder, story)


def test_an_alarm_stands_and_says_so_when_sending_breaks(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(north: Watch) -> None:
        aba, officer = north.system(NJB), await north.person(NJB)
        await rule(officer)

        def broken(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(north.rooms["dispatch"], "propose", broken)
        number = str(1000 + next(FREE))
        got = await alarm(aba, code="BR-ABA", alarm_number=number)
        assert got["sent"] == {"result": "failed", "units": []}
        assert got["lacks"]["code"] == "failed"
        assert await orders(aba, got["id"]) == []
        part = await officer.page(f"/incidents/{got['id']}/alarm-part")
        assert "noget gik galt i programmet" in part
        assert [each for each in wanting(north) if each.about.endswith(got["id"])]
        await rule(officer, sends="no")

    play(folder, story)


def test_killed_between_alarm_and_order_it_wants_a_person_and_is_never_sent_twice(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = str(1000 + next(FREE))
    body = {"code": "BR-ABA", "alarm_number": number, "sender_ref": f"crash-{number}"}

    async def before(north: Watch) -> None:
        officer = await north.person(NJB)
        await rule(officer)

        async def killed(*_: object) -> None:
            await asyncio.sleep(3600)

        monkeypatch.setattr(type(north.rooms["receiving"].around), "order", killed)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(alarm(north.system(NJB), **body), 0.5)

    async def after(north: Watch) -> None:
        aba, officer = north.system(NJB), await north.person(NJB)
        # The sender was not answered and asks again: the same incident, left to a person.
        got = await alarm(aba, **body)
        assert got["repeated"]
        assert await orders(aba, got["id"]) == []
        (attention,) = [each for each in wanting(north) if each.about.endswith(got["id"])]
        assert "afbrudt" in attention.values["why"]
        await rule(officer, sends="no")

    play(folder, before)
    monkeypatch.undo()
    play(folder, after)


def test_by_hand_two_fields_lead_to_the_page_that_sends(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        operator = await north.person(NJB, "control_room_operator")
        home = next(FREE)
        assert "autofocus" in await operator.page("/alarms/new")
        where = HOMES[home].described.address.upper()
        fields = {"code": "BR-ABA", "where": where}
        answer = await operator.send("/alarms/new", fields, at="/alarms/new")
        page = await operator.page(answer.headers["location"])
        assert answer.headers["location"].endswith("/send")
        assert "autofocus" in page
        wrong = await operator.send("/alarms/new", {"code": "", "where": "Ingen Vej 0"}, 422)
        assert "Modtag alligevel" in wrong.text
        fields = {"code": "", "where": "Ingen Vej 0", "anyway": "1"}
        await operator.send("/alarms/new", fields)
        # An operator sets no rules, and is shown no form for it.
        await operator.send("/alarms/rules", {"type": "BR-ABA"}, 403)
        page = await operator.page("/alarms/rules")
        assert "rule-form" not in page
        assert "code-form" not in page

    play(folder, story)


def test_a_rule_takes_a_person_a_type_days_and_a_reason(folder: Folder) -> None:
    async def story(north: Watch) -> None:
        officer, machine = await north.person(NJB), north.system(NJB, function="duty_officer")
        told = {"type": "BR-ABA", "sends": "yes", "reason": "aftalt", "service": NJB}
        for fields in ({"reason": ""}, {"type": "ZZ-ZZZ"}, {"valid_from": "i morgen"}):
            await officer.send("/alarms/rules", told | fields, 422)
        days = {"valid_from": "2027-01-02", "valid_to": "2027-01-01"}
        answer = await officer.send("/alarms/rules", told | days, 409)
        assert "slutter" in answer.text
        path = f"/api/v1/services/{NJB}/alarm-rules/BR-ABA"
        answer = await machine.put(path, json={"sends": True, "reason": "selv"})
        assert answer.json()["error"]["code"] == "rule_needs_a_person"
        await rule(officer, valid_from="2099-01-01")
        page = await officer.page("/alarms/rules")
        assert "sendes af en person" in page
        assert "rule-form" in page
        assert "code-form" in page
        stranger = north.system(NVJB, function="duty_officer", personal=True)
        answer = await stranger.get(f"/api/v1/services/{NJB}/alarm-rules")
        assert answer.json() == {"rules": [], "codes": []}

    play(folder, story)
