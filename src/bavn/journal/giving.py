# SPDX-License-Identifier: Apache-2.0
"""The requests by which keys of texts are offered and given; the vault fills them when told."""

from collections.abc import Sequence

import msgspec

from bavn.journal.decision import Context, Decision, Reading
from bavn.journal.fact import Draft
from bavn.journal.sharing import KeyShared, WrapKeyOffered, about_node
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
    return [Draft(body=body, about=(request.about,), happened_at=context.now, to=to)]


def _nothing(_reading: Reading, _request: object, _owner: OrganisationId) -> None:
    return None


GIVING_DECISIONS = (
    Decision(act="journal.offer_wrap_key", request=OfferWrapKey, load=_nothing, decide=_offer),
    Decision(act="journal.share_key", request=ShareKey, load=_nothing, decide=_share),
)
