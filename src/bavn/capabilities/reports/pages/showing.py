# SPDX-License-Identifier: Apache-2.0
"""How values of a report are said on a page, and read from a form."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cached_property

from bavn.capabilities.reports.ports import Around, FieldKnown
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.frame.forms import Form
from bavn.journal.fact import Sealed
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private

NUMBER_LIMIT, TEXT_LIMIT = 100_000, 2_000
COIN, HOUR_MIN, MINUTE_S = 100, 60, 60
# Where what somebody says of a field stands in words, and may name people.
IN_WORDS = frozenset({"text", "list"})


class Saying:
    """Names and values in the caller's language, each looked up once for a page."""

    def __init__(self, call: Call, around: Around) -> None:
        self._call, self._around = call, around
        self._fields = {each.code: each for each in around.fields}

    @cached_property
    def types(self) -> Mapping[str, str]:
        """What types of incident are called."""
        return dict(self._around.types(self._call))

    @cached_property
    def places(self) -> Mapping[str, str]:
        """What municipalities are called."""
        return dict(self._around.places(self._call))

    @cached_property
    def unit_types(self) -> Mapping[str, str]:
        """What types of units are called."""
        return dict(self._around.unit_types(self._call))

    def field(self, code: str) -> str:
        """What a field is called."""
        known = self._fields.get(code)
        if known is None:
            return code
        return known.danish if self._call.language == "da" else known.english

    def known(self, code: str) -> FieldKnown | None:
        """A field of the country; None where it has none of that name."""
        return self._fields.get(code)

    def value(self, code: str, value: str) -> str:
        """A value of a field, in words."""
        known = self._fields.get(code)
        if known is None or not value:
            return value
        said = value
        match known.sort:
            case "instant":
                said = self.instant(datetime.fromisoformat(value))
            case "type":
                said = f"{self.types.get(value, value)} ({value})"
            case "place":
                said = self.places.get(value, value)
            case "choice":
                said = self._call.say(f"reports.choice.{value}")
            case "list":
                said = "; ".join(self._item(code, each) for each in value.split("\n"))
            case _:
                pass
        return said

    def options(self, field: FieldKnown) -> list[tuple[str, str]]:
        """What may be chosen for a field; nothing where it is written."""
        match field.sort:
            case "type":
                found = sorted(self.types.items(), key=lambda each: each[1])
                return [("", ""), *((code, f"{name} ({code})") for code, name in found)]
            case "place":
                return [("", ""), *sorted(self.places.items(), key=lambda each: each[1])]
            case "choice":
                named = [(each, self.value(field.code, each)) for each in field.choices]
                return [("", ""), *named]
            case _:
                return []

    def instant(self, at: datetime | None) -> str:
        """When something was: a paper is read later, so with its day and year."""
        return "" if at is None else f"{at.astimezone(self._around.zone):%d.%m.%Y %H:%M:%S}"

    def span(self, seconds: float | None) -> str:
        """Minutes and seconds."""
        if seconds is None:
            return ""
        minutes, rest = divmod(round(seconds), MINUTE_S)
        return f"{minutes}:{rest:02d}"

    def hours(self, minutes: int | None) -> str:
        """Hours and minutes."""
        if minutes is None:
            return ""
        return f"{minutes // HOUR_MIN}:{minutes % HOUR_MIN:02d}"

    def money(self, coins: int | None) -> str:
        """A sum, from the smallest coin."""
        return "" if coins is None else f"{coins // COIN},{coins % COIN:02d}"

    def organisation(self, organisation: str) -> str:
        """What an organisation is called."""
        return self._around.name_of(self._call, organisation)

    def unit(self, unit: str) -> str:
        """What a unit is called."""
        return self._around.callsign(self._call, unit)

    def who(self, function: str, account: str) -> str:
        """Who said it: the function, and the account, which names nobody."""
        return f"{self._around.function(self._call, function)}, {account}"

    def _item(self, code: str, item: str) -> str:
        left, _, right = item.partition("=")
        if code == "help":
            said = self._call.say(f"reports.help.{right}")
            return f"{self.organisation(left)}: {said}"
        return f"{self._around.role(self._call, left)}: {right}"


async def text_of(desk: Desk, call: Call, owner: OrganisationId, sealed: Sealed | None) -> str:
    """A sealed text, where the caller may read it; else nothing."""
    if sealed is None:
        return ""
    text = await desk.reveal(call.reader, owner, sealed)
    return text.reveal() if isinstance(text, Private) else ""


def read_value(form: Form, call: Call, around: Around, field: FieldKnown) -> str:
    """What a form says of a field that is not in words; a fault is put on the form."""
    name = f"value-{field.code}"
    typed = form.value(name)
    found = _read(typed, field, call, around)
    if found is None or not typed:
        form.wrong[name] = call.say(f"reports.wrong.{field.sort}")
        return ""
    return found


def read_text(form: Form, call: Call, field: FieldKnown) -> str:
    """What a form says of a field in words."""
    name = f"value-{field.code}"
    typed = form.value(name)
    if not typed or len(typed) > TEXT_LIMIT:
        form.wrong[name] = call.say("reports.wrong.text", most=TEXT_LIMIT)
    return typed


def read_day(typed: str) -> date | None:
    """A day; None where it is none."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _read(typed: str, field: FieldKnown, call: Call, around: Around) -> str | None:
    match field.sort:
        case "number":
            is_one = typed.isascii() and typed.isdecimal() and int(typed) <= NUMBER_LIMIT
            return str(int(typed)) if is_one else None
        case "choice":
            return typed if typed in field.choices else None
        case "type":
            return typed if typed in dict(around.types(call)) else None
        case "place":
            return typed if typed in dict(around.places(call)) else None
        case _:
            return _read_instant(typed, around)


def _read_instant(typed: str, around: Around) -> str | None:
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        return None
    here = at if at.tzinfo is not None else at.replace(tzinfo=around.zone)
    return here.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
