# SPDX-License-Identifier: Apache-2.0
"""`bavn serve` and `bavn token`: a node's web, and what machines sign in with."""

import argparse
import asyncio

from litestar import Litestar

from bavn.kernel.identity import OrganisationId
from bavn.node.terminal import Terminal
from bavn.node.wiring import CAPABILITIES, catalogue
from bavn.runtime.folder import Folder
from bavn.runtime.halt import halt
from bavn.runtime.live import Live
from bavn.runtime.memory import settle
from bavn.runtime.opened import open_to_write
from bavn.runtime.tokens import Token, Tokens
from bavn.runtime.web.app import make_app
from bavn.runtime.web.callers import Callers
from bavn.runtime.web.serving import bound, serve


def serve_node(options: argparse.Namespace, terminal: Terminal) -> int:
    """Serve one world until the process is told to end."""
    folder: Folder = options.data
    listening = bound(options.listen, options.port)
    opened = open_to_write(folder, options.world, catalogue())
    tokens = Tokens(folder.access_path(options.world))

    async def begin() -> tuple[Live, Litestar]:
        live = Live(opened)
        await asyncio.sleep(0)
        settle()
        callers = Callers(tokens, live.may)
        return live, make_app(live, callers, CAPABILITIES)

    def ready(port: int) -> None:
        terminal.say("serve.ready", address=f"http://{options.listen}:{port}/")

    try:
        serve(listening, begin, ready)
    finally:
        tokens.close()
    return 0


def token(options: argparse.Namespace, terminal: Terminal) -> int:
    """Make a token, end one, or list them."""
    folder: Folder = options.data
    folder.signing_key(options.world)
    tokens = Tokens(folder.access_path(options.world))
    try:
        match options.what:
            case "create":
                return _create(tokens, folder, options, terminal)
            case "end":
                return _end(tokens, options.name, terminal)
            case _:
                return _list(tokens, terminal)
    finally:
        tokens.close()


def _create(
    tokens: Tokens,
    folder: Folder,
    options: argparse.Namespace,
    terminal: Terminal,
) -> int:
    hosted = [grant.owner for grant in folder.roster_file().grant]
    wanted = [OrganisationId(each) for each in options.organisation] or hosted
    for each in wanted:
        if each not in hosted:
            raise halt(
                "not_hosted",
                f"This node does not host {each}.",
                f"Give one of: {', '.join(sorted(hosted))}.",
                organisation=each,
                hosted=", ".join(sorted(hosted)),
            )
    made = tokens.make(
        Token(
            name=options.name,
            function=options.function,
            organisations=tuple(wanted),
            areas=tuple(OrganisationId(each) for each in options.area),
            personal=options.personal,
        )
    )
    # Alone on its line and nothing beside it, so that a script can take it.
    terminal.line(made)
    return 0


def _end(tokens: Tokens, name: str, terminal: Terminal) -> int:
    if not tokens.end(name):
        raise halt(
            "no_such_token",
            f"There is no token {name}.",
            "See `bavn token list`.",
            name=name,
        )
    terminal.say("token.ended", name=name)
    return 0


def _list(tokens: Tokens, terminal: Terminal) -> int:
    found = tokens.all()
    if not found:
        terminal.say("token.none")
    for each in found:
        owners = ", ".join(each.organisations[:4])
        more = len(each.organisations) - 4
        terminal.line(f"{each.name}\t{each.function}\t{owners}{f' +{more}' if more > 0 else ''}")
    return 0
