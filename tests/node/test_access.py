# SPDX-License-Identifier: Apache-2.0
"""`bavn user`, `bavn token` and what `bavn serve` refuses to begin."""

import io
from pathlib import Path

import pytest

from bavn.journal.trust.deciding import NameStandIn
from bavn.journal.trust.statements import StandInNamed
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.node.cli import REFUSED, WELL, main
from bavn.node.wiring import catalogue
from bavn.runtime import clock
from bavn.runtime.access import Access
from bavn.runtime.folder import Folder
from bavn.runtime.joining.inviting import state
from bavn.runtime.opened import open_to_write

WORLD = World("exercise")
TOWN = OrganisationId("town")
PASSWORD = "blå cykel under tre graner"
Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch
PIA = ["--name", "Pia", "--display", "Pia Opdigtet", "--organisation", TOWN]
OFFICER = [*PIA, "--function", "duty_officer"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    more = ["--node", "east", "--host", TOWN, "--area", TOWN, "--world", WORLD]
    assert main(["init", "--data", str(path), *more]) == WELL
    return path


def run(command: str, data: Path, *more: str) -> int:
    return main([command, "--data", str(data), "--world", WORLD, *more])


def typed(patch: Patch, text: str) -> None:
    """Pipe this in."""
    patch.setattr("sys.stdin", io.StringIO(text))


def test_a_person_is_added_listed_and_ended(
    data: Path, capsys: Capture, monkeypatch: Patch
) -> None:
    typed(monkeypatch, f"{PASSWORD}\n")
    assert run("user", data, "add", *OFFICER) == WELL
    assert run("user", data, "list") == WELL
    said = capsys.readouterr()
    assert "pia\tPia Opdigtet\tduty_officer\ttown" in said.out
    assert PASSWORD not in said.out + said.err
    access = Access(Folder(data).access_path(WORLD))
    [account] = access.accounts.all()
    assert account.personal
    raw = access.sessions.begin(account.id, "password", clock.now())
    assert run("user", data, "end", "--name", "pia") == WELL
    assert access.sessions.of(raw, clock.now()) is None
    access.close()
    assert b"Opdigtet" not in Folder(data).access_path(WORLD).read_bytes()
    assert run("user", data, "end", "--name", "pia") == REFUSED
    assert run("user", data, "list") == WELL
    assert "Der er ingen konti." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("function", "organisation", "answer"),
    [
        # These have no node anywhere, so they sign in at any.
        ("police_commander", "nordjyllands-politi", WELL),
        ("minister", "minister", WELL),
        ("municipal_council", TOWN, WELL),
        # And everybody else where his organisation is written for.
        ("police_commander", TOWN, REFUSED),
        ("minister", "nordjyllands-politi", REFUSED),
        ("municipal_council", "nordjyllands-politi", REFUSED),
        ("machine", TOWN, REFUSED),
        ("operator", TOWN, REFUSED),
    ],
)
def test_a_function_is_had_where_it_belongs(
    data: Path, monkeypatch: Patch, function: str, organisation: str, answer: int
) -> None:
    typed(monkeypatch, f"{PASSWORD}\n")
    who = ["--name", "pia", "--display", "Pia Opdigtet", "--organisation", organisation]
    assert run("user", data, "add", *who, "--function", function) == answer


def test_nobody_gets_a_token_of_whoever_keeps_the_machine(data: Path) -> None:
    assert run("token", data, "create", "--function", "operator") == REFUSED
    assert run("token", data, "create", "--function", "system") == WELL


def test_another_password_ends_the_sessions(data: Path, monkeypatch: Patch) -> None:
    typed(monkeypatch, f"{PASSWORD}\n")
    assert run("user", data, "add", *OFFICER) == WELL
    access = Access(Folder(data).access_path(WORLD))
    [account] = access.accounts.all()
    raw = access.sessions.begin(account.id, "password", clock.now())
    typed(monkeypatch, "fire ænder går over vejen\n")
    assert run("user", data, "password", "--name", "pia") == WELL
    assert access.sessions.of(raw, clock.now()) is None
    found = access.accounts.named("pia")
    assert found is not None
    assert access.hashes.is_right(found[1] or "", "fire ænder går over vejen")
    access.close()


def test_at_a_terminal_the_password_is_asked_for_twice(
    data: Path, capsys: Capture, monkeypatch: Patch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    answers = [PASSWORD, "another one", PASSWORD, PASSWORD]
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", lambda _asked: answers.pop(0))
    assert run("user", data, "add", *OFFICER) == REFUSED
    assert "ikke skrevet ens" in capsys.readouterr().err
    assert run("user", data, "add", *OFFICER) == WELL


@pytest.mark.parametrize(
    ("arguments", "password", "says"),
    [
        (OFFICER, "kort", "færre end 12 tegn"),
        (OFFICER, "Kodeord2026!", "gættes først"),
        (OFFICER, "pia opdigtet er her", "Kontoens navn"),
        ([*PIA, "--function", "king"], PASSWORD, "Funktionen king findes ikke"),
        ([*PIA, "--function", "machine"], PASSWORD, "Funktionen machine findes ikke"),
        ([*OFFICER, "--organisation", "elsewhere"], PASSWORD, "ikke vært for elsewhere"),
        ([*OFFICER, "--area", "atlantis"], PASSWORD, "Området atlantis findes ikke"),
        ([*OFFICER, "--name", "p i a"], PASSWORD, "name: "),
        ([*OFFICER, "--display", ""], PASSWORD, "display: "),
        ([*OFFICER, "--subject", "s"], PASSWORD, "ingen udbyder"),
        ([*OFFICER, "--name", ""], PASSWORD, "mangler et navn"),
    ],
)
def test_what_cannot_be_an_account_is_refused(
    data: Path,
    capsys: Capture,
    monkeypatch: Patch,
    arguments: list[str],
    password: str,
    says: str,
) -> None:
    typed(monkeypatch, f"{password}\n")
    assert run("user", data, "add", *arguments) == REFUSED
    assert says in capsys.readouterr().err


def test_a_name_is_one_persons(data: Path, capsys: Capture, monkeypatch: Patch) -> None:
    for code in (WELL, REFUSED):
        typed(monkeypatch, f"{PASSWORD}\n")
        assert run("user", data, "add", *OFFICER) == code
    assert "name: another account has it" in capsys.readouterr().err


def test_a_person_at_the_provider_needs_no_password(data: Path) -> None:
    secret = data / "secret"
    secret.write_text("s")
    (data / "oidc.toml").write_text(
        f'issuer = "https://login.example.dk"\nclient_id = "bavn"\nsecret_file = "{secret}"\n'
    )
    assert run("user", data, "add", *OFFICER, "--subject", "p-1") == WELL
    access = Access(Folder(data).access_path(WORLD))
    assert access.accounts.of_subject("https://login.example.dk p-1") is not None
    assert access.accounts.of_subject("https://other.example.dk p-1") is None
    found = access.accounts.named("pia")
    assert found is not None
    assert found[1] is None
    access.close()


@pytest.mark.parametrize(
    "text",
    [
        "issuer = ",
        'issuer = "http://login.example.dk"\nclient_id = "b"\nsecret_file = "{secret}"\n',
        'issuer = "https://login.example.dk"\nclient_id = "b"\nsecret_file = "/nowhere"\n',
        'issuer = "https://login.example.dk"\nclient_id = "b"\nsecret_file = "{secret}"\nx = 1\n',
    ],
)
def test_settings_that_cannot_be_used_stop_the_start(
    data: Path, capsys: Capture, text: str
) -> None:
    secret = data / "secret"
    secret.write_text("s")
    (data / "oidc.toml").write_text(text.format(secret=secret))
    assert run("serve", data) == REFUSED
    assert "oidc.toml" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--listen", "192.0.2.1"],
        ["--listen", "192.0.2.1", "--origin", "http://bavn.example.dk", "--proxy", "192.0.2.2"],
        ["--listen", "192.0.2.1", "--origin", "https://bavn.example.dk"],
        ["--origin", "https://bavn.example.dk/path"],
        ["--certificate", "c.pem"],
    ],
)
def test_an_open_line_is_not_served(data: Path, capsys: Capture, arguments: list[str]) -> None:
    assert run("serve", data, *arguments) == REFUSED
    assert "https" in capsys.readouterr().err


def test_roles_are_chosen_on_this_machine_and_never_in_the_real_world(
    data: Path, capsys: Capture
) -> None:
    line = ["--origin", "https://bavn.example.dk", "--proxy", "192.0.2.2"]
    assert run("serve", data, "--choose-role", "--listen", "192.0.2.1", *line) == REFUSED
    assert main(["serve", "--data", str(data), "--choose-role"]) == REFUSED
    assert capsys.readouterr().err.count("At vælge rolle") == 2


def test_a_token_is_made_once_shown_and_ended(data: Path, capsys: Capture) -> None:
    capsys.readouterr()
    assert run("token", data, "create", "--name", "radio", "--days", "2") == WELL
    raw = capsys.readouterr().out.strip()
    access = Access(Folder(data).access_path(WORLD))
    token = access.tokens.of(raw, clock.now())
    assert token is not None
    assert token.organisations == (TOWN,)
    assert token.expires_at is not None
    assert run("token", data, "list") == WELL
    assert "radio\tsystem\ttown" in capsys.readouterr().out
    assert run("token", data, "end", "--name", "radio") == WELL
    assert access.tokens.of(raw, clock.now()) is None
    assert run("token", data, "end", "--name", "radio") == REFUSED
    assert run("token", data, "create", "--function", "king") == REFUSED
    assert run("token", data, "create", "--organisation", "elsewhere") == REFUSED
    access.close()


def test_a_system_is_let_in_beforehand_where_the_node_may_have_to_go_on(
    tmp_path: Path, capsys: Capture
) -> None:
    data = tmp_path / "nation"
    place = ["--data", str(data), "--world", "exercise"]
    assert main(["init", *place, "--name", "nation", "--root", "--hosts", "agency"]) == WELL
    create = ["token", "create", *place, "--name", "feed", "--organisation"]
    assert main([*create, "easttown"]) == REFUSED
    named = StandInNamed(owner=OrganisationId("easttown"), stand_in=NodeId("nation"), order=1)
    with open_to_write(Folder(data), World("exercise"), catalogue()) as opened:
        state(opened.journal, NameStandIn(named=named))
    assert main([*create, "easttown", "--organisation", "agency"]) == WELL
    assert main([*create, "westtown"]) == REFUSED
    # A person is the stand-in's own, and acts for both by the take-over itself.
    capsys.readouterr()
    person = ["--name", "pia", "--organisation", "easttown", "--function", "duty_officer"]
    assert main(["user", "add", *place, *person]) == REFUSED
    assert "agency" in capsys.readouterr().err
