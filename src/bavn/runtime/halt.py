# SPDX-License-Identifier: Apache-2.0
"""A refusal that ends a command: it says what was wrong and what to do, without a traceback."""

from bavn.kernel.refusal import Refused


class Halt(Exception):
    """The work cannot begin or go on, for a reason that the person at the terminal can mend."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(f"{refused.says} {refused.try_instead}")
        self.refused = refused


def halt(code: str, says: str, try_instead: str, **values: object) -> Halt:
    """A halt with this refusal; values are shown as text."""
    shown = {name: str(value) for name, value in values.items()}
    return Halt(Refused(code=code, says=says, try_instead=try_instead, values=shown))
