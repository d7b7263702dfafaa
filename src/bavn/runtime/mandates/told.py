# SPDX-License-Identifier: Apache-2.0
"""What Cedar is told: who asks for what, and which functions, organisations and acts there are."""

from collections.abc import Mapping

import msgspec

from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, Circumstances
from bavn.runtime.mandates.book import Book, groups_of


class Stands(msgspec.Struct, frozen=True):
    """Where an organisation stands: at which level, and under whom."""

    level: str
    under: tuple[OrganisationId, ...] = ()


class Organisations(msgspec.Struct, frozen=True):
    """All organisations of a day. The same `version` means the same."""

    version: object
    all: Mapping[OrganisationId, Stands]


def posts(book: Book) -> list[dict[str, object]]:
    """The functions, with their roles."""
    return [
        _entity("Function", function, [("Role", role) for role in sorted(roles)])
        for function, roles in sorted(book.roles.items())
    ]


def request_of(
    actor: Actor, act: str, owner: OrganisationId, circumstances: Circumstances
) -> dict[str, object]:
    """A question."""
    return {
        "principal": _uid("Function", actor.function),
        "action": _uid("Action", act),
        "resource": _uid("Organisation", owner),
        "context": {
            "organisation": {"__entity": _uid("Organisation", actor.organisation)},
            **msgspec.structs.asdict(circumstances),
        },
    }


def organisations(all_: Mapping[OrganisationId, Stands]) -> list[dict[str, object]]:
    """The organisations, each under those above it."""
    return [
        _entity(
            "Organisation",
            id_,
            [("Organisation", each) for each in stands.under],
            {"level": stands.level},
        )
        for id_, stands in all_.items()
    ]


def act_of(act: str, alarms: frozenset[str]) -> dict[str, object]:
    """An act, in its groups."""
    return _entity("Action", act, [("Action", each) for each in groups_of(act, alarms)])


def _entity(
    sort: str,
    id_: str,
    parents: list[tuple[str, str]],
    attributes: Mapping[str, object] | None = None,
) -> dict[str, object]:
    return {
        "uid": _uid(sort, id_),
        "attrs": dict(attributes or {}),
        "parents": [_uid(*each) for each in parents],
    }


def _uid(sort: str, id_: str) -> dict[str, str]:
    return {"type": sort, "id": id_}
