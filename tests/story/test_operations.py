# SPDX-License-Identifier: Apache-2.0
"""Operations over HTTP: a report on its way, repeats, refusals, permissions, and who hears."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.lilleland.nodes import EASTERN, EASTTOWN, WESTERN, WESTTOWN
from tests.story.operations_served import AT_EAST, AT_WEST, Hearing, Served, served, tell

pytestmark = [pytest.mark.story, pytest.mark.slow]

INCIDENTS, UNITS, PICTURE = "/api/v1/incidents", "/api/v1/units", "/api/v1/picture"
ALARM = {"type": "BR-VIL", "place": AT_EAST, "address": "Skolevej 4", "text": "barn savnes"}
UNIT = "easttown-01-asp-1"
CORRECTED = (
    "Type corrected to Animal rescue (before: House fire);"
    " Urgency corrected to Immediate (before: nothing)"
)


async def sent(client: httpx.AsyncClient, path: str, body: object, status: int = 201) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def got(client: httpx.AsyncClient, path: str, status: int = 200) -> Any:
    answer = await client.get(path)
    assert answer.status_code == status, answer.text
    return answer.json()


async def refused(client: httpx.AsyncClient, path: str, body: object, status: int) -> Any:
    error = (await sent(client, path, body, status))["error"]
    assert error["says"]
    assert error["try_instead"]
    return error


@pytest.mark.requirement("E8.1", "E5.2")
def test_reported_corrected_noted_struck_and_closed(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN) as east:
            told = await sent(east, INCIDENTS, ALARM)
            assert (told["service"], told["area"]) == (EASTTOWN, EASTERN)
            assert (told["owner_by"], told["repeated"], told["problems"]) == (
                "territory",
                False,
                [],
            )
            one = f"{INCIDENTS}/{told['id']}"

            await sent(east, f"{one}/corrections", {"type": "RE-DYR", "urgency": "immediate"})
            await sent(east, f"{one}/notes", {"text": "nøgle hos naboen"})
            found = await got(east, one)
            assert (found["type"], found["urgency"], found["urgency_set"]) == (
                "RE-DYR",
                "immediate",
                True,
            )
            assert (found["place"], found["place_exact"]) == (AT_EAST, True)
            assert found["note_count"] == 1

            facts = (await got(east, f"{one}/facts"))["items"]
            assert [fact["says"] for fact in facts] == [
                "Reported: House fire, Østby",
                "Exact place: 57.12346, 10.65432",
                CORRECTED,
                "Note",
            ]
            assert facts[1]["texts"] == {"address": "Skolevej 4", "text": "barn savnes"}
            assert facts[3]["texts"] == {"text": "nøgle hos naboen"}
            assert facts[3]["to"] == ["own"]
            # The first two are one report: an alarm.
            alarm, own = "mandate:alarm-path mandate:own-response", "mandate:own-response"
            assert [fact["basis"] for fact in facts] == [alarm, alarm, own, own]
            for fact in facts:
                assert fact["by"] == "duty_officer"
                assert fact["heard_at"] >= fact["recorded_at"]

            strike = {"fact": facts[2]["id"], "reason": "forkert hændelse"}
            struck = await sent(east, f"{one}/strikes", strike)
            assert (await got(east, one))["type"] == "BR-VIL"
            facts = (await got(east, f"{one}/facts"))["items"]
            assert (facts[2]["struck"], facts[2]["struck_by"]) == (True, struck["facts"][0])
            assert facts[4]["texts"] == {"reason": "forkert hændelse"}

            await sent(east, f"{one}/close", {"outcome": "blind_automatic"})
            found = await got(east, one)
            assert (found["state"], found["outcome"]) == ("closed", "blind_automatic")
            assert (await got(east, f"{INCIDENTS}?state=open"))["items"] == []
            assert [each["id"] for each in (await got(east, INCIDENTS))["items"]] == [told["id"]]

    run(story, tmp_path)


def test_a_repeat_is_answered_as_the_first_and_another_content_is_a_conflict(
    tmp_path: Path,
) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN) as east, world.client(WESTTOWN) as west:
            numbered = {**ALARM, "sender_ref": "A-1"}
            first = await sent(east, INCIDENTS, numbered)
            again = await sent(east, INCIDENTS, numbered)
            assert again == {**first, "repeated": True}
            error = await refused(east, INCIDENTS, {**numbered, "type": "RE-DYR"}, 409)
            assert error["code"] == "repeat_differs"
            # Another sender has numbers of its own.
            other = await sent(west, INCIDENTS, numbered)
            assert other["id"] != first["id"]

            one = f"{INCIDENTS}/{first['id']}"
            for path, body in (
                (f"{one}/corrections", {"urgency": "ordinary"}),
                (f"{one}/notes", {"text": "x"}),
                (f"{one}/close", {"outcome": "real"}),
                (f"{UNITS}/{UNIT}/status", {"status": "alerted", "incident": first["id"]}),
            ):
                before = await sent(east, path, {**body, "sender_ref": path})
                again = await sent(east, path, {**body, "sender_ref": path})
                assert again == {**before, "repeated": True}
            assert world.live.position == 2 + 2 + 4

    run(story, tmp_path)


def test_ten_at_once_with_one_number_are_one_report(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN) as east:
            body = {**ALARM, "sender_ref": "A-1"}
            told = await asyncio.gather(*(sent(east, INCIDENTS, body) for _ in range(10)))
            assert len({each["id"] for each in told}) == 1
            assert sum(not each["repeated"] for each in told) == 1

    run(story, tmp_path)


FAULTY: list[tuple[dict[str, object], list[str]]] = [
    ({}, []),
    ({"type": "brand"}, ["type"]),
    ({"type": 7, "place": "Aalborg"}, ["place", "type"]),
    ({"place": {"lat": 91, "lon": 9}}, ["place"]),
    ({"place": {"lat": "57"}}, ["place"]),
    ({"municipality": "Aalborg", "urgency": "NU"}, ["municipality", "urgency"]),
    ({"service": "Østby!"}, ["service"]),
    ({"occurred_at": "i går"}, ["occurred_at"]),
    ({"occurred_at": "2020-01-01T00:00:00Z"}, ["occurred_at"]),
    ({"sender_ref": "x" * 129}, ["sender_ref"]),
    ({"colour": "red", "text": ["a"]}, ["colour", "text"]),
]


def test_an_alarm_is_taken_whatever_is_wrong_with_it_and_told_what_was(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN) as east:
            for body, wrong in FAULTY:
                told = await sent(east, INCIDENTS, body)
                assert sorted(each["where"] for each in told["problems"]) == wrong
                assert (await got(east, f"{INCIDENTS}/{told['id']}"))["state"] == "open"

    run(story, tmp_path)


OWNED: list[tuple[dict[str, object], str, str]] = [
    ({"place": AT_WEST}, WESTTOWN, "territory"),
    ({"place": AT_WEST, "service": EASTTOWN}, EASTTOWN, "named"),
    ({"place": {"lat": 58.5, "lon": 9.3}}, WESTTOWN, "nearest_station"),
    ({"municipality": "0002"}, WESTTOWN, "territory"),
    ({}, EASTTOWN, "caller"),
    # Nobody here writes for them: who covers the place takes it, and the caller at last.
    ({"place": AT_WEST, "service": "elsewhere"}, WESTTOWN, "territory"),
    ({"service": "elsewhere"}, EASTTOWN, "caller"),
]


def test_whose_an_incident_is_is_found(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN) as east:
            for body, service, by in OWNED:
                told = await sent(east, INCIDENTS, {"type": "BR-VIL", **body})
                assert (told["service"], told["owner_by"]) == (service, by), body

    run(story, tmp_path)


def test_each_refusal_is_told_in_one_shape(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN) as east:
            told = await sent(east, INCIDENTS, ALARM)
            one = f"{INCIDENTS}/{told['id']}"
            fact = (await got(east, f"{one}/facts"))["items"][0]["id"]
            strike = {"fact": fact, "reason": "x"}
            nowhere = f"{INCIDENTS}/nowhere"
            for path, body, status, code in (
                (f"{nowhere}/notes", {"text": "x"}, 404, "no_such_incident"),
                (f"{nowhere}/corrections", {"type": "RE-DYR"}, 404, "no_such_incident"),
                (f"{nowhere}/close", {"outcome": "real"}, 404, "no_such_incident"),
                (f"{one}/strikes", {**strike, "fact": "x"}, 404, "no_such_fact"),
                (f"{nowhere}/strikes", strike, 404, "no_such_fact"),
                (f"{one}/strikes", {**strike, "reason": ""}, 422, "bad_input"),
                (f"{one}/notes", {"text": " "}, 409, "empty_note"),
                (f"{one}/notes", {"text": "x", "colour": "red"}, 422, "bad_input"),
                (f"{one}/corrections", {"type": "BR-VIL"}, 409, "nothing_to_correct"),
                (f"{one}/corrections", {"type": "brand"}, 422, "bad_input"),
                (f"{one}/corrections", {"place": {"lat": 99, "lon": 9}}, 422, "bad_input"),
                (f"{one}/close", {"outcome": "unclear"}, 422, "bad_input"),
                (f"{UNITS}/{UNIT}/status", {"status": "lost"}, 422, "bad_input"),
                (f"{UNITS}/a b/status", {"status": "available"}, 422, "bad_input"),
                (INCIDENTS, ["an", "array"], 422, "bad_input"),
            ):
                error = await refused(east, path, body, status)
                assert error["code"] == code, path
                assert (error["problems"] != []) == (code == "bad_input"), error
            await sent(east, f"{one}/close", {"outcome": "real"})
            error = await refused(east, f"{one}/close", {"outcome": "real"}, 409)
            assert error["code"] == "incident_closed"
            await sent(east, f"{one}/strikes", strike)
            error = await refused(east, f"{one}/strikes", strike, 409)
            assert error["code"] == "already_struck"
            for path in (nowhere, f"{nowhere}/facts", f"{UNITS}/nowhere", f"{UNITS}/x/facts"):
                assert (await got(east, path, 404))["error"]["code"].startswith("no_such_")
            for path in ("?limit=0", "?limit=1001", "?after=x", "?state=lost"):
                assert (await got(east, INCIDENTS + path, 422))["error"]["code"] == "bad_input"

    run(story, tmp_path)


# What an act needs, and what whoever lacks the mandate may still do: an alarm gets through.
READS = (INCIDENTS, PICTURE, UNITS)
WRITES = (
    ("corrections", {"type": "RE-DYR"}, "operations.correct_incident"),
    ("notes", {"text": "x"}, "operations.note_incident"),
    ("strikes", {"fact": "x", "reason": "x"}, "operations.strike"),
    ("close", {"outcome": "real"}, "operations.close_incident"),
)


def test_who_has_no_mandate_reads_or_does_nothing_but_an_alarm_gets_through(
    tmp_path: Path,
) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN) as east, world.client(WESTTOWN) as west:
            one = f"{INCIDENTS}/{(await sent(east, INCIDENTS, ALARM))['id']}"
            async with world.client(EASTTOWN, function="inspector") as inspector:
                for path in READS:
                    await got(inspector, path)
                for act, body, _ in WRITES:
                    error = await refused(inspector, f"{one}/{act}", body, 403)
                    assert error["code"] == "not_by_mandate"
                error = await refused(inspector, "/api/v1/positions", {"items": []}, 403)
                assert error["code"] == "not_by_mandate"
                for path, alarm in (
                    (INCIDENTS, ALARM),
                    (f"{UNITS}/{UNIT}/status", {"status": "alerted"}),
                ):
                    await sent(inspector, path, alarm)
            async with world.client(EASTTOWN, function="nobody") as nobody:
                for path in READS:
                    assert (await got(nobody, path, 403))["error"]["code"] == "not_by_mandate"
                await sent(nobody, INCIDENTS, ALARM)
            # The neighbour may do its own work, and not ours.
            for act, body, _ in WRITES:
                if act != "strikes":
                    assert (await refused(west, f"{one}/{act}", body, 403))["values"]
            fact = (await got(west, f"{one}/facts"))["items"][0]["id"]
            strike = {"fact": fact, "reason": "x"}
            await refused(west, f"{one}/strikes", strike, 403)
        async with httpx.AsyncClient(base_url=world.origin) as stranger:
            for path in READS:
                assert (await got(stranger, path, 401))["error"]["code"] == "not_signed_in"
            await refused(stranger, INCIDENTS, ALARM, 401)

    run(story, tmp_path)


CANARIES = ("57.123456", "57.12346", "57.1235", "Skolevej", "barn savnes", "nøgle", "CANARY")


def test_the_other_area_sees_what_everyone_may_and_nothing_else(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        east = world.client(EASTTOWN)
        west = world.client(WESTERN, WESTTOWN, areas=(WESTERN,))
        centre = world.client(EASTERN, areas=(EASTERN,))
        async with east, west, centre:
            one = f"{INCIDENTS}/{(await sent(east, INCIDENTS, ALARM))['id']}"
            await sent(east, f"{one}/notes", {"text": "CANARY nøgle"})
            await sent(east, f"{one}/corrections", {"text": "CANARY", "place": AT_EAST})
            paths = (INCIDENTS, one, f"{one}/facts", PICTURE, f"{INCIDENTS}?area={EASTERN}")
            seen = [(await west.get(path)).text for path in paths]
            for text in seen:
                assert [canary for canary in CANARIES if canary in text] == []
            assert "57.12" in seen[0]
            assert (await got(west, one))["place_exact"] is False
            own = [(await east.get(path)).text for path in paths]
            for text, canary in zip(
                own, ("57.123456", "57.123456", "CANARY", "57.1235"), strict=False
            ):
                assert canary in text
            # The area's centre knows the place; the texts are the owner's.
            assert (await got(centre, one))["place"] == AT_EAST
            facts = (await got(centre, f"{one}/facts"))["items"]
            assert "operations.incident_noted" not in {fact["kind"] for fact in facts}
            assert [fact["sealed"] for fact in facts] == [0, 2, 1]
            heard = Hearing(west)
            await asyncio.wait_for(_caught_up(heard), 5)
            assert {data["kind"] for data in heard.of("fact")} == {"operations.incident_reported"}

    run(story, tmp_path)


async def _caught_up(hearing: Hearing) -> None:
    """Everything that has happened, as a listener from the beginning hears it."""
    hearing.last_id = "0"
    await hearing.until(1, "beat")
    await hearing.until(1, "fact")


def test_an_area_centre_without_personal_texts_sees_none(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN) as east:
            one = f"{INCIDENTS}/{(await sent(east, INCIDENTS, ALARM))['id']}"
        async with world.client(EASTTOWN, function="planner", personal=False) as planner:
            facts = (await got(planner, f"{one}/facts"))["items"]
            assert [(fact["texts"], fact["sealed"]) for fact in facts] == [({}, 0), ({}, 2)]

    run(story, tmp_path)


@pytest.mark.requirement("E8.1")
def test_a_listener_hears_each_fact_once_across_a_reconnect(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN) as east:
            hearing = Hearing(east)
            listening = asyncio.create_task(hearing.until(4))
            while not world.live.hub.listener_count:  # noqa: ASYNC110 - it rings no bell
                await asyncio.sleep(0.005)
            for _ in range(2):
                await sent(east, INCIDENTS, ALARM)
            await asyncio.wait_for(listening, 5)
            for _ in range(3):
                await sent(east, INCIDENTS, ALARM)
            await asyncio.wait_for(hearing.until(10), 5)
            positions = [fact["position"] for fact in hearing.of("fact")]
            assert positions == list(range(1, 11))

    run(story, tmp_path)


def test_units_move_as_they_say_and_what_is_odd_is_flagged(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN) as east:
            told = await sent(east, INCIDENTS, ALARM)
            status = f"{UNITS}/{UNIT}/status"
            first = await sent(east, status, {"status": "alerted", "incident": told["id"]})
            assert (first["flags"], first["service"]) == ([], EASTTOWN)
            jumped = await sent(east, status, {"status": "at_scene"})
            assert jumped["flags"] == ["skipped_step"]
            assert (await got(east, f"{INCIDENTS}/{told['id']}"))["units"] == [UNIT]
            unknown = await sent(
                east, f"{UNITS}/borrowed-1/status", {"status": "alerted", "colour": 1, "at": "x"}
            )
            assert unknown["flags"] == ["not_registered"]
            assert [each["where"] for each in unknown["problems"]] == ["at", "colour"]
            items = (await got(east, UNITS))["items"]
            assert [(unit["id"], unit["registered"]) for unit in items] == [
                ("borrowed-1", False),
                (UNIT, True),
            ]
            assert (items[1]["status"], items[1]["incident"]) == ("at_scene", told["id"])
            facts = (await got(east, f"{UNITS}/{UNIT}/facts"))["items"]
            assert facts[1]["says"] == "EAST: arrived (a step was skipped)"
            for query, count in (
                ("status=at_scene", 1),
                (f"service={WESTTOWN}", 0),
                (f"area={EASTERN}", 2),
                (f"incident={told['id']}", 1),
                ("on=2027-01-01", 3),
                ("limit=1", 1),
                ("after=borrowed-1", 1),
            ):
                assert len((await got(east, f"{UNITS}?{query}"))["items"]) == count, query
            assert (await got(east, f"{UNITS}?limit=1"))["next"] == "borrowed-1"

    run(story, tmp_path)


def test_positions_are_taken_shown_and_told_and_are_no_facts(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN) as east:
            hearing = Hearing(east)
            listening = asyncio.create_task(hearing.until(1, "positions"))
            while not world.live.hub.listener_count:  # noqa: ASYNC110 - it rings no bell
                await asyncio.sleep(0.005)
            at = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=2)
            item = {"unit": UNIT, "lat": 57.2, "lon": 10.7, "at": at.isoformat()}
            strange = [{**item, "unit": "unknown-1"}, {**item, "lat": 99}, "x"]
            answer = await sent(east, "/api/v1/positions", {"items": [item, *strange]}, 200)
            assert answer["taken"] == 1
            assert [each["where"] for each in answer["problems"]] == [
                "items[1]",
                "items[2]",
                "items[3]",
            ]
            await asyncio.wait_for(listening, 5)
            says = at.isoformat().replace("+00:00", "Z")
            assert hearing.of("positions") == [{"items": [[UNIT, 57.2, 10.7, says]]}]
            unit = await got(east, f"{UNITS}/{UNIT}")
            assert (unit["place"], unit["place_at"]) == ({"lat": 57.2, "lon": 10.7}, says)
            assert world.live.position == 0
        async with world.client(WESTTOWN) as west:
            answer = await sent(west, "/api/v1/positions", {"items": [item]}, 200)
            assert answer["taken"] == 0

    run(story, tmp_path)


def test_a_list_goes_on_where_it_ended(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN) as east:
            ids: list[str] = []
            for days in (0, 0, 1, 20, 29):
                at = datetime.now(UTC) - timedelta(days=days, seconds=len(ids))
                told = await sent(east, INCIDENTS, {**ALARM, "occurred_at": at.isoformat()})
                ids.append(told["id"])
            await sent(east, f"{INCIDENTS}/{ids[3]}/close", {"outcome": "real"})
            for query, wanted in (("", ids), ("state=open", [*ids[:3], ids[4]])):
                found, after = [], ""
                while True:
                    page = await got(east, f"{INCIDENTS}?limit=2&{query}{after}")
                    found += [each["id"] for each in page["items"]]
                    if page["next"] is None:
                        break
                    after = f"&after={page['next']}"
                assert found == wanted
            assert (await got(east, f"{INCIDENTS}?service={WESTTOWN}"))["items"] == []
            facts = f"{INCIDENTS}/{ids[3]}/facts"
            whole = (await got(east, facts))["items"]
            first = await got(east, f"{facts}?limit=2")
            rest = await got(east, f"{facts}?limit=2&after={first['next']}")
            assert (first["items"] + rest["items"], rest["next"]) == (whole, None)

    run(story, tmp_path)


def test_a_picture_is_sent_again_only_when_something_has_changed(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN) as east, world.client(WESTTOWN) as west:
            await sent(east, INCIDENTS, ALARM)
            first = await east.get(PICTURE)
            assert first.headers["content-encoding"] == "gzip"
            same = await east.get(PICTURE, headers={"if-none-match": first.headers["etag"]})
            assert (same.status_code, same.content) == (304, b"")
            other = await west.get(PICTURE)
            assert other.headers["etag"] != first.headers["etag"]
            plain = await east.get(PICTURE, headers={"accept-encoding": "identity"})
            assert plain.json() == first.json()
            assert world.room.pictures.made_count == 1
            told = await sent(east, INCIDENTS, ALARM)
            again = await east.get(PICTURE, headers={"if-none-match": first.headers["etag"]})
            # It holds what was told before it was asked for.
            assert again.status_code == 200
            assert told["id"] in {each[0] for each in again.json()["incidents"]}
            assert again.json()["position"] == world.live.position

    run(story, tmp_path)


def test_an_incident_that_is_struck_whole_says_so(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN) as east:
            one = f"{INCIDENTS}/{(await sent(east, INCIDENTS, ALARM))['id']}"
            report = (await got(east, f"{one}/facts"))["items"][0]
            await sent(east, f"{one}/strikes", {"fact": report["id"], "reason": "prøve"})
            assert (await got(east, one))["state"] == "struck"
            assert (await got(east, f"{INCIDENTS}?state=open"))["items"] == []
            assert (await got(east, PICTURE))["incidents"] == []
            facts = (await got(east, f"{one}/facts"))["items"]
            assert [fact["struck"] for fact in facts] == [True, False, False]

    run(story, tmp_path)


def test_every_answer_is_in_the_callers_language(tmp_path: Path) -> None:
    async def story(world: Served) -> None:
        async with world.client(EASTTOWN, language="da") as east:
            one = f"{INCIDENTS}/{(await sent(east, INCIDENTS, ALARM))['id']}"
            facts = (await got(east, f"{one}/facts"))["items"]
            assert facts[0]["says"] == "Meldt: Villabrand, Østby"
            error = await refused(east, f"{one}/corrections", {"type": "BR-VIL"}, 409)
            assert error["says"].startswith("Der står intet i rettelsen")

    run(story, tmp_path)


def test_what_was_told_is_there_after_a_restart_and_positions_are_not(tmp_path: Path) -> None:
    item = {"unit": UNIT, "lat": 57.2, "lon": 10.7, "at": datetime.now(UTC).isoformat()}

    async def before(world: Served) -> None:
        async with world.client(EASTTOWN) as east:
            await sent(east, INCIDENTS, ALARM)
            await sent(east, "/api/v1/positions", {"items": [item]}, 200)

    async def after(world: Served) -> None:
        async with world.client(EASTTOWN) as east:
            assert len((await got(east, INCIDENTS))["items"]) == 1
            assert (await got(east, f"{UNITS}/{UNIT}"))["place_at"] is None

    run(before, tmp_path)
    run(after, tmp_path)


def run(story: Any, path: Path) -> None:
    async def whole() -> None:
        async with served(path) as world:
            await story(world)

    tell(whole())
