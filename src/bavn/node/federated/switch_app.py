# SPDX-License-Identifier: Apache-2.0
"""The page of switches: on this machine only, and for its own pages only.

Whoever can press a button here can kill a node of the demonstration; no other page may, and no
name that was made to lead here.
"""

import warnings
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from litestar import Request, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import State as AppState
from litestar.exceptions import LitestarDeprecationWarning
from litestar.handlers.base import BaseRouteHandler
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import File, Redirect, Response, Template
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig

from bavn.frame.desk import Refusal
from bavn.kernel.identity import NodeId
from bavn.kernel.refusal import Refused
from bavn.node.federated.board import board_of
from bavn.node.federated.conductor import Conductor, Turn
from bavn.node.federated.drawing import BOX_HEIGHT, BOX_WIDTH
from bavn.node.federated.founding import WORLD
from bavn.node.federated.states import Act
from bavn.node.federated.story import STAND_IN, Step, Story
from bavn.runtime.sessions import chance
from bavn.runtime.texts import Texts
from bavn.runtime.web.assets import STATIC
from bavn.runtime.web.callers import language_of
from bavn.runtime.web.door import Door
from bavn.runtime.web.guard import SAFE_METHODS
from bavn.runtime.web.site import Site, is_from_here
from bavn.runtime.web.templates import environment

ROOT = Path(__file__).parent
PAGE, BOARD = "/", "/board"
CSRF = "csrf"
AnyRequest = Request[Any, Any, Any]
Connection = ASGIConnection[Any, Any, Any, Any]
NO_SUCH = Refused(
    code="not_found", says="There is nothing here.", try_instead="Begin at the front page."
)
NOT_OURS = Refused(
    code="form_not_ours",
    says="This was not sent from a page that belongs here.",
    try_instead="Load the page again and send it from there.",
)


class Page:
    """The page's own state: whom it shows, and the secret that its forms bear."""

    def __init__(self, conductor: Conductor, story: Story) -> None:
        self.conductor = conductor
        self.story = story
        self.secret = chance()
        self.site = Site(checks_host=True)

    def context(self, request: AnyRequest) -> dict[str, Any]:
        """What the templates are given."""
        t = Texts(language_of(request))
        return {
            "t": t,
            "call": None,
            "csrf": self.secret,
            "now": board_of(self.conductor, self.story, t),
            "cast": self.story.cast,
            "plan": self.conductor.plan,
            "take_over": STAND_IN,
            "box_width": BOX_WIDTH,
            "box_height": BOX_HEIGHT,
        }

    async def guard(self, connection: Connection, _handler: BaseRouteHandler) -> None:
        """Raise for who is not on this machine, and for what another page has sent."""
        if not is_from_here(connection):
            raise Refusal(NOT_OURS)
        if connection.scope.get("method") in SAFE_METHODS:
            return
        site = connection.headers.get("sec-fetch-site", "none")
        origin = connection.headers.get("origin")
        is_own = origin is None or origin.lower() == self.site.own_origin(connection)
        if site not in ("same-origin", "none") or not is_own:
            raise Refusal(NOT_OURS)
        assert isinstance(connection, Request)
        form: Any = await connection.form()
        if form.get(CSRF) != self.secret:
            raise Refusal(NOT_OURS)


def make_switch_app(conductor: Conductor, story: Story) -> Door:
    """The application."""
    page = Page(conductor, story)
    with warnings.catch_warnings():
        # Litestar 3 will want each argument of a handler marked; until then it finds them by name.
        warnings.filterwarnings("ignore", ".*Inferred", LitestarDeprecationWarning)
        return Door(
            site=page.site,
            state=AppState({"page": page}),
            route_handlers=[
                *(show, board, service_worker, turn, tend, do_step, begin_again),
                _files("/static", STATIC),
                _files("/own", ROOT / "static"),
            ],
            guards=[page.guard],
            exception_handlers={Refusal: _refused},
            template_config=TemplateConfig(
                instance=JinjaTemplateEngine.from_environment(_environment())
            ),
            openapi_config=None,
            logging_config=None,
            debug=False,
        )


def _environment() -> Environment:
    made = environment((), WORLD)
    assert made.loader is not None
    made.loader = ChoiceLoader([FileSystemLoader(ROOT / "templates"), made.loader])
    return made


def _files(path: str, folder: Path) -> Any:
    return create_static_files_router(path=path, directories=[folder], include_in_schema=False)


@get(PAGE, sync_to_thread=False)
def show(request: AnyRequest) -> Template:
    """The whole page."""
    return Template("switches.html", context=_page(request).context(request))


@get(BOARD, sync_to_thread=False)
def board(request: AnyRequest) -> Template:
    """What is fetched anew while one looks."""
    return _board(request)


@get("/service-worker.js", sync_to_thread=False)
def service_worker() -> File:
    """What every page of the house asks for; this one has none to speak of."""
    path = ROOT / "static" / "service-worker.js"
    return File(path, media_type="text/javascript", content_disposition_type="inline")


@post("/links/{node:str}/{what:str}")
async def turn(request: AnyRequest, node: str, what: str) -> Response[Any]:
    """Do something to the link above a node."""
    page = _page(request)
    if node not in page.conductor.wires.links() or what not in set(Turn):
        raise Refusal(NO_SUCH)
    await page.conductor.turn(NodeId(node), Turn(what))
    return _done(request)


@post("/nodes/{node:str}/{what:str}")
async def tend(request: AnyRequest, node: str, what: str) -> Response[Any]:
    """Do something to a node; what cannot be done now is left, and the board shows how it is."""
    page = _page(request)
    if node not in page.conductor.nodes or what not in set(Act):
        raise Refusal(NO_SUCH)
    await page.conductor.tend(NodeId(node), Act(what))
    return _done(request)


@post("/story/{what:str}")
async def do_step(request: AnyRequest, what: str) -> Response[Any]:
    """Do a step of the story."""
    page = _page(request)
    if what not in set(Step) or not page.story.fits:
        raise Refusal(NO_SUCH)
    await page.story.do(Step(what))
    return _done(request)


@post("/story")
async def begin_again(request: AnyRequest) -> Response[Any]:
    """Begin the story again."""
    _page(request).story.begin_again()
    return _done(request)


def _page(request: AnyRequest) -> Page:
    page = request.app.state.page
    assert isinstance(page, Page)
    return page


def _board(request: AnyRequest) -> Template:
    return Template("switches_board.html", context=_page(request).context(request))


def _done(request: AnyRequest) -> Response[Any]:
    """Lead on to the board, where a script takes it in; without scripts, to the page."""
    return Redirect(BOARD if "hx-request" in request.headers else PAGE, status_code=303)


def _refused(request: AnyRequest, refusal: Refusal) -> Response[dict[str, str]]:
    says, try_instead = Texts(language_of(request)).refusal(refusal.refused)
    status = 404 if refusal.refused is NO_SUCH else 403
    return Response(
        {"code": refusal.refused.code, "says": says, "try_instead": try_instead}, status_code=status
    )
