# SPDX-License-Identifier: Apache-2.0
"""The gate that the tests ask."""

import pytest

from bavn.runtime.mandates import Gate
from tests.runtime.mandates.denmark import book, gate_of


@pytest.fixture(scope="session")
def gate() -> Gate:
    """Denmark's gate."""
    return gate_of(book())
