# SPDX-License-Identifier: Apache-2.0
"""Signed reports and bills as papers: what was signed, in words, and nothing that came later.

Names are those of the day of the signature, so that the same version is the same paper next year.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bavn.capabilities.reports.facts import BillLine, SignedCourse, SignedField
from bavn.capabilities.reports.pages.showing import Saying
from bavn.capabilities.reports.ports import Around
from bavn.capabilities.reports.views.papers import Bill, BillVersion, Report, Version
from bavn.frame.call import Call, Say
from bavn.frame.paper import Block, Heading, Pairs, Paper, Prose, Table

UNKNOWN = "–"
COLUMNS = (
    *("unit", "crew", "alerted_at", "left_at", "arrived_at", "ended_at"),
    *("turn_out", "drive", "response"),
)


def report_paper(
    call: Call,
    around: Around,
    report: Report,
    version: Version,
    texts: Mapping[str, str],
    name: str,
) -> Paper:
    """A report as it was signed, with its words and the signer's name as the caller reads them."""
    then = replace(call, now=version.signed_at)
    say, t = Saying(then, around), call.say
    signed = f"{say.instant(version.signed_at)}, {say.who(version.by, version.account)}"
    blocks: list[Block] = [
        Pairs(
            items=(
                (t("reports.number"), report.incident),
                (t("reports.of"), say.organisation(report.service)),
                (
                    t("reports.version", number=version.version),
                    f"{signed} ({name})" if name else signed,
                ),
                (t("reports.fact"), version.fact),
            )
        ),
        *_fields(version.body.fields, say, t, texts),
        *_courses(version.body.courses, say, t),
    ]
    more = version.body.course_count - len(version.body.courses)
    if more > 0:
        blocks.append(Prose(text=t("reports.more_courses", count=more), weight="strong"))
    blocks.append(Prose(text=t("reports.calibrated"), weight="quiet"))
    number = t("reports.version", number=version.version)
    return Paper(
        language=call.language,
        title=t("reports.report"),
        at=version.signed_at,
        foot=f"{t('reports.report')} · {report.incident} · {number}\n{t('reports.later')}",
        page=t("paper.page", page="{page}", pages="{pages}"),
        blocks=tuple(blocks),
        is_wide=True,
    )


def bill_paper(call: Call, around: Around, bill: Bill, version: BillVersion) -> Paper:
    """A bill as it was signed."""
    say, t = Saying(replace(call, now=version.signed_at), around), call.say
    body, number = version.body, t("reports.version", number=version.body.version)
    signed = t("reports.signed_by", at=say.instant(version.signed_at), account=version.account)
    tariff = t("reports.by_tariff", day=f"{body.tariff_from:%d.%m.%Y}")
    blocks = (
        Pairs(
            items=(
                (t("reports.number"), bill.incident),
                (t("reports.helper"), say.organisation(bill.helper)),
                (t("reports.payer"), say.organisation(body.payer)),
                (number, signed),
                (t("reports.fact"), version.fact),
            )
        ),
        Prose(text=f"{tariff} {t('reports.begun', minutes=body.begun_min)}"),
        _lines(body.lines, say, t),
        Prose(
            text=f"{t('reports.sum')}: {say.money(body.sum)} {t('reports.currency')}",
            weight="strong",
        ),
    )
    return Paper(
        language=call.language,
        title=t("reports.bill"),
        at=version.signed_at,
        foot=f"{t('reports.bill')} · {bill.incident} · {number}\n{t('reports.later')}",
        page=t("paper.page", page="{page}", pages="{pages}"),
        blocks=blocks,
        is_wide=True,
    )


def _fields(
    fields: Sequence[SignedField], say: Saying, t: Say, texts: Mapping[str, str]
) -> list[Block]:
    """The fields under the parts that the country has them in; those that it has no more, last."""
    parts: dict[str, list[tuple[str, str]]] = {}
    for each in fields:
        known = say.known(each.code)
        part = "" if known is None else known.part
        parts.setdefault(part, []).append((say.field(each.code), _said(each, say, t, texts)))
    blocks: list[Block] = []
    for part, items in parts.items():
        if part:
            blocks.append(Heading(text=t(f"reports.part.{part}")))
        blocks.append(Pairs(items=tuple(items)))
    return blocks


def _said(field: SignedField, say: Saying, t: Say, texts: Mapping[str, str]) -> str:
    if field.in_words:
        said = texts.get(field.code) or t("reports.sealed")
    elif field.missing:
        said = t(f"reports.missing_why.{field.missing}")
    else:
        said = say.value(field.code, field.value)
    if not field.corrected:
        return said
    drafted = say.value(field.code, field.drafted) or t("reports.nothing")
    return f"{said} ({t('reports.corrected')}; {t('reports.draft_said', value=drafted)})"


def _courses(courses: Sequence[SignedCourse], say: Saying, t: Say) -> list[Block]:
    if not courses:
        return [Prose(text=t("reports.no_courses"), weight="quiet")]
    return [
        Table(
            caption=t("reports.courses"),
            head=tuple(t(f"reports.{name}") for name in COLUMNS),
            rows=tuple(_course(each, say, t) for each in courses),
            numbers=(1, 6, 7, 8),
        )
    ]


def _course(each: SignedCourse, say: Saying, t: Say) -> tuple[str, ...]:
    again = f" ({each.number})" if each.number > 1 else ""
    instants = (each.alerted_at, each.left_at, each.arrived_at, each.ended_at)
    spans = (each.turn_out_s, each.drive_s, each.response_s)
    why = (*each.missing, "", "", "")
    return (
        f"{say.unit(each.unit)}{again}",
        t("reports.crew_unknown") if each.crew is None else str(each.crew),
        *(say.instant(at) or UNKNOWN for at in instants),
        *(
            say.span(span) or (t(f"reports.why.{why[place]}") if why[place] else UNKNOWN)
            for place, span in enumerate(spans)
        ),
    )


def _lines(lines: Sequence[BillLine], say: Saying, t: Say) -> Table:
    names = ("unit", "type", "began_at", "ended_at", "hours", "rate", "amount")
    return Table(
        caption=t("reports.lines"),
        head=tuple(t(f"reports.{name}") for name in names),
        rows=tuple(_line(each, say, t) for each in lines),
        numbers=(4, 5, 6),
    )


def _line(each: BillLine, say: Saying, t: Say) -> tuple[str, ...]:
    hours = say.hours(each.minutes) or UNKNOWN
    if each.corrected:
        drafted = t("reports.draft_said", value=say.hours(each.drafted_min) or UNKNOWN)
        hours = f"{hours} ({t('reports.corrected')}; {drafted})"
    return (
        say.unit(each.unit),
        say.unit_types.get(each.type, each.type),
        say.instant(each.began_at) or UNKNOWN,
        say.instant(each.ended_at) or UNKNOWN,
        hours,
        say.money(each.hour) or UNKNOWN,
        say.money(each.amount) or t(f"reports.bill_why.{each.missing}"),
    )
