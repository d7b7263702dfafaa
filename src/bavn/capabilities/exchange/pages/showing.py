# SPDX-License-Identifier: Apache-2.0
"""What pages say of files, in the caller's language."""

from bavn.capabilities.exchange.facts import Fault, RowResult
from bavn.capabilities.exchange.model.columns import COLUMN, OF, What
from bavn.capabilities.exchange.model.files import File
from bavn.capabilities.exchange.model.preview import Field, Preview
from bavn.capabilities.exchange.ports import Around
from bavn.codecs import sheets
from bavn.frame.call import Call
from bavn.frame.forms import in_words
from bavn.kernel.refusal import Refused

# A column that is not to be read; a choice that must be made has no empty value.
LEFT_OUT = "-"


class Saying:
    """Names of columns and values, and what is wrong with a row."""

    def __init__(self, call: Call, around: Around) -> None:
        self._call = call
        self._around = around

    def function(self, code: str) -> str:
        """What whoever did it is called."""
        return self._around.function(self._call, code)

    def column(self, code: str) -> str:
        """What a column is called."""
        return self._around.words.title(COLUMN, code, self._call.language)

    def value(self, name: str, value: str) -> str:
        """What a value is called; the code where it has no name."""
        return self._around.words.title(name, value, self._call.language) if value else "–"

    def field(self, field: Field) -> str:
        """What a field is called."""
        place = field.name == "place"
        return self._call.say("exchange.place") if place else self.column(field.name)

    def where(self, fault: Fault) -> str:
        """Where it is: the file, a row, or a row's column."""
        if not fault.row:
            return self._call.say("exchange.in_file")
        if not fault.column:
            return self._call.say("exchange.in_row", row=fault.row)
        return self._call.say("exchange.in_column", row=fault.row, column=self.column(fault.column))

    def fault(self, fault: Fault) -> str:
        """What is wrong, and what to do."""
        values = dict(fault.values)
        if "column" in values:
            values["column"] = self.column(values["column"])
        return self._call.say(fault.name, **values)

    def refusal(self, result: RowResult) -> str:
        """Why a row was refused, and what to do instead."""
        refused = Refused(
            code=result.refused,
            says=result.refused,
            try_instead="",
            values={"id": result.of, **result.values},
        )
        try:
            return " ".join(in_words(self._call, refused))
        except KeyError:
            # The words want a value that the refusal had not.
            return result.refused

    def choices(self, what: What) -> list[tuple[str, str]]:
        """Every column that there is in such a file, after that of leaving one out."""
        known = [(each, self.column(each)) for each in (*OF[what].needed, *OF[what].known)]
        return [(LEFT_OUT, self._call.say("exchange.leave_out")), *known]


def refused_sheet(file: File, preview: Preview, says: Saying) -> bytes:
    """The rows that were refused or are wrong, with why: to be mended and sent again."""
    whys: dict[int, str] = {}
    for fault in preview.faults:
        if fault.row:
            whys.setdefault(fault.row, f"{says.where(fault)}: {says.fault(fault)}")
    whys |= {each.row: says.refusal(each) for each in file.refused}
    columns = [each for each in OF[file.what].all if each not in OF[file.what].private]
    cells = {row.number: row.cells for row in file.rows}
    heading = [*(says.column(each) for each in columns), "#", "?"]
    lines = (
        [*(cells.get(row, {}).get(each, "") for each in columns), str(row), why]
        for row, why in sorted(whys.items())
    )
    return sheets.written(heading, lines)
