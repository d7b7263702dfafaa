# SPDX-License-Identifier: Apache-2.0
"""Callers: from what a request shows to who is calling."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from bavn.frame.call import Call
from bavn.frame.country import Country
from bavn.journal.reader import NOBODY, ReadBy, Reader
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.runtime import clock
from bavn.runtime.access import Access
from bavn.runtime.accounts import Account
from bavn.runtime.mandates.names import Names, names_of
from bavn.runtime.mandates.reading import Readers, Scope, Wanted
from bavn.runtime.readings import Purposes
from bavn.runtime.sessions import ABSOLUTE_LIMIT, Session, chance, form_key
from bavn.runtime.texts import DEFAULT_LANGUAGE, LANGUAGES, Texts
from bavn.runtime.tokens import Token
from bavn.runtime.web.site import Site

Connection = ASGIConnection[Any, Any, Any, Any]
LANGUAGE_COOKIE = "language"
# The cookie of a browser that nobody has signed in with yet; only its forms hang on it.
_SESSION, _BEFORE = "bavn", "bavn-before"
HTTP_PORT = 80
# As long as it takes to tell a thousand listeners one thing: it is looked up once for all of them.
STATE_S = 0.005


def language_of(connection: Connection, otherwise: str = "") -> str:
    """The caller's language: chosen by cookie, else its account's, else as its browser asks."""
    asked = connection.headers.get("accept-language", "").split(",")
    wanted = [part.partition(";")[0].strip().partition("-")[0].lower() for part in asked]
    for each in (connection.cookies.get(LANGUAGE_COOKIE, ""), otherwise, *wanted):
        if each in LANGUAGES:
            return each
    return DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, and by what it is known: a machine's token or a person's session."""

    call: Call
    account: Account | None = None
    session: Session | None = None

    @property
    def key(self) -> str:
        """What its permits are counted under."""
        return self.call.name if self.session is None else self.session.id


GoesOnFor = Callable[[OrganisationId], frozenset[OrganisationId]]


Hosts = Callable[[OrganisationId], bool]


def everybody(_organisation: OrganisationId) -> bool:
    """Where all whom a token names are at home."""
    return True


def nobody_else(_organisation: OrganisationId) -> frozenset[OrganisationId]:
    """Where nothing was taken over, everybody acts for his own organisation alone."""
    return frozenset()


class Callers:
    """Knows who calls, from the accounts, sessions and tokens of one world.

    `goes_on_for` tells for which silent organisations one's people act as well; `hosts`, who is
    written for here. A token may be made beforehand for one that is not: it acts for it as soon as
    it is, and reads nothing of it before.
    """

    def __init__(
        self,
        access: Access,
        *,
        country: Country | None = None,
        site: Site | None = None,
        goes_on_for: GoesOnFor = nobody_else,
        hosts: Hosts = everybody,
    ) -> None:
        self.access = access
        self._hosts = hosts
        self._goes_on_for = goes_on_for
        self.site = site or Site()
        self.country = country
        self._readers: Readers | None = None
        self._state: object = None
        self._state_s = -STATE_S
        self._purposes = Purposes((), None)
        self._names = Names() if country is None else names_of(country)

    def read_by(self, readers: Readers, purposes: Purposes) -> None:
        """Have callers read what these readers may; before, nobody reads anything."""
        self._readers, self._purposes = readers, purposes

    def state(self) -> object:
        """What readers depend on now; None where that cannot be told."""
        seconds = clock.seconds()
        if self._readers is not None and not 0 <= seconds - self._state_s < STATE_S:
            self._state, self._state_s = self._readers.state(clock.now()), seconds
        return self._state

    def identify(self, connection: Connection, act: str = "") -> Caller | None:
        """The caller behind a request; None when it shows nothing that we know.

        What personal data is read for goes by the act that is asked for.
        """
        purpose = self.purpose_of(act)
        scheme, _, raw = connection.headers.get("authorization", "").partition(" ")
        if scheme:
            if scheme.lower() != "bearer":
                return None
            token = self.access.tokens.of(raw.strip(), clock.now())
            return None if token is None else self._of_token(connection, token, purpose)
        raw = self.session_shown(connection)
        if not raw:
            return None
        session = self.access.sessions.of(raw, clock.now())
        account = None if session is None else self.access.accounts.of(session.account)
        if session is None or account is None:
            return None
        call = self._call_of(connection, account, session, form_key(raw), purpose)
        return Caller(call=call, account=account, session=session)

    def _of_token(self, connection: Connection, token: Token, purpose: str) -> Caller:
        return Caller(call=self.acting(token, purpose, language_of(connection)))

    def purpose_of(self, act: str) -> str:
        """What personal data is read for in an act."""
        return self._purposes.of(act)

    def acting(self, token: Token, purpose: str, language: str) -> Call:
        """Who acts by a token, however it was shown."""
        here = tuple(filter(self._hosts, token.organisations))
        acts_as = (*here, *token.organisations)[0]
        actor = Actor(organisation=acts_as, function=token.function)
        scope = self._scope(
            Wanted(
                actor=actor,
                acts_for=frozenset(here),
                named=frozenset(token.areas),
                personal=token.personal,
                is_machine=True,
            )
        )
        return Call(
            actor=actor,
            organisations=frozenset(token.organisations),
            reader=_reading(scope.reader, actor, token.name, purpose),
            sender=token.name,
            language=language,
            now=clock.now(),
            say=Texts(language),
            name=token.name,
        )

    def scope_of(self, account: Account, purpose: str = "") -> Scope:
        """What an account may read; `purpose` is what it has said to read personal data for."""
        return self._scope(
            Wanted(
                actor=Actor(organisation=account.organisation, function=account.function),
                acts_for=self._organisations(account),
                named=frozenset(account.areas),
                personal=account.personal,
                has_stated=bool(purpose),
            )
        )

    def _scope(self, wanted: Wanted) -> Scope:
        return Scope(NOBODY) if self._readers is None else self._readers.scope(wanted, clock.now())

    def _organisations(self, account: Account) -> frozenset[OrganisationId]:
        return frozenset({account.organisation}) | self._goes_on_for(account.organisation)

    def title_of(self, function: str, language: str) -> str:
        """What a function is called."""
        return self._names.function(function, language)

    def organisation_title(self, organisation: OrganisationId, language: str) -> str:
        """What an organisation is called; of most there is one name for every language."""
        return self._names.organisation(organisation, language)

    # What the browser keeps

    def session_shown(self, connection: Connection) -> str:
        """What the browser holds of a session; empty when it holds none."""
        return connection.cookies.get(self._name(connection, _SESSION), "")

    def form_secret(self, connection: Connection) -> str:
        """What this browser's forms hang on: its session, or what it got before there was one."""
        return self.session_shown(connection) or connection.cookies.get(
            self._name(connection, _BEFORE), ""
        )

    def session_cookie(self, connection: Connection, raw: str) -> Cookie:
        """The cookie of a new session; it ends with the session at the latest."""
        lasting = int(ABSOLUTE_LIMIT.total_seconds())
        return self._cookie(connection, _SESSION, raw, lasting)

    def before_cookie(self, connection: Connection) -> Cookie:
        """The cookie of a browser that nobody has signed in with yet."""
        return self._cookie(connection, _BEFORE, chance(), None)

    def no_session_cookie(self, connection: Connection) -> Cookie:
        """What makes the browser forget its session."""
        return replace(self._cookie(connection, _SESSION, "", 0), expires=0)

    def _cookie(self, connection: Connection, name: str, value: str, max_age: int | None) -> Cookie:
        return Cookie(
            key=self._name(connection, name),
            value=value,
            path="/",
            max_age=max_age,
            secure=self._is_https(connection),
            httponly=True,
            samesite="lax",
        )

    def _name(self, connection: Connection, name: str) -> str:
        """Over https a name that no other host can set; on loopback one for each port."""
        if self._is_https(connection):
            return f"__Host-{name}"
        return f"{name}-{connection.base_url.port or HTTP_PORT}"

    def _is_https(self, connection: Connection) -> bool:
        return self.site.own_origin(connection).startswith("https://")

    def _call_of(
        self, connection: Connection, account: Account, session: Session, csrf: str, purpose: str
    ) -> Call:
        language = language_of(connection, account.language)
        actor = Actor(organisation=account.organisation, function=account.function)
        scope = self.scope_of(account, session.purpose)
        stated = session.purpose if scope.may_state else ""
        return Call(
            actor=actor,
            organisations=self._organisations(account),
            reader=_reading(scope.reader, actor, account.id, purpose, stated),
            # Kept in facts for ever, so it is nobody's: a page numbers what it sends by chance.
            sender=f"web:{account.organisation}",
            language=language,
            now=clock.now(),
            say=Texts(language),
            csrf=csrf,
            name=account.display,
            account=account.id,
            is_person=True,
            purpose=stated,
            purpose_title=self._purposes.name(stated, language),
            may_state=scope.may_state,
        )


def _reading(reader: Reader, actor: Actor, account: str, purpose: str, stated: str = "") -> Reader:
    by = ReadBy(
        organisation=actor.organisation,
        function=actor.function,
        account=account,
        purpose=stated or purpose,
        is_stated=bool(stated),
    )
    return replace(reader, by=by)
