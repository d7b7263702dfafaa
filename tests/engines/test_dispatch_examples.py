# SPDX-License-Identifier: Apache-2.0
"""One incident by example, as a duty officer would put it; and what is refused."""

import sys
from dataclasses import replace
from subprocess import run

import numpy as np
import pytest

from bavn.engines.dispatch import (
    Arrival,
    Cover,
    Rule,
    Standing,
    Units,
    Want,
    Why,
    recommend,
)
from tests.engines.dispatch_worlds import world

PUMP, DIVERS, COMMAND = range(3)
URGENT = (Want(PUMP, 1, 600), Want(DIVERS, 4, 600), Want(COMMAND, 1, 900))


def station(
    *rows: tuple[str, float, tuple[float, float, float], Standing],
) -> tuple[Units, Arrival]:
    """Units by name, arrival, what they bring, and what they do."""
    name, at_s, gives, standing = zip(*rows, strict=True)
    median_s = np.array(at_s, dtype=np.float64)
    return (
        Units(name=np.array(name), standing=np.array(standing), gives=np.array(gives, dtype=float)),
        Arrival(median_s, median_s * 1.4),
    )


CREWED_BY_SIX, CREWED_BY_THREE, CAR = (1.0, 4.0, 0.0), (1.0, 1.0, 0.0), (0.0, 0.0, 1.0)


def test_a_pump_with_three_is_not_a_pump_with_six() -> None:
    units, arrival = station(
        ("near, three", 240, CREWED_BY_THREE, Standing.HOME),
        ("far, six", 480, CREWED_BY_SIX, Standing.HOME),
        ("car", 300, CAR, Standing.ROAD),
    )
    found = recommend(units, URGENT, arrival, Rule())
    # Three come first with water; the divers come with the six.
    assert found.best.units == (0, 2, 1)
    assert [each.at_s for each in found.best.met] == [240, 480, 300]
    assert [each.wants for each in found.best.sent] == [(PUMP, DIVERS), (COMMAND,), (DIVERS,)]
    assert found.best.adequate


def test_a_unit_of_another_service_goes_when_it_is_sooner_and_a_busy_one_does_not() -> None:
    units, arrival = station(
        ("own", 480, CREWED_BY_SIX, Standing.HOME),
        ("own, at work", 60, CREWED_BY_SIX, Standing.BUSY),
        ("neighbour", 420, CREWED_BY_SIX, Standing.HOME),
        ("partner", 30, CREWED_BY_SIX, Standing.OUTSIDE),
    )
    found = recommend(units, URGENT[:2], arrival, Rule())
    assert found.best.units == (2,)
    assert found.runner_up is not None
    assert found.runner_up.units == (0,)
    reason = found.reason
    assert (reason.why, reason.deciding, reason.instead, reason.later_s) == (Why.SOONEST, 2, 0, 60)


def test_a_shortfall_says_who_could_fill_it_and_when() -> None:
    units, arrival = station(
        ("three", 240, CREWED_BY_THREE, Standing.HOME),
        ("six, at work", 900, CREWED_BY_SIX, Standing.BUSY),
        ("partner's six", 700, CREWED_BY_SIX, Standing.OUTSIDE),
        ("no road", np.inf, CREWED_BY_SIX, Standing.HOME),
    )
    found = recommend(units, (Want(DIVERS, 8),), arrival, Rule())
    (short,) = found.shortfalls
    assert found.best.units == (0,)
    assert found.reason.why is Why.SHORT
    assert (short.want, short.missing, short.filled_s) == (0, 7.0, 900.0)
    assert [(each.unit, each.standing) for each in short.fillers] == [
        (2, Standing.OUTSIDE),
        (1, Standing.BUSY),
    ]


def test_cover_breaks_a_near_tie_within_the_limit_and_not_beyond_it() -> None:
    units, arrival = station(
        ("the town's only one", 300, CREWED_BY_SIX, Standing.HOME),
        ("one of two", 340, CREWED_BY_SIX, Standing.HOME),
        ("the other of two", 345, CREWED_BY_SIX, Standing.HOME),
    )
    of = world(1, 3)
    layer = replace(
        of.layer,
        post=np.array([0, 1, 1]),
        ready_s=np.array([60.0, 60.0, 65.0]),
        run_s=np.array([[60] * 5, [600] * 5, [700] * 5, [700] * 5], dtype=np.float32),
    )
    cover = Cover(units, (layer,))
    chosen = {
        limit: recommend(units, URGENT[:2], arrival, Rule(near_tie_s=limit), cover=cover)
        for limit in (0.0, 39.0, 60.0)
    }
    assert [found.best.units for found in chosen.values()] == [(0,), (0,), (1,)]
    broken = chosen[60.0]
    assert broken.soonest is not None
    assert broken.soonest.units == (0,)
    reason = broken.reason
    assert (reason.why, reason.instead, reason.later_s) == (Why.COVER, 0, -40.0)
    assert reason.more_loss > 0
    left = broken.best.left
    # Its neighbour goes first from there now, five seconds later, but the town's own is sooner.
    assert left is not None
    assert left.loss == 0
    assert not len(left.place)


def test_unless_it_is_asked_for_a_deadline_is_no_reason_to_come_later() -> None:
    units, arrival = station(
        ("pump", 200, (1.0, 0.0, 0.0), Standing.HOME),
        ("car", 220, CAR, Standing.HOME),
        ("both", 550, (1.0, 0.0, 1.0), Standing.HOME),
    )
    wants = URGENT[0], URGENT[2]
    assert recommend(units, wants, arrival, Rule(near_tie_s=60)).best.units == (0, 1)
    assert recommend(units, wants, arrival, Rule(wider=True)).best.units == (2,)


@pytest.mark.parametrize(
    ("wants", "median_s"),
    [
        ((), 60.0),
        ((Want(3, 1),), 60.0),
        ((Want(0, 0),), 60.0),
        ((Want(0, np.nan),), 60.0),
        ((Want(0, 1, -1),), 60.0),
        (URGENT, -1.0),
        (URGENT, np.nan),
    ],
)
def test_what_makes_no_sense_is_refused(wants: tuple[Want, ...], median_s: float) -> None:
    units, _ = station(("one", 60, CREWED_BY_SIX, Standing.HOME))
    arrival = Arrival(np.array([median_s]), np.array([median_s]))
    with pytest.raises(ValueError, match=r"need|want|amount|deadline|arrives"):
        recommend(units, wants, arrival, Rule())


def test_units_that_do_not_fit_together_are_refused() -> None:
    home, one = np.zeros(2, dtype=np.int64), np.ones((2, 1))
    for name, standing, gives in (
        (["a", "a"], home, one),
        (["a", "b"], home[:1], one),
        (["a", "b"], home, one[:1]),
        (["a", "b"], home, -one),
        (["a", "b"], home, one * np.nan),
    ):
        with pytest.raises(ValueError, match=r"name|standing|capability"):
            Units(name=np.array(name), standing=standing, gives=gives)


def test_nothing_is_compiled_or_loaded_for_the_first_alarm() -> None:
    said = run(
        [sys.executable, "-c", "import sys, bavn.engines.dispatch; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert not {"numba", "scipy", "highspy"} & set(said.stdout.split())
