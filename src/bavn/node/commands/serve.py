# SPDX-License-Identifier: Apache-2.0
"""`bavn serve`: a node's pages and interface, for as long as the process lives."""

import argparse
import asyncio
from pathlib import Path

from bavn.frame.country import Country
from bavn.kernel.identity import REAL, World
from bavn.node.commands.binder import keep_binders
from bavn.node.field import meet_field
from bavn.node.own_policies import keep_policies
from bavn.node.served import house_of
from bavn.node.take_overs import goes_on_for, hosted_at
from bavn.node.terminal import Terminal
from bavn.node.wiring import CAPABILITIES, COUNTRY, catalogue, country_gate
from bavn.runtime.access import Access
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.halt import halt
from bavn.runtime.house import House
from bavn.runtime.memory import settle
from bavn.runtime.oidc import Provider
from bavn.runtime.oidc_settings import read_settings
from bavn.runtime.opened import Opened, open_to_write
from bavn.runtime.texts import Texts
from bavn.runtime.web.app import make_app
from bavn.runtime.web.callers import Callers
from bavn.runtime.web.door import Door
from bavn.runtime.web.serving import LOOPBACK, Line, bound, serve
from bavn.runtime.web.site import LOOPBACK_ADDRESSES, Site

# Beside 8080, which is often taken.
PORT = 8112


def serve_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn serve` takes."""
    option = group.add_argument
    option("--listen", default=LOOPBACK, metavar="ADDRESS", help=texts("help.serve.listen"))
    option("--port", type=int, default=PORT, help=texts("help.serve.port"))
    option("--origin", default="", metavar="URL", help=texts("help.serve.origin"))
    option(
        "--proxy", action="append", default=[], metavar="ADDRESS", help=texts("help.serve.proxy")
    )
    option("--certificate", type=Path, metavar="FILE", help=texts("help.serve.certificate"))
    option("--certificate-key", type=Path, metavar="FILE", help=texts("help.serve.key"))
    authority = texts("help.serve.client_authority")
    option("--client-authority", type=Path, metavar="FILE", help=authority)
    option(
        "--also",
        action="append",
        default=[],
        type=Path,
        metavar="DIR",
        help=texts("help.serve.also"),
    )
    every = texts("help.serve.binder_every")
    option("--binder-every", type=int, default=15, metavar="MINUTES", help=every)
    option("--field", default="", metavar="ADDRESS:PORT", help=texts("help.serve.field"))
    option("--choose-role", action="store_true", help=texts("help.serve.choose_role"))
    option("--law", metavar="CODE", help=texts("help.serve.law"))


def serve_node(options: argparse.Namespace, terminal: Terminal) -> int:
    """Serve one world, of one node or of several, until the process is told to end."""
    folder: Folder = options.data
    site, line = site_of(options), _line_of(options)
    provider = None if site.demo else read_settings(folder.path)
    country = built_in(COUNTRY)
    check_law(options.law, options.world, country)
    listening = bound(options.listen, options.port)
    folders = [folder, *map(Folder, options.also)]
    opened = [_opened(each, options.world, country, options.law) for each in folders]
    access = Access(folder.access_path(options.world))

    async def begin() -> tuple[House, Door]:
        house = house_of(opened, country, hears_commands=True)
        keep_binders(house, folders, options.world, options.binder_every)
        keep_policies(house, folders, country, terminal)
        await asyncio.sleep(0)
        settle()
        callers = _callers(access, country, site, house)
        front = house.front
        https = None if front.peers is None else front.peers.https
        if https is not None:
            https.app.wants_certificate = line.client_authority is not None
        door = make_app(
            front.live,
            callers,
            CAPABILITIES,
            handlers=() if https is None else (https.handler(),),
            provided=dict(front.given),
            provider=None if provider is None else Provider(provider),
            given_to=house.given_to if options.also else None,
        )
        await meet_field(options.field, folder, front.given, callers)
        return house, door

    def ready(port: int) -> None:
        scheme = "http" if line.certificate is None else "https"
        terminal.say("serve.ready", address=site.origin or f"{scheme}://{options.listen}:{port}/")

    try:
        serve(listening, begin, ready, line)
    finally:
        access.close()
    return 0


def _callers(access: Access, country: Country, site: Site, house: House) -> Callers:
    lives = [each.live for each in house.nodes]
    return Callers(
        access,
        country=country,
        site=site,
        goes_on_for=goes_on_for(lives),
        hosts=hosted_at(lives),
    )


def site_of(options: argparse.Namespace) -> Site:
    """How the node is met; halts where people's words would cross an open line.

    Where the line goes beyond this machine it is https: by a certificate of our own, or by a proxy
    in front whose word about addresses is taken.
    """
    is_here = options.listen.startswith(LOOPBACK_ADDRESSES) or options.listen == "localhost"
    origin = options.origin.rstrip("/")
    is_https = origin.startswith("https://") and origin.count("/") == 2  # noqa: PLR2004 - no path
    has_line = options.certificate is not None or bool(options.proxy)
    if (origin and not is_https) or not (is_here or (is_https and has_line)):
        raise halt(
            "line_open",
            "Beyond this machine the line must be https.",
            "Give --origin https://… with --certificate and --certificate-key, or with --proxy.",
        )
    if options.choose_role:
        check_demo(options.world, is_here=is_here)
    return Site(origin=origin, checks_host=True, demo=options.choose_role)


def check_demo(world: World, *, is_here: bool) -> None:
    """Halt where choosing a role would let strangers in, or anybody into what is real."""
    if world == REAL or not is_here:
        raise halt(
            "demo_not_here",
            "Choosing a role is for a demonstration on this machine alone.",
            "Leave --listen out, and give another --world than real.",
        )


def check_law(law: str | None, world: World, country: Country) -> None:
    """Halt where what is real would be judged by a law that is not in force.

    A proposal can be played in an exercise. In the real world nobody gets a mandate from one.
    """
    if law is None:
        return
    known = {each.code: each for each in country_gate(country).book.law_sets}
    if law not in known:
        raise halt(
            "no_such_law",
            f"There is no law set {law}.",
            f"Give one of: {', '.join(known)}.",
            law=law,
            known=", ".join(known),
        )
    if world == REAL and not known[law].in_force:
        raise halt(
            "law_not_here",
            f"The law set {law} is not in force, and the world real is judged by the law that is.",
            "Leave --law out, or give another --world than real.",
            law=law,
        )


def _line_of(options: argparse.Namespace) -> Line:
    if (options.certificate is None) != (options.certificate_key is None):
        raise halt(
            "line_open",
            "Beyond this machine the line must be https.",
            "Give --origin https://… with --certificate and --certificate-key, or with --proxy.",
        )
    if options.client_authority is not None and options.certificate is None:
        raise halt(
            "authority_without_line",
            "Whoever asks others for a certificate shows one itself.",
            "Give --certificate and --certificate-key as well, or have the proxy ask for it.",
        )
    return Line(
        client_authority=options.client_authority,
        certificate=options.certificate,
        certificate_key=options.certificate_key,
        proxies=tuple(options.proxy),
    )


def _opened(folder: Folder, world: World, country: Country, law: str | None) -> Opened:
    """A world with a gate of its own: what is delegated in one is nothing in another."""
    return open_to_write(folder, world, catalogue(), may=country_gate(country, law))
