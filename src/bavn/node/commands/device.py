# SPDX-License-Identifier: Apache-2.0
"""`bavn device`: phones and tablets with TAK that may come, each with a certificate of its own."""

import argparse
import tempfile
from datetime import timedelta
from pathlib import Path

from bavn.capabilities.organisation.views.register import Register
from bavn.journal.reader import Query
from bavn.kernel.identity import OrganisationId, World
from bavn.node.commands.access import access_of, for_machine, function_of
from bavn.node.terminal import Terminal
from bavn.node.wiring import COUNTRY, catalogue
from bavn.runtime import clock
from bavn.runtime.access import Access
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder, write_whole
from bavn.runtime.halt import Halt, halt
from bavn.runtime.opened import open_beside
from bavn.runtime.tak.devices import KnownDevice
from bavn.runtime.tak.package import field_authority, make_device, server_certificate
from bavn.runtime.texts import Texts
from bavn.runtime.tokens import Token

# As long as its certificate.
DAYS = 1827


def device_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn device` takes."""
    option = group.add_argument
    option("what", choices=("add", "end", "list"), help=texts("help.device.what"))
    option("--name", default="", help=texts("help.device.name"))
    option("--organisation", default="", help=texts("help.device.organisation"))
    option("--function", default="incident_commander", help=texts("help.device.function"))
    option("--unit", default="", help=texts("help.device.unit"))
    option("--address", default="", metavar="HOST:PORT", help=texts("help.device.address"))
    option("--days", type=int, default=DAYS, help=texts("help.device.days"))
    option("--to", type=Path, metavar="FILE", help=texts("help.device.to"))


def device(options: argparse.Namespace, terminal: Terminal) -> int:
    """Let a device in and write the package for it, end one, or list them."""
    with access_of(options) as access:
        match options.what:
            case "add":
                _add(access, options.data, options, terminal)
            case "end":
                _end(access, options.name, terminal)
            case _:
                _list(access, terminal)
    return 0


def _add(access: Access, folder: Folder, options: argparse.Namespace, terminal: Terminal) -> None:
    host, _, port = options.address.rpartition(":")
    if not options.name or not options.to or not host or not port.isdecimal():
        raise halt(
            "device_needs",
            "A device has a name, and a package that says where it comes to.",
            "Give --name, --address HOST:PORT and --to FILE.zip.",
        )
    if options.to.exists():
        raise halt(
            "device_file_there",
            f"{options.to} is there already, and is not overwritten.",
            "Give another name with --to.",
            path=options.to,
        )
    [organisation] = for_machine(folder, options.world, [options.organisation])
    function = function_of(built_in(COUNTRY), options.function)
    now = clock.now()
    if options.unit:
        _check_unit(folder, options.world, options.unit, organisation)
    authority = field_authority(folder.keys_path / "field", options.world, now)
    server_certificate(authority, host, now)
    with tempfile.TemporaryDirectory() as work:
        made = make_device(authority, Path(work), options.name, options.address, now)
    token = Token(
        name=options.name,
        function=function.code,
        organisations=(organisation,),
        expires_at=now + timedelta(days=options.days),
    )
    access.devices.add(made.certificate, KnownDevice(token=token, unit=options.unit or None))
    # It holds a key: for whoever runs this machine, until it is handed on.
    write_whole(options.to, made.package)
    terminal.say("device.added", name=options.name, path=options.to)


def _check_unit(folder: Folder, world: World, unit: str, service: OrganisationId) -> None:
    with open_beside(folder, world, catalogue()) as beside:
        register = Register(built_in(COUNTRY), Query(beside.record, beside.vault))
        known = register.on(register.today(clock.now())).units.get(unit)
    if known is None or known.service != service:
        raise halt(
            "device_no_unit",
            f"{service} has no unit {unit}.",
            "Look its id up in the list of units.",
            unit=unit,
            organisation=service,
        )


def _end(access: Access, name: str, terminal: Terminal) -> None:
    if not access.devices.end(name):
        raise _no_device(name)
    terminal.say("device.ended", name=name)


def _list(access: Access, terminal: Terminal) -> None:
    found = access.devices.all()
    if not found:
        terminal.say("device.none")
    for each in found:
        ends = each.token.expires_at
        until = "" if ends is None else f"{ends:%Y-%m-%d}"
        terminal.line(f"{each.name}\t{each.group}\t{each.unit or ''}\t{until}")


def _no_device(name: str) -> Halt:
    return halt(
        "no_such_device",
        f"There is no device {name}.",
        "See `bavn device list`.",
        name=name or "-",
    )
