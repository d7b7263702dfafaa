# SPDX-License-Identifier: Apache-2.0
"""A plain without water, and a small fleet on it: what dispatch proposes is worked out by hand."""

from collections.abc import Mapping

import numpy as np

from bavn.capabilities.dispatch.ports import Flags, Fleet, FleetUnit, Floats, Stands, Whole
from bavn.engines.travel import air_km
from bavn.kernel.identity import OrganisationId

HERE = OrganisationId("here")
# Seconds for a kilometre.
PACE_S = 60.0


class Plain:
    """Straight ways at one pace."""

    basis = "own calibration"
    run_spread = 0.15

    def land_at(self, lat: float, lon: float) -> int:
        """There is one land only."""
        return 0

    def run_s(
        self,
        lat: Floats,
        lon: Floats,
        land: Whole,
        goal: tuple[float, float],
        away: Flags,
    ) -> Floats:
        """Straight there."""
        return np.asarray(PACE_S * air_km(lat, lon, np.array(goal[0]), np.array(goal[1])))

    def table_s(
        self, here: tuple[Floats, Floats, Whole], there: tuple[Floats, Floats, Whole]
    ) -> Floats:
        """Straight from each to each."""
        (lat, lon, _), (to_lat, to_lon, _) = here, there
        return np.asarray(
            PACE_S * air_km(lat[:, None], lon[:, None], to_lat[None, :], to_lon[None, :])
        )


def unit(
    id_: str, type_: str = "PMP", crew: int = 6, lat: float = 55.0, **gives: float
) -> FleetUnit:
    """A unit at home so far north."""
    return FleetUnit(
        id=id_,
        callsign=id_.upper(),
        type=type_,
        service=HERE,
        crew=crew,
        lat=lat,
        lon=10.0,
        land=0,
        crewing=0,
        is_ours=True,
        gives=gives,
    )


def fleet(*units: FleetUnit, stand_ins: Mapping[str, frozenset[str]] | None = None) -> Fleet:
    """A fleet whose crews roll after a minute."""
    return Fleet(
        units=units,
        places=(),
        median_s=np.array([60.0, 0.0]),
        spread=np.array([0.25, 0.0]),
        limit_s=np.array([120.0, 0.0]),
        on_the_road=1,
        stand_ins=stand_ins or {},
    )


def all_at_home(of: Fleet) -> dict[str, Stands]:
    """Everybody has said that they are available."""
    return {each.id: Stands("available", 1) for each in of.units}
