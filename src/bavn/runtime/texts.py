# SPDX-License-Identifier: Apache-2.0
"""What the program says to people, in Danish and in English, each text found by its name."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from bavn.kernel.refusal import BrokenPromise, Refused

LANGUAGES = ("da", "en")
DEFAULT_LANGUAGE = "da"
# What a refusal brings that has its own words, in every language.
OWN_WORDS = {"says", "try_instead"}
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class Texts:
    """All texts in one language."""

    def __init__(self, language: str = DEFAULT_LANGUAGE) -> None:
        self.language = language
        self._texts = _load(language)

    def __call__(self, name: str, /, **values: object) -> str:
        """The text of this name with its values; a name without a text is our bug."""
        text = self._texts.get(name)
        if text is None:
            raise BrokenPromise(f"there is no text {name} in {self.language}")
        return text.format(**values)

    def has(self, name: str) -> bool:
        """True when there is a text of this name."""
        return name in self._texts

    def refusal(self, refused: Refused) -> tuple[str, str]:
        """What a refusal says and what to do instead; in plain English where we lack words."""
        refused = in_language(refused, self.language)
        if refused.values.keys() >= OWN_WORDS:
            return refused.values["says"], refused.values["try_instead"]
        name = f"refused.{refused.code}"
        if not self.has(f"{name}.says"):
            return refused.says, refused.try_instead
        return (
            self(f"{name}.says", **refused.values),
            self(f"{name}.try_instead", **refused.values),
        )

    def lasting(self, seconds: float) -> str:
        """A stretch of time in words, in its largest whole unit."""
        count = max(0, int(seconds))
        if count < 2:  # noqa: PLR2004 - "1 seconds" is no language's word
            return self("time.moment")
        for unit, size in (("days", _DAY), ("hours", _HOUR), ("minutes", _MINUTE)):
            if count >= 2 * size:
                return self(f"time.{unit}", count=count // size)
        return self("time.seconds", count=count)

    def number(self, value: float, decimals: int = 0) -> str:
        """A number with its decimals, as the language writes them."""
        return f"{value:.{decimals}f}".replace(".", self("number.point"))

    def size(self, count: int) -> str:
        """A number of bytes in words."""
        mib = 1024 * 1024
        if count >= 10 * 1024 * mib:
            return f"{count // (1024 * mib)} GiB"
        return f"{count // mib} MiB" if count >= mib else f"{count} B"


def in_language(refused: Refused, language: str) -> Refused:
    """The refusal with each value in a language, where it has one: `holders_da`."""
    ending = f"_{language}"
    own = {
        name.removesuffix(ending): value
        for name, value in refused.values.items()
        if name.endswith(ending)
    }
    others = tuple(f"_{each}" for each in LANGUAGES)
    plainly = {name: value for name, value in refused.values.items() if not name.endswith(others)}
    return replace(refused, values={**plainly, **own})


@cache
def _load(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in _files(language):
        for name, text in _flat(tomllib.loads(file.read_text(encoding="utf-8"))):
            if name in found:
                raise BrokenPromise(f"the text {name} stands twice in {language}")
            found[name] = text
    return found


def _files(language: str) -> Iterator[Traversable]:
    """The texts of the runtime, and those that each capability keeps in its own folder."""
    rooms = [files("bavn.runtime"), *sorted(files("bavn.capabilities").iterdir(), key=str)]
    for room in rooms:
        folder = room / "texts"
        if folder.is_dir():
            for file in sorted(folder.iterdir(), key=str):
                if file.name == f"{language}.toml" or file.name.endswith(f".{language}.toml"):
                    yield file


def _flat(table: dict[str, Any], above: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flat(value, f"{above}{name}.")
        else:
            found.append((f"{above}{name}", str(value)))
    return found
