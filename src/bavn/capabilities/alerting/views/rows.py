# SPDX-License-Identifier: Apache-2.0
"""Rows of the book and of the rules, read as what they mean."""

import msgspec

from bavn.capabilities.alerting.facts import InformRuleSet, RuleSet
from bavn.capabilities.alerting.model.escalating import Address, Rule
from bavn.capabilities.alerting.model.informing import InformRule
from bavn.journal.table import Row
from bavn.kernel.instants import instant_of


def address_of(row: Row) -> Address:
    """An address of the book, without what is sealed."""
    return Address(
        id=id_of(row),
        target=str(row["target"]),
        channel=str(row["channel"]),
        rank=int(str(row["rank"])),
    )


def rule_of(row: Row) -> Rule:
    """A service's own rule."""
    body = msgspec.json.decode(str(row["rule"]), type=RuleSet)
    return Rule(
        steps=body.steps,
        board_wait_s=body.board_wait_s,
        basis=body.basis,
        begins_at=instant_of(int(str(row["begins_at_ms"]))),
    )


def inform_rule_of(row: Row) -> InformRule:
    """A service's own rule of who is told."""
    body = msgspec.json.decode(str(row["rule"]), type=InformRuleSet)
    return InformRule(
        code=id_of(row),
        danish=body.danish,
        english=body.english,
        types=body.types,
        units_least=body.units_least,
        basis=body.basis,
        begins_at=body.begins_at,
    )


def id_of(row: Row) -> str:
    """The id of what a row is about."""
    return str(row["subject"]).partition(":")[2]
