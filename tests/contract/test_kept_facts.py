# SPDX-License-Identifier: Apache-2.0
"""One stored example of each version of each kind is kept, and read for ever.

`facts/<kind>.v<version>.json` holds a fact as it was once told, byte for byte, and how its body is
read today. An example is never changed: a kind that must say something else gets a new version, and
a new example beside the old. To add one, write the file by hand with the bytes of a real fact.
"""

import importlib
import importlib.util
import pkgutil
from pathlib import Path

import msgspec
import pytest

import bavn.capabilities
from bavn.journal.fact import Fact, decode_fact
from bavn.journal.kinds import JOURNAL_KINDS, Kind, Kinds, NotUnderstood
from tests.lilleland import vocabulary

FACTS = Path(__file__).parent / "facts"


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stored example: the bytes of a fact as text, and its body as it is read today."""

    fact: str
    reads_as: dict[str, object]


def declared() -> list[Kind]:
    """Give every kind that is declared: the journal's, Lilleland's, and each capability's."""
    kinds = [*JOURNAL_KINDS, *vocabulary.KINDS]
    for found in pkgutil.iter_modules(bavn.capabilities.__path__):
        name = f"bavn.capabilities.{found.name}.facts"
        if importlib.util.find_spec(name) is None:
            continue  # it shows what others tell, and tells nothing
        facts = importlib.import_module(name)
        kinds += facts.KINDS
    return kinds


KINDS = {kind.name: kind for kind in declared()}
VERSIONS = [
    f"{kind.name}.v{version}" for kind in KINDS.values() for version in range(1, kind.version + 1)
]


def kept(version: str) -> Kept:
    return msgspec.json.decode((FACTS / f"{version}.json").read_bytes(), type=Kept)


def fact_of(version: str) -> Fact:
    return decode_fact(kept(version).fact.encode())


@pytest.mark.contract
@pytest.mark.parametrize("version", VERSIONS)
def test_a_stored_example_of_each_version_of_each_kind_is_read_as_it_was_meant(
    version: str,
) -> None:
    name, _, number = version.rpartition(".v")
    fact = fact_of(version)
    assert (fact.kind, fact.version) == (name, int(number))
    body = Kinds(kind for kind in KINDS.values() if kind not in JOURNAL_KINDS).read(fact)
    assert not isinstance(body, NotUnderstood), body.reason
    assert type(body) is KINDS[name].body
    # Through JSON, where a tuple is a list.
    reads = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(body)))
    assert reads == kept(version).reads_as


@pytest.mark.contract
def test_each_example_is_of_a_version_that_is_still_declared() -> None:
    stored = {path.name.removesuffix(".json") for path in FACTS.iterdir()}
    assert stored - set(VERSIONS) == set(), "a version that was once told must be read for ever"


@pytest.mark.contract
@pytest.mark.parametrize("version", VERSIONS)
def test_an_example_says_something_in_every_field_of_its_body(version: str) -> None:
    # A field that the example leaves out would be free to change its meaning.
    name, _, number = version.rpartition(".v")
    kind = KINDS[name]
    body = kind.body if int(number) == kind.version else kind.older[int(number)].body
    told = msgspec.json.decode(fact_of(version).body)
    assert set(told) == {field.encode_name for field in msgspec.structs.fields(body)}
    assert None not in told.values()
