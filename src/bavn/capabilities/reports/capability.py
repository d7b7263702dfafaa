# SPDX-License-Identifier: Apache-2.0
"""What reports bring to the house."""

from bavn.capabilities.reports import decisions
from bavn.capabilities.reports.api import HANDLERS
from bavn.capabilities.reports.decisions import (
    CorrectBill,
    CorrectReport,
    OpenBill,
    OpenReport,
    SetTariff,
    SignBill,
    SignReport,
)
from bavn.capabilities.reports.facts import KINDS
from bavn.capabilities.reports.pages import PAGES
from bavn.capabilities.reports.views import PAPERS, VIEWS
from bavn.frame.capability import Capability, MenuEntry, Panel
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, is_subject


def _paper(
    reading: Reading,
    request: CorrectReport | SignReport | OpenReport | CorrectBill | SignBill | OpenBill,
    owner: OrganisationId,
) -> Row | None:
    subject = f"incident:{request.incident}"
    if not is_subject(subject):
        return None
    found = reading.rows(PAPERS, {"owner": owner, "subject": subject})
    return found[0] if found else None


def _nothing(_reading: Reading, _request: SetTariff, _owner: OrganisationId) -> None:
    return None


DECISIONS = (
    Decision(
        act="reports.correct_report",
        request=CorrectReport,
        load=_paper,
        decide=decisions.correct_report,
    ),
    Decision(
        act="reports.sign_report", request=SignReport, load=_paper, decide=decisions.sign_report
    ),
    Decision(
        act="reports.open_report", request=OpenReport, load=_paper, decide=decisions.open_report
    ),
    Decision(
        act="reports.set_tariff", request=SetTariff, load=_nothing, decide=decisions.set_tariff
    ),
    Decision(
        act="reports.correct_bill", request=CorrectBill, load=_paper, decide=decisions.correct_bill
    ),
    Decision(act="reports.sign_bill", request=SignBill, load=_paper, decide=decisions.sign_bill),
    Decision(act="reports.open_bill", request=OpenBill, load=_paper, decide=decisions.open_bill),
)
REPORTS_CAPABILITY = Capability(
    name="reports",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS),
    handlers=(*HANDLERS, *PAGES),
    menu=(MenuEntry(text="reports.menu", path="/reports", act="reports.read_reports"),),
    panels=(Panel(about="incident", path="/incidents/{id}/report-part", rank=95),),
)
