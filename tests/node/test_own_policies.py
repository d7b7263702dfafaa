# SPDX-License-Identifier: Apache-2.0
"""Whatever policies a node has of its own, alarms go through its door; what is wrong is said."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bavn.capabilities.mandates.views.policies import POLICIES
from bavn.journal.fact import Fact, decode_fact
from bavn.journal.reader import NOBODY
from bavn.node.own_policies import Keeping, country_set, gate_of, keep
from bavn.node.wiring import COUNTRY
from bavn.runtime import clock
from bavn.runtime.control.words import No, PoliciesUsed, UsePolicies
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.house import Served
from bavn.runtime.mandates.book import book_from
from bavn.runtime.mandates.policies import Policies
from bavn.runtime.mandates.shelf import Shelf, write_set
from tests.node.watch import NJB, Watch, founded, watch
from tests.runtime.web.house import form_key

pytestmark = pytest.mark.slow
FIRE = {"type": "BR-GRD", "place": {"lat": 57.0488, "lon": 9.9217}, "service": "njb"}
NOTES = '@ground("§ 1") @basis("own calibration") @law("today,proposed") @da("Nej.") @en("No.")\n'
KNOWN = country_set(COUNTRY)
ALL = "forbid (principal, action, resource)"
OVERFLOWS = "9223372036854775807 + context.level > 0"
STAND_DOWN = (
    f'@id("no-more") {NOTES}forbid (principal, action == Action::"dispatch.stand_down", resource);'
)
# By name: what is beside the country's own; "" for none of the country's at all.
HOSTILE: Mapping[str, str] = {
    "forbids everything": f'@id("no") {NOTES}{ALL};',
    "forbids with conditions that break": "".join(
        f'@id("no-{number}") {NOTES}{ALL} when {{ {condition} }};\n'
        for number, condition in enumerate((OVERFLOWS, "true", f"true || {OVERFLOWS}"))
    ),
    "forbids everybody by name": "".join(
        f'@id("no-{number}") {NOTES}forbid (principal in Role::"{role}", action, resource);\n'
        for number, role in enumerate(
            sorted({r for all_ in KNOWN.book.roles.values() for r in all_})
        )
    ),
}


@dataclass
class Kept:
    """The watch, and who takes its policies."""

    north: Watch
    keeping: Keeping
    own: Path

    async def taken(self, texts: Mapping[str, str]) -> str:
        """Have a set lie there, and be looked at until it is taken or refused; its mark."""
        before = self.keeping.policies
        await asyncio.to_thread(write_set, self.own, texts)
        for _ in range(2):
            await self.keeping.look()
        return before.mark

    def told(self) -> list[Fact]:
        """All that was told here, in order."""
        rows = self.north.live.reading.facts_after(0, 10_000)
        return [decode_fact(row.raw) for row in rows]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(tmp_path_factory.mktemp("own") / "node", built_in(COUNTRY))


@asynccontextmanager
async def kept(folder: Folder, data: Path) -> AsyncIterator[Kept]:
    async with watch(folder) as north:
        policies = Policies(Shelf(data), KNOWN, clock.now(), read=book_from)
        if policies.holds.is_own:
            gate_of(north.live).take(policies.holds.book, clock.now())
        keeping = keep(Served(north.live, north.rooms), policies)
        yield Kept(north, keeping, data / "mandates")


async def alarms_pass(north: Watch) -> None:
    """Every way of the alarm path, by interface and page; raises at the first that is stopped."""
    system = north.system(NJB)
    fire = await system.post("/api/v1/incidents", json=FIRE)
    assert fire.status_code == 201, fire.text
    here = f"/api/v1/incidents/{fire.json()['id']}"
    unit = north.unit_of(NJB)
    sent = await system.post(f"{here}/dispatch", json={"units": [unit]})
    assert sent.status_code == 201, sent.text
    called = await system.post(f"{here}/assistance", json={"of": ["brs"]})
    assert called.status_code == 201, called.text
    word = await system.post(f"/api/v1/units/{unit}/status", json={"status": "en_route"})
    assert word.status_code in {200, 201}, word.text
    alarm = await system.post("/api/v1/alarms", json={"code": "BR-ABA", "alarm_number": "1"})
    assert alarm.status_code == 201, alarm.text
    person = await north.person(NJB, "control_room_operator")
    told = {"type": "BR-GRD", "service": "njb", "place": "57.0488, 9.9217"}
    reported = await person.send("/incidents/new", told)
    page = "/".join(reported.headers["location"].split("/")[:3])
    tanker = {"unit": north.unit_of(NJB, "TAN")}
    await person.send(f"{page}/send", tanker)
    key = form_key(await person.page("/incidents/new"))
    typed = {"csrf": key, **tanker, "reason": "bedre vej"}
    away = await person.browser.post(f"{page}/send", data=typed)
    assert away.status_code in {200, 303}, away.text
    # A reason may be refused, and the units go all the same, told as sent.
    with_reason = {"units": [tanker["unit"]], "reason": "bedre vej"}
    sent = await system.post(f"{here}/dispatch", json=with_reason)
    assert (sent.status_code, sent.json()["units"]) == (201, [tanker["unit"]])
    await person.send(f"{page}/assistance", {"of": "brs", "type-0": "TAN", "count-0": "1"})


def play(story: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 120))


@pytest.mark.requirement("E9.1")
@pytest.mark.parametrize("hostile", HOSTILE, ids=[each.replace(" ", "-") for each in HOSTILE])
def test_no_policies_stop_an_alarm_at_the_door(
    folder: Folder, tmp_path: Path, hostile: str
) -> None:
    async def story() -> None:
        async with kept(folder, tmp_path) as own:
            country = own.keeping.policies.mark
            assert await own.taken({**KNOWN.texts, "more.cedar": HOSTILE[hostile]}) != country
            count = len(own.told())
            await alarms_pass(own.north)
            assert {each.basis for each in own.told()[count:]} == {"alarm"}
            # What is no alarm is refused, and says what to do; what was typed is not lost.
            person = await own.north.person(NJB, "duty_officer")
            refused = await person.browser.get("/units")
            assert refused.status_code == 403
            assert "mandat" in refused.text.lower()

    play(story)


def test_a_faulty_set_is_said_to_the_administrator_and_mended(
    folder: Folder, tmp_path: Path
) -> None:
    async def story() -> None:
        async with kept(folder, tmp_path) as own:
            north, policies = own.north, own.keeping.policies
            country = policies.mark
            await own.taken({**KNOWN.texts, "more.cedar": "permit ("})
            assert policies.mark == gate_of(north.live).book.mark == country
            administrator = await north.person(NJB, "organisation_administrator")
            leader = await north.person(NJB, "duty_officer")
            page = await administrator.page("/mandates")
            assert "more.cedar" in page
            assert "fejl og følges ikke" in page
            assert country in page
            assert "Nodens regler har fejl" in await leader.page("/centre")
            operator = await north.person(NJB, "control_room_operator")
            assert "Nodens regler har fejl" not in await operator.page("/centre")
            # Mended, and with a policy that says something else.
            await own.taken({**KNOWN.texts, "more.cedar": STAND_DOWN})
            assert gate_of(north.live).book.mark == policies.mark != country
            page = await administrator.page("/mandates")
            assert "følges ikke" not in page
            assert "nodens egne regler" in page
            fire = (await north.system(NJB).post("/api/v1/incidents", json=FIRE)).json()["id"]
            down = f"/api/v1/incidents/{fire}/dispatch/stand-down"
            no = await north.system(NJB).post(down, json={"units": [north.unit_of(NJB)]})
            assert no.status_code == 403

    play(story)


def test_which_set_holds_is_told_before_what_is_decided_by_it(
    folder: Folder, tmp_path: Path
) -> None:
    async def story() -> None:
        async with kept(folder, tmp_path) as own:
            north, keeping = own.north, own.keeping
            await keeping.look()
            count, country = len(own.told()), keeping.policies.mark
            texts = {**KNOWN.texts, "more.cedar": STAND_DOWN}
            used = await keeping.use(UsePolicies(texts))
            assert used == PoliciesUsed(keeping.policies.mark, country, is_own=True)
            fire = await north.system(NJB).post("/api/v1/incidents", json=FIRE)
            assert fire.status_code == 201
            told = own.told()[count:]
            assert [each.kind for each in told[:2]] == [
                "mandates.policies_taken",
                "operations.incident_reported",
            ]
            assert told[0].by.function == "operator"
            assert told[0].basis == "operator"
            # Already there: nothing more is told. A faulty one changes nothing.
            count = len(own.told())
            again = await keeping.use(UsePolicies(texts))
            assert again == PoliciesUsed(used.mark, used.mark, is_own=True)
            faulty = await keeping.use(UsePolicies({**texts, "x.cedar": "permit ("}))
            assert isinstance(faulty, No)
            assert faulty.refused.code == "policies_faulty"
            assert len(own.told()) == count
            # Those from before, also where the ones that hold forbid everything.
            everything = {**KNOWN.texts, "x.cedar": HOSTILE["forbids everything"]}
            assert isinstance(await keeping.use(UsePolicies(everything)), PoliciesUsed)
            back = await keeping.use(UsePolicies(back=True))
            assert isinstance(back, PoliciesUsed)
            assert back.mark == used.mark
            rows = list(north.live.query.rows(NOBODY, POLICIES))
            assert {str(row["mark"]) for row in rows} >= {country, used.mark}
            # The ground of what was decided by a set that holds no longer is found still.
            await keeping.use(UsePolicies(None))
            assert north.rooms["operations"].grounds["no-more"] == "§ 1"

    play(story)


def test_a_node_begins_with_the_last_good_ones(folder: Folder, tmp_path: Path) -> None:
    async def story() -> None:
        async with kept(folder, tmp_path) as own:
            await own.taken({**KNOWN.texts, "more.cedar": STAND_DOWN})
            mark = own.keeping.policies.mark
        (tmp_path / "mandates" / "more.cedar").write_text("permit (")
        async with kept(folder, tmp_path) as own:
            assert gate_of(own.north.live).book.mark == mark
            assert own.keeping.policies.wrong is not None
            await alarms_pass(own.north)

    play(story)
