# SPDX-License-Identifier: Apache-2.0
"""What handlers are given by name: made by the runtime, and no input that has to be looked at."""

from typing import Protocol, TypeAlias, TypeVar

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bavn.frame.call import Call
from bavn.frame.desk import Desk

T = TypeVar("T")

Given: TypeAlias = NamedDependency[SkipValidation[T]]
CallGiven: TypeAlias = Given[Call]
DeskGiven: TypeAlias = Given[Desk]


class IsOpenTo(Protocol):
    """What is let through when a caller goes there: a page, by its address, or an act."""

    def __call__(self, call: Call, each: str, /) -> bool:
        """True when nothing stops it."""


IsOpenToGiven: TypeAlias = Given[IsOpenTo]
