# SPDX-License-Identifier: Apache-2.0
"""Pages about what is kept."""

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from bavn.capabilities.archive.pages import access, keeping

PAGES: Sequence[ControllerRouterHandler] = (*keeping.HANDLERS, *access.HANDLERS)
