# SPDX-License-Identifier: Apache-2.0
"""Field clients over real lines: who hears what, and what a poor line or a bad word does."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Coroutine
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bavn.runtime import clock
from bavn.runtime.peers.certificates import make_authority, make_certificate
from bavn.runtime.tak import line as line_module
from bavn.runtime.tak import serving
from bavn.runtime.tak.line import FAULTS_LIMIT
from tests.runtime.tak.phones import House, Known, Stage, now_ms, stage, until, word

pytestmark = pytest.mark.story
Capture = pytest.CaptureFixture[str]


def played(house: House, story: Callable[[Stage], Coroutine[Any, Any, None]], **more: Any) -> None:
    async def play() -> None:
        async with stage(house, **more) as made:
            await story(made)

    asyncio.run(play())


def test_a_word_reaches_the_others_and_the_house_and_never_its_sender() -> None:
    house = House()

    async def story(at: Stage) -> None:
        one, other, third = [await at.greeted() for _ in range(3)]
        said = word("N101")
        one.say(said)
        for each in (other, third):
            assert await each.hears("N101") == said
        other.say(word("N102"))
        await one.hears("N102")
        assert one.heard("N101") == 0
        assert [(name, event.uid) for name, event in house.heard] == [
            ("open", "N101"),
            ("open", "N102"),
        ]

    played(house, story)


def test_stale_decides_life() -> None:
    house = House(shown=[word("incident-1", type="a-u-G")])

    async def story(at: Stage) -> None:
        one, other = await at.greeted(), await at.greeted()
        one.say(word("late", lasts_ms=-1))
        one.say(word("soon", lasts_ms=400))
        one.say(word("lasts"))
        await other.hears("soon")
        await other.hears("lasts")
        assert other.heard("late") == 0
        assert [event.uid for _, event in house.heard] == ["soon", "lasts"]
        await until(lambda: house.heard[0][1].is_stale(now_ms()))
        # Who comes now is shown what the house knows and what still holds.
        third = await at.greeted()
        await third.hears("incident-1")
        await third.hears("lasts")
        assert third.heard("soon") == 0

    played(house, story)


def test_each_is_told_in_the_form_that_it_asked_for() -> None:
    async def story(at: Stage) -> None:
        old, new = await at.greeted(), await at.greeted()
        ask = '<TakControl><TakRequest version="1"/></TakControl>'
        new.say(word("ask", type="t-x-takp-q", detail=ask))
        answer = await new.hears("bavn-t-x-takp-r")
        assert '<TakResponse status="true"' in answer.detail
        assert not any(new.is_protobuf)
        old.say(word("N101"))
        assert (await new.hears("N101")).callsign == "N101"
        assert new.is_protobuf[-1]
        # Whoever just sends it is understood as well.
        new.say(word("N102"), protobuf=True)
        assert (await old.hears("N102")).callsign == "N102"
        assert not any(old.is_protobuf)
        refused = ask.replace("1", "7")
        old.say(word("ask", type="t-x-takp-q", detail=refused))
        assert 'status="false"' in (await old.hears("bavn-t-x-takp-r")).detail
        new.say(word("N103"))
        await old.hears("N103")
        assert not any(old.is_protobuf)

    played(House(), story)


def test_words_go_to_who_is_named_and_a_ping_is_answered() -> None:
    async def story(at: Stage) -> None:
        one, other, third = [await at.greeted() for _ in range(3)]
        for phone, name in ((one, "N101"), (other, "N102"), (third, "N103")):
            phone.say(word(f"uid-{name}", detail=f'<contact callsign="{name}"/>'))
        await one.hears("uid-N103")
        await third.hears("uid-N102")
        told = '<marti><dest callsign="N102"/></marti><remarks>Vand ved porten</remarks>'
        one.say(word("chat-1", type="b-t-f", detail=told))
        assert (await other.hears("chat-1")).remarks == "Vand ved porten"
        # Two words of one thing are two words, and each is said once.
        one.say(word("chat-1", type="b-t-f", detail=told.replace("porten", "gavlen")))
        await until(lambda: other.heard("chat-1") == 2)
        one.say(word("ping", type="t-x-c-t"))
        await one.hears("bavn-t-x-c-t-r")
        assert third.heard("chat-1") == 0
        # A word is no thing that is there for whoever comes later.
        late = await at.greeted()
        await late.hears("uid-N101")
        assert late.heard("chat-1") == 0

    played(House(), story)


def test_what_cannot_be_read_is_told_in_the_log_and_ends_one_line_at_most(capsys: Capture) -> None:
    async def story(at: Stage) -> None:
        one, other, mad = [await at.greeted() for _ in range(3)]
        one.raw(b"<event uid='x'><point/></event>")
        one.say(word("N101"))
        await other.hears("N101")
        mad.raw(b"GET / HTTP/1.1\r\n\r\n")
        await until(lambda: mad.is_over)
        one.raw(b"<event></event>" * FAULTS_LIMIT)
        await until(lambda: one.is_over)
        await until(lambda: at.server.count == 1)
        again = await at.greeted()
        again.say(word("N103"))
        await other.hears("N103")

    played(House(), story)
    told = capsys.readouterr().err
    for event in ("tak.refused", "tak.cut_off", "tak.too_many_faults"):
        assert f'"event":"{event}"' in told
    # Nothing of what somebody typed.
    assert "HTTP" not in told


def test_a_house_that_breaks_ends_no_line(capsys: Capture) -> None:
    async def story(at: Stage) -> None:
        one, other = await at.greeted(), await at.greeted()
        one.say(word("N101"))
        await other.hears("N101")
        one.say(word("N102"))
        await other.hears("N102")

    played(House(breaks=True), story)
    assert "tak.message_failed" in capsys.readouterr().err


def test_a_device_that_takes_nothing_in_is_told_how_things_stand_afterwards() -> None:
    async def story(at: Stage) -> None:
        one, deaf = await at.greeted(), await at.greeted()
        line = next(each for each in at.server.lines("njb") if each.uid == "")
        lines = at.server.lines("njb")
        one.say(word("N101"))
        await deaf.hears("N101")
        line = next(each for each in lines if not each.uid)
        line.pause_writing()
        for step in range(50):
            one.say(word("N101", lat=57.0 + step / 1_000))
            one.say(word("N102", lat=56.0 + step / 1_000))
        third = await at.greeted()
        await third.hears("N102", lat=56.049)
        line.resume_writing()
        await deaf.hears("N101", lat=57.049)
        await deaf.hears("N102", lat=56.049)
        assert (deaf.heard("N101"), deaf.heard("N102")) == (2, 1)

    played(House(), story)


def test_what_waits_and_what_holds_is_bounded(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(line_module, "WAITING_LIMIT", 5)
    monkeypatch.setattr(serving, "THINGS_LIMIT", 7)

    async def story(at: Stage) -> None:
        one, deaf = await at.greeted(), await at.greeted()
        one.say(word("N0"))
        await deaf.hears("N0")
        line = next(each for each in at.server.lines("njb") if not each.uid)
        line.pause_writing()
        for number in range(1, 11):
            one.say(word(f"N{number}"))
        third = await at.greeted()
        await third.hears("N10")
        assert third.heard("N3") == 0
        line.resume_writing()
        await deaf.hears("N10")
        assert deaf.heard("N5") == 0

    played(House(), story)
    assert "tak.dropped" in capsys.readouterr().err


def test_a_device_that_says_too_much_is_listened_to_more_slowly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line_module, "MESSAGES_A_SECOND", 3)
    # All within one second, however long it takes here.
    still = SimpleNamespace(now=clock.now, seconds=lambda: 7.0)
    monkeypatch.setattr(line_module, "clock", still)

    async def story(at: Stage) -> None:
        one, other = await at.greeted(), await at.greeted()
        for number in range(4):
            one.say(word(f"N{number}"))
            # Each by itself: what came in one piece is read in one.
            await asyncio.sleep(0.02)
        await other.hears("N2")
        began = clock.seconds()
        await other.hears("N3")
        # Nothing is lost; it waits where it was sent.
        assert clock.seconds() - began > 0.2

    played(House(), story)


def contexts(folder: Path) -> tuple[ssl.SSLContext, Callable[[str], tuple[ssl.SSLContext, str]]]:
    """The server's side, and what makes a device's with its certificate's mark."""
    authority = make_authority(folder, "field", clock.now())

    def made(name: str) -> tuple[Path, Path]:
        place = folder / name
        place.mkdir()
        return make_certificate(folder, place, name, ("localhost",), clock.now())

    def device(name: str) -> tuple[ssl.SSLContext, str]:
        context = ssl.create_default_context(cafile=str(authority))
        certificate, key = made(name)
        context.load_cert_chain(certificate, key)
        raw = ssl.PEM_cert_to_DER_cert(certificate.read_text(encoding="ascii"))
        return context, sha256(raw).hexdigest()

    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority))
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_cert_chain(*made("server"))
    return server, device


def test_over_tls_only_known_devices_come_in_and_groups_do_not_hear_each_other(
    tmp_path: Path, capsys: Capture
) -> None:
    server, device = contexts(tmp_path)
    north, north_mark = device("n101")
    more, more_mark = device("n102")
    east, east_mark = device("o201")
    stranger, _ = device("who")
    house = House(
        known={
            north_mark: Known("n101", "njb"),
            more_mark: Known("n102", "njb"),
            east_mark: Known("o201", "ostbv"),
        }
    )

    async def story(at: Stage) -> None:
        one, same, other = [await at.greeted(each) for each in (north, more, east)]
        unknown = await at.phone(stranger)
        await until(lambda: unknown.is_over)
        one.say(word("N101"))
        await same.hears("N101")
        other.say(word("O201"))
        await until(lambda: len(house.heard) == 2)
        at.server.tell("ostbv", [word("incident-9")])
        await other.hears("incident-9")
        assert other.heard("N101") == same.heard("O201") == same.heard("incident-9") == 0
        bare = ssl.create_default_context(cafile=str(tmp_path / "line-authority.pem"))
        told = []
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            nobody = await at.phone(bare)
            await until(lambda: nobody.is_over)
            told = nobody.told
        assert told == []

    played(house, story, tls=server)
    assert "tak.stranger" in capsys.readouterr().err


def test_an_open_line_is_for_who_allows_it() -> None:
    async def story(at: Stage) -> None:
        phone = await at.phone()
        await until(lambda: phone.is_over)
        assert phone.told == []

    played(House(open_group=""), story)
