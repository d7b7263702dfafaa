# SPDX-License-Identifier: Apache-2.0
"""Names, subjects and ids: what is one, what is none, and how ids sort."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.kernel.identity import (
    ID_ENTROPY_BYTES,
    NAME_CHARACTERS_LIMIT,
    SUBJECT_CHARACTERS_LIMIT,
    id_bytes,
    is_name,
    is_subject,
    subject_type,
    uuid7_bytes,
    uuid_text,
)

MS_48_BITS = 2**48 - 1
entropies = st.binary(min_size=ID_ENTROPY_BYTES, max_size=ID_ENTROPY_BYTES)


@given(st.integers(0, MS_48_BITS), entropies)
def test_an_id_is_a_uuid_of_version_7_that_begins_with_its_instant(
    at_ms: int, entropy: bytes
) -> None:
    raw = uuid7_bytes(at_ms, entropy)
    standard = UUID(bytes=raw)
    assert (standard.version, standard.variant) == (7, "specified in RFC 4122")
    assert int.from_bytes(raw[:6]) == at_ms
    assert uuid_text(raw) == str(standard)


@given(st.integers(0, MS_48_BITS), st.integers(0, MS_48_BITS), entropies, entropies)
def test_ids_sort_by_their_instant_as_bytes_and_as_text(
    left_ms: int, right_ms: int, left: bytes, right: bytes
) -> None:
    first, second = uuid7_bytes(left_ms, left), uuid7_bytes(right_ms, right)
    if left_ms != right_ms:
        assert (first < second) == (left_ms < right_ms)
    assert (first < second) == (uuid_text(first) < uuid_text(second))


@given(entropies, st.integers(0, ID_ENTROPY_BYTES * 8 - 1))
def test_all_chance_but_six_bits_of_it_is_in_the_id(entropy: bytes, bit: int) -> None:
    changed = (int.from_bytes(entropy) ^ (1 << bit)).to_bytes(ID_ENTROPY_BYTES)
    fixed = {79, 78, 77, 76, 63, 62}  # where version and variant stand
    same = uuid7_bytes(0, entropy) == uuid7_bytes(0, changed)
    assert same == (bit in fixed)


def test_the_example_of_the_standard_is_met() -> None:
    # RFC 9562, appendix A.6.
    entropy = bytes.fromhex("0cc318c4dc0c0c07398f")
    assert uuid_text(uuid7_bytes(0x017F22E279B0, entropy)) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(st.binary(min_size=16, max_size=16))
def test_the_bytes_of_an_id_come_back_from_its_text(raw: bytes) -> None:
    assert id_bytes(uuid_text(raw)) == raw


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "017f22e279b07cc398c4dc0c0c07398f",
        "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f ",
        "017f22e279b07cc398c4dc0c0c07398f    ",
        "017f22e2-79b0-7cc3-98c4dc-0c0c07398f",
        "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
        "０17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    ],
)
def test_what_is_no_id_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        id_bytes(text)


@given(st.text())
def test_any_text_is_an_id_or_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        id_bytes(text)


@pytest.mark.parametrize("name", ["a", "0", "east", "station-7", "a-", "a" * NAME_CHARACTERS_LIMIT])
def test_small_letters_digits_and_dashes_are_a_name(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-a",
        "East",
        "east town",
        "east/town",
        "east:town",
        "..",
        "east\n",
        "østby",
        "east_town",
        "east.town",
        "a\0",
        "٣",  # a digit, but not one of ours
        "a" * (NAME_CHARACTERS_LIMIT + 1),
    ],
)
def test_anything_else_is_no_name(name: str) -> None:
    assert not is_name(name)


@pytest.mark.parametrize(
    "subject",
    ["fire:1", "incident:0199-AB.c_d", "a:b", "a_1:b", f"{'a' * 32}:{'b' * 95}"],
)
def test_a_type_a_colon_and_an_id_are_a_subject(subject: str) -> None:
    assert is_subject(subject)
    assert len(subject) <= SUBJECT_CHARACTERS_LIMIT
    assert subject == f"{subject_type(subject)}:{subject.partition(':')[2]}"


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "fire",
        "fire:",
        ":1",
        "Fire:1",
        "1fire:1",
        "fire:1:2",
        "fire:a b",
        "fire:æ",
        "fire:1\n",
        "fire-1:1",
        "fire:../1",
        f"{'a' * 33}:1",
        f"a:{'b' * 96}",
    ],
)
def test_anything_else_is_no_subject(subject: str) -> None:
    assert not is_subject(subject)
