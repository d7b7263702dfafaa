# SPDX-License-Identifier: Apache-2.0
"""Denmark as a cast, made once for all tests; it is only read."""

from datetime import date
from functools import cache

from bavn.node.play.cast import Cast
from bavn.node.play.figures import told_by
from bavn.node.play.ground import ORDINARY
from bavn.node.play.manner import manner_of
from bavn.node.play.script import Plot, Script
from bavn.runtime.countries import built_in

DENMARK = "denmark"
A_DAY = date(2026, 5, 20)


@cache
def cast() -> Cast:
    country = built_in(DENMARK)
    return Cast(country, manner_of(DENMARK), told_by(country))


def script(seed: int = 1, kind: str = ORDINARY, first_day: date = A_DAY) -> Script:
    return Script(cast(), Plot(seed=seed, kind=kind, first_day=first_day))
