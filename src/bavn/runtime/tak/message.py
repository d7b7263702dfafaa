# SPDX-License-Identifier: Apache-2.0
"""A message on its way to many: written once in each form, whoever it is sent to."""

from functools import cached_property

from bavn.codecs.cot import Event, written_protobuf, written_xml
from bavn.codecs.cot.stream import framed


class Message:
    """An event, and its bytes in each form from when they are first asked for."""

    def __init__(self, event: Event) -> None:
        self.event = event

    @cached_property
    def xml(self) -> bytes:
        """As it stands in a stream of XML: nothing stands between one's end and the next header."""
        return written_xml(self.event)

    @cached_property
    def protobuf(self) -> bytes:
        """As it stands in a stream of protobuf."""
        return framed(written_protobuf(self.event))

    @property
    def is_word(self) -> bool:
        """True for what was typed to somebody: it is delivered, not shown until it is stale."""
        return self.event.type.startswith("b-t-f")

    def callsigns(self) -> frozenset[str]:
        """Whom it is for by callsign; nobody named is everybody."""
        marti = self.event.find("marti")
        if marti is None:
            return frozenset()
        return frozenset(name for each in marti.iter("dest") if (name := each.get("callsign", "")))
