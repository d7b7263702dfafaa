# SPDX-License-Identifier: Apache-2.0
"""The gate that every act passes: may this actor do this, to this, now.

`May` exists from the first day so that every act passes through one place; the mandates will fill
its inside with dated policies. Whatever stands behind it, the alarm path is flagged at most and
never refused (design §7).
"""

from datetime import datetime
from typing import Protocol

import msgspec

from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import Refused


class Actor(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who acts: a function in an organisation. Never a person's name: names live in the vault."""

    organisation: OrganisationId
    function: str


class Circumstances(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What else a ground may depend on: it is found by the program, never told by who asks.

    `level` is the highest preparedness level that covers the owner. `procedure` tells that those
    concerned have agreed on it beforehand, `assigned` that the actor's organisation is sent to what
    it is about, `emergency` that the actor has declared one.
    """

    level: int = 1
    procedure: bool = False
    assigned: bool = False
    emergency: bool = False


ORDINARY = Circumstances()


class Resource(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an act is done to: an owner's thing, and how things stand with it."""

    owner: OrganisationId
    alarm: bool = False
    circumstances: Circumstances = ORDINARY


class Allowed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Yes, and on what ground. `flagged` is shown to the actor's own chief afterwards."""

    basis: str
    flagged: bool = False


class May(Protocol):
    """The one gate that pages, interfaces, the command line and messages from peers all pass."""

    def __call__(
        self, actor: Actor, act: str, resource: Resource, at: datetime
    ) -> Allowed | Refused:
        """Allowed with its basis, or a refusal that names the missing mandate and who holds it."""


def owner_may(actor: Actor, act: str, resource: Resource, at: datetime) -> Allowed | Refused:  # noqa: ARG001
    """The ground rule until the mandates stand.

    An organisation acts on its own things, and an alarm gets through.
    """
    if actor.organisation == resource.owner:
        return Allowed(basis="owner")
    if resource.alarm:
        return Allowed(basis="alarm", flagged=True)
    return Refused(
        code="no_mandate",
        says=f"{actor.organisation} has no mandate for {act} at {resource.owner}.",
        try_instead=f"Ask {resource.owner}, who holds it.",
        values={"act": act, "owner": resource.owner, "organisation": actor.organisation},
    )


def ask(may: May, actor: Actor, act: str, resource: Resource, at: datetime) -> Allowed | Refused:
    """What the gate says, except that an alarm is never stopped by it, not even by a broken gate.

    Runbook, when `alarm_gate_broken` or `alarm_refused` shows up as a basis: it means that the
    policies could not be read or said no to an alarm. Alarms are still taken, and every other act
    is refused. Look at the policy files of this node (`bavn doctor`), put the last good ones back,
    and tell the chief on duty which acts were flagged.
    """
    try:
        answer = may(actor, act, resource, at)
    except Exception:
        if not resource.alarm:
            raise
        return Allowed(basis="alarm_gate_broken", flagged=True)
    if isinstance(answer, Refused) and resource.alarm:
        return Allowed(basis="alarm_refused", flagged=True)
    return answer
