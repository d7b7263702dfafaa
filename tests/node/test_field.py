# SPDX-License-Identifier: Apache-2.0
"""Phones with TAK and a whole node: places in, words into the log, incidents and units out."""

import asyncio
import ssl
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from bavn.codecs.cot import Event
from bavn.node.cli import REFUSED, WELL, main
from bavn.node.field import FieldHouse, meet_field
from bavn.node.wiring import COUNTRY
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.halt import Halt
from tests.node.watch import AALBORG, AGENCY, NJB, NVJB, WORLD, Watch, founded, watch
from tests.runtime.tak.phones import Stage, until, word

pytestmark = [pytest.mark.story, pytest.mark.slow]
A = ("--name", "a", "--organisation", NJB)
FIRE = {"type": "BR-VIL", "place": {"lat": AALBORG[0], "lon": AALBORG[1]}, "service": NJB}


@pytest.fixture(scope="module")
def north(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    folder = founded(tmp_path_factory.mktemp("field") / "node", built_in(COUNTRY))
    with pytest.raises(Halt, match="no certificate"):
        asyncio.run(meet_field("localhost:8089", folder, {}, None))  # type: ignore[arg-type]
    packed(folder, tmp_path_factory.mktemp("packages"), "first", NJB)
    return folder


def bavn(folder: Folder, *given: str) -> int:
    place = ("--data", str(folder.path), "--world", WORLD, "--lang", "en")
    return main(["device", *given, *place])


def packed(folder: Folder, to: Path, name: str, organisation: str, *more: str) -> ssl.SSLContext:
    """What a phone makes of its package: a way to come, that trusts us and no other."""
    given = ("--name", name, "--organisation", organisation, "--address", "localhost:8089")
    path = to / f"{name}.zip"
    assert bavn(folder, "add", *given, "--to", str(path), *more) == WELL
    assert path.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(path) as package:
        preferences = ET.fromstring(package.read("bavn/connection.pref"))  # noqa: S314 - our own
        told = {each.get("key"): each.text or "" for each in preferences.iter("entry")}
        assert told["connectString0"] == "localhost:8089:ssl"
        named = {each.get("zipEntry") for each in _manifest(package).iter("Content")}
        assert named <= set(package.namelist())
        key, certificate, _ = pkcs12.load_key_and_certificates(
            package.read("bavn/device.p12"), told["clientPassword"].encode()
        )
        trusted = pkcs12.load_pkcs12(
            package.read("bavn/authority.p12"), told["caPassword"].encode()
        )
    assert key is not None
    assert certificate is not None
    pem = serialization.Encoding.PEM
    held = to / f"{name}.pem"
    held.write_bytes(
        certificate.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    ours = trusted.additional_certs[0].certificate.public_bytes(pem).decode()
    context = ssl.create_default_context(cadata=ours)
    context.load_cert_chain(held)
    return context


def _manifest(package: zipfile.ZipFile) -> ET.Element:
    return ET.fromstring(package.read("MANIFEST/manifest.xml"))  # noqa: S314 - our own


def played(folder: Folder, story: Callable[[Watch, FieldHouse, Stage], Awaitable[None]]) -> None:
    async def play() -> None:
        async with watch(folder) as at:
            given = {**at.rooms, "live": at.live, "desk": at.live}
            house = await meet_field("127.0.0.1:0", folder, given, at.house.callers)
            assert house is not None
            stage = Stage(house.server, house.server.port)
            try:
                await story(at, house, stage)
            finally:
                await stage.end()

    asyncio.run(play())


async def at_incident(at: Watch, unit: str) -> str:
    """A fire in Aalborg, and a unit that has come there."""
    system = at.system(NJB)
    reported = await system.post("/api/v1/incidents", json=FIRE)
    assert reported.status_code == 201, reported.text
    name = str(reported.json()["id"])
    body = {"status": "at_scene", "incident": name}
    told = await system.post(f"/api/v1/units/{unit}/status", json=body)
    assert told.status_code in {200, 201}, told.text
    return name


async def maydays(at: Watch, name: str) -> list[str]:
    """By callsign those of whom a mayday was told, and is not over."""
    officer = at.system(NJB, function="duty_officer", personal=True)
    found = (await officer.get(f"/api/v1/incidents/{name}/safety")).json()
    return [each["callsign"] for each in found["teams"] if each["mayday_ms"] is not None]


def here(name: str, lat: float = 57.0, lon: float = 9.9) -> Event:
    contact = f'<contact callsign="{name}" />'
    return word(f"ANDROID-{name}", detail=contact, lat=lat, lon=lon)


@pytest.mark.requirement("E5.3")
@pytest.mark.requirement("E0.1")
def test_a_phone_says_where_its_unit_is_and_what_is_typed_is_in_the_log(
    north: Folder, tmp_path: Path
) -> None:
    async def story(at: Watch, _house: FieldHouse, stage: Stage) -> None:
        unit = at.unit_of(NJB)
        aboard = packed(north, tmp_path, "phone-1", NJB, "--unit", unit)
        beside = packed(north, tmp_path, "phone-2", NJB)
        far = packed(north, tmp_path, "phone-3", NVJB)
        one, two, three = [await stage.greeted(each) for each in (aboard, beside, far)]
        name = await at_incident(at, unit)
        shown = await two.hears(f"bavn-incident-{name}")
        assert shown.callsign
        assert (round(shown.lat, 4), round(shown.lon, 4)) == AALBORG
        one.say(here("P1", lat=57.01, lon=9.99))
        await two.hears("ANDROID-P1")
        positions = at.rooms["operations"].positions
        await until(lambda: positions.of(unit) is not None)
        assert (positions.of(unit).lat, positions.of(unit).lon) == (57.01, 9.99)
        # Its own device speaks for it: the house says nothing of it beside that.
        await asyncio.sleep(0.7)
        assert two.heard(f"bavn-unit-{unit}") == 0
        text = "<remarks>Tag brænder på gavlen</remarks>"
        one.say(word("chat-7", type="b-t-f", detail=text))
        one.say(word("chat-7", type="b-t-f", detail=text))
        await two.hears("chat-7")
        page = f"/api/v1/incidents/{name}/command"
        officer = at.system(NJB, function="duty_officer", personal=True)
        async with asyncio.timeout(10):
            while not (words := (await officer.get(page)).json()["words"]):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        # Said twice, kept once.
        await at.settled()
        assert [each["text"] for each in words] == ["Tag brænder på gavlen"]
        assert words[0]["function"] == "incident_commander"
        # The other service is not at it: neither the fire nor the words.
        assert three.heard(f"bavn-incident-{name}") == three.heard("chat-7") == 0

    played(north, story)


@pytest.mark.requirement("E5.3")
def test_what_is_marked_on_the_map_and_cries_for_help_are_in_the_log(
    north: Folder, tmp_path: Path
) -> None:
    async def story(at: Watch, _house: FieldHouse, stage: Stage) -> None:
        unit = at.unit_of(NJB)
        one = await stage.greeted(packed(north, tmp_path, "phone-1", NJB, "--unit", unit))
        name = await at_incident(at, unit)
        gas = "<contact callsign='Gasflasker' /><remarks>tre stk.</remarks>"
        mark: dict[str, Any] = {"type": "b-m-p-s-m", "how": "h-g-i-g-o", "detail": gas}
        one.say(word("mark-1", lat=57.0501, lon=9.92, **mark))
        one.say(word("mark-1", lat=57.0501, lon=9.92, **mark))
        # Moved: it stands where it is now, and where it was.
        one.say(word("mark-1", lat=57.0502, lon=9.92, **mark))
        # What a gateway says of others, and what the house itself told, is no word of anybody's.
        one.say(word("radio-1", type="a-f-G-E-V", lat=57.06))
        one.say(word("bavn-incident-x", lat=57.06, **mark))
        one.say(word("mark-2", lat=0.0, lon=0.0, **mark))
        one.say(word("ANDROID-P1-9-1-1", type="b-a-o-tbl", lat=57.05, lon=9.9201))
        async with asyncio.timeout(10):
            while not await maydays(at, name):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        one.say(word("ANDROID-P1-9-1-1", type="b-a-o-can", lat=57.05, lon=9.9201))
        page = f"/api/v1/incidents/{name}/command"
        officer = at.system(NJB, function="duty_officer", personal=True)
        async with asyncio.timeout(20):
            while len(words := (await officer.get(page)).json()["words"]) < 4:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await at.settled()
        assert sorted(each["text"] for each in words) == [
            "Mærke på kortet: Gasflasker · tre stk. (57.05010, 9.92000)",
            "Mærke på kortet: Gasflasker · tre stk. (57.05020, 9.92000)",
            "NØDKALD fra telefon: ANDROID-P1-9-1-1 (57.05000, 9.92010)",
            "Nødkald fra telefon er ophævet: ANDROID-P1-9-1-1 (57.05000, 9.92010)",
        ]
        # The button sounds where a mayday does, until it is over; no policy stands before it.
        assert await maydays(at, name) == []
        device = ["--function", "planner", "--unit", unit]
        two = await stage.greeted(packed(north, tmp_path, "phone-2", NJB, *device))
        two.say(word("ANDROID-P2-9-1-1", type="b-a-o-tbl", lat=57.05, lon=9.9202))
        assert (await two.hears("bavn-answer-ANDROID-P2-9-1-1")).remarks
        (callsign,) = await maydays(at, name)
        assert callsign

    played(north, story)


def test_units_that_have_no_phone_are_shown_and_what_is_over_is_gone(
    north: Folder, tmp_path: Path
) -> None:
    async def story(at: Watch, _house: FieldHouse, stage: Stage) -> None:
        unit, theirs = at.unit_of(NJB), at.unit_of(NVJB)
        one = await stage.greeted(packed(north, tmp_path, "phone-1", NJB))
        name = await at_incident(at, unit)
        await one.hears(f"bavn-incident-{name}")
        now = clock.now().isoformat()
        for service, each in ((NJB, unit), (NVJB, theirs)):
            sent = {"items": [{"unit": each, "lat": 57.02, "lon": 9.9, "at": now}]}
            await at.system(service).post("/api/v1/positions", json=sent)
        shown = await one.hears(f"bavn-unit-{unit}")
        assert shown.remarks
        assert one.heard(f"bavn-unit-{theirs}") == 0
        # A neighbour that has come to our fire is shown as well.
        body = {"status": "at_scene", "incident": name}
        await at.system(NVJB).post(f"/api/v1/units/{theirs}/status", json=body)
        await one.hears(f"bavn-unit-{theirs}")
        elsewhere = await stage.greeted(packed(north, tmp_path, "phone-4", AGENCY))
        late = await stage.greeted(packed(north, tmp_path, "phone-2", NJB))
        for uid in (f"bavn-incident-{name}", f"bavn-unit-{unit}", f"bavn-unit-{theirs}"):
            await late.hears(uid)
        closed = await at.system(NJB).post(
            f"/api/v1/incidents/{name}/close", json={"outcome": "real"}
        )
        assert closed.status_code in {200, 201}, closed.text
        over = await one.hears(f"bavn-gone-incident-{name}", type="t-x-d-d")
        link = over.find("link")
        assert link is not None
        assert link.get("uid") == f"bavn-incident-{name}"
        # Who was never shown it is told nothing of its end.
        await asyncio.sleep(0.2)
        assert elsewhere.heard(f"bavn-gone-incident-{name}") == 0
        # Who comes now is shown what holds, each once, and not what was told of it before.
        after = await stage.greeted(packed(north, tmp_path, "phone-3", NJB))
        await after.hears(f"bavn-unit-{unit}")
        assert after.heard(f"bavn-unit-{unit}") == 1
        assert after.heard(f"bavn-incident-{name}") == 0

    played(north, story)


def test_nothing_is_gathered_for_nobody(north: Folder) -> None:
    async def story(at: Watch, house: FieldHouse, _stage: Stage) -> None:
        await at_incident(at, at.unit_of(NJB))
        await at.settled()
        assert house.waiting == 0

    played(north, story)


def test_a_word_that_is_not_kept_is_answered_so(north: Folder, tmp_path: Path) -> None:
    async def story(at: Watch, _house: FieldHouse, stage: Stage) -> None:
        unit = at.unit_of(NJB)
        home = packed(north, tmp_path, "phone-1", NJB, "--unit", unit)
        planner = packed(north, tmp_path, "phone-2", NJB, "--function", "planner", "--unit", unit)
        one, two = await stage.greeted(home), await stage.greeted(planner)
        status = f"/api/v1/units/{unit}/status"
        await at.system(NJB).post(status, json={"status": "available"})
        said = word("chat-1", type="b-t-f", detail="<remarks>Hallo</remarks>")
        one.say(said)
        assert "ikke ved en hændelse" in (await one.hears("bavn-answer-chat-1")).remarks
        await at_incident(at, unit)
        # Whose function may write no log, and may say of no unit where it is.
        two.say(word("chat-2", type="b-t-f", detail="<remarks>Hallo</remarks>"))
        assert "radioen" in (await two.hears("bavn-answer-chat-2")).remarks
        two.say(here("P2"))
        await one.hears("ANDROID-P2")
        assert at.rooms["operations"].positions.of(unit) is None
        assert one.heard("bavn-answer-chat-2") == 0

    played(north, story)


def test_a_device_that_is_ended_is_let_go(
    north: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(at: Watch, _house: FieldHouse, stage: Stage) -> None:
        one = await stage.greeted(packed(north, tmp_path, "phone-1", NJB))
        assert bavn(north, "list") == WELL
        assert "phone-1\tnjb" in capsys.readouterr().out
        assert bavn(north, "end", "--name", "phone-1") == WELL
        await at_incident(at, at.unit_of(NJB))
        await until(lambda: one.is_over)
        assert bavn(north, "end", "--name", "phone-1") == REFUSED
        assert bavn(north, "list") == WELL

    played(north, story)


@pytest.mark.parametrize(
    "given",
    [
        ["--name", "", "--organisation", NJB, "--address", "a:1", "--to", "x.zip"],
        ["--name", "a", "--organisation", NJB, "--address", "a", "--to", "x.zip"],
        ["--name", "a", "--organisation", NJB, "--address", "a:1"],
        [*A, "--address", "a:1", "--to", "x.zip", "--unit", "no-such"],
        ["--name", "a", "--organisation", "nobody", "--address", "a:1", "--to", "x.zip"],
        ["--name", "a", "--organisation", NJB, "--address", "a:1", "--to", "x", "--function", "q"],
    ],
)
def test_what_a_device_lacks_is_said(
    north: Folder, given: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert bavn(north, "add", *given) == REFUSED
    assert not (tmp_path / "x.zip").exists()


def test_a_package_is_not_written_over(north: Folder, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("mine")
    given = ["--name", "a", "--organisation", NJB, "--address", "a:1"]
    assert bavn(north, "add", *given, "--to", str(tmp_path / "a.zip")) == REFUSED
    assert (tmp_path / "a.zip").read_text() == "mine"


@pytest.mark.parametrize("address", ["8089", "localhost:"])
def test_without_an_address_nobody_listens(north: Folder, address: str) -> None:
    with pytest.raises(Halt):
        asyncio.run(meet_field(address, north, {}, None))  # type: ignore[arg-type]
