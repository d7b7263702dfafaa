# SPDX-License-Identifier: Apache-2.0
"""A server for browser tests: the real templates, scripts, stream and picture over invented data.

A process of its own, since tests freeze it and kill it: `python -m tests.browser.stage --port N`.
It has a form that writes letters to a file, each number once, and can be told to die in the middle.
"""

import argparse
import asyncio
import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import File, Redirect, Stream, Template
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig

from bavn.capabilities.connections.api import overview as told_nodes
from bavn.capabilities.connections.capability import CONNECTIONS
from bavn.capabilities.connections.pages import overview as shown_nodes
from bavn.capabilities.situation.capability import SITUATION
from bavn.frame.call import Call
from bavn.frame.page import page
from bavn.journal.reader import NOBODY, Reader
from bavn.kernel.identity import OrganisationId, World
from bavn.kernel.mandate import Actor
from bavn.runtime.texts import Texts
from bavn.runtime.web.assets import STATIC
from bavn.runtime.web.hub import Happened, Hub, frame_of
from bavn.runtime.web.templates import environment
from tests.browser.invented import (
    COUNTRY,
    InventedDistricts,
    InventedNormal,
    InventedPicture,
)
from tests.browser.unheard import InventedConnections, InventedNodes, InventedSilences

ORGANISATION = OrganisationId("brs")
# As the door of a node sends it; a page that breaks it shows in the browser's console.
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self'; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
NATION = "nation"
OK, UNAUTHORISED, CONFLICT, UNREADABLE = 200, 401, 409, 422
AnyRequest = Request[Any, Any, Any]


class Stage:
    """What stands on the stage."""

    def __init__(self, asked: argparse.Namespace) -> None:
        now = datetime.now(UTC)
        self.picture = InventedPicture(
            now, incident_count=asked.incidents, unit_count=asked.units, seed=asked.seed
        )
        self.nodes = InventedNodes(self.picture)
        self.hub = Hub()
        self.hub.begin([], self.picture.position)
        self.letters = Path(asked.letters)
        self.language = asked.language
        self.is_signed_in = True
        self.dies_after_next = False
        self.name = "Vagthavende, Beredskabsstyrelsen"

    def kept(self) -> dict[str, str]:
        """Every letter that was stored, by its number."""
        if not self.letters.exists():
            return {}
        lines = self.letters.read_text(encoding="utf-8").splitlines()
        return {each["sender_ref"]: each["text"] for each in map(json.loads, lines)}

    def keep(self, ref: str, text: str) -> None:
        """Store a letter so that killing the process does not lose it."""
        with self.letters.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"sender_ref": ref, "text": text}) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def tell_connections(self) -> None:
        """As a node does every few seconds."""
        data = {"silent": self.nodes.silent_count, "mark": self.nodes.mark()}
        self.hub.stand("connections", data)

    def call(self, request: AnyRequest) -> Call:
        """Somebody at the national agency."""
        language = request.cookies.get("language", self.language)
        return Call(
            actor=Actor(organisation=ORGANISATION, function="duty_officer"),
            organisations=frozenset({ORGANISATION}),
            reader=Reader(organisations=frozenset({ORGANISATION})),
            sender="web:brs",
            language=language,
            now=datetime.now(UTC),
            say=Texts(language),
            csrf="stage",
            name=self.name,
            is_person=True,
        )


@get("/api/v1/stream", media_type="text/event-stream")
async def stream(request: AnyRequest, stage: Stage) -> Stream:
    """What happens, by the hub that a node uses."""
    known = request.headers.get("last-event-id", "")

    async def frames() -> AsyncIterator[bytes]:
        async for each in stage.hub.listen(NOBODY, int(known) if known else None):
            yield each

    return Stream(frames(), media_type="text/event-stream", headers={"cache-control": "no-store"})


@get("/api/v1/map/{name:str}")
async def geography(name: str) -> Response[bytes]:
    """The country's own map."""
    file = {"base": "basemap.json", "municipalities": "municipalities.json"}[name]
    return Response((COUNTRY / "map" / file).read_bytes(), media_type=MediaType.JSON)


@get("/api/v1/stations")
async def stations(stage: Stage) -> dict[str, Any]:
    """The country's own stations."""
    items = [
        {
            "id": each["id"],
            "service": each["service"],
            "name": each["name"],
            "place": {"lat": float(each["lat"]), "lon": float(each["lon"])},
        }
        for each in stage.picture.stations
    ]
    return {"items": items, "next": None}


@get("/outbox")
async def outbox(call: Call) -> Template:
    """What is not sent."""
    answer = page(call, "outbox.html")
    answer.headers["cache-control"] = "private, no-cache"
    return answer


@get("/service-worker.js")
async def service_worker() -> File:
    """The worker that keeps copies, at the root so that it sees every page."""
    return File(
        STATIC / "service-worker.js",
        media_type="text/javascript",
        content_disposition_type="inline",
        headers={"cache-control": "no-cache"},
    )


@get("/wrong")
async def wrong(call: Call) -> Template:
    """A page of error."""
    told = {
        "code": "no_mandate",
        "says": "Det må du ikke herfra.",
        "try_instead": "Spørg områdets vagtcentral.",
        "problems": [],
    }
    context = {"call": call, "t": call.say, "wrong": told, "status": 403}
    return Template("error.html", context=context, status_code=403)


@get("/letters/new")
async def blank(call: Call) -> Template:
    """A form that must not be lost."""
    answer = page(call, "letter.html", problems={}, text="")
    answer.headers["cache-control"] = "private, no-cache"
    return answer


@post("/letters")
async def take(request: AnyRequest, call: Call, stage: Stage) -> Response[Any] | Template:
    """Store a letter once, whatever its number is sent with again."""
    form = await request.form()
    ref, text = str(form.get("sender_ref", "")), str(form.get("text", ""))
    if not stage.is_signed_in:
        return Response(
            {"error": {"says": "Ingen er logget ind.", "try_instead": ""}}, status_code=401
        )
    if not text.strip():
        problems = {"text": "Skriv, hvad der er sket."}
        return page(call, "letter.html", status=UNREADABLE, problems=problems, text=text)
    known = stage.kept().get(ref)
    if known is not None and known != text:
        error = {"says": "Nummeret er brugt til noget andet.", "try_instead": "Ret det første."}
        return Response({"error": error}, status_code=CONFLICT)
    if known is None:
        stage.keep(ref, text)
    if stage.dies_after_next:
        # In the middle of the answer: it is stored, and nobody was told.
        os._exit(1)
    return Redirect("/letters/new?done=1", status_code=303)


@post("/sign-out")
async def sign_out() -> Redirect:
    """Out, to a page that anybody may see."""
    return Redirect("/letters/new", status_code=303)


@post("/stage/{act:str}", status_code=OK)
async def direct(act: str, stage: Stage) -> dict[str, Any]:
    """What a test has happen."""
    now = datetime.now(UTC)
    if act == "report":
        found = stage.picture.report(now, f"new-{stage.picture.position}", "BR-VIL")
        await _tell(stage, found.id)
    elif act == "close":
        await _close(stage, now)
    elif act == "empty":
        for incident in list(stage.picture.incidents):
            stage.picture.close(incident, now)
        await _tell(stage, "all")
    elif act == "move":
        items = [[unit, lat, lon, now.isoformat()] for unit, lat, lon in stage.picture.moved()]
        stage.hub.publish("positions", {"items": items})
        return {"moved": len(items)}
    elif act in ("silent", "catching", "heard", "alone"):
        stage.nodes.become(act, now)
        stage.tell_connections()
    elif act == "die":
        stage.dies_after_next = True
    elif act in ("sign-out", "sign-in"):
        stage.is_signed_in = act == "sign-in"
    elif act == "another":
        stage.name = "En anden"
    return {"listeners": stage.hub.listener_count, "letters": stage.kept()}


async def _close(stage: Stage, now: datetime) -> None:
    incident = next(iter(stage.picture.incidents))
    stage.picture.close(incident, now)
    await _tell(stage, incident)


async def _tell(stage: Stage, incident: str) -> None:
    position = stage.picture.position
    data = {"position": position, "kind": "operations.incident_reported", "about": [incident]}
    frame = frame_of("fact", data, position)
    stage.hub.tell([Happened(position, ORGANISATION, (NATION,), frame)])


def _with_headers(response: Response[Any]) -> Response[Any]:
    response.headers.setdefault("content-security-policy", POLICY)
    response.headers.setdefault("cache-control", "no-store")
    return response


def _templates(world: World) -> Environment:
    jinja = environment((SITUATION, CONNECTIONS), world)
    own = FileSystemLoader(Path(__file__).parent / "templates")
    assert jinja.loader is not None
    jinja.loader = ChoiceLoader([jinja.loader, own])
    return jinja


def made(asked: argparse.Namespace) -> Litestar:
    """The application."""
    stage = Stage(asked)

    def call_of(request: AnyRequest) -> Call:
        return stage.call(request)

    static = create_static_files_router(path="/static", directories=[STATIC])
    own: list[Any] = [
        stream,
        geography,
        stations,
        outbox,
        service_worker,
        wrong,
        blank,
        take,
        direct,
        static,
    ]
    return Litestar(
        route_handlers=[
            *SITUATION.handlers,
            *told_nodes.HANDLERS,
            *shown_nodes.HANDLERS,
            *own,
        ],
        dependencies={
            "call": Provide(call_of, sync_to_thread=False),
            "picture": Provide(lambda: stage.picture, sync_to_thread=False),
            "normal": _always(InventedNormal()),
            "districts": _always(InventedDistricts(stage.picture)),
            "silences": _always(InventedSilences(stage.nodes)),
            "connections": _always(InventedConnections(stage.nodes)),
            "stage": Provide(lambda: stage, sync_to_thread=False),
        },
        after_request=_with_headers,
        compression_config=CompressionConfig(backend="gzip", exclude=["stream"]),
        template_config=TemplateConfig(
            instance=JinjaTemplateEngine.from_environment(_templates(World(asked.world)))
        ),
        signature_types=[Call, Stage],
        openapi_config=None,
        logging_config=None,
    )


def _always(value: object) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--letters", required=True)
    parser.add_argument("--incidents", type=int, default=24)
    parser.add_argument("--units", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--world", default="demo")
    parser.add_argument("--language", default="da")
    asked = parser.parse_args()
    config = uvicorn.Config(made(asked), port=asked.port, log_level="error", access_log=False)
    asyncio.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
