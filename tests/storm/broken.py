# SPDX-License-Identifier: Apache-2.0
"""What a check says when a promise is broken."""


class Broken(Exception):
    """A promise of the journal did not hold: which check saw it, and what it saw."""

    def __init__(self, check: str, says: str) -> None:
        super().__init__(f"{check}: {says}")
        self.check = check
        self.says = says


def expect(holds: object, check: str, says: str) -> None:
    """Break off where something does not hold."""
    if not holds:
        raise Broken(check, says)
