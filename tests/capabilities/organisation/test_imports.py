# SPDX-License-Identifier: Apache-2.0
"""A list is received as it is, looked at, confirmed by name, and then it is what holds."""

import base64
from datetime import date

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.organisation.decisions.imports import (
    ConfirmImport,
    ReceiveImport,
    RejectImport,
    list_id,
    request_of,
)
from bavn.capabilities.organisation.facts import UnitDescribed
from bavn.capabilities.organisation.model.dated import Held, on_day
from bavn.capabilities.organisation.model.differences import (
    Difference,
    Sort,
    counts,
    differences,
    ground_of,
    removal,
    tellings,
)
from bavn.capabilities.organisation.model.lists import CSV, Known
from bavn.capabilities.organisation.model.settling import (
    BYTES_LIMIT,
    ROWS_LIMIT,
    ApplyImport,
    ListKind,
    Part,
)
from bavn.capabilities.organisation.views import IMPORT, IMPORT_PIECE, looking
from bavn.journal.fact import Sealed
from bavn.journal.reader import Reader
from bavn.journal.strike import StrikeFact
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from tests.capabilities.organisation.house import (
    AFTER,
    BEFORE,
    EASTCOAST,
    MERGER,
    PORT,
    House,
)
from tests.capabilities.organisation.test_changes import MERGE

HEAD = "id,type,callsign,station\n"
# One is there already, as the rules made it; one is new; the boats and the pump are gone.
UNITS = f"{HEAD}port-01-car-1,CAR,PORT-01-01,port-01\nport-01-bot-9,BOT,Vega,port-01\n"


def receive(
    house: House,
    text: str = UNITS,
    id_: str = "list-1",
    *,
    what: ListKind = ListKind.UNITS,
    on: date = MERGER,
    owner: OrganisationId = PORT,
) -> ReceiveImport:
    known = looking.known(house.look, house.country, owner, on)
    request = request_of(id_, text.encode(), what=what, form=CSV, on=on, known=known)
    assert isinstance(request, ReceiveImport)
    return request


def seen(house: House, id_: str = "list-1", owner: OrganisationId = PORT) -> tuple[Difference, ...]:
    received = looking.received(house.look, owner, id_)
    assert received is not None
    return differences(received.current, received.wanted)


def confirm(
    house: House, id_: str = "list-1", owner: OrganisationId = PORT, **changes: str
) -> ConfirmImport:
    received = looking.received(house.look, owner, id_)
    assert received is not None
    ground = ground_of(seen(house, id_, owner), received.on)
    return msgspec.structs.replace(
        ConfirmImport(id=id_, confirmer="konto-17", ground=ground), **changes
    )


def units(house: House, on: date, service: str = PORT) -> dict[str, UnitDescribed]:
    found = house.on(on).units.values()
    return {each.id: each.told.body for each in found if each.service == service}


def test_a_list_that_was_received_changes_nothing_yet(house: House) -> None:
    before = units(house, AFTER)
    house.done(PORT, receive(house))
    assert units(house, AFTER) == before
    found = seen(house)
    assert counts(found) == {
        Sort.ADDED: 1,
        Sort.CHANGED: 0,
        Sort.REMOVED: 3,
        Sort.UNCHANGED: 1,
    }


def test_a_confirmed_list_is_what_holds_from_its_day_and_says_who_signed(house: House) -> None:
    before = units(house, BEFORE)
    house.done(PORT, receive(house))
    house.done(PORT, confirm(house))
    after = units(house, AFTER)
    assert set(after) == {"port-01-car-1", "port-01-bot-9"}
    signed = "confirmed by konto-17 (keeper) on 2027-01-01"
    assert {each.basis for each in after.values()} == {signed}
    assert after["port-01-bot-9"].callsign == "Vega"
    assert set(units(house, BEFORE)) == set(before)


def test_after_confirming_nothing_differs(house: House) -> None:
    house.done(PORT, receive(house))
    house.done(PORT, confirm(house))
    house.done(PORT, receive(house, id_="list-2"))
    assert {each.sort for each in seen(house, "list-2")} == {Sort.UNCHANGED}
    position = house.node.journal.record.position
    house.done(PORT, confirm(house, "list-2"))
    told = house.node.journal.query.history(
        Reader(organisations=frozenset({PORT})), PORT, "unit:port-01-bot-9"
    )
    assert len(told) == 1, "what is signed for and says the same is not told again"
    # The confirmation, and that its piece was told.
    assert house.node.journal.record.position == position + 2


def test_a_changed_thing_ends_as_it_was_and_begins_as_it_is(house: House) -> None:
    changed = UNITS.replace("PORT-01-01", "Leder")
    house.done(PORT, receive(house, changed))
    (difference,) = [each for each in seen(house) if each.sort is Sort.CHANGED]
    assert difference.fields == (("callsign", "PORT-01-01", "Leder"),)
    house.done(PORT, confirm(house))
    assert units(house, BEFORE)["port-01-car-1"].callsign == "PORT-01-01"
    assert units(house, MERGER)["port-01-car-1"].callsign == "Leder"


def test_stations_and_pick_lists_come_the_same_way(house: House) -> None:
    stations = (
        "id,name,municipality,lat,lon,crewing\n"
        "port-01,Havn,03,11.7,21.9,always\nport-02,Molen,03,11.71,21.91,called\n"
    )
    house.done(PORT, receive(house, stations, "s", what=ListKind.STATIONS))
    house.done(PORT, confirm(house, "s"))
    day = house.on(AFTER)
    assert day.stations["port-02"].told.body.name == "Molen"
    picks = "type,needs\nZZ-FIR,PMP:1;CAR:1\n"
    house.done(PORT, receive(house, picks, "p", what=ListKind.PICK_LISTS))
    house.done(PORT, confirm(house, "p"))
    (told,) = looking.pick_lists(house.look, PORT)
    assert told.id == "ZZ-FIR"
    assert [(need.type, need.count) for need in told.body.needs] == [("PMP", 1), ("CAR", 1)]


def test_a_list_longer_than_a_request_is_told_in_pieces(house: House) -> None:
    many = HEAD + "".join(f"port-01-pmp-{n},PMP,P{n},port-01\n" for n in range(1, 200))
    house.done(PORT, receive(house, many))
    house.done(PORT, confirm(house))
    assert len(units(house, AFTER)) == 199
    house.done(PORT, receive(house, f"{HEAD}port-01-pmp-1,PMP,P1,port-01\n", "list-2", on=AFTER))
    house.done(PORT, confirm(house, "list-2"))
    assert set(units(house, AFTER)) == {"port-01-pmp-1"}
    assert len(units(house, MERGER)) == 199
    for row in house.look(IMPORT, {"owner": PORT}):
        assert row["applied_count"] == row["to_apply"]


def test_a_merged_service_takes_over_with_its_own_list(house: House) -> None:
    house.done("eastern", MERGE)
    text = f"{HEAD}port-01-car-1,CAR,PORT-01-01,port-01\n"
    house.done(EASTCOAST, receive(house, text, owner=EASTCOAST, on=AFTER))
    assert counts(seen(house, owner=EASTCOAST))[Sort.REMOVED] == 7
    house.done(EASTCOAST, confirm(house, owner=EASTCOAST))
    assert set(units(house, AFTER, EASTCOAST)) == {"port-01-car-1"}
    assert len(units(house, MERGER, EASTCOAST)) == 8
    assert units(house, AFTER, EASTCOAST)["port-01-car-1"].basis.startswith("confirmed by")


def test_a_bad_list_is_kept_as_it_came_with_all_that_is_wrong(house: House) -> None:
    text = f"{HEAD}port-01-car-1,CAR,Kaldt Ø,port-01\nx y,??,,nowhere\n"
    house.done(PORT, receive(house, text))
    problems = looking.import_problems(house.look, PORT, "list-1")
    assert [each.where for each in problems] == [
        "row 3, callsign",
        "row 3, id",
        "row 3, type",
        "row 3, station",
    ]
    assert house.refused(PORT, confirm(house)) == "import_has_problems"
    (kept,) = house.look(IMPORT_PIECE, {"owner": PORT, "part": Part.KEPT.value})
    sealed = msgspec.json.decode(str(kept["content"]), type=Sealed)
    reader = Reader(organisations=frozenset({PORT}), personal=True)
    revealed = house.node.journal.query.reveal(reader, PORT, sealed)
    assert isinstance(revealed, Private)
    assert base64.b64decode(revealed.reveal()).decode() == text


def test_a_rejected_list_keeps_its_reason_and_is_not_used(house: House) -> None:
    house.done(PORT, receive(house))
    reject = RejectImport(id="list-1", rejecter="konto-17", reason=Private("forkert ark"))
    house.done(PORT, reject)
    assert house.refused(PORT, confirm(house)) == "import_settled"
    assert house.refused(PORT, reject) == "import_settled"
    assert "port-01-bot-9" not in units(house, AFTER)


def test_what_nobody_confirmed_stays_at_home(house: House) -> None:
    house.done(PORT, receive(house))
    house.listener.hear(house.node)
    everybody = Reader(organisations=frozenset(house.country.organisations))
    assert house.listener.journal.query.rows(everybody, IMPORT) == []
    assert house.listener.journal.query.rows(everybody, IMPORT_PIECE) == []


def test_a_struck_confirmation_leaves_the_list_open(house: House) -> None:
    house.done(PORT, receive(house))
    # Struck before its pieces were told: they are refused, and nothing holds.
    outcome = house.ask(PORT, confirm(house))
    (fact,) = outcome.facts  # type: ignore[union-attr]
    house.done(PORT, StrikeFact(fact=fact))
    assert "port-01-bot-9" not in units(house, AFTER)
    (row,) = house.look(IMPORT, {"owner": PORT})
    assert row["state"] == "received"


def test_each_refusal(house: House) -> None:
    house.done(PORT, receive(house))
    ok = confirm(house)
    nobody = RejectImport(id="list-1", rejecter="konto-17", reason=Private(" "))
    apply = ApplyImport(id="list-1", part=Part.ROWS, piece=0)
    expected = {
        "already_received": receive(house),
        "id_not_in_form": receive(house, id_="List 1"),
        "no_such_import": msgspec.structs.replace(ok, id="list-9"),
        "no_confirmer": msgspec.structs.replace(ok, confirmer=" "),
        "ground_changed": msgspec.structs.replace(ok, ground="x"),
        "no_reason": nobody,
        "import_not_confirmed": apply,
    }
    for code, content in expected.items():
        assert house.refused(PORT, content) == code
    unknown = RejectImport(id="list-9", rejecter="x", reason=Private("x"))
    assert house.refused(PORT, unknown) == "no_such_import"
    unknown_piece = msgspec.structs.replace(apply, id="list-9")
    assert house.refused(PORT, unknown_piece) == "no_such_import"


def test_what_changed_since_it_was_looked_at_must_be_looked_at_again(house: House) -> None:
    house.done(PORT, receive(house))
    looked_at = confirm(house)
    house.done(PORT, receive(house, f"{HEAD}port-01-bot-1,BOT,Ny,port-01\n", "list-2"))
    house.done(PORT, confirm(house, "list-2"))
    assert house.refused(PORT, looked_at) == "ground_changed"
    house.done(PORT, confirm(house))
    assert set(units(house, AFTER)) == {"port-01-car-1", "port-01-bot-9"}


def test_a_list_for_a_day_before_what_is_told_is_refused(house: House) -> None:
    house.done(PORT, receive(house, id_="later", on=AFTER))
    house.done(PORT, confirm(house, "later"))
    house.done(PORT, receive(house))
    assert house.refused(PORT, confirm(house)) == "later_change_stands"


def test_a_file_that_is_too_large_is_refused_and_one_of_the_most_is_kept(house: House) -> None:
    def asked(size: int) -> ReceiveImport | Refused:
        raw = b"x" * size
        return request_of("big", raw, what=ListKind.UNITS, form=CSV, on=AFTER, known=Known())

    refused = asked(BYTES_LIMIT + 1)
    assert isinstance(refused, Refused)
    assert refused.code == "too_large"
    largest = asked(BYTES_LIMIT)
    assert isinstance(largest, ReceiveImport)
    house.done(PORT, largest)
    assert looking.import_problems(house.look, PORT, "big")


def test_the_longest_list_with_every_fault_fits_a_request(house: House) -> None:
    bad = HEAD + "X !,nothing,,nowhere\n" * ROWS_LIMIT
    house.done(PORT, receive(house, bad))
    assert len(looking.import_problems(house.look, PORT, "list-1")) > ROWS_LIMIT * 4


def test_a_list_has_the_same_id_at_every_try() -> None:
    assert list_id("konto", "1", b"x") == list_id("konto", "1", b"x")
    assert len({list_id("konto", ref, raw) for ref in "12" for raw in (b"x", b"y")}) == 4


# Laws

SELF = OrganisationId("self")
bodies = st.builds(
    UnitDescribed,
    type=st.sampled_from("ab"),
    callsign=st.sampled_from("xy"),
    station=st.just("s"),
    crew=st.integers(0, 1),
    capabilities=st.just(()),
    basis=st.sampled_from(["own calibration", "confirmed by k (f) on 2026-01-01"]),
    valid_from=st.sampled_from([None, date(2026, 1, 1), MERGER]),
)
sets = st.dictionaries(st.sampled_from(["u1", "u2", "u3"]), bodies)


@given(sets)
def test_importing_what_holds_is_no_difference(current: dict[str, UnitDescribed]) -> None:
    assert {each.sort for each in differences(current, current)} <= {Sort.UNCHANGED}


@given(sets, sets)
def test_when_a_list_was_told_it_is_what_holds_and_the_past_stays(
    current: dict[str, UnitDescribed], listed: dict[str, UnitDescribed]
) -> None:
    basis = "confirmed by konto-17 (keeper) on 2027-07-01"
    wanted = {
        id_: msgspec.structs.replace(body, valid_from=MERGER, basis=basis)
        for id_, body in listed.items()
    }
    rows = {(id_, body.valid_from): body for id_, body in current.items()}

    def told(id_: str) -> list[Held[UnitDescribed]]:
        return [Held(SELF, at, body) for (at, _), body in rows.items() if at == id_]

    def holding(on: date) -> dict[str, UnitDescribed]:
        every = [Held(SELF, id_, body) for (id_, _), body in rows.items()]
        return {each.id: each.body for each in on_day(every, on)}

    past = holding(BEFORE)
    for difference in differences(holding(MERGER), wanted):
        id_, facts = difference.id, list(wanted.items())
        if difference.sort is Sort.REMOVED:
            assert difference.before is not None
            gone = removal(SELF, told(id_), difference.before, MERGER, basis)
            assert isinstance(gone, UnitDescribed)
            rows[id_, gone.valid_from] = gone
        else:
            for body in tellings(SELF, told(id_), dict(facts)[id_]):
                assert isinstance(body, UnitDescribed)
                rows[id_, body.valid_from] = body
    assert {each.sort for each in differences(holding(MERGER), wanted)} <= {Sort.UNCHANGED}
    assert all(body.basis.startswith("confirmed by") for body in holding(MERGER).values())
    assert {id_: body.callsign for id_, body in holding(BEFORE).items()} == {
        id_: body.callsign for id_, body in past.items()
    }
