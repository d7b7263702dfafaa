# SPDX-License-Identifier: Apache-2.0
"""What a page says of a notice, in the reader's words and the country's own time."""

from datetime import datetime

from bavn.capabilities.notices.model.notice import KindKnown, Notice, StepKnown
from bavn.capabilities.notices.views.room import Room
from bavn.frame.call import Call

# More names than these are counted.
NAMED_LIMIT = 4


class Words:
    """For one reader of one page."""

    def __init__(self, call: Call, room: Room) -> None:
        self._call = call
        self._room = room
        self._names = {each.code: each.name for each in room.around.municipalities}

    def kind(self, notice: Notice) -> str:
        """What kind it is."""
        return self.named(self._room.kind_of(notice)) or notice.kind

    def step(self, notice: Notice) -> str:
        """How serious it is."""
        return self.named(self._room.step_of(notice)) or notice.step

    def named(self, known: KindKnown | StepKnown | None) -> str:
        """A row of a country's table; empty where there is none."""
        if known is None:
            return ""
        return known.danish if self._call.language == "da" else known.english

    def places(self, notice: Notice) -> str:
        """Where it holds."""
        say = self._call.say
        if notice.where.everywhere:
            return say("notices.whole_country")
        names = sorted(self._names.get(each, each) for each in self._room.touched(notice))
        if not names:
            return say("notices.outside")
        more = len(names) - NAMED_LIMIT
        if more <= 1:
            return ", ".join(names)
        return say("notices.places_more", names=", ".join(names[:NAMED_LIMIT]), count=more)

    def clock(self, at: datetime) -> str:
        """The hour of today; of another day with its date."""
        zone = self._room.around.zone
        local, today = at.astimezone(zone), self._call.now.astimezone(zone).date()
        return f"{local:%H:%M}" if local.date() == today else f"{local:%d.%m. %H:%M}"

    def told_by(self, notice: Notice) -> str:
        """Who told it here."""
        around = self._room.around
        function = around.function(self._call, notice.by.function)
        return f"{function}, {around.name_of(self._call, notice.by.organisation)}"
