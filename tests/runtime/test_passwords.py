# SPDX-License-Identifier: Apache-2.0
"""Passwords: how they are kept, and which are too easily guessed."""

import asyncio
import time
from pathlib import Path
from statistics import median

import pytest

from bavn.kernel.refusal import Refused
from bavn.runtime import clock, passwords
from bavn.runtime.access import Access
from bavn.runtime.accounts import Account
from bavn.runtime.passwords import Argon2, Busy, InTurn, too_easy
from bavn.runtime.signing_in import SigningIn, add_account
from tests.runtime.folders import TOWN

GOOD = "blå cykel under tre graner"
ACCOUNT = Account(id="", name="pia", display="Pia Opdigtet", organisation=TOWN, function="watch")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("kort", "password_short"),
        ("ellevetegn!", "password_short"),
        ("x" * 1025, "password_long"),
        ("ø" * 513, "password_long"),
        ("password1234", "password_common"),
        ("P4ssw0rd!P4ssw0rd!", "password_common"),
        ("Kodeord2026!", "password_common"),
        ("Sommer2026Sommer", "password_common"),
        ("danmarkdanmark", "password_common"),
        ("qwertyuiop123", "password_common"),
        ("123456789012", "password_common"),
        ("2026-11-21 10:21", "password_common"),
        ("aaaaaaaaaaaab", "password_common"),
        ("hejhejhejhejhejhejhejhejhejhejhejhejhejhejhej", "password_common"),
        ("min hund opdigtet", "password_named"),
        ("OPDIGTET er her nu", "password_named"),
        (GOOD, None),
        ("kat trappe vulkan suppe", None),
        ("danmark har graner", None),
    ],
)
def test_what_is_guessed_first_is_refused(password: str, code: str | None) -> None:
    refused = too_easy(password, "pia", "Pia Opdigtet")
    assert (None if refused is None else refused.code) == code


def test_a_long_repetition_takes_no_time() -> None:
    started = time.perf_counter()
    too_easy("hej" * 340 + "!x", "pia")
    assert time.perf_counter() - started < 0.5


def test_the_parameters_are_those_of_rfc_9106() -> None:
    kept = Argon2().make(GOOD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert Argon2().is_right(kept, GOOD)
    assert not Argon2().is_right(kept, GOOD + " ")
    assert not Argon2().is_right("no hash at all", GOOD)
    assert kept != Argon2().make(GOOD)


def test_what_was_kept_with_other_parameters_is_kept_anew_at_sign_in(tmp_path: Path) -> None:
    async def story() -> None:
        path, now = tmp_path / "access.db", clock.now()
        before = Access(path, Argon2(iterations=1, memory_kib=64))
        assert add_account(before, ACCOUNT, GOOD) is None
        before.close()
        access = Access(path, Argon2(iterations=2, memory_kib=128))
        found = await SigningIn(access).by_password("pia", GOOD, "here", now)
        assert isinstance(found, Account)
        kept = access.accounts.named("pia")
        assert kept is not None
        assert kept[1] is not None
        assert "m=128,t=2" in kept[1]
        assert isinstance(await SigningIn(access).by_password("pia", GOOD, "here", now), Account)
        access.close()

    asyncio.run(story())


@pytest.mark.slow
def test_unknown_and_wrong_take_the_same_time(tmp_path: Path) -> None:
    async def story() -> None:
        access, now = Access(tmp_path / "access.db", Argon2(memory_kib=16 * 1024)), clock.now()
        add_account(access, ACCOUNT, GOOD)
        people = SigningIn(access)
        took: dict[str, list[float]] = {"pia": [], "nobody": []}
        for number in range(15):
            for name, times in took.items():
                started = time.perf_counter()
                answer = await people.by_password(name, "wrong", f"address {number}", now)
                times.append(time.perf_counter() - started)
                assert isinstance(answer, Refused)
                access.throttle.forgive(name)
        known, unknown = median(took["pia"]), median(took["nobody"])
        assert 0.5 < known / unknown < 2
        access.close()

    asyncio.run(story())


def test_a_crowd_at_the_door_is_told_to_wait() -> None:
    async def story() -> None:
        in_turn = InTurn()
        many = [in_turn(lambda: time.sleep(0.01)) for _ in range(passwords.WAITING_LIMIT + 5)]
        came = await asyncio.gather(*many, return_exceptions=True)
        assert sum(isinstance(each, Busy) for each in came) == 5

    asyncio.run(story())


def test_an_easy_password_makes_no_account(tmp_path: Path) -> None:
    access = Access(tmp_path / "access.db")
    refused = add_account(access, ACCOUNT, "kort")
    assert refused is not None
    assert access.accounts.all() == []
    access.close()
