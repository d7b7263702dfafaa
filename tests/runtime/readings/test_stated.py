# SPDX-License-Identifier: Apache-2.0
"""A purpose that was stated: of one sitting, and gone with it."""

from pathlib import Path

import apsw
import pytest

from bavn.kernel.identity import OrganisationId
from bavn.runtime import clock
from bavn.runtime.access import Access
from bavn.runtime.accounts import Account
from tests.runtime.web.house import QUICK


@pytest.fixture
def access(tmp_path: Path) -> Access:
    access = Access(tmp_path / "access.db", QUICK)
    account = Account(
        id="a1",
        name="pia",
        display="Pia Opdigtet",
        organisation=OrganisationId("agency"),
        function="observer",
    )
    access.accounts.add(account, None, None)
    return access


def purpose_of(access: Access, raw: str) -> str | None:
    session = access.sessions.of(raw, clock.now())
    return None if session is None else session.purpose


def test_it_holds_for_one_sitting_until_it_is_changed_or_ended(access: Access) -> None:
    here, there = (access.sessions.begin("a1", "password", clock.now()) for _ in range(2))
    session = access.sessions.of(here, clock.now())
    assert session is not None
    access.sessions.state_purpose(session.id, "tilsyn")
    assert (purpose_of(access, here), purpose_of(access, there)) == ("tilsyn", "")
    access.sessions.state_purpose(session.id, "evaluering")
    assert purpose_of(access, here) == "evaluering"
    assert {each.purpose for each in access.sessions.of_account("a1", clock.now())} == {
        "",
        "evaluering",
    }
    access.sessions.state_purpose(session.id, "")
    assert purpose_of(access, here) == ""


def test_it_is_gone_with_its_session_and_with_its_account(access: Access, tmp_path: Path) -> None:
    for end in (
        access.sessions.end,
        lambda _: access.sessions.end_all("a1"),
        lambda _: access.accounts.end("pia"),
    ):
        raw = access.sessions.begin("a1", "password", clock.now())
        session = access.sessions.of(raw, clock.now())
        assert session is not None
        access.sessions.state_purpose(session.id, "tilsyn")
        end(raw)
        assert purpose_of(access, raw) is None
        with apsw.Connection(str(tmp_path / "access.db")) as db:
            assert db.execute("SELECT count(*) FROM session_purpose").fetchone() == (0,)
