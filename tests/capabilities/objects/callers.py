# SPDX-License-Identifier: Apache-2.0
"""Somebody who looks, in either language."""

from datetime import UTC, datetime

from bavn.frame.call import Call
from bavn.journal.reader import NOBODY
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.runtime.texts import Texts

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)


def call_in(language: str) -> Call:
    """A call that is answered in a language."""
    return Call(
        actor=Actor(organisation=OrganisationId("easttown"), function="duty_officer"),
        organisations=frozenset(),
        reader=NOBODY,
        sender="test",
        language=language,
        now=NOW,
        say=Texts(language),
    )
