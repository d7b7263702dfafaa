# SPDX-License-Identifier: Apache-2.0
"""What situation brings to the house."""

from bavn.capabilities.situation import api, pages
from bavn.frame.capability import Capability, MenuEntry

SITUATION = Capability(
    name="situation",
    handlers=(*pages.HANDLERS, *api.HANDLERS),
    menu=(
        MenuEntry(text="situation.menu", path="/", act="situation.read_picture", often=True),
        MenuEntry(
            text="situation.districts.menu",
            path="/situation/districts",
            act="situation.read_districts",
        ),
    ),
)
