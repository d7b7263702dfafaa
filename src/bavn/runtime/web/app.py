# SPDX-License-Identifier: Apache-2.0
"""The application: every capability's handlers behind one guard, one shape of error, one policy."""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import signature
from typing import Any

from litestar import Request, Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import LitestarDeprecationWarning
from litestar.handlers import BaseRouteHandler
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig
from litestar.types import ControllerRouterHandler

from bavn.frame.call import Call
from bavn.frame.capability import Capability
from bavn.frame.desk import Desk
from bavn.frame.feeds import Feeds, NoFeeds
from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import BrokenPromise
from bavn.runtime.live import Live
from bavn.runtime.mandates.reading import Readers
from bavn.runtime.oidc import Provider
from bavn.runtime.press import TypstPress
from bavn.runtime.readings import Purposes
from bavn.runtime.web import health, map_layers, own_account, readings, shell, sign_in
from bavn.runtime.web.assets import STATIC
from bavn.runtime.web.callers import Callers
from bavn.runtime.web.door import BODY_BYTES_LIMIT, Door
from bavn.runtime.web.entrance import Entrance
from bavn.runtime.web.errors import HANDLERS
from bavn.runtime.web.feeding import FeedsOf, ReadRequest
from bavn.runtime.web.guard import Guard
from bavn.runtime.web.openapi import description
from bavn.runtime.web.openings import Openings
from bavn.runtime.web.site import Site
from bavn.runtime.web.stream import STREAM, stream
from bavn.runtime.web.templates import environment, law_played

GivenTo = Callable[[Call | None], Mapping[str, Any]]
_PACKED = CompressionConfig(
    backend="gzip", minimum_size=1_000, gzip_compress_level=6, exclude=[f"^{STREAM}$", r"\.pdf$"]
)


def make_app(  # noqa: PLR0913 - what an application is made of
    live: Live,
    callers: Callers,
    capabilities: tuple[Capability, ...],
    *,
    handlers: Sequence[ControllerRouterHandler] = (),
    provided: dict[str, Any] | None = None,
    provider: Provider | None = None,
    given_to: GivenTo | None = None,
) -> Door:
    """The application over a world that is served.

    `provided` is what handlers ask for by name beside `call`, `desk` and `live`; `provider` is
    whom people may sign in with beside a password. In a house of several nodes `given_to` says
    what a caller's handlers get instead.
    """
    openings = Openings(capabilities, live.may)
    base = {"desk": live, "live": live, "lookout": None, "purposes": Purposes((), None)}
    given = {
        **base,
        "press": TypstPress(),
        "is_open_to": openings,
        "entrance": Entrance(callers, provider, openings),
        **(provided or {}),
    }
    providers = {
        "call": Provide(_call_of),
        "door": Provide(_door_of),
        **{name: _given(name, value, given_to) for name, value in given.items()},
    }
    callers.read_by(Readers(live.may, lambda: _owners(live)), given["purposes"])
    with warnings.catch_warnings():
        # Litestar 3 will want each argument of a handler marked; until then it finds them by name.
        warnings.filterwarnings("ignore", ".*Inferred", LitestarDeprecationWarning)
        return Door(
            site=callers.site,
            state=_state(callers, given, given_to),
            request_class=ReadRequest,
            route_handlers=_routes(capabilities, handlers, callers.site, providers),
            guards=[Guard(callers, live.may, capabilities)],
            exception_handlers=HANDLERS,
            request_max_body_size=BODY_BYTES_LIMIT,
            compression_config=_PACKED,
            template_config=_templates(capabilities, live, openings, callers),
            openapi_config=description(),
            signature_types=[Call, Desk, Live, Door, Entrance],
            # Libraries speak through our own log; Litestar would start a thread of its own.
            logging_config=None,
            debug=False,
        )


def _state(callers: Callers, given: Mapping[str, Any], given_to: GivenTo | None) -> State:
    """What is at hand where no handler is."""
    feeds_of = _feeds_of(given, given_to)
    return State({"callers": callers, "purposes": given["purposes"], "feeds_of": feeds_of})


def _feeds_of(given: Mapping[str, Any], given_to: GivenTo | None) -> FeedsOf:
    """Whose account keeps what a caller has sent: in a house, that of the caller's own node."""
    nobody, here = NoFeeds(), given.get("feeds")

    def feeds_of(call: Call) -> Feeds:
        found: Feeds | None = here if given_to is None else given_to(call).get("feeds", here)
        return nobody if found is None else found

    return feeds_of


def _owners(live: Live) -> frozenset[OrganisationId]:
    """Whose facts a node may hold."""
    return frozenset(each.owner for each in live.journal.record.roster.grants)


def _templates(
    capabilities: tuple[Capability, ...], live: Live, openings: Openings, callers: Callers
) -> TemplateConfig[JinjaTemplateEngine]:
    jinja = environment(capabilities, live.world, law_played(live.may))
    zone = "" if callers.country is None else callers.country.time_zone
    jinja.globals.update(is_open_to=openings, zone=zone)
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(jinja))


def _routes(
    capabilities: tuple[Capability, ...],
    handlers: Sequence[ControllerRouterHandler],
    site: Site,
    providers: Mapping[str, Provide],
) -> list[ControllerRouterHandler]:
    own: list[ControllerRouterHandler] = [
        *handlers,
        *sign_in.HANDLERS,
        *own_account.HANDLERS,
        *readings.HANDLERS,
        *health.HANDLERS,
        *shell.HANDLERS,
        stream,
    ]
    if "maps" in providers:
        # A house of one capability knows no map.
        own += map_layers.HANDLERS
    if site.demo:
        own.append(sign_in.choose_role)
    together = [_together(each, providers) for each in (own, *(c.handlers for c in capabilities))]
    return [*together, _static()] if STATIC.is_dir() else [*together]


def _together(
    handlers: Sequence[ControllerRouterHandler], providers: Mapping[str, Provide]
) -> Router:
    """Handlers with what they ask for by name, and nothing else.

    Litestar looks at all that is provided for each handler, and at all routes after each that is
    registered by itself: that was nine tenths of what it takes to open a node.
    """
    asked = {name for each in handlers for name in _asked_by(each)}
    known = {name: provider for name, provider in providers.items() if name in asked}
    return Router(path="/", route_handlers=handlers, dependencies=known)


def _asked_by(handler: ControllerRouterHandler) -> Iterable[str]:
    if not isinstance(handler, BaseRouteHandler):
        msg = f"{handler} is no handler: what it asks for cannot be seen"
        raise BrokenPromise(msg)
    return signature(handler.fn).parameters


async def _call_of(request: Request[Any, Any, State]) -> Call:
    call = request.state.get("call")
    assert isinstance(call, Call), "the guard has let nobody else through"
    return call


async def _door_of(request: Request[Any, Any, State]) -> Door:
    door = request.app
    assert isinstance(door, Door)
    return door


def _given(name: str, value: Any, given_to: GivenTo | None) -> Provide:
    if given_to is None:
        return Provide(lambda: value, sync_to_thread=False)

    async def chosen(request: Request[Any, Any, State]) -> Any:
        return given_to(request.state.get("call")).get(name, value)

    return Provide(chosen)


def _static() -> Any:
    return create_static_files_router(
        path="/static",
        directories=[STATIC],
        opt={"act": "public.static"},
        include_in_schema=False,
    )
