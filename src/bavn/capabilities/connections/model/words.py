# SPDX-License-Identifier: Apache-2.0
"""Ages and counts in the few characters that a row has room for."""

from datetime import datetime

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def age_of(seconds: float) -> tuple[str, dict[str, int]]:
    """The name of the text for an age, and its values; the page's script goes on counting so.

    >>> age_of(7), age_of(3_700)
    (('age_seconds', {'count': 7}), ('age_hours', {'count': 1, 'minutes': 1}))
    """
    count = max(0, int(seconds))
    if count < _MINUTE:
        return "age_seconds", {"count": count}
    if count < _HOUR:
        return "age_minutes", {"count": count // _MINUTE}
    if count < _DAY:
        return "age_hours", {"count": count // _HOUR, "minutes": count % _HOUR // _MINUTE}
    return "age_days", {"count": count // _DAY, "hours": count % _DAY // _HOUR}


def grouped(count: int, separator: str) -> str:
    """A count with its thousands apart.

    >>> grouped(1204, "."), grouped(999, ".")
    ('1.204', '999')
    """
    return f"{count:,}".replace(",", separator)


def signed(ms: int, point: str) -> str:
    """How far a clock is off, in seconds with one decimal; nought has no sign.

    >>> signed(-12_340, ","), signed(-40, ","), signed(250, ".")
    ('-12,3 s', '0,0 s', '+0.2 s')
    """
    tenths = round(ms / 100)
    return f"{tenths / 10:+.1f} s".replace(".", point) if tenths else f"0{point}0 s"


def iso(at: datetime) -> str:
    """An instant as everything on a page writes it.

    >>> from datetime import UTC
    >>> iso(datetime(2026, 11, 21, 10, 0, tzinfo=UTC))
    '2026-11-21T10:00:00Z'
    """
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
