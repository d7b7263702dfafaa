# SPDX-License-Identifier: Apache-2.0
"""Private text is not printed, logged or written out by mistake."""

import copy
import dataclasses
import io
import json
import logging
import pprint
import traceback
from collections.abc import Callable

import msgspec
import pytest

from bavn.journal.decision import Request
from bavn.journal.fact import Draft
from bavn.kernel.identity import Subject
from bavn.kernel.private import Private
from tests.lilleland.nodes import EASTERN, START, request
from tests.lilleland.vocabulary import Note, Noted

SECRET = "Mrs. A., third floor, the door code is 4711"
TEXT = Private(SECRET)


@dataclasses.dataclass
class Holder:
    """Something that holds a private text."""

    text: Private


class StructHolder(msgspec.Struct):
    """Something else that holds one."""

    text: Private


HOLDERS: dict[str, object] = {
    "itself": TEXT,
    "a list": [TEXT],
    "a tuple": (TEXT,),
    "a dict": {"text": TEXT},
    "a dataclass": Holder(TEXT),
    "a struct": StructHolder(TEXT),
    "a request": request(EASTERN, Note(fire="1", mark="m", text=TEXT)),
    "a draft": Draft(
        body=Noted(mark="m"), about=(Subject("fire:1"),), happened_at=START, seal={"text": TEXT}
    ),
    "an exception": ValueError(TEXT),
}


def logged(held: object) -> str:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    logger = logging.getLogger("test of private texts")
    logger.addHandler(handler)
    logger.error("it held %s and %r", held, held)
    logger.removeHandler(handler)
    return out.getvalue()


def breaking(held: object) -> None:
    raise ValueError(held)


def raised(held: object) -> str:
    try:
        breaking(held)
    except ValueError as error:
        seen = traceback.TracebackException.from_exception(error, capture_locals=True)
        return "".join(seen.format())
    return ""


PRINTERS: dict[str, Callable[[object], str]] = {
    "repr": repr,
    "str": str,
    "format": format,
    "an f-string": lambda held: f"{held} {held!r} {held!s} {held!a}",
    "a percent": lambda held: "%s %r" % (held, held),  # noqa: UP031
    "pprint": pprint.pformat,
    "a log": logged,
    "a traceback": raised,
}


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("printer", PRINTERS)
def test_a_private_text_is_not_shown_by_what_holds_it(holder: str, printer: str) -> None:
    shown = PRINTERS[printer](HOLDERS[holder])
    assert shown
    for word in ("Mrs", "4711", "third"):
        assert word not in shown


@pytest.mark.parametrize("spec", ["", ">10", "s", "!r"])
def test_a_private_text_is_not_shown_by_a_format(spec: str) -> None:
    try:
        assert "Mrs" not in format(TEXT, spec)
    except TypeError as refused:
        assert "Mrs" not in str(refused)  # noqa: PT017 - either is right


@pytest.mark.parametrize(
    "encode",
    [msgspec.json.encode, msgspec.msgpack.encode, msgspec.to_builtins, json.dumps],
)
@pytest.mark.parametrize("holder", ["itself", "a list", "a dict", "a dataclass", "a struct"])
def test_no_encoder_writes_a_private_text_out(
    encode: Callable[[object], object], holder: str
) -> None:
    with pytest.raises(TypeError):
        encode(HOLDERS[holder])


def test_a_private_text_is_given_to_who_asks_for_it() -> None:
    assert TEXT.reveal() == SECRET
    assert copy.deepcopy(TEXT).reveal() == SECRET


def test_private_texts_are_compared_by_what_they_hold() -> None:
    assert Private(SECRET) == TEXT
    assert hash(TEXT) == hash(Private(SECRET))
    assert Private("other") != TEXT
    assert TEXT != SECRET


def test_a_private_text_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        TEXT.text = "other"  # type: ignore[attr-defined]
    assert isinstance(HOLDERS["a request"], Request)
