# SPDX-License-Identifier: Apache-2.0
"""What ends the process that reads it does not end the one that takes alarms."""

import pytest

from bavn.kernel.refusal import BadInput
from bavn.runtime.mandates.apart import book_apart
from bavn.runtime.mandates.files import texts_in
from tests.runtime.mandates.denmark import ACTS, ALARMS, FOLDER, book

pytestmark = pytest.mark.slow
TEXTS = texts_in(FOLDER)


def test_another_process_reads_the_same() -> None:
    assert book_apart(TEXTS, ACTS, ALARMS) == book()


@pytest.mark.requirement("E9.1")
def test_what_ends_the_reader_is_a_fault() -> None:
    # In this process it would be the end of the test, and in a server's of the server.
    deep = "permit (principal, action, resource) when {" + "(" * 5000 + "true" + ")" * 5000 + "};"
    with pytest.raises(BadInput, match="nested too deeply"):
        book_apart({**TEXTS, "deep.cedar": deep}, ACTS, ALARMS)


def test_every_fault_comes_back_with_its_place() -> None:
    with pytest.raises(BadInput) as caught:
        book_apart({**TEXTS, "a.cedar": "permit (", "roles.csv": "x"}, ACTS, ALARMS)
    assert {each.where for each in caught.value.problems} == {"a.cedar", "roles.csv"}
