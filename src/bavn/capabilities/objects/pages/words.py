# SPDX-License-Identifier: Apache-2.0
"""What pages of objects say."""

import re

from bavn.codecs.sheets import Fault
from bavn.frame.call import Call
from bavn.frame.country import Basis

_WHERE = re.compile(r"row (?P<row>\d+)(?:, (?P<column>\w+))?")
# Every fault as it is told in English, by the name of its text.
_FAULTS = {
    "too_large": r"has more than (?P<most>\d+) bytes",
    "too_many_rows": r"has (?P<count>\d+) rows; (?P<most>\d+) are the most",
    "no_rows": r"has no rows",
    "no_table": r"is no table: .*",
    "no_column": r"has no column (?P<column>\w+)",
    "unknown_column": r"column (?P<at>\d+) is none that is known",
    "column_twice": r"has the column (?P<column>\w+) twice",
    "cells": r"has (?P<count>\d+) cells, and there are (?P<columns>\d+) columns",
    "twice": r"stands in row (?P<row>\d+) already",
    "empty": r"is empty",
    "too_long": r"is longer than (?P<most>\d+) characters",
    "id_form": r"has more than small letters, digits and dashes",
    "municipality": r"is no municipality of the country",
    "alone": r"stands alone: a place has both lat and lon",
    "no_number": r"is no number",
    "outside": r"is outside the country",
    "too_many_numbers": r"has more than (?P<most>\d+) numbers",
    "number_form": r"has more than letters, digits and -\._/ in a number",
}
_PATTERNS = {name: re.compile(pattern) for name, pattern in _FAULTS.items()}


def basis(call: Call, says: str) -> str:
    """What an object stands on: who stands for it, or that it is invented."""
    if says.startswith(Basis.CALIBRATION):
        return call.say("objects.calibration")
    day = says.rpartition(", ")[2]
    return call.say("objects.confirmed", day=day)


def fault(call: Call, told: Fault) -> str:
    """What is wrong with a list, and where, in the reader's words."""
    return f"{_where(call, told.where)}: {_says(call, told.says)}"


def _where(call: Call, where: str) -> str:
    found = _WHERE.fullmatch(where)
    if found is None:
        return call.say("objects.in_file")
    if found["column"] is None:
        return call.say("objects.in_row", row=found["row"])
    return call.say("objects.in_column", row=found["row"], column=found["column"])


def _says(call: Call, says: str) -> str:
    for name, pattern in _PATTERNS.items():
        found = pattern.fullmatch(says)
        if found is not None:
            return call.say(f"objects.fault.{name}", **found.groupdict())
    return says
