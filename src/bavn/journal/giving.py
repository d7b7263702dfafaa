# SPDX-License-Identifier: Apache-2.0
"""The requests by which keys of texts are offered and given; the vault fills them when told."""

from collections.abc import Sequence

import msgspec

from bavn.journal.decision import FACTS_PER_REQUEST_LIMIT, Context, Decision, Reading
from bavn.journal.fact import Draft
from bavn.journal.sharing import (
    FactHanded,
    KeyShared,
    WrapKeyOffered,
    about_node,
    about_texts,
)
from bavn.kernel.identity import NodeId, OrganisationId, Subject


class OfferWrapKey(msgspec.Struct, frozen=True, kw_only=True):
    """Say for which key this node can be given the keys of texts."""

    node: NodeId
    wrap_key: str


class ShareKey(msgspec.Struct, frozen=True, kw_only=True):
    """Give a node the key of texts that are told to it already."""

    key: str
    about: Subject
    organisation: OrganisationId
    node: NodeId


class HandOpen(msgspec.Struct, frozen=True, kw_only=True):
    """Tell a stand-in what was told about something open before it was one."""

    about: Subject
    organisation: OrganisationId
    node: NodeId


def _offer(_state: None, request: OfferWrapKey, context: Context) -> Sequence[Draft]:
    body = WrapKeyOffered(node=request.node, wrap_key=request.wrap_key)
    return [Draft(body=body, about=(about_node(request.node),), happened_at=context.now)]


def _share(_state: None, request: ShareKey, context: Context) -> Sequence[Draft]:
    # The box is filled where the key is: when it is told.
    body = KeyShared(
        key=request.key,
        organisation=request.organisation,
        node=request.node,
        wrap_key="",
        box=b"",
    )
    to = (request.organisation,)
    return [Draft(body=body, about=(about_texts(request.about),), happened_at=context.now, to=to)]


def _open_facts(reading: Reading, request: HandOpen, _owner: OrganisationId) -> list[str]:
    return reading.to_hand(request.about, request.organisation)


def _hand(open_facts: list[str], request: HandOpen, context: Context) -> Sequence[Draft]:
    return [
        Draft(
            body=FactHanded(node=request.node, fact=fact),
            about=(request.about,),
            happened_at=context.now,
            to=(request.organisation,),
        )
        for fact in open_facts[:FACTS_PER_REQUEST_LIMIT]
    ]


def _nothing(_reading: Reading, _request: object, _owner: OrganisationId) -> None:
    return None


GIVING_DECISIONS = (
    Decision(act="journal.offer_wrap_key", request=OfferWrapKey, load=_nothing, decide=_offer),
    Decision(act="journal.share_key", request=ShareKey, load=_nothing, decide=_share),
    Decision(act="journal.hand_open", request=HandOpen, load=_open_facts, decide=_hand),
)
