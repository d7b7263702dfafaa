# SPDX-License-Identifier: Apache-2.0
"""A hand-over sheet as a paper: what was signed, who took over, and room for two names."""

from dataclasses import replace

from bavn.capabilities.centre.facts import SheetPart
from bavn.capabilities.centre.pages.showing import Words
from bavn.capabilities.centre.ports import Called
from bavn.capabilities.centre.views.sheets import Sheet
from bavn.frame.call import Call
from bavn.frame.paper import Block, Heading, Lines, Pairs, Paper, Prose


def sheet_paper(call: Call, around: Called, sheet: Sheet) -> Paper:
    """The sheet as it stands: it is another paper once somebody has taken over."""
    # Nobody is "you" on paper, and a time of the day of the signature stands without its day.
    then = replace(call, now=sheet.signed_at, account="")
    words, t = Words(then, around), call.say
    signed = _who(words, sheet.by, sheet.account, sheet.name)
    taken = t("centre.handover.not_taken")
    if sheet.taken_at is not None:
        by = _who(words, sheet.taken_by or "", sheet.taken_account or "", sheet.taken_name)
        taken = f"{words.whole(sheet.taken_at)}, {by}"
    blocks: list[Block] = [
        Pairs(
            items=(
                (t("centre.handover.of"), words.organisation(call.actor.organisation)),
                (t("centre.handover.signed"), f"{words.whole(sheet.signed_at)}, {signed}"),
                (t("centre.handover.taken"), taken),
            )
        )
    ]
    if sheet.sealed_count:
        blocks.append(Prose(text=t("centre.handover.sealed", count=sheet.sealed_count)))
    for name, text in (("notes", sheet.notes), ("taken_notes", sheet.taken_notes)):
        if text:
            blocks += [Heading(text=t(f"centre.handover.{name}")), Prose(text=text)]
    for part in sheet.parts:
        blocks += _part(part, words, call)
    signature, following = t("centre.handover.signature"), t("centre.handover.signature_next")
    blocks.append(Prose(text=f"\n{signature} {LINE}\n\n{following} {LINE}"))
    title = t("centre.handover.title")
    return Paper(
        language=call.language,
        title=title,
        at=sheet.taken_at or sheet.signed_at,
        foot=f"{title} · {words.whole(sheet.signed_at)}",
        page=t("paper.page", page="{page}", pages="{pages}"),
        blocks=tuple(blocks),
    )


LINE = "_" * 20


def _who(words: Words, function: str, account: str, name: str) -> str:
    said = f"{words.function(function)}, {account}"
    return f"{said} ({name})" if name else said


def _part(part: SheetPart, words: Words, call: Call) -> list[Block]:
    t = call.say
    blocks: list[Block] = [Heading(text=f"{t(f'centre.sheet.{part.name}')} ({part.count})")]
    if not part.lines:
        return [*blocks, Prose(text=t("centre.sheet_none"), weight="quiet")]
    lines = [
        line.says
        if line.since is None
        else f"{line.says} {t('centre.since', at=words.clock(line.since))}"
        for line in part.lines
    ]
    blocks.append(Lines(items=tuple(lines)))
    if part.count > len(part.lines):
        more = t("centre.more", count=part.count - len(part.lines))
        blocks.append(Prose(text=more, weight="strong"))
    return blocks
