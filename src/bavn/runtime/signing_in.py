# SPDX-License-Identifier: Apache-2.0
"""Signing in by name and password: one answer and one time for all who may not come in."""

from datetime import datetime

from msgspec.structs import replace

from bavn.kernel.refusal import Refused
from bavn.runtime import clock
from bavn.runtime.access import Access
from bavn.runtime.accounts import Account, new_account_id, plain_name
from bavn.runtime.passwords import BYTES_LIMIT, Busy, InTurn, too_easy

WRONG = Refused(
    code="wrong_name_or_password",
    says="The name or the password is wrong.",
    try_instead="Look at both, and whether capital letters are on.",
)


class SigningIn:
    """Lets people in who have an account and know its password."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._hashes = access.hashes
        self._in_turn = InTurn()
        # Looked at where there is no account, so that it takes as long as where there is one.
        self._nobodys = self._hashes.make(clock.entropy(16).hex())

    async def by_password(
        self, name: str, password: str, address: str, now: datetime
    ) -> Account | Refused:
        """The account, or a refusal that does not tell whether there is one."""
        name = plain_name(name)
        throttle = self._access.throttle
        wait_s = throttle.wait_s(name, address, now)
        if wait_s:
            return Refused(
                code="wait_to_sign_in",
                says=f"There were too many wrong tries; wait {wait_s} seconds.",
                try_instead=f"Try again in {wait_s} seconds.",
                values={"seconds": str(wait_s)},
            )
        throttle.count(name, address, now)
        found = self._access.accounts.named(name)
        kept = None if found is None else found[1]
        try:
            is_right = await self._is_right(kept, password)
        except Busy:
            return Refused(
                code="too_many_requests",
                says="Too many are signing in at this moment.",
                try_instead="Wait a little.",
            )
        if found is None or kept is None or not is_right:
            return WRONG
        throttle.succeeded(name, address, now)
        await self._keep_anew(found[0], kept, password)
        return found[0]

    async def change(
        self, account: Account, old: str, new: str, address: str, now: datetime
    ) -> Refused | None:
        """Have another password, for who knows the one there is."""
        answer = await self.by_password(account.name, old, address, now)
        if isinstance(answer, Refused):
            return answer
        refused = too_easy(new, account.name, account.display)
        if refused is None:
            self._access.accounts.set_password(account.id, await self._made(new))
        return refused

    async def _is_right(self, kept: str | None, password: str) -> bool:
        shown = password if len(password.encode()) <= BYTES_LIMIT else ""
        return await self._in_turn(lambda: self._hashes.is_right(kept or self._nobodys, shown))

    async def _keep_anew(self, account: Account, kept: str, password: str) -> None:
        """What was kept with other parameters is kept with today's, now that it is known."""
        if self._hashes.is_old(kept):
            self._access.accounts.set_password(account.id, await self._made(password))

    async def _made(self, password: str) -> str:
        return await self._in_turn(lambda: self._hashes.make(password))


def add_account(
    access: Access, account: Account, password: str | None, subject: str | None = None
) -> Refused | None:
    """Keep a new account under an id of its own; a refusal when its password is too easy."""
    refused = None if password is None else too_easy(password, account.name, account.display)
    if refused is not None:
        return refused
    kept = None if password is None else access.hashes.make(password)
    access.accounts.add(
        replace(
            account,
            id=new_account_id(),
            name=plain_name(account.name),
            display=account.display.strip(),
        ),
        kept,
        subject,
    )
    return None
