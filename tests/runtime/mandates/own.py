# SPDX-License-Identifier: Apache-2.0
"""A node's own policies, as tests put them there."""

import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bavn.runtime.mandates.book import Book, book_from
from bavn.runtime.mandates.files import texts_in
from bavn.runtime.mandates.policies import CountrySet, Policies
from bavn.runtime.mandates.shelf import ReadWith, Shelf, write_set
from tests.runtime.mandates.denmark import ACTS, ALARMS, FOLDER, book

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
TEXTS = texts_in(FOLDER)
COUNTRY = CountrySet(
    book=book(), texts=TEXTS, read_with=ReadWith(tuple(sorted(ACTS)), tuple(sorted(ALARMS)))
)
MORE = (
    '@id("more") @ground("§ 1") @basis("own calibration") @law("today") @da("Må.") @en("May.")\n'
    'permit (principal, action in Action::"operations", resource);\n'
)
OWN = {**TEXTS, "more.cedar": MORE}
OTHER = {**TEXTS, "more.cedar": MORE.replace("operations", "dispatch")}
ANYTHING = MORE.replace('action in Action::"operations"', "action")
FAULTY = {**TEXTS, "more.cedar": "permit ("}


_READ: dict[tuple[tuple[str, str], ...], Book] = {}


def read(texts: Mapping[str, str], acts: Iterable[str], alarms: Iterable[str]) -> Book:
    """What reading a set gives, in this process and once for each set."""
    key = tuple(sorted(texts.items()))
    if key not in _READ:
        _READ[key] = book_from(texts, acts, alarms)
    return _READ[key]


def opened(data: Path, now: datetime = AT) -> Policies:
    """As a process that begins has them."""
    return Policies(Shelf(data), COUNTRY, now, read=read)


def put(data: Path, texts: dict[str, str]) -> None:
    """What a person does with an editor, or a program that brings files."""
    shutil.rmtree(data / "mandates", ignore_errors=True)
    write_set(data / "mandates", texts)


def looked(policies: Policies, now: datetime = LATER) -> bool:
    """True when another set is found, and taken."""
    first = policies.look(now)
    found = first or policies.look(now)
    if found is not None:
        policies.took(found, now)
    return found is not None
