# SPDX-License-Identifier: Apache-2.0
"""Which signs a paper can show: those that its fonts have. What they lack stands by its number.

A PDF for keeping may have no sign without a shape. A sign that is left out in silence would be a
text that says something else, so one that cannot be shown stands as [U+1F525].
"""

import re
import unicodedata
from typing import Any

# What one of the fonts in the wheel has, of what is written from left to right and is seen: spans,
# both ends in them. A test sets every one.
KNOWN = (
    (0x20, 0x7E),
    (0xA0, 0xAC),
    (0xAE, 0x2FF),
    (0x370, 0x377),
    (0x37A, 0x37F),
    (0x384, 0x38A),
    (0x38C, 0x38C),
    (0x38E, 0x3A1),
    (0x3A3, 0x482),
    (0x48A, 0x4FF),
    (0x510, 0x513),
    (0x51A, 0x51D),
    (0x1E00, 0x1EFF),
    (0x2010, 0x2027),
    (0x2030, 0x2040),
    (0x2042, 0x2042),
    (0x2044, 0x2052),
    (0x2054, 0x205E),
    (0x2070, 0x2071),
    (0x2074, 0x208E),
    (0x2090, 0x209C),
    (0x20A0, 0x20BF),
    (0x2100, 0x211E),
    (0x2120, 0x2120),
    (0x2122, 0x2122),
    (0x2124, 0x2124),
    (0x2126, 0x2151),
    (0x2153, 0x2184),
    (0x2189, 0x2189),
    (0x2190, 0x22AB),
    (0x22AD, 0x22EA),
    (0x22EE, 0x23FF),
    (0x2500, 0x262F),
    (0x2638, 0x268B),
    (0x2690, 0x269C),
    (0x26A0, 0x26A7),
    (0x26AA, 0x26B2),
    (0x2701, 0x2704),
    (0x2706, 0x2709),
    (0x270C, 0x2727),
    (0x2729, 0x274B),
    (0x274D, 0x274D),
    (0x274F, 0x2752),
    (0x2756, 0x2756),
    (0x2758, 0x275E),
    (0x2761, 0x277F),
    (0x2794, 0x2794),
    (0x2798, 0x27AF),
    (0x27B1, 0x27BF),
)
_SPANS = "".join(f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in KNOWN)
_UNKNOWN = re.compile(f"[^\n{_SPANS}]")
_BLANK = re.compile("[\t\x0b\x0c]")
_LINE = re.compile("\r\n?|\u2028|\u2029|\x85")
# A run that has no place to break at would go on beyond the edge of the paper, where nobody reads.
RUN_LIMIT = 24
_RUN = re.compile(rf"[^\s\u00ad\u200b-]{{{RUN_LIMIT}}}(?=[^\s\u200b])")
BREAK = "\u200b"


def shown(text: str) -> str:
    r"""The text as a paper can show it: nothing of it is dropped.

    >>> shown("Brand\r\n\U0001f525 i lade")
    'Brand\n[U+1F525] i lade'
    """
    # A letter and its accent, typed as two, are one sign where there is such a one.
    whole = unicodedata.normalize("NFC", text)
    plain = _BLANK.sub(" ", _LINE.sub("\n", whole))
    seen = _UNKNOWN.sub(lambda found: f"[U+{ord(found[0]):04X}]", plain)
    return _RUN.sub(lambda found: found[0] + BREAK, seen)


def all_shown(value: Any) -> Any:
    """The same for every text in what a paper is made of."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, dict):
        return {name: all_shown(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [all_shown(each) for each in value]
    return value
