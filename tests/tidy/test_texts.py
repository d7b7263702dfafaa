# SPDX-License-Identifier: Apache-2.0
"""Every text is there in both languages, and takes the same values in both."""

import re
import string
import tomllib
from typing import Any

from tools.tree import project_files, text

# The runtime's own, and each capability's.
FILE = re.compile(r"src/bavn/(runtime|capabilities/[a-z_]+)/texts/([a-z_]+\.)?(da|en)\.toml")


def flat(table: dict[str, Any], above: str = "") -> dict[str, str]:
    """Give every text by its whole name."""
    found: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= flat(value, f"{above}{name}.")
        else:
            found[f"{above}{name}"] = str(value)
    return found


def takes(said: str) -> set[str]:
    """Give the names of the values that a text takes."""
    return {name for _, name, _, _ in string.Formatter().parse(said) if name is not None}


def faults(danish: dict[str, str], english: dict[str, str]) -> list[str]:
    """Give each text that is missing, empty or takes other values in one of the languages."""
    found = [f"{name}: in one language only" for name in danish.keys() ^ english.keys()]
    for name in danish.keys() & english.keys():
        if not (danish[name].strip() and english[name].strip()):
            found.append(f"{name}: is empty")
        elif takes(danish[name]) != takes(english[name]):
            found.append(f"{name}: takes other values")
    return sorted(found)


def texts_in(language: str) -> dict[str, str]:
    """Give all texts in a language."""
    found: dict[str, str] = {}
    for path in project_files():
        match = FILE.fullmatch(path)
        if match and match[3] == language:
            found |= flat(tomllib.loads(text(path)))
    return found


def test_the_languages_say_the_same() -> None:
    danish = texts_in("da")
    assert len(danish) > 100
    assert faults(danish, texts_in("en")) == []


def test_a_difference_is_caught() -> None:
    danish = flat({"unit": {"sent": "{unit} er sendt", "home": "Hjemme", "lost": "Væk"}})
    english = flat({"unit": {"sent": "{name} is sent", "home": " "}})
    assert faults(danish, english) == [
        "unit.home: is empty",
        "unit.lost: in one language only",
        "unit.sent: takes other values",
    ]
