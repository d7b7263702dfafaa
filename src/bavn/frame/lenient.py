# SPDX-License-Identifier: Apache-2.0
"""Reading what comes by the alarm path: what can be read is taken, and the rest is named.

Elsewhere a body that is not as it should be is refused whole. An alarm is not: a wrong field costs
that field, and the answer says so.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from bavn.journal.decision import REF_CHARACTERS_LIMIT
from bavn.kernel.instants import Instant
from bavn.kernel.place import is_on_earth
from bavn.kernel.private import Private
from bavn.kernel.refusal import BadInput, Problem

T = TypeVar("T")
# What is reported as older than this is a slip of the clock or of the pen.
OCCURRED_BACK_LIMIT = timedelta(days=30)


def _decoded(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInput(Problem(where="body", says=f"no JSON: {error}")) from error


@dataclass(slots=True)
class Fields:
    """A JSON object, read a field at a time."""

    fields: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def of(cls, raw: bytes) -> "Fields":
        """The object in a body; BadInput when there is none, which nobody could take for one."""
        problems = []
        try:
            found = _decoded(raw)
        except UnicodeDecodeError:
            # An alarm is not lost for its letters: what is not UTF-8 is most likely this.
            found = _decoded(raw.decode("cp1252", "replace").encode())
            problems.append(Problem(where="body", says="is not UTF-8; read as Windows-1252"))
        if not isinstance(found, dict):
            raise BadInput(Problem(where="body", says="must be an object"))
        return cls({str(name): value for name, value in found.items()}, problems)

    def wrong(self, where: str, says: str) -> None:
        """Note what is wrong with a field, which is left out."""
        self.problems.append(Problem(where=where, says=f"{says}; left out"))

    def take(self, name: str, sort: type[T]) -> T | None:
        """The field as it should be; None when it is not there or not so."""
        value = self.fields.pop(name, None)
        if value is None:
            return None
        # A system that numbers its messages may send the number.
        if sort is str and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        try:
            return msgspec.convert(value, sort)
        except msgspec.ValidationError as error:
            self.wrong(name, str(error))
            return None

    def text(self, name: str) -> Private | None:
        """A text that may name people."""
        said = self.take(name, str)
        return Private(said) if said and said.strip() else None

    def place(self) -> tuple[float, float] | None:
        """The place; None when it is not there, or none on Earth."""
        found = self.take("place", dict)
        if found is None:
            return None
        try:
            lat, lon = msgspec.convert((found.get("lat"), found.get("lon")), tuple[float, float])
        except msgspec.ValidationError as error:
            self.wrong("place", str(error))
            return None
        if not is_on_earth(lat, lon):
            self.wrong("place", f"{lat}, {lon} is no place on Earth")
            return None
        return lat, lon

    def ref(self) -> str | None:
        """The sender's own number."""
        found = self.take("sender_ref", str)
        if found is not None and not 1 <= len(found) <= REF_CHARACTERS_LIMIT:
            self.wrong("sender_ref", f"must have 1 to {REF_CHARACTERS_LIMIT} characters")
            return None
        return found

    def instant(self, name: str) -> datetime | None:
        """An instant with its zone."""
        return self.take(name, Instant)

    def finish(self) -> tuple[Problem, ...]:
        """All that is wrong, with what nobody asked for."""
        for name in sorted(self.fields):
            self.wrong(name, "there is no such field")
        return tuple(self.problems)

    def occurred_at(self, now: datetime) -> datetime | None:
        """When it happened; None when that is not there, or so long ago that it is a slip."""
        at = self.instant("occurred_at")
        if at is not None and now - at > OCCURRED_BACK_LIMIT:
            self.wrong("occurred_at", f"is more than {OCCURRED_BACK_LIMIT.days} days ago")
            return None
        return at
