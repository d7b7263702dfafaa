# SPDX-License-Identifier: Apache-2.0
"""The entrance: how people come in, whatever they show, and how they go out again."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from bavn.frame.country import Function, Level
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.refusal import Refused
from bavn.runtime.accounts import Account, new_account_id, subject_at
from bavn.runtime.functions import NOBODYS, areas_of_police, homes_of
from bavn.runtime.oidc import Provider, Try
from bavn.runtime.signing_in import SigningIn
from bavn.runtime.web.callers import Callers, Connection
from bavn.runtime.web.openings import Openings
from bavn.runtime.web.site import address_of

# People who are on their way to the provider; who comes back after that many others begins anew.
TRIES_LIMIT = 1_000
BACK = "/sign-in/provider/back"
# In the order of the page of roles.
_SHOWN = (Level.NATION, Level.AREA, Level.SERVICE, Level.POLICE, Level.GOVERNMENT)
_STALE = Refused(
    code="sign_in_stale",
    says="This way to sign in was begun too long ago, or in another browser.",
    try_instead="Begin again.",
)


class Entrance:
    """Lets people in."""

    def __init__(
        self,
        callers: Callers,
        provider: Provider | None = None,
        openings: Openings | None = None,
    ) -> None:
        self.callers = callers
        self.provider = provider
        self._openings = openings
        self._people = SigningIn(callers.access)
        self._tries: OrderedDict[str, tuple[bytes, Try]] = OrderedDict()

    # By name and password

    async def by_password(
        self, connection: Connection, name: str, password: str, now: datetime
    ) -> Account | Refused:
        """The account of who knows its password."""
        if not self.callers.site.is_private(connection):
            return _not_private()
        return await self._people.by_password(name, password, address_of(connection), now)

    async def new_password(
        self, connection: Connection, account: Account, old: str, new: str, now: datetime
    ) -> Refused | None:
        """Have another password."""
        return await self._people.change(account, old, new, address_of(connection), now)

    # By a provider

    async def to_provider(self, connection: Connection, onward: str) -> str | Refused:
        """Where to send the browser."""
        if self.provider is None:
            return _STALE
        if not self.callers.site.is_private(connection):
            return _not_private()
        back = self.callers.site.own_origin(connection) + BACK
        begun = await self.provider.begin(back, onward)
        if isinstance(begun, Refused):
            return begun
        address, made = begun
        self._tries[made.state] = (self._browser(connection), made)
        if len(self._tries) > TRIES_LIMIT:
            self._tries.popitem(last=False)
        return address

    async def from_provider(
        self, connection: Connection, said: dict[str, str]
    ) -> tuple[Account, str] | Refused:
        """The account of whom the provider names, and where it leads; each try counts once."""
        browser, made = self._tries.pop(said.get("state", ""), (b"", None))
        if made is None or self.provider is None or browser != self._browser(connection):
            return _STALE
        subject = await self.provider.finish(made, said)
        if isinstance(subject, Refused):
            return subject
        issuer = self.provider.settings.issuer
        account = self.callers.access.accounts.of_subject(subject_at(issuer, subject))
        if account is None:
            return Refused(
                code="no_account_for_subject",
                says="The provider knows you, and there is no account here for you.",
                try_instead=f"Ask who keeps the accounts to add one for {subject}.",
                values={"subject": subject},
            )
        return account, made.onward

    def _browser(self, connection: Connection) -> bytes:
        """Which browser it is: a way that was begun elsewhere is not gone on with here."""
        return sha256(self.callers.form_secret(connection).encode()).digest()

    # By choosing a role, where nothing is real

    def roles(self, now: datetime) -> dict[Level, tuple[Sequence[OrganisationId], list[Function]]]:
        """At each level the organisations, and the functions that a person may have there.

        A function that the law in force gives nothing to look at is offered to nobody.
        """
        country = self.callers.country
        found: dict[Level, tuple[Sequence[OrganisationId], list[Function]]] = {}
        if country is None:
            return found
        for level in _SHOWN:
            owners = homes_of(country, level)
            functions = [
                each
                for each in country.functions
                if each.level is level and each.code not in NOBODYS
                if owners and self._sees_something(owners[0], each, now)
            ]
            if functions:
                found[level] = owners, functions
        return found

    def by_role(
        self, organisation: str, function: str, language: str, now: datetime
    ) -> Account | Refused:
        """The account of a role, made when it is first chosen."""
        for owners, functions in self.roles(now).values():
            chosen = [each for each in functions if each.code == function]
            if organisation in owners and chosen:
                return self._role(OrganisationId(organisation), chosen[0], language, now)
        return Refused(
            code="no_such_role",
            says="There is no such role.",
            try_instead="Choose one of those on the page.",
        )

    def _sees_something(self, owner: OrganisationId, function: Function, now: datetime) -> bool:
        actor = Actor(organisation=owner, function=function.code)
        return self._openings is None or self._openings.has_any(actor, now)

    def _role(
        self, organisation: OrganisationId, function: Function, language: str, now: datetime
    ) -> Account:
        accounts = self.callers.access.accounts
        name = f"{organisation}.{function.code}"
        found = accounts.named(name)
        if found is not None:
            return found[0]
        account = Account(
            id=new_account_id(),
            name=name,
            display=self.callers.title_of(function.code, language),
            organisation=organisation,
            function=function.code,
            areas=self._areas_of(organisation, function.level, now),
            # What the function may is the policies' to say.
            personal=True,
        )
        accounts.add(account, None, None)
        return account

    def _areas_of(
        self, organisation: OrganisationId, level: Level, now: datetime
    ) -> tuple[OrganisationId, ...]:
        """The areas that an account names: those that a police district lies in."""
        country = self.callers.country
        if country is None or level is not Level.POLICE:
            return ()
        on = now.astimezone(ZoneInfo(country.time_zone)).date()
        return areas_of_police(country, organisation, on)


def _not_private() -> Refused:
    return Refused(
        code="line_not_private",
        says="This line can be listened to, so nobody is signed in over it.",
        try_instead="Use the address that begins with https://.",
    )
