# SPDX-License-Identifier: Apache-2.0
"""One run: a storm from a seed, the calm after it, and all checks."""

import contextlib
import io
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.storm.broken import Broken
from tests.storm.calm import calm
from tests.storm.checks import check_all
from tests.storm.disk import seeded_sqlite
from tests.storm.faults import step, weather
from tests.storm.handles import dead_handles
from tests.storm.limits import small_limits
from tests.storm.machine import Unsound
from tests.storm.tiers import begin
from tests.storm.world import World, drawn_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of a run."""

    seed: int
    # The check that failed and what it saw; empty when all held.
    check: str = ""
    says: str = ""
    trace: str = ""
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        """True when every check held."""
        return not self.check


def run(seed: int, tell: Callable[[str], None] | None = None) -> Report:
    """Play one seed; `tell` hears of everything as it happens."""
    chance = random.Random(f"sqlite {drawn_from(seed)}")
    with dead_handles(), seeded_sqlite(chance), small_limits(), _listening() as log:
        world = World(seed, tell)
        check = says = ""
        try:
            begin(world)
            for _ in range(weather(world)):
                step(world)
            calm(world)
            world.said.append(log.getvalue())
            check_all(world)
        except Broken as broken:
            check, says = broken.check, broken.says
        except Unsound as unsound:
            check, says = "the program is sound", f"{unsound} {unsound.__cause__!r}"
        except Exception as error:  # noqa: BLE001 - whatever it is, the program is not sound
            check, says = "the program is sound", _where(error)
        finally:
            trace = world.trace()
            world.close()
    return Report(seed=seed, check=check, says=says, trace=trace, counts=world.counts)


def _where(error: Exception) -> str:
    """The error and the last place in the product that it came past."""
    place, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "bavn" in code.co_filename:
            place = f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}: {error} ({place})"


@contextmanager
def _listening() -> Iterator[io.StringIO]:
    """Catch all that is logged or printed as an error."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    try:
        with contextlib.redirect_stderr(log):
            yield log
    finally:
        logging.getLogger().removeHandler(handler)
