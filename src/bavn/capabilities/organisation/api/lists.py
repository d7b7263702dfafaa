# SPDX-License-Identifier: Apache-2.0
"""Lists of stations, units and pick lists: sent, looked at, confirmed by name or rejected."""

from datetime import date

import msgspec
from litestar import Request, get, post
from litestar.params import JSONBody

from bavn.capabilities.organisation.api.bodies import (
    ConfirmBody,
    Differs,
    Done,
    FieldChange,
    Listed,
    ListShown,
    RejectBody,
    Wrong,
)
from bavn.capabilities.organisation.decisions.imports import (
    ConfirmImport,
    RejectImport,
    list_id,
    request_of,
)
from bavn.capabilities.organisation.model.lists import CSV, GEOJSON
from bavn.capabilities.organisation.model.settling import ListKind
from bavn.capabilities.organisation.views import looking
from bavn.capabilities.organisation.views.received import Shown, all_lists, shown, written
from bavn.capabilities.organisation.views.register import RegisterGiven
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.frame.feeds import FeedSort, Spoken, faults_in
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private
from bavn.kernel.refusal import Problem, Refused

PATH = "/api/v1/services/{service:str}/imports"
READ = {"act": "organisation.read_imports"}
NOT_A_PERSON = Refused(
    code="no_confirmer",
    says="A list is settled by a person with a name.",
    try_instead="Sign in as yourself, and do it again.",
)


@post(PATH, opt={"act": "organisation.receive_import"}, summary="Send a list to be confirmed")
async def send(  # noqa: PLR0913 - a list, and how it is meant
    request: Request,  # type: ignore[type-arg]
    call: CallGiven,
    desk: DeskGiven,
    organisation: RegisterGiven,
    service: str,
    *,
    what: ListKind,
    sender_ref: str,
    on: date | None = None,
) -> ListShown:
    """Keep a list as it came: CSV, or GeoJSON when its media type says so.

    The answer shows what it would change, and all that is wrong with it.
    """
    owner, raw = OrganisationId(service), await request.body()
    day = on or organisation.today(call.now)
    look = _look(desk, call)
    asked = request_of(
        list_id(call.sender, sender_ref, raw),
        raw,
        what=what,
        form=GEOJSON if "json" in request.content_type[0] else CSV,
        on=day,
        known=looking.known(look, organisation.country, owner, day),
    )
    if isinstance(asked, Refused):
        raise Refusal(asked)
    done = await carried_out(desk, call, owner, asked, sender_ref)
    found = _found(look, owner, asked.id)
    spoken = Spoken(
        sort=FeedSort.RESOURCES, count=found.row_count, repeated_count=int(done.repeated)
    )
    organisation.feeds.heard(call, spoken)
    wrong = [Problem(where=each.where, says=each.says) for each in found.problems]
    organisation.feeds.faulted(call, faults_in(FeedSort.RESOURCES, wrong, raw))
    return found


@get(PATH, opt=READ, summary="Lists that were received")
async def sent(call: CallGiven, desk: DeskGiven, service: str) -> Listed[ListShown]:
    """The lists of a service, the newest first, for those who may read what it keeps for itself."""
    rows = all_lists(_look(desk, call), OrganisationId(service))
    return Listed(items=tuple(map(_row_shown, rows)))


@get(PATH + "/{id_:str}", opt=READ, summary="A list, and what it would change")
async def one(call: CallGiven, desk: DeskGiven, service: str, id_: str) -> ListShown:
    """A list with what it would change if it were confirmed now."""
    return _found(_look(desk, call), OrganisationId(service), id_)


@post(
    PATH + "/{id_:str}/confirm",
    opt={"act": "organisation.confirm_import"},
    summary="Stand for a list",
)
async def confirm(
    call: CallGiven, desk: DeskGiven, service: str, id_: str, data: JSONBody[ConfirmBody]
) -> Done:
    """The person who is signed in stands for the list: from its day it is what holds."""
    if not (call.is_person and call.account):
        raise Refusal(NOT_A_PERSON)
    content = ConfirmImport(id=id_, confirmer=call.account, ground=data.ground)
    done = await carried_out(desk, call, OrganisationId(service), content, data.sender_ref)
    return Done(id=id_, facts=done.facts, repeated=done.repeated)


@post(
    PATH + "/{id_:str}/reject",
    opt={"act": "organisation.reject_import"},
    summary="Say that a list will not be used",
)
async def reject(
    call: CallGiven, desk: DeskGiven, service: str, id_: str, data: JSONBody[RejectBody]
) -> Done:
    """The list is kept with the reason, and not used."""
    if not (call.is_person and call.account):
        raise Refusal(NOT_A_PERSON)
    content = RejectImport(id=id_, rejecter=call.account, reason=Private(data.reason))
    done = await carried_out(desk, call, OrganisationId(service), content, data.sender_ref)
    return Done(id=id_, facts=done.facts, repeated=done.repeated)


def _look(desk: Desk, call: Call) -> looking.Look:
    return lambda view, where: desk.query.rows(call.reader, view, where)


def _found(look: looking.Look, owner: OrganisationId, id_: str) -> ListShown:
    found = shown(look, owner, id_)
    if found is None:
        raise Refusal(
            Refused(
                code="no_such_import",
                says="There is no such list here.",
                try_instead="Look at the lists.",
                values={"id": id_},
            )
        )
    return _with_differences(found)


def _row_shown(row: Row) -> ListShown:
    return ListShown(
        id=str(row["subject"]).partition(":")[2],
        service=str(row["owner"]),
        what=str(row["what"]),
        on=date.fromisoformat(str(row["on_day"])),
        state=str(row["state"]),
        row_count=int(str(row["row_count"])),
        received_by=str(row["received_by"]),
        settled_by=None if row["settled_by"] is None else str(row["settled_by"]),
        applied_count=int(str(row["applied_count"])),
        to_apply=int(str(row["to_apply"])),
    )


def _with_differences(found: Shown) -> ListShown:
    return msgspec.structs.replace(
        _row_shown(found.row),
        counts={sort.value: count for sort, count in found.counts.items()},
        ground=found.ground,
        problems=tuple(Wrong(where=each.where, says=each.says) for each in found.problems),
        differences=tuple(
            Differs(
                id=each.id,
                sort=each.sort.value,
                fields=tuple(
                    FieldChange(field=name, before=written(before), after=written(after))
                    for name, before, after in each.fields
                ),
            )
            for each in found.differences
        ),
    )


HANDLERS = (send, sent, one, confirm, reject)
