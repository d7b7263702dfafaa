# SPDX-License-Identifier: Apache-2.0
"""Pages of operations."""

from litestar.types import ControllerRouterHandler

PAGES: tuple[ControllerRouterHandler, ...] = ()
