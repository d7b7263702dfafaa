# SPDX-License-Identifier: Apache-2.0
"""The three kinds of no.

A refusal is normal work, a problem is bad input, a broken promise is our bug.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A request that is understood and not carried out; a value, never an exception.

    `says` and `try_instead` are the plain English of the programming interface; a screen finds its
    own words by `code` and fills in `values`.
    """

    code: str
    says: str
    try_instead: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault in what was given, with its place; all faults of an input are collected."""

    where: str
    says: str


class BadInput(Exception):
    """Input that cannot be read; carries every problem found in it."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{problem.where}: {problem.says}" for problem in problems))
        self.problems = problems


class BrokenPromise(Exception):
    """Our own bug: something that the code promises did not hold.

    It stops the work and is logged as an error.
    """
