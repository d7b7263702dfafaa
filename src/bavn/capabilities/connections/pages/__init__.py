# SPDX-License-Identifier: Apache-2.0
"""The pages of connections."""

from bavn.capabilities.connections.pages import asked, conflicts, overview, take_over

PAGES = (
    *overview.HANDLERS,
    *take_over.HANDLERS,
    *conflicts.HANDLERS,
    *asked.HANDLERS,
)
