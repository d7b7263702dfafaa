# SPDX-License-Identifier: Apache-2.0
"""The log: events with their values, one line of JSON each, and never people.

log("peer.behind", peer="nation", facts=412)
log_error("request.failed", error, act="operations.report_incident")
"""

import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import msgspec

from bavn.kernel.refusal import BrokenPromise
from bavn.runtime import clock

_EVENT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_PLAIN = (str, int, float, bool, datetime, type(None))


def log(event: str, /, **values: object) -> None:
    """Tell that something happened; only plain values are let through.

    A private text, or any object that might carry one, is a broken promise of the caller.
    """
    _write("info", event, values)


def log_error(event: str, error: BaseException, /, **values: object) -> None:
    """Tell that a promise was broken: which error, and where in the program.

    The error's own words are left out: they may quote what somebody typed.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    module = "" if trace is None else str(trace.tb_frame.f_globals.get("__name__", ""))
    place = "" if trace is None else f"{module}:{trace.tb_lineno}"
    _write("error", event, {"error": type(error).__name__, "place": place, **values})


def _write(level: str, event: str, values: Mapping[str, object]) -> None:
    if _EVENT.fullmatch(event) is None:
        raise BrokenPromise(f"{event!r} is no name of an event, such as peer.behind")
    for name, value in values.items():
        if not _is_plain(value):
            raise BrokenPromise(f"{event}: {name} is a {type(value).__name__}, which is not logged")
    line = msgspec.json.encode({"at": clock.now(), "level": level, "event": event, **values})
    # A log that nobody can take in any more must not stop an alarm.
    with suppress(OSError, ValueError):
        sys.stderr.write(line.decode() + "\n")
        sys.stderr.flush()


def _is_plain(value: object) -> bool:
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return all(map(_is_plain, value))
    return isinstance(value, _PLAIN)
