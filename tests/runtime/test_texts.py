# SPDX-License-Identifier: Apache-2.0
"""Every refusal has words in both languages, and every text that the program asks for is there."""

import ast
import re

import pytest

from bavn.kernel.refusal import BrokenPromise, Refused
from bavn.runtime.texts import LANGUAGES, Texts
from tools.tree import matching, parsed, text

CODED = re.compile(r"\b(?:Refused|halt)\(")


def refusals() -> dict[str, set[str]]:
    """Give the code of every refusal in the source, with the values it hands over."""
    found: dict[str, set[str]] = {}
    for path in matching("src/bavn/*.py"):
        # Most modules refuse nothing, and reading them all takes seconds.
        if not CODED.search(text(path)):
            continue
        for node in ast.walk(parsed(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id == "Refused":
                words = {each.arg: each.value for each in node.keywords}
                code, values = words.get("code"), words.get("values")
                given = list(values.keys) if isinstance(values, ast.Dict) else []
                names = {k.value for k in given if isinstance(k, ast.Constant)}
            elif node.func.id == "halt":
                code = node.args[0]
                names = {each.arg for each in node.keywords}
            else:
                continue
            if isinstance(code, ast.Constant):
                found[str(code.value)] = {str(name) for name in names}
    return found


# One test for all, found when it runs: what is found while tests are collected is found by every
# process that shares them, and before a single test elsewhere can start.
def test_every_refusal_says_what_is_wrong_and_what_to_do() -> None:
    known = refusals()
    assert len(known) > 200
    assert [
        (language, code)
        for language in LANGUAGES
        for code, names in sorted(known.items())
        if "plain" in words_of(language, code, names)
    ] == [], "these have no words of their own"


def words_of(language: str, code: str, names: set[str]) -> tuple[str, str]:
    """What stands for a refusal whose own English is only this word."""
    values = dict.fromkeys(names, "x")
    refused = Refused(code=code, says="plain", try_instead="plain", values=values)
    return Texts(language).refusal(refused)


def test_a_refusal_without_words_speaks_plain_english() -> None:
    refused = Refused(code="brand_new", says="No such thing.", try_instead="Try another.")
    assert Texts("da").refusal(refused) == ("No such thing.", "Try another.")


def test_every_text_that_is_asked_for_by_name_is_there() -> None:
    texts = Texts("da")
    asked = {
        node.value
        for path in matching("src/bavn/node/*.py", "src/bavn/runtime/texts.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(
            r"(cli|help|init|verify|backup|restore|resume|doctor|demo)(\.\w+)+", node.value
        )
        if not node.value.endswith((".csv", ".log"))  # files of the demonstration
    }
    assert len(asked) > 50
    assert {name for name in asked if not texts.has(name)} == set()


def test_every_fault_has_words() -> None:
    texts = Texts("da")
    codes = {
        word.value.value
        for path in ("src/bavn/journal/verify.py", "src/bavn/node/commands/record.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id == "Fault"
        for word in node.keywords
        if word.arg == "code" and isinstance(word.value, ast.Constant)
    }
    assert len(codes) > 10
    assert {code for code in codes if not texts.has(f"fault.{code!s}")} == set()


def test_every_finding_of_the_doctor_has_words() -> None:
    texts = Texts("da")
    for node in ast.walk(parsed("src/bavn/runtime/health.py")):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            code = node.args[0]
            if node.func.id in {"well", "ill"} and isinstance(code, ast.Constant):
                assert texts.has(f"doctor.{code.value!s}.says"), code
                assert node.func.id == "well" or texts.has(f"doctor.{code.value!s}.do"), code


def test_a_text_that_is_not_there_is_our_bug() -> None:
    with pytest.raises(BrokenPromise):
        Texts()("no.such.text")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.5, "et øjeblik"),
        (2, "2 sekunder"),
        (119, "119 sekunder"),
        (120, "2 minutter"),
        (7200, "2 timer"),
        (172_800, "2 døgn"),
        (-5, "et øjeblik"),
    ],
)
def test_a_stretch_of_time_is_said_in_its_largest_whole_unit(seconds: float, said: str) -> None:
    assert Texts("da").lasting(seconds) == said


def test_numbers_and_sizes_are_written_as_the_language_does() -> None:
    assert Texts("da").number(1.25, 1) == "1,2"
    assert Texts("en").number(1.25, 1) == "1.2"
    assert Texts("da").size(64 * 1024 * 1024) == "64 MiB"
    assert Texts("da").size(512) == "512 B"
