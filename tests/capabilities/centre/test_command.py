# SPDX-License-Identifier: Apache-2.0
"""The command line: whatever is typed is a command, or a word of what to write instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.centre.model import command as grammar
from bavn.capabilities.centre.model.command import (
    MUTE_MINUTES_LIMIT,
    OFFERS_LIMIT,
    TYPED_LIMIT,
    Misread,
    Names,
    handles_of,
    parse,
)
from bavn.capabilities.centre.model.completing import complete
from bavn.node.centre import PLACES, words_of
from bavn.runtime.texts import LANGUAGES, Texts

WORDS = words_of(PLACES)
DANISH = words_of(PLACES, ["da"], first_only=True)
FIRE, FLOOD = "0199-aaaa-4a7f", "0199-bbbb-9c01"
NAMES = Names(
    units={"njb-01-02": "njb-01-asp-1", "ny-1": "ny-1"},
    incidents=[FIRE, FLOOD, "0199-cccc-9c01"],
    types={"br-vil": "BR-VIL"},
)
KNOWN = [
    *WORDS.verbs,
    *WORDS.statuses,
    *WORDS.places,
    *WORDS.outcomes,
    "NJB-01-02",
    "#4a7f",
    "BR-VIL",
]
LINES = st.one_of(
    st.text(max_size=60),
    st.lists(st.one_of(st.sampled_from(KNOWN), st.text(max_size=6)), max_size=6).map(" ".join),
)


@given(LINES)
def test_anything_typed_is_a_command_or_says_what_is_wrong(typed: str) -> None:
    read = parse(typed, WORDS, NAMES)
    if isinstance(read, Misread):
        for language in LANGUAGES:
            assert Texts(language)(f"centre.misread.{read.code}", value=read.value)
        assert len(read.offers) <= OFFERS_LIMIT
    else:
        # What it is about is something there is.
        assert getattr(read, "incident", None) in {None, *NAMES.incidents}
        assert getattr(read, "unit", None) in {None, *NAMES.units.values()}


@given(LINES)
def test_case_and_blanks_change_no_meaning_but_a_text(typed: str) -> None:
    read = parse(typed, WORDS, NAMES)
    again = parse(f"  {typed} ".replace(" ", "   "), WORDS, NAMES)
    assert type(again) is type(read) or len(typed) * 3 > TYPED_LIMIT


@given(LINES)
def test_what_is_offered_goes_on_with_what_is_typed(typed: str) -> None:
    offered = complete(typed, WORDS, DANISH, NAMES)
    assert len(offered) <= OFFERS_LIMIT
    begun = " ".join(typed.casefold().split())
    assert all(each.casefold().startswith(begun) for each in offered)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("njb-01-02 a", ("njb-01-02 ankommet",)),
        ("njb-01-02 ledig ", ("njb-01-02 ledig på radio",)),
        ("NJB-01-02 ikke ", ("NJB-01-02 ikke indsatsklar",)),
        ("#4a7f l", ("#4a7f luk",)),
        ("#4a7f close r", ("#4a7f close reel",)),
        ("luk #9", ()),
        ("luk #4", ("luk #4a7f",)),
        ("ny b", ("ny br-vil",)),
        ("x" * (TYPED_LIMIT + 1), ()),
    ],
)
def test_one_word_is_offered_for_each_thing(typed: str, offered: tuple[str, ...]) -> None:
    assert complete(typed, WORDS, DANISH, NAMES) == offered


@given(st.lists(st.text("0123456789abcdef-", min_size=1, max_size=12), unique=True, max_size=30))
def test_a_handle_names_its_own_incident_and_no_other(incidents: list[str]) -> None:
    names = Names(incidents=incidents)
    for incident, handle in handles_of(incidents).items():
        assert names.incidents_ending(handle) == [incident]


@pytest.mark.requirement("E5.2")
@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("NJB-01-02 ankommet", grammar.SetStatus(unit="njb-01-asp-1", status="at_scene")),
        ("njb-01-02 in place", grammar.SetStatus(unit="njb-01-asp-1", status="at_scene")),
        (
            "njb-01-02 på vej #4a7f",
            grammar.SetStatus(unit="njb-01-asp-1", status="en_route", incident=FIRE),
        ),
        ("njb-01-02", grammar.Show(unit="njb-01-asp-1")),
        ("#4a7f send", grammar.Send(incident=FIRE)),
        ("send 4A7F njb-01-02", grammar.Send(incident=FIRE, units=("njb-01-asp-1",))),
        ("#4a7f note Nøgle hos naboen", grammar.Note(incident=FIRE, text="Nøgle hos naboen")),
        ("#4a7f luk blind", grammar.Close(incident=FIRE, outcome="blind_other")),
        ("#4a7f close", grammar.Close(incident=FIRE, outcome=None)),
        ("4a7f kald tilbage njb-01-02", grammar.Recall(incident=FIRE, units=("njb-01-asp-1",))),
        ("ny BR-VIL Algade 3", grammar.Report(type="BR-VIL", where="Algade 3")),
        ("ny noget brænder", grammar.Report(type=None, where="noget brænder")),
        ("ny", grammar.Report(type=None, where="")),
        # A unit is not out of reach because it is called as a word is.
        ("ny-1 klar", grammar.SetStatus(unit="ny-1", status="available")),
        ("kort", grammar.Go(place="map")),
        ("set 3", grammar.Seen(number=3)),
        ("stille 5", grammar.Mute(minutes=5)),
        ("?", grammar.Help()),
    ],
)
def test_what_is_written_means(typed: str, means: grammar.Command) -> None:
    assert parse(typed, WORDS, NAMES) == means


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("x" * (TYPED_LIMIT + 1), "too_long"),
        ("svaneke", "unknown"),
        ("#ffff luk", "no_incident"),
        ("9c01 luk", "many_incidents"),
        ("send", "what_to"),
        ("njb-01-02 danser", "no_status"),
        ("#4a7f danser", "no_verb"),
        ("#4a7f note", "no_text"),
        ("#4a7f luk måske", "no_outcome"),
        ("#4a7f send njb-99", "no_unit"),
        ("#4a7f tilbage", "no_units"),
        ("set ²", "no_number"),
        (f"stille {MUTE_MINUTES_LIMIT + 1}", "mute_limit"),
    ],
)
def test_what_cannot_be_read_says_why(typed: str, code: str) -> None:
    read = parse(typed, WORDS, NAMES)
    assert isinstance(read, Misread), read
    assert read.code == code


def test_every_word_of_the_line_has_one_meaning() -> None:
    # A word in two lists would mean one thing or the other by chance.
    assert not WORDS.verbs.keys() & WORDS.places.keys()
    for language in LANGUAGES:
        texts = Texts(language)
        for verb in grammar.Verb:
            said = [each.strip() for each in texts(f"centre.word.{verb}").split(",")]
            assert all(WORDS.verbs[each] is verb for each in said)
