# SPDX-License-Identifier: Apache-2.0
"""Lilleland as data: two areas, three services, five municipalities, six stations."""

from pathlib import Path

from bavn.frame.country import Country
from bavn.runtime.countries import read_country

FOLDER = Path(__file__).parent


def lilleland() -> Country:
    """The whole invented country."""
    return read_country(FOLDER)
