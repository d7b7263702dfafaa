# SPDX-License-Identifier: Apache-2.0
"""What other sectors say on the play's day: invented notices, each of whom says so too.

`demo_notices.csv` of the country holds them; they begin when the play does.
"""

from datetime import datetime, timedelta
from importlib.resources import files

from bavn.frame.country import Named
from bavn.node.play.client import Server
from bavn.node.play.telling import API
from bavn.node.play.tempo import written
from bavn.runtime.countries import read_table

TABLE = "demo_notices"


class InventedNotice(Named, frozen=True, kw_only=True):
    """An invented notice, and on which kinds of day it is told; without municipalities, for all."""

    days: tuple[str, ...]
    kind: str
    step: str
    said_by: str
    municipalities: tuple[str, ...] = ()
    lasts_h: float


def invented_notices(country: str, day: str) -> tuple[InventedNotice, ...]:
    """Those of a kind of day; none where the country has no table of them."""
    folder = files("bavn") / "countries" / country
    if not (folder / f"{TABLE}.csv").is_file():
        return ()
    rows = read_table(folder, TABLE, InventedNotice)
    return tuple(each for each in rows if day in each.days)


async def tell_notices(server: Server, country: str, day: str, act: str, at: datetime) -> None:
    """Tell them as from when the play began; told again, they are the same."""
    for each in invented_notices(country, day):
        body = {
            "number": f"{act}-{each.code}",
            "kind": each.kind,
            "step": each.step,
            "title": each.danish,
            "source": each.said_by,
            "valid_from": written(at),
            "valid_to": written(at + timedelta(hours=each.lasts_h)),
            "everywhere": not each.municipalities,
            "municipalities": list(each.municipalities),
        }
        await server.ask("POST", f"{API}/notices", body)
