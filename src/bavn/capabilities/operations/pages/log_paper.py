# SPDX-License-Identifier: Apache-2.0
"""The log of an incident as a paper: the same entries, in the same words as on the page."""

from collections.abc import Sequence
from datetime import datetime

from bavn.capabilities.operations.views.incidents import Incident
from bavn.capabilities.operations.views.log import Entry as Told
from bavn.capabilities.operations.views.words import Words
from bavn.frame.call import Call
from bavn.frame.paper import Block, Entries, Entry, Pairs, Paper, Prose


def log_paper(
    call: Call,
    words: Words,
    incident: Incident,
    told: Sequence[Told],
    only: Sequence[str],
) -> Paper:
    """All that is told, under what it was chosen by; its day is that of the newest word in it."""
    t = call.say
    title = f"{t('operations.log.title')}: {words.type(incident.type)}"
    known = [
        (t("operations.page.owner"), words.organisation(incident.service)),
        (t("operations.page.reported"), words.instant(incident.reported_at)),
        (t("operations.page.id"), incident.id),
        (t("operations.log.count"), str(len(told))),
    ]
    blocks: list[Block] = [
        Pairs(items=tuple(known)),
        *(Prose(text=each, weight="strong") for each in only),
    ]
    if told:
        blocks.append(Entries(items=tuple(_entry(each, call, words) for each in told)))
    else:
        blocks.append(Prose(text=t("operations.log.none")))
    newest: datetime = max((each.recorded_at for each in told), default=incident.reported_at)
    return Paper(
        language=call.language,
        title=title,
        at=newest,
        foot=f"{title} · {incident.id}\n{t('operations.log.until', at=words.instant(newest))}",
        page=t("paper.page", page="{page}", pages="{pages}"),
        blocks=tuple(blocks),
    )


def _entry(each: Told, call: Call, words: Words) -> Entry:
    t = call.say
    notes = []
    if each.sealed:
        notes.append(t("operations.page.sealed", count=each.sealed))
    if each.struck:
        notes.append(t("operations.page.struck_mark"))
    who = f"{words.function(each.by)}, {words.organisation(each.organisation)}"
    under = [who, t(f"operations.log.sort.{each.sort.value}")]
    if each.is_late:
        recorded, heard = words.instant(each.recorded_at), words.instant(each.heard_at)
        late = f"{t('operations.log.late')} {t('operations.page.recorded')} {recorded}"
        if heard != recorded:
            late += f", {t('operations.page.heard')} {heard}"
        under.append(late)
    return Entry(
        at=words.instant(each.happened_at),
        says=each.says,
        texts=tuple((t(f"operations.text.{name}"), text) for name, text in each.texts.items()),
        notes=tuple(notes),
        under=" · ".join(under),
        struck=each.struck,
    )
