# SPDX-License-Identifier: Apache-2.0
"""Papers become PDFs: the same bytes, all that was typed as text, and no broken file."""

import asyncio
import json
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from bavn.frame.desk import Refusal
from bavn.frame.paper import Entries, Entry, Heading, Lines, Pairs, Paper, Pressed, Prose, Table
from bavn.runtime import press as room
from bavn.runtime.press import TypstPress, data_of, press
from bavn.runtime.press.signs import KNOWN, shown
from tests.runtime.press.reading import opened, run_of, stands_in, text_of

AT = datetime(2026, 11, 22, 0, 30, 1, 123_456, tzinfo=UTC)
HOSTILE = (
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.3.0"',
    "$x^2$ *fed* _kursiv_ `kode` = overskrift",
    ']#panic("x")[',
    "\\ // /* {{ }} <b>&amp;</b> @ref ~ -- ---",
    "linje et\nlinje to\r\nlinje tre\ttabulator",
    "Æblegrød på Ærø: 5 °C, ½ m³, µ, €",
)


def paper(*texts: str, **what: Any) -> Paper:
    blocks = (
        Heading(text="Overskrift"),
        *(Prose(text=each) for each in texts),
    )
    told = {"language": "da", "title": "Prøve", "at": AT, "foot": "Fod", "blocks": blocks, **what}
    return Paper(page="Side {page} af {pages}", **told)


def pdf(*texts: str, **what: Any) -> bytes:
    made = paper(*texts, **what)
    return press(data_of(made), made.at)


def everywhere(text: str) -> Paper:
    return paper(
        blocks=(
            Heading(text=text),
            Pairs(items=((text, text),)),
            Lines(items=(text,)),
            Table(caption=text, head=(text, "tal"), rows=((text, "1"),), numbers=(1,)),
            Entries(items=(Entry(at="nu", says=text, texts=((text, text),), under=text),)),
            Entries(items=(Entry(at="nu", says=text, notes=(text,), struck=True),)),
        ),
        title=text,
        foot=text,
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_typed_is_text_wherever_it_stands(text: str) -> None:
    made = everywhere(text)
    found = run_of(text_of(press(data_of(made), made.at)))
    # Foot, title, heading, a pair, line, caption, head, cell: nine; and six in the entries.
    assert found.count(run_of(shown(text))) == 15
    assert "root:" not in found


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u200b", "\x00"])
def test_what_is_empty_breaks_nothing(text: str) -> None:
    made = everywhere(text)
    assert stands_in(press(data_of(made), made.at), "Side 1 af 1")


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=60), min_size=10, max_size=40))
def test_any_rubbish_stands_in_it_as_text(texts: list[str]) -> None:
    found = run_of(text_of(pdf(*texts)))
    begin = 0
    for each in texts:
        run = run_of(shown(each))
        begin = found.index(run, begin) + len(run)


def test_every_sign_that_is_said_to_be_known_has_a_shape() -> None:
    signs = [chr(each) for first, last in KNOWN for each in range(first, last + 1)]
    own = [each for each in signs if unicodedata.normalize("NFC", each) == each]
    assert len(own) > 2_500
    # It is refused by the press where a sign has none; what is read back tells that each is itself.
    found = run_of(text_of(pdf(" ".join(own))))
    assert set(run_of("".join(own))) - set(found) == set()


def test_a_sign_that_the_fonts_lack_stands_by_its_number() -> None:
    assert run_of(shown("\U0001f525\x00\u202e")) == "[U+1F525][U+0000][U+202E]"
    assert stands_in(pdf("Brand \U0001f525"), "Brand [U+1F525]")


def test_a_long_run_stays_on_the_paper() -> None:
    made = pdf("a" * 2_000)
    assert run_of(text_of(made)).count("a") >= 2_000
    lines = [line for line in text_of(made).splitlines() if "aaaa" in line]
    assert len(lines) > 15, "it is broken into lines"


def test_the_same_paper_has_the_same_bytes_and_another_has_not() -> None:
    assert pdf("x") == pdf("x")
    assert pdf("x") != pdf("y")
    assert pdf("x") != pdf("x", at=AT + timedelta(days=1))


@pytest.mark.slow
def test_another_process_on_another_day_makes_the_same_bytes() -> None:
    asked = data_of(everywhere("x"))
    code = (
        "import sys, json, hashlib; from datetime import datetime;"
        " from bavn.runtime.press import press;"
        f" made = press(sys.stdin.read(), datetime.fromisoformat({AT.isoformat()!r}));"
        " print(hashlib.sha256(made).hexdigest())"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        input=asked,
        capture_output=True,
        text=True,
        check=True,
        env={"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7"},
    )
    assert found.stdout.strip() == Pressed.of(press(asked, AT)).digest


def test_it_is_for_archives_and_for_screen_readers() -> None:
    made = opened(pdf("Ord " * 2_000))
    catalogue: Any = made.trailer["/Root"]
    assert bool(catalogue["/MarkInfo"]["/Marked"])
    assert catalogue["/Lang"] == "da"
    assert made.metadata is not None
    assert made.metadata.title == "Prøve"
    told = catalogue["/Metadata"].get_data().decode()
    for each in ("<pdfaid:part>2", "<pdfaid:conformance>A", "<pdfuaid:part>1"):
        assert each in told
    pages = len(made.pages)
    assert pages > 1
    assert f"Side {pages} af {pages}" in made.pages[-1].extract_text()
    for page in made.pages:
        found: Any = page
        fonts = found["/Resources"]["/Font"]
        for font in fonts.values():
            descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
            assert {"/FontFile3", "/FontFile2"} & descriptor.keys(), "embedded"


@pytest.mark.parametrize("template", ['#read("/etc/hostname")', '#read("../../log.py")'])
def test_a_template_reaches_no_file_of_the_machine(template: str) -> None:
    compiler = room.compiler(template.encode())
    with pytest.raises(typst.TypstError, match=r"file not found|escape the project root"):
        compiler.compile(format="pdf")


# The press: who waits, who is refused, what is told of a fault.


def refused(work: Callable[[TypstPress], Any]) -> str:
    async def asked() -> str:
        try:
            await work(TypstPress())
        except Refusal as refusal:
            return refusal.refused.code
        return ""

    return asyncio.run(asked())


def test_a_fault_is_a_refusal_that_names_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Panic(BaseException):
        """What breaks in Rust is no Exception."""

    def breaks(data: str, _at: datetime) -> bytes:
        raise Panic(data)

    monkeypatch.setattr(room, "press", breaks)
    assert refused(lambda each: each.pressed(paper("Hos Olsen"))) == "press_failed"
    said = capsys.readouterr().err
    assert json.loads(said)["event"] == "press.failed"
    assert "Olsen" not in said
    assert asyncio.run(TypstPress().digest(paper("Hos Olsen"))) == ""


def test_more_than_a_few_at_once_are_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def waits(_data: str, _at: datetime) -> bytes:
        assert go_on.wait(20)
        return b"%PDF"

    monkeypatch.setattr(room, "press", waits)

    async def asked() -> None:
        made = TypstPress()
        first = [asyncio.create_task(made.pressed(paper("x"))) for _ in range(room.WAITING_LIMIT)]
        while made.under_way < room.WAITING_LIMIT:  # noqa: ASYNC110 - it is a thread's to change
            await asyncio.sleep(0)
        with pytest.raises(Refusal) as no:
            await made.pressed(paper("x"))
        assert no.value.refused.code == "press_busy"
        assert await made.digest(paper("y")) == ""
        # Who goes away leaves a paper that is set all the same, and counted until it is.
        first[0].cancel()
        go_on.set()
        rest = await asyncio.gather(*first[1:])
        assert [each.content for each in rest] == [b"%PDF"] * (room.WAITING_LIMIT - 1)
        assert await made.digest(paper("x")) == rest[0].digest, "it is known, and not set anew"
        while made.under_way:  # noqa: ASYNC110 - the same
            await asyncio.sleep(0)

    asyncio.run(asked())


def test_a_page_does_not_wait_long_for_a_digest_and_the_next_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on = threading.Event()

    def waits(_data: str, _at: datetime) -> bytes:
        assert go_on.wait(20)
        return b"%PDF"

    monkeypatch.setattr(room, "press", waits)
    monkeypatch.setattr(room, "DIGEST_S", 0.01)

    async def asked() -> None:
        made = TypstPress()
        assert await made.digest(paper("x")) == ""
        go_on.set()
        await asyncio.gather(*made._for_digests)
        assert await made.digest(paper("x")) == Pressed.of(b"%PDF").digest

    asyncio.run(asked())


def test_what_is_too_long_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PAPER_CHARACTERS_LIMIT", 1_000)
    assert refused(lambda each: each.pressed(paper("x" * 1_000))) == "paper_too_long"


def test_a_real_paper_comes_through_the_press() -> None:
    made = asyncio.run(TypstPress().pressed(paper("x")))
    assert made == Pressed.of(pdf("x"))
