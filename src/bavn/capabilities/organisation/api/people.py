# SPDX-License-Identifier: Apache-2.0
"""How many people a service says that it has, by function and employment."""

from datetime import date

from litestar import get, post
from litestar.params import JSONBody

from bavn.capabilities.organisation.api.bodies import Done, Listed, Staffing, StaffingBody
from bavn.capabilities.organisation.decisions.people import CountStaffing
from bavn.capabilities.organisation.model.dated import on_day
from bavn.capabilities.organisation.views import looking
from bavn.capabilities.organisation.views.register import RegisterGiven
from bavn.frame.desk import carried_out
from bavn.frame.given import CallGiven, DeskGiven
from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import BadInput, Problem

PATH = "/api/v1/services/{service:str}/staffing"


@get(PATH, opt={"act": "organisation.read_staffing"}, summary="How many people, by function")
async def staffing(
    call: CallGiven,
    desk: DeskGiven,
    organisation: RegisterGiven,
    service: str,
    on: date | None = None,
) -> Listed[Staffing]:
    """The counts on a day, for those who may read what the service keeps for itself."""
    told = looking.staffing(
        lambda view, where: desk.query.rows(call.reader, view, where), OrganisationId(service)
    )
    found = (
        Staffing(
            function=each.id,
            employment=each.body.employment,
            count=each.body.count,
            valid_from=each.body.valid_from,
            basis=each.body.basis,
        )
        for each in on_day(told, on or organisation.today(call.now))
    )
    return Listed(items=tuple(sorted(found, key=lambda each: (each.function, each.employment))))


@post(PATH, opt={"act": "organisation.count_staffing"}, summary="Say how many people there are")
async def count_staffing(
    call: CallGiven,
    desk: DeskGiven,
    organisation: RegisterGiven,
    service: str,
    data: JSONBody[StaffingBody],
) -> Done:
    """So many have a function from a day on; an earlier number ends."""
    country = organisation.country
    known = {
        "function": {each.code for each in country.functions},
        "employment": {each.code for each in country.employments},
    }
    problems = [
        Problem(where=name, says="is none that is known")
        for name, codes in known.items()
        if getattr(data, name) not in codes
    ]
    if problems:
        raise BadInput(*problems)
    content = CountStaffing(
        function=data.function, employment=data.employment, count=data.count, on=data.on
    )
    done = await carried_out(desk, call, OrganisationId(service), content, data.sender_ref)
    return Done(id=data.function, facts=done.facts, repeated=done.repeated)


HANDLERS = (staffing, count_staffing)
