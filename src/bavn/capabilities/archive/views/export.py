# SPDX-License-Identifier: Apache-2.0
"""What is given as files: a page to print, a table, and the same for a program.

Each is made of what `redacted` let through and of nothing else. The number of the request stands
in them, and neither the incident's number nor its name: those tell what an entry may not.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from html import escape

import msgspec

from bavn.capabilities.archive.model.redaction import LeftOut, Redacted, Shown

Say = Callable[..., str]
HTML, CSV, JSON = "aktindsigt.html", "aktindsigt.csv", "aktindsigt.json"
COLUMNS = ("number", "part", "at", "who", "says", "text_name", "text", "ground")
# What a spreadsheet would take for a formula; and the mark by which it knows a table's letters.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MARK = "\ufeff"
_STYLE = (
    "body{font:11pt/1.4 sans-serif;max-width:48rem;margin:1rem auto;padding:0 1rem}"
    "li{margin:0 0 .6rem}.out{font-style:italic}dl{margin:.2rem 0 0 1rem}dt{font-weight:bold}"
    "dd{margin:0;white-space:pre-wrap}table{border-collapse:collapse}td,th{text-align:left;"
    "padding:.2rem .8rem .2rem 0}"
)


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """What stands above: the request's number, whose the documents are, and by which law."""

    case: str
    owner: str
    law: str


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """The same for a program."""

    case: str
    owner: str
    law: str
    shown: tuple[Shown, ...]
    left_out: tuple[LeftOut, ...]
    left_out_by_ground: dict[str, int]


def files_of(
    heading: Heading, given: Redacted, grounds: Mapping[str, str], say: Say, zone: tzinfo
) -> dict[str, bytes]:
    """Each file by its name; the same bytes for the same choices."""
    return {
        HTML: _page(heading, given, grounds, say, zone).encode(),
        CSV: (_MARK + _table(given, grounds)).encode(),
        JSON: msgspec.json.format(
            msgspec.json.encode(
                Given(
                    case=heading.case,
                    owner=heading.owner,
                    law=heading.law,
                    shown=given.shown,
                    left_out=given.left_out,
                    left_out_by_ground=given.counts(),
                )
            ),
            indent=1,
        ),
    }


def _page(
    heading: Heading, given: Redacted, grounds: Mapping[str, str], say: Say, zone: tzinfo
) -> str:
    title = escape(say("archive.export.title"))
    parts = [
        f'<!doctype html><html lang="da"><head><meta charset="utf-8"><title>{title}</title>',
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>",
        f"<p>{escape(say('archive.export.case'))}: {escape(heading.case)}<br>",
        f"{escape(heading.owner)}<br>{escape(heading.law)}</p>",
    ]
    for part in dict.fromkeys(each.part for each in given.shown):
        of_part = [each for each in given.shown if each.part == part]
        parts.append(f"<h2>{escape(say(f'archive.part.{part}'))}</h2><ol>")
        parts += [_item(each, grounds, say, zone) for each in of_part]
        parts.append("</ol>")
    parts.append(_left_out(given.counts(), grounds, say))
    return "\n".join([*parts, "</body></html>\n"])


def _item(each: Shown, grounds: Mapping[str, str], say: Say, zone: tzinfo) -> str:
    head = f'<li value="{each.number}">'
    if each.ground or not (each.says or each.at or each.texts):
        return f"{head}{_out(each.ground, grounds, say)}</li>"
    who = " · ".join(filter(None, (_instant(each.at, zone), each.who)))
    texts = "".join(
        f"<dt>{escape(text.name)}</dt><dd>"
        f"{_out(text.ground, grounds, say) if text.ground or not text.text else escape(text.text)}"
        "</dd>"
        for text in each.texts
    )
    told = f"{escape(who)}<br>" if who else ""
    return f"{head}{told}{escape(each.says)}{f'<dl>{texts}</dl>' if texts else ''}</li>"


def _out(ground: str, grounds: Mapping[str, str], say: Say) -> str:
    name = grounds.get(ground) or say("archive.export.undecided")
    return f'<span class="out">[{escape(say("archive.export.left_out", ground=name))}]</span>'


def _left_out(counts: Mapping[str, int], grounds: Mapping[str, str], say: Say) -> str:
    head = f"<h2>{escape(say('archive.export.list'))}</h2>"
    if not counts:
        return f"{head}<p>{escape(say('archive.export.nothing_left_out'))}</p>"
    rows = "".join(
        f"<tr><td>{escape(grounds.get(code) or say('archive.export.undecided'))}</td>"
        f"<td>{count}</td></tr>"
        for code, count in counts.items()
    )
    return f"{head}<table>{rows}</table>"


def _table(given: Redacted, grounds: Mapping[str, str]) -> str:
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(COLUMNS)
    for each in given.shown:
        at = "" if each.at is None else each.at.isoformat()
        ground = grounds.get(each.ground, each.ground)
        sheet.writerow(_plain((each.number, each.part, at, each.who, each.says, "", "", ground)))
        for text in each.texts:
            ground = grounds.get(text.ground, text.ground)
            sheet.writerow(
                _plain((each.number, each.part, "", "", "", text.name, text.text, ground))
            )
    for code, count in given.counts().items():
        sheet.writerow(_plain(("", "left_out", "", "", count, "", "", grounds.get(code, code))))
    return written.getvalue()


def _plain(cells: Sequence[object]) -> list[str]:
    said = [str(each) for each in cells]
    return [f"'{each}" if each.startswith(_FORMULA) else each for each in said]


def _instant(at: datetime | None, zone: tzinfo) -> str:
    return "" if at is None else f"{at.astimezone(zone):%d.%m.%Y %H:%M:%S}"
