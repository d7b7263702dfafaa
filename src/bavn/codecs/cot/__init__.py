# SPDX-License-Identifier: Apache-2.0
"""Cursor on Target: what TAK's phones and tablets speak, as XML and as protobuf.

One `Event` is one message: where something is, until when that holds, and details that anybody may
add to. What we do not know of the details is kept as it came, in both forms.
"""

from bavn.codecs.cot.event import Event, Track, Unreadable
from bavn.codecs.cot.protobuf import read_protobuf, written_protobuf
from bavn.codecs.cot.stream import Cutter, Part
from bavn.codecs.cot.xml import read_xml, written_xml

__all__ = (
    "Cutter",
    "Event",
    "Part",
    "Track",
    "Unreadable",
    "read_protobuf",
    "read_xml",
    "written_protobuf",
    "written_xml",
)
