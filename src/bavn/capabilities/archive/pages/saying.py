# SPDX-License-Identifier: Apache-2.0
"""Names of rules, grounds, days and reasons in the caller's language."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property

from bavn.capabilities.archive.model.retention import Rule
from bavn.capabilities.archive.model.states import ENDINGS, HOLD_REASONS, LAWS
from bavn.capabilities.archive.ports import Around, Ground
from bavn.frame.call import Call
from bavn.kernel.instants import instant_of


class Saying:
    """What a page says of things, made for a call."""

    def __init__(self, call: Call, around: Around) -> None:
        self._call, self._around = call, around

    @cached_property
    def grounds(self) -> Mapping[str, str]:
        """Each ground in words, by its code."""
        return {each.code: self.ground(each) for each in self._around.grounds}

    def ground(self, ground: Ground) -> str:
        """A ground in words."""
        is_danish = self._call.language == "da"
        return f"{ground.paragraph}: {ground.danish if is_danish else ground.english}"

    def ground_options(self) -> list[tuple[str, str]]:
        """What may be chosen for a piece that is left out."""
        return list(self.grounds.items())

    def rule(self, code: str) -> str:
        """A rule in words; its code where there is none of that name."""
        found = next((each for each in self._around.rules if each.code == code), None)
        return code if found is None else self.rule_name(found)

    def rule_name(self, rule: Rule) -> str:
        """A rule in words."""
        return rule.danish if self._call.language == "da" else rule.english

    def is_calibrated(self, basis: str) -> bool:
        """True for what nobody but us has set."""
        return basis.startswith("own calibration")

    def reasons(self) -> list[tuple[str, str]]:
        """Why something may be held back."""
        return [(each, self._call.say(f"archive.reason.{each}")) for each in HOLD_REASONS]

    def laws(self) -> list[tuple[str, str]]:
        """By which law somebody may ask."""
        return [(each, self._call.say(f"archive.law.{each}")) for each in LAWS]

    def endings(self) -> list[tuple[str, str]]:
        """How a request may end without anything being given."""
        return [(each, self._call.say(f"archive.ending.{each}")) for each in ENDINGS]

    def day(self, at: datetime | None) -> str:
        """The country's day of an instant."""
        return "" if at is None else f"{at.astimezone(self._around.zone):%d.%m.%Y}"

    def date(self, day: object) -> str:
        """A day, from a row."""
        return f"{date.fromisoformat(str(day)):%d.%m.%Y}"

    def instant(self, at: datetime | None) -> str:
        """An instant with its day."""
        return "" if at is None else f"{at.astimezone(self._around.zone):%d.%m.%Y %H:%M:%S}"

    def at_ms(self, ms: object) -> str:
        """The same, from a row."""
        return self.instant(instant_of(ms)) if isinstance(ms, int) else ""

    def organisation(self, organisation: object) -> str:
        """What an organisation is called."""
        return self._around.name_of(self._call, str(organisation))

    def label(self, incident: object) -> str:
        """What people call an incident."""
        return self._around.label(self._call, str(incident))

    def thing(self, subject: str) -> str:
        """What is erased, in words."""
        sort, _, name = subject.partition(":")
        return (
            self.label(name) if sort == "incident" else f"{self._call.say('archive.case')} {name}"
        )
