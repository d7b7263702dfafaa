# SPDX-License-Identifier: Apache-2.0
"""A country that is founded."""

from collections.abc import Iterator

import pytest

from tests.capabilities.organisation.house import House


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    house.found()
    yield house
    house.close()
