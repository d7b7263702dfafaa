# SPDX-License-Identifier: Apache-2.0
"""The application: every capability's handlers behind one guard, one shape of error, one policy."""

from collections.abc import Sequence
from typing import Any

from litestar import Litestar, Request
from litestar.config.compression import CompressionConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig
from litestar.types import ControllerRouterHandler

from bavn.frame.call import Call
from bavn.frame.capability import Capability
from bavn.frame.desk import Desk
from bavn.runtime.live import Live
from bavn.runtime.program import VERSION
from bavn.runtime.web import health
from bavn.runtime.web.assets import STATIC
from bavn.runtime.web.callers import Callers
from bavn.runtime.web.errors import HANDLERS
from bavn.runtime.web.stream import stream
from bavn.runtime.web.templates import environment

# A report is a page of text; files come in through routes that say how large they may be.
BODY_BYTES_LIMIT = 1024 * 1024
# Nothing is loaded from elsewhere, and nothing written in a page is run.
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self'; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SAFE_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "geolocation=(self), camera=(), microphone=()",
}


def make_app(
    live: Live,
    callers: Callers,
    capabilities: tuple[Capability, ...],
    *,
    handlers: Sequence[ControllerRouterHandler] = (),
    provided: dict[str, Any] | None = None,
) -> Litestar:
    """The application over a world that is served.

    `provided` is what handlers ask for by name beside `call`, `desk` and `live`.
    """

    async def call_of(request: Request[Any, Any, State]) -> Call:
        call = request.state.get("call")
        assert isinstance(call, Call), "the guard has let nobody else through"
        return call

    def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        callers.guard(connection, handler)

    def given(value: Any) -> Provide:
        return Provide(lambda: value, sync_to_thread=False)

    dependencies: dict[str, Provide] = {
        "call": Provide(call_of),
        "desk": given(live),
        "live": given(live),
        **{name: given(value) for name, value in (provided or {}).items()},
    }
    own = [each for capability in capabilities for each in capability.handlers]
    routes: list[ControllerRouterHandler] = [*own, *handlers, stream]
    routes += [health.healthz, health.readyz, health.metrics]
    if STATIC.is_dir():
        routes.append(_static())
    return Litestar(
        route_handlers=routes,
        guards=[guard],
        dependencies=dependencies,
        exception_handlers=HANDLERS,
        response_headers=[],
        after_request=_with_safe_headers,
        request_max_body_size=BODY_BYTES_LIMIT,
        compression_config=CompressionConfig(
            backend="gzip", minimum_size=1_000, exclude=["stream"]
        ),
        template_config=TemplateConfig(
            instance=JinjaTemplateEngine.from_environment(environment(capabilities, live.world))
        ),
        openapi_config=OpenAPIConfig(
            title="Bavn",
            version=VERSION,
            path="/api",
            render_plugins=[JsonRenderPlugin()],
        ),
        signature_types=[Call, Desk, Live],
        debug=False,
    )


def _static() -> Any:
    return create_static_files_router(
        path="/static",
        directories=[STATIC],
        opt={"act": "public.static"},
        # Their names hold a hash of what is in them.
        cache_control=None,
        include_in_schema=False,
    )


async def _with_safe_headers(response: Any) -> Any:
    for name, value in SAFE_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
