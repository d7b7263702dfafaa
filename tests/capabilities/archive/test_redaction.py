# SPDX-License-Identifier: Apache-2.0
"""Nothing of what is left out is in any file: not its words, nor a part of them, nor a digest."""

from datetime import UTC, datetime
from hashlib import md5, sha1, sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from bavn.capabilities.archive.model.redaction import (
    DOCUMENT,
    LOG,
    Piece,
    echoes,
    mark_of,
    redacted,
    undecided,
    unreadable,
)
from bavn.capabilities.archive.views.export import CSV, HTML, JSON, Heading, files_of
from bavn.node.archive import grounds_of
from bavn.runtime.texts import Texts

NOW = datetime(2027, 1, 1, 12, 0, tzinfo=UTC)
HEADING = Heading(case="c1", owner="Nordjyllands Beredskab", law="offentlighedsloven")
DANISH = Texts("da")
GROUNDS = {each.code: each.danish for each in grounds_of("denmark")}
# Letters that stand in nothing else of a file, so that a part that is found is a leak.
SECRET = st.text("ЖЩЦФЮЯЭШЧБГДПЛЙИ<>&\"'=;,\n", min_size=6, max_size=60).filter(
    lambda text: len(text.strip()) >= 6
)
OPEN = st.text("abcdefghijklmnopqrstuvwxyzæøå <>&\"'=+-@\n", max_size=30)
PART = 6


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Piece], dict[str, str], list[str]]:
    """Pieces, what was chosen for each, and all words that are left out."""
    pieces: list[Piece] = []
    choices: dict[str, str] = {}
    secrets: list[str] = []
    for number in range(draw(st.integers(1, 5))):
        one, part = f"e{number}", draw(st.sampled_from((LOG, DOCUMENT)))
        is_out = draw(st.booleans())
        says = draw(SECRET if is_out else OPEN)
        who = draw(SECRET if is_out else OPEN)
        pieces.append(Piece(id=one, part=part, says=says, who=who, at=NOW))
        if is_out:
            choices[one] = draw(st.sampled_from(sorted(GROUNDS)))
            secrets += [says, who]
        for field in range(draw(st.integers(0, 3))):
            name, kept = f"{one}/{field}", draw(st.sampled_from(("in", "out", "")))
            hidden = is_out or kept != "in"
            text = draw(SECRET if hidden else OPEN)
            label = draw(SECRET) if is_out else f"felt {field}"
            pieces.append(Piece(id=name, part=part, of=one, says=label, text=text, wants_word=True))
            if kept:
                ground = draw(st.sampled_from(sorted(GROUNDS)))
                choices[name] = "" if kept == "in" else ground
            if hidden:
                secrets += [text, *([label] if is_out else [])]
    return pieces, choices, secrets


def parts_of(secret: str) -> set[str]:
    text = secret.strip()
    return {text[start : start + PART] for start in range(len(text) - PART + 1)}


def digests_of(secret: str) -> set[bytes]:
    raws = [secret.encode(), secret.strip().encode()]
    made = (each(raw).hexdigest() for raw in raws for each in (sha256, sha1, md5))
    return {each.encode() for each in made}


@settings(max_examples=80, deadline=None)
@given(cases())
def test_nothing_left_out_is_in_any_byte_that_is_given(
    case: tuple[list[Piece], dict[str, str], list[str]],
) -> None:
    pieces, choices, secrets = case
    given_ = redacted(pieces, choices)
    files = files_of(HEADING, given_, GROUNDS, DANISH, UTC)
    assert set(files) == {HTML, CSV, JSON}
    mark = mark_of(pieces, choices).encode()
    for name, raw in {**files, "mark": mark}.items():
        text = raw.decode()
        # As it would be if it were escaped, too.
        plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        plain = plain.replace("&quot;", '"').replace("&#x27;", "'").replace('""', '"')
        for secret in secrets:
            for part in parts_of(secret):
                # What is all signs and blanks may stand in any table.
                if sum(letter.isalpha() for letter in part) < PART - 2:
                    continue
                assert part not in text, name
                assert part not in plain, name
            assert not [each for each in digests_of(secret) if each in raw], name


@settings(max_examples=60, deadline=None)
@given(cases())
def test_the_list_counts_what_is_left_out_and_the_same_choices_give_the_same_bytes(
    case: tuple[list[Piece], dict[str, str], list[str]],
) -> None:
    pieces, choices, _ = case
    given_ = redacted(pieces, choices)
    assert sum(given_.counts().values()) == len(given_.left_out)
    once = files_of(HEADING, given_, GROUNDS, DANISH, UTC)
    assert once == files_of(HEADING, redacted(pieces, choices), GROUNDS, DANISH, UTC)
    out = {each.id for each in pieces if choices.get(each.id)}
    waiting = undecided(pieces, choices)
    assert all(each.id not in choices and each.of not in out for each in waiting)


ENTRY = Piece(id="e", part=LOG, says="Alarm på Skovvej", at=NOW)
TEXT = Piece(id="e/t", part=LOG, of="e", says="Tekst", text="Hr. Rosenkrantz", wants_word=True)


def test_a_sealed_text_is_out_until_somebody_lets_it_in() -> None:
    shut = redacted([ENTRY, TEXT], {})
    assert shut.shown[0].texts[0].text == ""
    assert undecided([ENTRY, TEXT], {}) == [TEXT]
    opened = redacted([ENTRY, TEXT], {"e/t": ""})
    assert opened.shown[0].texts[0].text == "Hr. Rosenkrantz"
    assert undecided([ENTRY, TEXT], {"e/t": ""}) == []
    # An entry that is left out takes its texts with it, also those that were let in.
    gone = redacted([ENTRY, TEXT], {"e": "ofl_31", "e/t": ""})
    assert gone.shown[0].texts == ()
    assert gone.shown[0].at is None
    assert gone.counts() == {"ofl_31": 1}
    assert undecided([ENTRY, TEXT], {"e": "ofl_31"}) == []


def test_what_cannot_be_read_is_not_let_in() -> None:
    shut = Piece(id="x", part=LOG, of="e", says="Tekst", gone="erased", wants_word=True)
    assert unreadable([ENTRY, shut], {"x": ""}) == [shut]
    assert unreadable([ENTRY, shut], {"x": "ofl_31"}) == []


def test_a_mark_follows_every_choice_and_every_new_piece() -> None:
    first = mark_of([ENTRY], {})
    assert mark_of([ENTRY], {"e": ""}) == first, "an entry is in as it is"
    marks = {
        first,
        mark_of([ENTRY], {"e": "ofl_31"}),
        mark_of([ENTRY, TEXT], {}),
        mark_of([ENTRY, TEXT], {"e/t": ""}),
        mark_of([ENTRY, TEXT], {"e/t": "ofl_31"}),
    }
    assert len(marks) == 5


def test_whoever_chooses_is_told_of_a_name_that_stands_elsewhere_too() -> None:
    other = Piece(id="f", part=LOG, says="Talte med rosenkrantz igen", at=NOW)
    assert echoes([ENTRY, TEXT, other], redacted([ENTRY, TEXT, other], {})) == ["rosenkrantz"]
    let_in = {"e/t": ""}
    assert echoes([ENTRY, TEXT, other], redacted([ENTRY, TEXT, other], let_in)) == []


def test_no_cell_is_a_formula() -> None:
    sly = Piece(id="s", part=LOG, says='=HYPERLINK("x")', who="+1", at=NOW)
    table = files_of(HEADING, redacted([sly], {}), GROUNDS, DANISH, UTC)[CSV].decode()
    assert "'=HYPERLINK" in table
    assert "'+1" in table
    assert (
        "<script>"
        not in files_of(
            HEADING,
            redacted([Piece(id="s", part=LOG, says="<script>")], {}),
            GROUNDS,
            DANISH,
            UTC,
        )[HTML].decode()
    )
