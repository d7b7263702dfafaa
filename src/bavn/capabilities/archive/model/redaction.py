# SPDX-License-Identifier: Apache-2.0
"""What is let in and what is left out of what somebody asked to see.

The law of this file: nothing of what is left out comes out of `redacted`, not its words, not its
length, not its time, not its number in the record, and no digest of it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec

MARK_CHARACTERS = 32
LOG, DOCUMENT = "log", "document"
ERASED, NOT_OPEN = "erased", "not_open"
# Shorter words are everywhere.
_WORD = re.compile(r"\w{6,}")
ECHOES_LIMIT = 20


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """An entry or a field with its open words; or a sealed text, which belongs to one (`of`).

    `says` are the open words, or what a text is called. `gone` tells why a text cannot be read.
    `wants_word`: left out until somebody lets it in. All sealed texts are.
    """

    id: str
    part: str
    says: str
    at: datetime | None = None
    who: str = ""
    of: str = ""
    text: str = ""
    gone: str = ""
    wants_word: bool = False

    @property
    def is_text(self) -> bool:
        """True for a sealed text."""
        return bool(self.of)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What is given of an entry or a field: its words, or the ground on which it is left out."""

    number: int
    part: str
    at: datetime | None = None
    who: str = ""
    says: str = ""
    ground: str = ""
    texts: tuple["ShownText", ...] = ()


class ShownText(msgspec.Struct, frozen=True, kw_only=True):
    """What is given of a text: its words, or the ground on which they are left out."""

    name: str
    text: str = ""
    ground: str = ""


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """Something is left out: of which number, whether all of it, and on what ground."""

    number: int
    part: str
    name: str = ""
    ground: str


class Redacted(msgspec.Struct, frozen=True, kw_only=True):
    """What is given, and the list of what is left out."""

    shown: tuple[Shown, ...]
    left_out: tuple[LeftOut, ...]

    def counts(self) -> dict[str, int]:
        """How much is left out on each ground."""
        found: dict[str, int] = {}
        for each in self.left_out:
            found[each.ground] = found.get(each.ground, 0) + 1
        return dict(sorted(found.items()))


Choices = Mapping[str, str]


def undecided(pieces: Sequence[Piece], choices: Choices) -> list[Piece]:
    """Those that want somebody's word and have none; a text of what is left out wants none."""
    out = {each.id for each in pieces if choices.get(each.id)}
    return [
        each for each in pieces if each.wants_word and each.id not in choices and each.of not in out
    ]


def unreadable(pieces: Sequence[Piece], choices: Choices) -> list[Piece]:
    """Texts that are to be let in and cannot be read."""
    return [each for each in pieces if each.gone and choices.get(each.id) == ""]


def redacted(pieces: Sequence[Piece], choices: Choices, default: str = "") -> Redacted:
    """What is given. `default` is the ground of what nobody has decided on, for a preview."""
    shown: list[Shown] = []
    left_out: list[LeftOut] = []
    texts: dict[str, list[Piece]] = {}
    for each in pieces:
        if each.is_text:
            texts.setdefault(each.of, []).append(each)
    entries = [each for each in pieces if not each.is_text]
    for number, each in enumerate(entries, 1):
        ground = _ground_of(each, choices, default)
        if ground is not None:
            shown.append(Shown(number=number, part=each.part, ground=ground))
            left_out.append(LeftOut(number=number, part=each.part, ground=ground))
            continue
        given = []
        for text in texts.get(each.id, ()):
            ground = _ground_of(text, choices, default)
            if ground is None:
                given.append(ShownText(name=text.says, text=text.text))
                continue
            given.append(ShownText(name=text.says, ground=ground))
            left_out.append(LeftOut(number=number, part=each.part, name=text.says, ground=ground))
        shown.append(
            Shown(
                number=number,
                part=each.part,
                at=each.at,
                who=each.who,
                says=each.says,
                texts=tuple(given),
            )
        )
    return Redacted(shown=tuple(shown), left_out=tuple(left_out))


def mark_of(pieces: Sequence[Piece], choices: Choices) -> str:
    """Differs when there is more, or when anything is chosen otherwise. No word is in it."""
    told = [(each.id, choices.get(each.id, "" if not each.wants_word else "-")) for each in pieces]
    return sha256(msgspec.json.encode(told)).hexdigest()[:MARK_CHARACTERS]


def _ground_of(piece: Piece, choices: Choices, default: str) -> str | None:
    """The ground on which a piece is left out; None where it is let in."""
    chosen = choices.get(piece.id)
    if chosen is None:
        return default if piece.wants_word else None
    return chosen or None


def echoes(pieces: Sequence[Piece], given: Redacted) -> list[str]:
    """Words of what is left out that stand in what is given as well, for whoever chooses to see.

    A hint and no guard: a name that is spelt otherwise, or is short, is not found.
    """
    inside = _words(
        text
        for each in given.shown
        for text in (each.says, each.who, *(one.text for one in each.texts))
    )
    # What nobody has chosen is left out in the preview as well, so it is looked for too.
    numbers = {each.number for each in given.left_out if not each.name}
    names = {(each.number, each.name) for each in given.left_out if each.name}
    entries = [each for each in pieces if not each.is_text]
    number_of = {each.id: number for number, each in enumerate(entries, 1)}
    outside = _words(each.says for each in entries if number_of[each.id] in numbers)
    outside |= _words(
        each.text
        for each in pieces
        if (number := number_of.get(each.of)) is not None
        and (number in numbers or (number, each.says) in names)
    )
    return sorted(inside & outside)[:ECHOES_LIMIT]


def _words(texts: Iterable[str]) -> set[str]:
    return {word.casefold() for text in texts for word in _WORD.findall(text)}
