# SPDX-License-Identifier: Apache-2.0
"""`bavn user` and `bavn token`: who may come in, people and machines."""

import argparse
import getpass
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta

from bavn.frame.country import Country, Function, Level
from bavn.kernel.identity import OrganisationId, World
from bavn.node.terminal import Terminal
from bavn.node.wiring import COUNTRY, catalogue
from bavn.runtime import clock
from bavn.runtime.access import Access
from bavn.runtime.accounts import Account, plain_name, subject_at
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.functions import MACHINES, NOBODYS, OPERATOR, homes_of
from bavn.runtime.halt import Halt, halt
from bavn.runtime.oidc_settings import read_settings
from bavn.runtime.opened import open_beside
from bavn.runtime.passwords import BYTES_LIMIT, too_easy
from bavn.runtime.signing_in import add_account
from bavn.runtime.texts import LANGUAGES, Texts
from bavn.runtime.tokens import Token

# A list shows so many organisations of a token; the rest is a number.
SHOWN_LIMIT = 4


def user_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn user` takes."""
    option = group.add_argument
    what = ("add", "list", "password", "end")
    option("what", choices=what, help=texts("help.user.what"))
    option("--name", default="", help=texts("help.user.name"))
    option("--display", default="", help=texts("help.user.display"))
    option("--organisation", default="", help=texts("help.user.organisation"))
    option("--function", default="", help=texts("help.user.function"))
    option("--area", action="append", default=[], help=texts("help.user.area"))
    option("--no-personal", action="store_true", help=texts("help.user.no_personal"))
    option("--language", choices=LANGUAGES, default="", help=texts("help.user.language"))
    option("--subject", default="", help=texts("help.user.subject"))


def token_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn token` takes."""
    option = group.add_argument
    option("what", choices=("create", "end", "list"), help=texts("help.token.what"))
    option("--name", default="machine", help=texts("help.token.name"))
    option("--function", default="system", help=texts("help.token.function"))
    option("--organisation", action="append", default=[], help=texts("help.token.organisation"))
    option("--area", action="append", default=[], help=texts("help.token.area"))
    option("--personal", action="store_true", help=texts("help.token.personal"))
    option("--days", type=int, default=0, help=texts("help.token.days"))


@contextmanager
def access_of(options: argparse.Namespace) -> Iterator[Access]:
    """Who may come in to the world that is asked for, open; halts where the folder has no such."""
    folder: Folder = options.data
    folder.signing_key(options.world)
    with closing(Access(folder.access_path(options.world))) as access:
        yield access


def user(options: argparse.Namespace, terminal: Terminal) -> int:
    """Add a person, list them, give one another password, or end one."""
    with access_of(options) as access:
        if options.what != "list" and not options.name:
            raise halt("name_needed", "A sign-in name is needed.", "Give it with --name.")
        match options.what:
            case "add":
                _add(access, options.data, options, terminal)
            case "password":
                _password(access, options.name, terminal)
            case "end":
                _end_user(access, options.name, terminal)
            case _:
                _list_users(access, terminal)
    return 0


def _add(access: Access, folder: Folder, options: argparse.Namespace, terminal: Terminal) -> None:
    country = built_in(COUNTRY)
    function = function_of(country, options.function)
    if function.code in MACHINES:
        raise _no_function(country, options.function)
    [organisation] = _home_of(function, country, folder, options)
    account = Account(
        id="",
        name=plain_name(options.name),
        display=options.display,
        organisation=organisation,
        function=function.code,
        areas=_areas(country, options.area),
        personal=not options.no_personal,
        language=options.language,
    )
    subject = _subject(folder, options.subject)
    # Who signs in at the provider needs no password here; one may be given later, for the day
    # that the provider is gone.
    password = None if subject else asked_password(terminal)
    refused = add_account(access, account, password, subject)
    if refused is not None:
        raise Halt(refused)
    terminal.say("access.user.added", name=account.name)


def _home_of(
    function: Function, country: Country, folder: Folder, options: argparse.Namespace
) -> list[OrganisationId]:
    """Where somebody has a function: a host's own, but for those who have no node anywhere."""
    if function.level in {Level.POLICE, Level.GOVERNMENT}:
        wanted = [OrganisationId(options.organisation)]
        return _among(wanted, list(homes_of(country, function.level)))
    return _hosted(folder, options.world, [options.organisation])


def _subject(folder: Folder, subject: str) -> str | None:
    if not subject:
        return None
    settings = read_settings(folder.path)
    if settings is None:
        raise halt(
            "no_provider",
            "No provider is named in oidc.toml.",
            "Write that file first, or leave --subject out.",
        )
    return subject_at(settings.issuer, subject)


def _password(access: Access, name: str, terminal: Terminal) -> None:
    found = access.accounts.named(name)
    if found is None:
        raise _no_user(name)
    account = found[0]
    password = asked_password(terminal)
    refused = too_easy(password, account.name, account.display)
    if refused is not None:
        raise Halt(refused)
    access.accounts.set_password(account.id, access.hashes.make(password))
    access.sessions.end_all(account.id)
    access.throttle.forgive(account.name)
    terminal.say("access.user.password_set", name=account.name)


def asked_password(terminal: Terminal) -> str:
    """A password, typed twice and not shown; from a pipe, its first line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline(BYTES_LIMIT + 1).rstrip("\r\n")
    password = getpass.getpass(terminal.texts("access.user.ask_password") + " ")
    if getpass.getpass(terminal.texts("access.user.ask_again") + " ") != password:
        raise halt(
            "passwords_differ",
            "The new password was not typed the same twice.",
            "Type it again in both places.",
        )
    return password


def _end_user(access: Access, name: str, terminal: Terminal) -> None:
    if not access.accounts.end(name):
        raise _no_user(name)
    terminal.say("access.user.ended", name=plain_name(name))


def _list_users(access: Access, terminal: Terminal) -> None:
    found = access.accounts.all()
    if not found:
        terminal.say("access.user.none")
    for each in found:
        terminal.line(f"{each.name}\t{each.display}\t{each.function}\t{each.organisation}")


def token(options: argparse.Namespace, terminal: Terminal) -> int:
    """Make a token, end one, or list them."""
    with access_of(options) as access:
        match options.what:
            case "create":
                _create(access, options.data, options, terminal)
            case "end":
                _end(access, options.name, terminal)
            case _:
                _list(access, terminal)
    return 0


def _create(
    access: Access, folder: Folder, options: argparse.Namespace, terminal: Terminal
) -> None:
    country = built_in(COUNTRY)
    expires_at = clock.now() + timedelta(days=options.days) if options.days else None
    made = access.tokens.make(
        Token(
            name=options.name,
            function=function_of(country, options.function).code,
            organisations=tuple(for_machine(folder, options.world, options.organisation)),
            areas=_areas(country, options.area),
            personal=options.personal,
            expires_at=expires_at,
        )
    )
    # Alone on its line and nothing beside it, so that a script can take it.
    terminal.line(made)


def _end(access: Access, name: str, terminal: Terminal) -> None:
    if not access.tokens.end(name):
        raise halt(
            "no_such_token",
            f"There is no token {name}.",
            "See `bavn token list`.",
            name=name,
        )
    terminal.say("token.ended", name=name)


def _list(access: Access, terminal: Terminal) -> None:
    found = access.tokens.all()
    if not found:
        terminal.say("token.none")
    for each in found:
        owners = ", ".join(each.organisations[:SHOWN_LIMIT])
        more = len(each.organisations) - SHOWN_LIMIT
        terminal.line(f"{each.name}\t{each.function}\t{owners}{f' +{more}' if more > 0 else ''}")


def _hosted(folder: Folder, world: World, names: Sequence[str]) -> list[OrganisationId]:
    """The organisations of these names, all of which this node must host; all it hosts for none."""
    hosted, _ = _hosts_here(folder, world)
    return _among([OrganisationId(each) for each in names] or hosted, hosted)


def for_machine(folder: Folder, world: World, names: Sequence[str]) -> list[OrganisationId]:
    """As for people; but a system may be let in beforehand for one that the node stands in for."""
    hosted, stood_in_for = _hosts_here(folder, world)
    return _among([OrganisationId(each) for each in names] or hosted, [*hosted, *stood_in_for])


def _hosts_here(folder: Folder, world: World) -> tuple[list[OrganisationId], list[OrganisationId]]:
    """Whom this node hosts now, its own first; and whom it may have to go on for."""
    with open_beside(folder, world, catalogue()) as beside:
        roster, here = beside.record.roster, beside.record.identity.node
    first = {grant.owner: None for grant in folder.roster_file().grant}
    hosted = roster.hosted_by(here)
    named = [
        owner
        for owner, stand_ins in roster.stand_ins.items()
        if owner not in hosted and any(each.node == here for each in stand_ins)
    ]
    return [each for each in dict.fromkeys((*first, *hosted)) if each in hosted], named


def _among(wanted: list[OrganisationId], known: list[OrganisationId]) -> list[OrganisationId]:
    for each in wanted:
        if each not in known:
            raise halt(
                "not_hosted",
                f"This node does not host {each}.",
                f"Give one of: {', '.join(sorted(known))}.",
                organisation=each,
                hosted=", ".join(sorted(known)),
            )
    return wanted


def _areas(country: Country, names: Sequence[str]) -> tuple[OrganisationId, ...]:
    known = sorted({each.id for each in country.areas})
    for each in names:
        if each not in known:
            raise halt(
                "no_such_area",
                f"There is no area {each}.",
                f"Give one of: {', '.join(known)}.",
                area=each,
                areas=", ".join(known),
            )
    return tuple(OrganisationId(each) for each in names)


def function_of(country: Country, code: str) -> Function:
    """The function of a code; halts where the country has none."""
    for each in country.functions:
        if each.code == code and code != OPERATOR:
            return each
    raise _no_function(country, code)


def _no_function(country: Country, code: str) -> Halt:
    known = ", ".join(each.code for each in country.functions if each.code not in NOBODYS)
    return halt(
        "no_such_function",
        f"There is no function {code}.",
        f"Give one of: {known}.",
        function=code or "-",
        functions=known,
    )


def _no_user(name: str) -> Halt:
    return halt(
        "no_such_user",
        f"There is no account {plain_name(name)}.",
        "See `bavn user list`.",
        name=plain_name(name),
    )
