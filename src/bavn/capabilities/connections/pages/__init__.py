# SPDX-License-Identifier: Apache-2.0
"""The pages of connections."""

from bavn.capabilities.connections.pages import overview

PAGES = (*overview.HANDLERS,)
