# SPDX-License-Identifier: Apache-2.0
"""Accounts: people who may sign in, and as what.

A person's name is personal data: it is shown to the person itself and to who keeps the accounts,
and is in no log and no fact. What is told of somebody's acts is the function and the organisation.
"""

import re
from collections.abc import Sequence

import apsw
import msgspec

from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import BadInput, Problem
from bavn.runtime import clock

SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    says TEXT NOT NULL,
    password TEXT,
    subject TEXT UNIQUE
) STRICT, WITHOUT ROWID;
"""
ID_BYTES = 8
# What a person can remember and type; an address of e-mail fits.
NAME = re.compile(r"[a-z0-9æøå][a-z0-9æøå._@+-]{1,63}")
DISPLAY_CHARACTERS_LIMIT = 80


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may sign in: as which function, in which organisation.

    `areas` are read beside those that its function hears by itself. `personal` lets the account
    read private texts where its function may. `display` is the person's name.
    """

    id: str
    name: str
    display: str
    organisation: OrganisationId
    function: str
    areas: tuple[OrganisationId, ...] = ()
    personal: bool = False
    language: str = ""

    def __repr__(self) -> str:
        """Which account it is, and not whose: a person's name is printed by nobody by mistake."""
        return f"Account({self.id})"


def plain_name(typed: str) -> str:
    """A sign-in name as it is kept: no spaces around it, small letters.

    >>> plain_name(" MSO ")
    'mso'
    """
    return typed.strip().lower()


class Accounts:
    """The accounts of one world."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db

    def add(self, account: Account, password: str | None, subject: str | None) -> None:
        """Keep a new account, with a password's hash or a provider's subject, or both.

        Raises BadInput when its name or its subject is another's.
        """
        _check(account)
        says = msgspec.json.encode(account).decode()
        try:
            with self._db:
                self._db.execute(
                    "INSERT INTO account VALUES (?, ?, ?, ?, ?)",
                    (account.id, account.name, says, password, subject),
                )
        except apsw.ConstraintError as error:
            where = "subject" if "subject" in str(error) else "name"
            raise BadInput(Problem(where=where, says="another account has it")) from error

    def set_password(self, account_id: str, password: str) -> None:
        """Keep a password's hash."""
        with self._db:
            self._db.execute("UPDATE account SET password = ? WHERE id = ?", (password, account_id))

    def end(self, name: str) -> bool:
        """Forget an account, its sessions and its person's name; False when there was none."""
        with self._db:
            self._db.execute("DELETE FROM account WHERE name = ?", (plain_name(name),))
            count = self._db.changes()
        return count > 0

    def all(self) -> Sequence[Account]:
        """Every account, by its sign-in name."""
        rows = self._db.execute("SELECT says FROM account ORDER BY name")
        return [_account(says) for (says,) in rows]

    def of(self, account_id: str) -> Account | None:
        """The account of this id."""
        row = self._db.execute("SELECT says FROM account WHERE id = ?", (account_id,)).fetchone()
        return None if row is None else _account(row[0])

    def named(self, name: str) -> tuple[Account, str | None] | None:
        """The account of this sign-in name, and its password's hash when it has one."""
        row = self._db.execute(
            "SELECT says, password FROM account WHERE name = ?", (plain_name(name),)
        ).fetchone()
        return None if row is None else (_account(row[0]), row[1])

    def has_password(self, account_id: str) -> bool:
        """True when the account has a password."""
        row = self._db.execute(
            "SELECT 1 FROM account WHERE id = ? AND password IS NOT NULL", (account_id,)
        ).fetchone()
        return row is not None

    def of_subject(self, subject: str) -> Account | None:
        """The account that an administrator has given a provider's subject."""
        row = self._db.execute("SELECT says FROM account WHERE subject = ?", (subject,)).fetchone()
        return None if row is None else _account(row[0])


def new_account_id() -> str:
    """An id that says nothing of the person."""
    return clock.entropy(ID_BYTES).hex()


def subject_at(issuer: str, subject: str) -> str:
    """A subject with the provider that it is one of: another provider's is another person."""
    return f"{issuer} {subject}"


def _account(says: str) -> Account:
    return msgspec.json.decode(says, type=Account)


def _check(account: Account) -> None:
    problems = []
    if NAME.fullmatch(account.name) is None:
        says = "2 to 64 letters, digits and . _ @ + -"
        problems.append(Problem(where="name", says=says))
    if not 1 <= len(account.display.strip()) <= DISPLAY_CHARACTERS_LIMIT:
        problems.append(
            Problem(where="display", says=f"1 to {DISPLAY_CHARACTERS_LIMIT} characters")
        )
    if problems:
        raise BadInput(*problems)
