# SPDX-License-Identifier: Apache-2.0
"""What several tests of a whole node share."""

import pytest

from bavn.runtime.folder import Folder
from tests.node.dispatched import made_at


@pytest.fixture(scope="session")
def dispatched(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The country founded in one node; each test leaves the units at home."""
    return made_at(Folder(tmp_path_factory.mktemp("dispatching") / "node"))
