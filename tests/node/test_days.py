# SPDX-License-Identifier: Apache-2.0
"""Days in what is decided are those of the country that this installation is for."""

from bavn.node.wiring import COUNTRY, catalogue
from bavn.runtime.countries import built_in


def test_whoever_decides_has_the_day_of_the_country() -> None:
    assert str(catalogue().zone) == built_in(COUNTRY).time_zone
