# SPDX-License-Identifier: Apache-2.0
"""How names of streets and towns are compared, and what a typed address may mean.

Names are folded: æ, ø and å meet ae, oe, aa and the bare letters, whatever was typed, and blanks,
dots and dashes do not count. A prefix of a name in any of these spellings folds to a prefix of what
the name folds to: that is what makes it possible to look while somebody types.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

# A name with more ways to be shortened than these is looked up by its first ones.
VARIANTS_LIMIT = 12
# What somebody types of an address; what is longer is no address.
TYPED_LIMIT = 120
WORDS_LIMIT = 10
POSTCODE_DIGITS = 4

# No mark that can be taken off: they are letters of their own.
_LETTERS = str.maketrans({"æ": "a", "ø": "o", "đ": "d", "ł": "l"})
# What å, æ and ø become when a keyboard has none of them, and what is left of it.
_RUN_A, _RUN_O = re.compile("a[ae]+"), re.compile("oe+")
_APART = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans("", "", "'`´’")
_HOUSE = re.compile(r"0*([1-9][0-9]{0,2})([a-z]?)")
_DIGITS = re.compile(r"[0-9]{1,4}")
# Floors and doors, which say where in a house and not which.
_INSIDE = frozenset({"st", "kl", "tv", "th", "mf", "sal", "etage", "dor"})
# Words of names that people shorten, in both directions; folded.
SHORT: dict[str, tuple[str, ...]] = {
    "nordre": ("ndr",),
    "norre": ("nr", "ndr"),
    "sondre": ("sdr", "sndr"),
    "sonder": ("sdr",),
    "ostre": ("ostr",),
    "vestre": ("vestr", "v"),
    "vester": ("v", "vestr"),
    "gammel": ("gl", "gml"),
    "store": ("st",),
    "lille": ("ll", "lil"),
    "sankt": ("sct", "skt", "st"),
    "christian": ("chr",),
    "christians": ("chr",),
    "frederik": ("fr",),
    "frederiks": ("fr",),
    "doktor": ("dr",),
    "professor": ("prof",),
    "boulevard": ("blvd", "bvd"),
}
Following = tuple[str, list[str], list[str], str]
_LONG: dict[str, tuple[str, ...]] = {}
for _full, _shorts in SHORT.items():
    for _short in _shorts:
        _LONG[_short] = (*_LONG.get(_short, ()), _full)
# How names end, and how that is shortened; what only leaves letters out at the end is a prefix.
ENDINGS = {"gade": "gd", "vej": "vj", "boulevard": "blvd"}


def words_of(text: str) -> list[str]:
    """Take the words of a text apart, in plain small letters.

    >>> words_of("H.C. Ørsteds Vej")
    ['h', 'c', 'orsteds', 'vej']
    """
    small = unicodedata.normalize("NFD", text.casefold().translate(_APOSTROPHES))
    bare = "".join(each for each in small if not unicodedata.combining(each))
    return _APART.findall(bare.translate(_LETTERS))


def plain_of(text: str) -> str:
    """Give the letters of a name as they are written, up to its first number.

    What was typed with the right letters comes before what only folds to the same.

    >>> plain_of("Søen 4, 9000 Aalborg"), plain_of("12 H.C. Ørsteds Vej")
    ('søen', 'hcørstedsvej')
    """
    composed = unicodedata.normalize("NFC", text.casefold().translate(_APOSTROPHES))
    found: list[str] = []
    for word in _APART.findall(composed):
        if word[0].isdigit() and found:
            break
        if not word[0].isdigit():
            found.append(word)
    return "".join(found)


def key_of(words: Sequence[str]) -> str:
    """Fold words to what is compared.

    >>> key_of(words_of("Sø-Engen")), key_of(words_of("Soe Engen")), key_of(words_of("Soeengen"))
    ('songen', 'songen', 'songen')
    """
    return _RUN_O.sub("o", _RUN_A.sub("a", "".join(words)))


def keys_of(name: str) -> set[str]:
    """All that a name is looked up by: from each of its words on, whole and shortened."""
    words, found = words_of(name), set[str]()
    for first in range(len(words)):
        ways = [_ways(each) for each in words[first:]]
        for count, way in enumerate(product(*ways)):
            if count == VARIANTS_LIMIT:
                break
            found.add(key_of(way))
    return found - {""}


def _ways(word: str) -> tuple[str, ...]:
    """Give a word as it is, and as else it may be written."""
    folded = key_of((word,))
    found = [word, *SHORT.get(folded, ()), *_LONG.get(folded, ())]
    for ending, short in ENDINGS.items():
        if word.endswith(ending) and word != ending:
            found.append(word.removesuffix(ending) + short)
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One thing that a typed address may mean; keys are folded, and may go on.

    `number_goes_on` tells that more digits may follow: it was typed last.
    """

    street: str
    town: str = ""
    number: int | None = None
    letter: str = ""
    postcode: str = ""
    number_goes_on: bool = False


def meanings(text: str) -> list[Asked]:
    """Give what a typed address may mean, the likeliest first."""
    words = words_of(text[:TYPED_LIMIT])[:WORDS_LIMIT]
    found = dict.fromkeys(_meanings(words))
    # A town does not begin with a digit.
    return [each for each in found if each.street and not each.town[:1].isdigit()]


def _meanings(words: list[str]) -> Iterator[Asked]:
    postcodes = [at for at, word in enumerate(words) if _is_postcode(word)]
    postcode = words[postcodes[-1]] if postcodes else ""
    rest = [word for at, word in enumerate(words) if at not in postcodes[-1:]]
    houses = [at for at, word in enumerate(rest) if _HOUSE.fullmatch(word)]
    for at in houses[:2]:
        yield from _with_house(rest, at, postcode, is_last=words[-1] == rest[at])
    if houses and not postcode and rest[-1].isdigit():
        # Perhaps the first digits of a postcode, where somebody knows no number of a house.
        yield from _without_house(rest[:-1], rest[-1])
    yield from _without_house(rest, postcode)


def _with_house(rest: list[str], at: int, postcode: str, *, is_last: bool) -> Iterator[Asked]:
    house = _HOUSE.fullmatch(rest[at])
    assert house is not None, "that is how it was found"
    number, letter = int(house[1]), house[2]
    before, after = rest[:at], rest[at + 1 :]
    goes_on = is_last and not after and not letter
    for last_letter, rest_of_it, town, digits in _after(after, letter):
        code = postcode or digits
        # A number in front leaves street and town behind it; a name may begin with a number too.
        for street, where in (
            _split(before, town) if before else (*_split(town, []), *_split(rest_of_it, []))
        ):
            yield Asked(
                street=key_of(street),
                town=key_of(where),
                number=number,
                letter=last_letter,
                postcode=code,
                number_goes_on=goes_on,
            )


def _after(after: list[str], letter: str) -> Iterator[Following]:
    """Read what follows the number: a letter of the house, floor and door, a postcode, a town.

    Gives the letter, all that follows it, that without floor and door, and the postcode.
    """
    if after and not letter and len(after[0]) == 1 and after[0].isalpha():
        yield from _after(after[1:], after[0])
    town = [each for each in after if each not in _INSIDE and not each.isdigit()]
    if after and _DIGITS.fullmatch(after[-1]):
        yield letter, after, town, after[-1]
    yield letter, after, town, ""
    if town and any(each.startswith(town[-1]) for each in _INSIDE):
        # Perhaps the beginning of a door: `t` of `tv`.
        yield letter, after, town[:-1], ""


def _without_house(rest: list[str], postcode: str) -> Iterator[Asked]:
    for street, town in _split(rest, []):
        yield Asked(street=key_of(street), town=key_of(town), postcode=postcode)


def _split(words: list[str], town: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Part words into those of a street and those of a town, the longest street first.

    A town that stands by itself behind the number is one already.
    """
    yield words, town
    if not town:
        for end in range(len(words) - 1, 0, -1):
            yield words[:end], words[end:]


def _is_postcode(word: str) -> bool:
    return len(word) == POSTCODE_DIGITS and word.isdigit()
