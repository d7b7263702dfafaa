# SPDX-License-Identifier: Apache-2.0
"""Whoever types the beginning of an address finds it, in any spelling that is tolerated."""

from collections.abc import Iterator

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.runtime.addresses.register import FILE, AddressFile
from bavn.runtime.addresses.words import SHORT, TYPED_LIMIT, key_of, keys_of, meanings, words_of
from tests.runtime.addresses.lists import EAST, WEST, register, row

STREETS = (
    *("Nørregade", "Nordre Ringgade", "Søen", "Åen", "Ærøvej", "H.C. Ørsteds Vej", "Skolevej"),
    *("10. Februar Vej", "Gammel Åboulevard", "Sankt Jørgens Allé", "Vej 4", "Sø-Engen", "Å"),
)
ROWS = [
    row(street, number, where, (57.0 + at / 100, 10.0 + at / 50))
    for at, street in enumerate(STREETS)
    for where in (EAST, WEST)
    for number in ("1", "12", "12B", "120")
]
ALL = len(ROWS) * 2
SPELLINGS = st.sampled_from(
    [
        {},
        {"æ": "ae", "ø": "oe", "å": "aa", "Æ": "Ae", "Ø": "Oe", "Å": "Aa"},
        {"æ": "a", "ø": "o", "å": "a", "Æ": "A", "Ø": "O", "Å": "A"},
        {".": "", "-": " "},
        {".": "", "-": "", "é": "e"},
        {each: each.upper() for each in "abcdefghijklmnopqrstuvwxyzæøå"},
    ]
)
LETTERS = st.text("aeoåæøAEOÅÆØnrgéüß .-'", max_size=12)


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AddressFile]:
    file = register(tmp_path_factory.mktemp("addresses"), ROWS)
    yield file
    file.close()


def spelt(text: str, spelling: dict[str, str]) -> str:
    return "".join(spelling.get(each, each) for each in text)


def names(found: object) -> list[str]:
    return [each.text for each in found]  # type: ignore[attr-defined]


@given(LETTERS, SPELLINGS, st.integers(0, 20))
def test_the_beginning_of_a_spelling_folds_to_the_beginning_of_the_name(
    name: str, spelling: dict[str, str], end: int
) -> None:
    whole = key_of(words_of(name))
    assert key_of(words_of(spelt(name, spelling))) == whole
    assert whole.startswith(key_of(words_of(spelt(name, spelling)[:end])))


@given(st.data())
def test_any_beginning_of_an_address_in_any_spelling_finds_it(
    addresses: AddressFile, data: st.DataObject
) -> None:
    street = data.draw(st.sampled_from(STREETS))
    number = data.draw(st.sampled_from(["1", "12", "12B", "120", "12 b"]))
    postcode, town, _ = data.draw(st.sampled_from([EAST, WEST]))
    wanted = f"{street} {number.replace(' ', '').upper()}, {postcode} {town}"
    form = data.draw(
        st.sampled_from(
            [
                "{street} {number}, {postcode} {town}",
                "{street} {number} {town}",
                "{street} {number} {postcode}",
                "{number} {street}, {town}",
                "{street} {number}, 2. tv, {postcode} {town}",
            ]
        )
    )
    whole = form.format(street=street, number=number, postcode=postcode, town=town)
    typed = spelt(whole, data.draw(SPELLINGS))
    # A number in front says nothing by itself.
    first = len(number) + 1 if form.startswith("{number}") else 0
    end = data.draw(st.integers(first + 1, len(typed)))
    found = names(addresses.find(typed[:end], limit=ALL))
    # A list of streets holds the house's own until its number has begun.
    street_alone = f"{street}, {postcode} {town}"
    assert wanted in found or street_alone in found, (typed[:end], found)
    if end == len(typed):
        assert wanted in found[:4], (typed, found)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("Ndr. Ringgade 12 Østby", "Nordre Ringgade 12, 9801 Østby"),
        ("nr ringgade", None),
        ("Nørregd 12 vestby", "Nørregade 12, 9802 Vestby"),
        ("noerregade 12b 9801", "Nørregade 12B, 9801 Østby"),
        ("12 norregade ostby", "Nørregade 12, 9801 Østby"),
        ("ørsteds vej 1 9802", "H.C. Ørsteds Vej 1, 9802 Vestby"),
        ("HC Ørsteds Vej 1 9802", "H.C. Ørsteds Vej 1, 9802 Vestby"),
        ("Gl. Åboulevard 1, Østby", "Gammel Åboulevard 1, 9801 Østby"),
        ("Gammel Åblvd 1, Østby", "Gammel Åboulevard 1, 9801 Østby"),
        ("Skt. Jørgens Alle 120 9801", "Sankt Jørgens Allé 120, 9801 Østby"),
        ("Søengen 1 9801", "Sø-Engen 1, 9801 Østby"),
        ("Soeen 1 9801", "Søen 1, 9801 Østby"),
        ("10 februar vej 12 9801", "10. Februar Vej 12, 9801 Østby"),
        ("Skolevej 12, st. th, 9801 Østby", "Skolevej 12, 9801 Østby"),
    ],
)
def test_what_people_type_is_understood(
    addresses: AddressFile, typed: str, wanted: str | None
) -> None:
    found = names(addresses.find(typed))
    assert (found[:1] == [wanted]) if wanted else found == []


def test_every_short_form_leads_to_the_long_one_and_back() -> None:
    for full, shorts in SHORT.items():
        for short in shorts:
            assert f"{short}vang" in keys_of(f"{full} vang")
            assert f"{full}vang" in keys_of(f"{short} vang")


def test_a_street_is_a_place_without_a_number_and_with_one_that_it_has_not(
    addresses: AddressFile,
) -> None:
    (one,) = addresses.find("Skolevej Østby")
    assert (one.text, one.exact, one.number_unknown) == ("Skolevej, 9801 Østby", False, False)
    (other,) = addresses.find("Skolevej 77 Østby")
    assert (other.text, other.exact, other.number_unknown) == ("Skolevej, 9801 Østby", False, True)
    (house,) = addresses.find("Skolevej 12B, 9801 Østby")
    assert house.exact
    assert [house.lat, house.lon] == [pytest.approx(57.06), pytest.approx(10.12)]


def test_the_municipality_comes_first_and_then_what_is_near(addresses: AddressFile) -> None:
    for code, first in (("0001", "9801 Østby"), ("0002", "9802 Vestby")):
        found = names(addresses.find("Skolevej 1", municipality=code))
        assert found[0] == f"Skolevej 1, {first}"
    near = addresses.find("vej", near=(57.12, 10.24))
    far = addresses.find("vej", near=(57.0, 10.0))
    assert names(near) != names(far)
    assert near[0].text.startswith("Vej 4,")


def test_villages_are_found_beside_the_town_of_the_post(tmp_path: object) -> None:
    folder = tmp_path
    file = register(folder, [row("Bygaden", "3", locality="Åstrup"), row("Bygaden", "3", WEST)])  # type: ignore[arg-type]
    assert names(file.find("bygaden 3 aastrup")) == ["Bygaden 3, Åstrup, 9801 Østby"]
    assert len(file.find("bygaden 3")) == 2
    file.close()


@given(st.text(max_size=TYPED_LIMIT + 20))
def test_whatever_is_typed_is_no_error(addresses: AddressFile, text: str) -> None:
    assert len(addresses.find(text)) <= 8
    assert len(meanings(text)) < 80


def test_no_register_and_a_broken_one_find_nothing_and_say_so(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path_factory.mktemp("none")
    file = AddressFile(folder)
    assert file.find("Skolevej") == ()
    assert file.register() is None
    (folder / FILE).write_bytes(b"no register at all, and long enough to look like one" * 40)
    assert file.find("Skolevej") == ()
    assert file.find("Skolevej") == ()
    assert file.register() is None
    # Told once, and not at every key.
    assert capsys.readouterr().err.count("addresses.not_read") == 1
    # One that is a database and no register is as good as none.
    file.close()
    (folder / FILE).unlink()
    connection = apsw.Connection(str(folder / FILE))
    connection.pragma("user_version", 1)
    connection.execute("CREATE TABLE about (name, value)")
    connection.close()
    assert file.find("Skolevej") == ()
    assert file.register() is None
    # Mended, it is found without a restart.
    register(folder, ROWS[:4]).close()
    assert names(file.find("norregade 12"))[0] == "Nørregade 12, 9801 Østby"
    file.close()
