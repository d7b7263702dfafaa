# SPDX-License-Identifier: Apache-2.0
"""A faulty set of policies is refused whole, and each fault is named."""

import shutil
from importlib.resources import as_file
from pathlib import Path

import pytest

from bavn.kernel.refusal import BadInput
from bavn.runtime.mandates import book_of
from tests.runtime.mandates.denmark import ACTS, ALARMS, FOLDER

NOTES = '@id("new") @ground("§ 1") @basis("source: x") @law("today") @da("Må.") @en("May.")\n'
RULE = 'permit (principal, action in Action::"operations", resource);\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with as_file(FOLDER) as built_in:
        return Path(shutil.copytree(built_in, tmp_path / "mandates"))


def says(folder: Path) -> str:
    with pytest.raises(BadInput) as caught:
        book_of(folder, ACTS, ALARMS)
    return "\n".join(f"{each.where}: {each.says}" for each in caught.value.problems)


def test_what_comes_with_the_program_is_without_fault(folder: Path) -> None:
    told = book_of(folder, ACTS, ALARMS)
    assert len(told.policies) > 20
    assert told.in_force().code == "today"
    (folder / "more.cedar").write_text(NOTES + RULE, encoding="utf-8")
    more = book_of(folder, ACTS, ALARMS)
    assert len(more.policies) == len(told.policies) + 1
    assert more.mark != told.mark


def test_what_a_policy_is_based_on_is_said_in_danish_too(folder: Path) -> None:
    told = book_of(folder, ACTS, ALARMS)
    assert {each.basis for each in told.policies if not each.basis_da} == set()
    table = folder / "bases.csv"
    table.write_text("basis\nown calibration\n", encoding="utf-8")
    assert "bases.csv: Columns are missing: danish." in says(folder)
    table.unlink()
    # A set without the table holds as well; its bases are shown as they are.
    assert {each.basis_da for each in book_of(folder, ACTS, ALARMS).policies} == {""}


def test_every_act_has_a_name_that_people_read(folder: Path) -> None:
    acts = book_of(folder, ACTS, ALARMS).acts.values()
    assert {each.code for each in acts if each.code in {each.danish, each.english}} == set()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("permit (principal", "more.cedar: It cannot be read"),
        (RULE, "more.cedar, policy 1: Lacks id, ground, basis, law, da, en."),
        (NOTES.replace("§ 1", " ") + RULE, "more.cedar, new: Lacks ground."),
        (NOTES.replace("today", "tomorrow") + RULE, "No such law set: tomorrow."),
        (NOTES + '@form("1 Jan") ' + RULE, "Unknown notes: form."),
        (NOTES + '@from("1 Jan") ' + RULE, "1 Jan is no day"),
        (NOTES + '@from("2026-02-01") @to("2026-02-01") ' + RULE, "ends before it begins"),
        (NOTES.replace('"new"', '"alarm-path"') + RULE, "Another policy has this id."),
        (NOTES + RULE.replace("operations", "operatoins"), "unrecognized action"),
        (NOTES + RULE.replace(";", " when { context.levl >= 3 };"), "not found"),
        (
            NOTES + RULE.replace("principal,", "principal == ?principal,"),
            "Templates are not used here.",
        ),
    ],
)
def test_a_faulty_policy_is_named(folder: Path, text: str, fault: str) -> None:
    (folder / "more.cedar").write_text(text, encoding="utf-8")
    assert fault in says(folder)


def test_every_fault_is_told_at_once(folder: Path) -> None:
    (folder / "a.cedar").write_text("permit (", encoding="utf-8")
    (folder / "b.cedar").write_text(RULE, encoding="utf-8")
    told = says(folder)
    assert "a.cedar: It cannot be read" in told
    assert "b.cedar, policy 1: Lacks" in told


@pytest.mark.parametrize("name", ["schema.cedarschema", "law_sets.csv", "roles.csv", "acts.csv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert f"{name}: The file is missing." in says(folder)


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("law_sets.csv", "code,danish\nx,y\n", "Columns are missing: english, in_force, basis."),
        ("law_sets.csv", "code,danish,english,in_force,basis\nx,y,z,no,b\n", "Exactly one"),
        ("roles.csv", "function,role\nduty_officer,\n", "roles.csv, row 2: Nothing in role."),
        ("roles.csv", "function,role\na,b,c\n", "roles.csv, row 2: More values than columns."),
        ("acts.csv", "code,danish,english,planned\nfly,x,y,no\n", "fly is no act"),
        ("schema.cedarschema", "entity {", "schema.cedarschema: It cannot be read"),
    ],
)
def test_a_faulty_table_is_named(folder: Path, name: str, text: str, fault: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    assert fault in says(folder)


def test_an_unreadable_folder_is_a_fault(tmp_path: Path) -> None:
    assert "cannot be read" in says(tmp_path / "nowhere")


def test_bytes_that_are_no_text_are_a_fault(folder: Path) -> None:
    (folder / "more.cedar").write_bytes(b"\xff\xfe")
    assert "cannot be read" in says(folder)


def test_more_than_a_person_can_read_is_refused(folder: Path) -> None:
    (folder / "more.cedar").write_text("// x\n" * 200_000, encoding="utf-8")
    assert "more than a person can read" in says(folder)
