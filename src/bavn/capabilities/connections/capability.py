# SPDX-License-Identifier: Apache-2.0
"""What connections brings to the house."""

from bavn.capabilities.connections.api import HANDLERS
from bavn.capabilities.connections.pages import PAGES
from bavn.frame.capability import Capability, MenuEntry

CONNECTIONS = Capability(
    name="connections",
    handlers=(*HANDLERS, *PAGES),
    menu=(
        MenuEntry(text="connections.menu", path="/connections", act="connections.read_overview"),
    ),
)
