# SPDX-License-Identifier: Apache-2.0
"""The table of functions and the policies say the same, until only the policies are left."""

from datetime import UTC, datetime

import pytest

from bavn.frame.country import Function
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, Allowed, Resource
from bavn.runtime.countries import built_in
from bavn.runtime.functions import MACHINES, function_may
from bavn.runtime.mandates import Gate
from tests.runtime.mandates.denmark import ACTS

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOME = {"service": "njb", "area": "nordjylland", "nation": "brs"}
FUNCTIONS = built_in("denmark").functions
# What the table cannot say: acts that are born with a policy.
BORN_WITH_IT = ("mandates.", "reinforcement.")
# Alarms that the law itself lets anybody on watch take, and that the table only lets through.
LAWFUL = {"operations.report_incident", "receiving.take_alarm"}


@pytest.mark.parametrize("function", FUNCTIONS, ids=[each.code for each in FUNCTIONS])
def test_a_function_may_the_same_by_table_and_by_policy(gate: Gate, function: Function) -> None:
    table, home = function_may(FUNCTIONS), OrganisationId(HOME[function.level])
    actor = Actor(organisation=home, function=function.code)
    for act in sorted(ACTS):
        if act.startswith(BORN_WITH_IT):
            continue
        for owner in (home, OrganisationId("ostbv")):
            if owner != home and (function.code in MACHINES or act in LAWFUL):
                # A machine looks at its own alone.
                continue
            resource = Resource(owner=owner)
            by_table = isinstance(table(actor, act, resource, AT), Allowed)
            by_policy = isinstance(gate(actor, act, resource, AT), Allowed)
            assert by_policy == by_table, (act, owner)
