# SPDX-License-Identifier: Apache-2.0
"""Every channel keeps one contract, against real servers in every mood."""

import asyncio
import email
import email.policy
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bavn.runtime.alerting import printer
from bavn.runtime.alerting.email import Email
from bavn.runtime.alerting.email import Server as MailServer
from bavn.runtime.alerting.message import REFUSED, UNREACHABLE, UNUSABLE, Channel, Message, NotTaken
from bavn.runtime.alerting.outbox import Outbox, Results
from bavn.runtime.alerting.printer import SocketPrinter, SpoolFolder
from bavn.runtime.alerting.settings import Unusable, channel_of, read_settings
from bavn.runtime.alerting.webhook import Webhook, signature
from tests.runtime.alerting.servers import Mood, Server, serving

pytestmark = [pytest.mark.story, pytest.mark.contract]
SECRET = "et langt delt ord til prøven"
CANARY = "kanariefugl@example.org"
KINDS = ("email", "webhook", "printer")
NOW = datetime(2027, 1, 1, tzinfo=UTC)


def message(to: str = CANARY, number: int = 1) -> Message:
    return Message(
        id=f"0123456789abcdef-{number}",
        to=to,
        title="UDKALD AB1: Bygningsbrand",
        lines=("Adresse: Æblevej 1", "Afsendt: AB1, AB2"),
        fields={"sort": "turn_out", "callsign": "AB1"},
    )


def channel(kind: str, at: Server) -> Channel:
    match kind:
        case "email":
            return Email(
                MailServer("127.0.0.1", at.port, "none", "", "alarm@example.org", "", 2), ""
            )
        case "webhook":
            return Webhook(f"http://{at.at}/alert", SECRET, now=lambda: NOW)
        case _:
            return SocketPrinter("cp865")


def to(kind: str, at: Server) -> str:
    return at.at if kind == "printer" else CANARY


@asynccontextmanager
async def closing(of: Channel) -> AsyncIterator[Channel]:
    try:
        yield of
    finally:
        await of.close()


def played(story: Callable[[], Any]) -> None:
    asyncio.run(asyncio.wait_for(story(), 30))


@pytest.mark.parametrize("kind", KINDS)
def test_an_alert_is_taken_with_its_number_and_a_repeat_has_the_same(kind: str) -> None:
    async def story() -> None:
        async with serving(kind) as server, closing(channel(kind, server)) as sending:
            await sending.hand_over(message(to(kind, server)))
            await sending.hand_over(message(to(kind, server)))
            assert len(server.taken) == 2
            for each in server.taken:
                raw = b" ".join(map(repr_bytes, each)) if isinstance(each, tuple) else each
                assert b"0123456789abcdef-1" in raw

    played(story)


def repr_bytes(part: object) -> bytes:
    return part if isinstance(part, bytes) else repr(part).encode()


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_there_is_another_try_and_a_bad_address_is_none(kind: str) -> None:
    async def story() -> None:
        async with serving(kind) as gone:
            pass
        async with closing(channel(kind, gone)) as sending:
            with pytest.raises(NotTaken) as no:
                await sending.hand_over(message(to(kind, gone)))
            assert (no.value.why, no.value.is_final) == (UNREACHABLE, False)
            if kind != "webhook":
                with pytest.raises(NotTaken) as no:
                    await sending.hand_over(message("a b\r\nBcc: c"))
                assert (no.value.why, no.value.is_final) == (UNUSABLE, True)

    played(story)


@pytest.mark.parametrize("mood", [Mood.GARBAGE, Mood.REFUSING, Mood.BUSY, Mood.DROPPING])
@pytest.mark.parametrize("kind", ["email", "webhook"])
def test_a_bad_answer_is_no_and_says_whether_to_try_again(kind: str, mood: Mood) -> None:
    async def story() -> None:
        async with serving(kind, mood) as server, closing(channel(kind, server)) as sending:
            with pytest.raises(NotTaken) as no:
                await sending.hand_over(message())
            assert no.value.is_final == (mood is Mood.REFUSING)
            assert no.value.why == (REFUSED if mood is Mood.REFUSING else UNREACHABLE)
            # Nothing that is printed of it names the address, nor what it came from.
            assert CANARY not in f"{no.value!r} {no.value.__cause__!r} {message()!r}"

    played(story)


@pytest.mark.parametrize("mood", [Mood.HANGING, Mood.DRIPPING])
@pytest.mark.parametrize("kind", ["email", "webhook"])
def test_whoever_hangs_is_let_go_of_at_the_deadline(kind: str, mood: Mood) -> None:
    async def story() -> None:
        async with serving(kind, mood) as server, closing(channel(kind, server)) as sending:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await sending.hand_over(message())
            # The line is closed, and with it the thread or task that waited.
            await server.until(lambda: server.open_count == 0)

    played(story)


def test_a_printer_that_says_nothing_has_taken_it_and_one_that_drops_the_line_has_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(printer, "QUIET_S", 0.1)

    async def story() -> None:
        sending = SocketPrinter("cp865")
        async with serving("printer", Mood.HANGING) as quiet:
            await sending.hand_over(message(quiet.at))
        async with serving("printer") as server:
            await sending.hand_over(message(server.at))
            (raw,) = server.taken
            text = raw.decode("cp865")
            assert "Adresse: Æblevej 1" in text
            assert text.endswith("\f")
        big = Message(id="1", to="", title="x", lines=("y" * 4_000_000,), fields={})
        async with serving("printer", Mood.DROPPING) as dropping:
            with pytest.raises(NotTaken) as no:
                await sending.hand_over(
                    Message(id="1", to=dropping.at, title="x", lines=big.lines, fields={})
                )
            assert not no.value.is_final

    played(story)


def test_nothing_that_steers_a_printer_comes_through() -> None:
    odd = Message(id="1", to="p", title="A\x1bE", lines=("b\r\n\x00c",), fields={})
    said = printer.slip(odd)
    assert "\x1b" not in said
    assert "\x00" not in said
    assert "bc" in said


def test_a_spool_folder_keeps_one_whole_slip_for_each_number(tmp_path: Path) -> None:
    async def story() -> None:
        sending = SpoolFolder(tmp_path)
        await sending.hand_over(message("hjoerring"))
        await sending.hand_over(message("hjoerring"))
        await sending.hand_over(message("hjoerring", 2))
        names = sorted(path.name for path in (tmp_path / "hjoerring").iterdir())
        assert names == ["0123456789abcdef-1.txt", "0123456789abcdef-2.txt"]
        for bad in ("../out", "", "a/b"):
            with pytest.raises(NotTaken) as no:
                await sending.hand_over(message(bad))
            assert no.value.is_final
        with pytest.raises(NotTaken) as no:
            await SpoolFolder(tmp_path / "gone").hand_over(message("a"))
        assert not no.value.is_final

    played(story)


def test_a_webhook_is_signed_with_its_time_and_whoever_has_the_secret_can_check_it() -> None:
    async def story() -> None:
        async with serving("webhook") as server:
            async with closing(channel("webhook", server)) as sending:
                await sending.hand_over(message())
            ((headers, body),) = server.taken
            assert headers["bavn-timestamp"] == str(int(NOW.timestamp()))
            stamp = headers["bavn-timestamp"]
            expected = signature(SECRET.encode(), stamp, body)
            assert headers["bavn-signature"] == f"v1={expected}"
            assert signature(b"another", stamp, body) != expected
            assert signature(SECRET.encode(), "0", body) != expected
            told = json.loads(body)
            assert told["id"] == headers["idempotency-key"]
            assert (told["to"], told["callsign"]) == (CANARY, "AB1")

    played(story)


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A certificate of this machine, and where whoever trusts it finds it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path, whole = folder / "ca.pem", folder / "whole.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    raw = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    whole.write_bytes(raw + path.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(whole)
    return context, path


def test_mail_goes_by_starttls_with_a_login_and_never_without_what_was_asked_for(
    tmp_path: Path,
) -> None:
    trust, ca_file = certificate(tmp_path)

    def sending(port: int) -> Email:
        server = MailServer(
            "localhost", port, "starttls", str(ca_file), "alarm@example.org", "u", 1
        )
        return Email(server, "hemmelig")

    async def story() -> None:
        async with serving("email", trust=trust) as server:
            async with closing(sending(server.port)) as by:
                await by.hand_over(message())
            assert server.logins
            letter = email.message_from_bytes(server.taken[0], policy=email.policy.default)
            assert letter["to"] == CANARY
            assert letter["message-id"] == "<0123456789abcdef-1@example.org>"
            assert "Æblevej" in letter.get_content()
        # A server that offers no encryption gets neither password nor letter.
        async with serving("email") as open_line, closing(sending(open_line.port)) as by:
            with pytest.raises(NotTaken) as no:
                await by.hand_over(message())
            assert no.value.why == UNREACHABLE
            assert (open_line.logins, open_line.taken) == ([], [])

    played(story)


def test_a_settings_file_is_read_and_every_bad_one_is_named(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    good = f"""
link = "https://vagt.example.org"
[channel.gateway]
sort = "webhook"
url = "https://gateway.example.org/alert"
secret_file = "{secret}"
[channel.slips]
sort = "spool"
folder = "{tmp_path}"
"""
    assert read_settings(tmp_path).channel == {}

    async def story() -> None:
        (tmp_path / "alerting.toml").write_text(good)
        settings = read_settings(tmp_path)
        assert set(settings.channel) == {"gateway", "slips"}
        for each in settings.channel.values():
            await channel_of(each).close()

    played(story)
    bad = {
        'sort = "pigeon"': "sort",
        'sort = "webhook"\nurl = "http://gateway.example.org"': "https",
        'sort = "webhook"\nurl = "https://gateway.example.org"': "secret_file",
        'sort = "email"\nhost = "mail.example.org"\nsender = "a@b"\ntls = "none"': "tls",
        'sort = "email"\nhost = "mail.example.org"': "sender",
        'sort = "printer"\nencoding = "klingon"': "encoding",
        'sort = "spool"\nfolder = "here"': "folder",
        f'sort = "spool"\nfolder = "{tmp_path}"\nat_once = 0': "at_once",
        "sort = ": "Invalid",
    }
    for text, word in bad.items():
        (tmp_path / "alerting.toml").write_text(f"[channel.x]\n{text}\n")
        with pytest.raises(Unusable, match=word):
            read_settings(tmp_path)
    secret.chmod(0o644)
    (tmp_path / "alerting.toml").write_text(good)
    with pytest.raises(Unusable, match="chmod 600"):
        read_settings(tmp_path)


class Kept:
    """What became of alerts."""

    def __init__(self) -> None:
        self.handed: dict[str, int] = {}
        self.failed: dict[str, str] = {}
        self.bell = asyncio.Event()

    async def handed_over(self, alert: str, tries: int) -> None:
        assert alert not in self.handed
        self.handed[alert] = tries
        self.bell.set()

    async def failed_at(self, alert: str, why: str, _tries: int) -> None:
        self.failed[alert] = why
        self.bell.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.handed) + len(self.failed) < count:
                self.bell.clear()
                await self.bell.wait()


def test_one_channel_that_hangs_delays_no_other_and_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bavn.runtime.alerting.outbox.PAUSE_S", 0.01)

    async def story() -> None:
        async with serving("email", Mood.HANGING) as bad, serving("webhook") as good:
            kept, addresses = Kept(), {"email": CANARY, "webhook": CANARY}

            async def compose(alert: str) -> Message | None:
                kind, _, number = alert.partition("-")
                return None if number == "9" else message(addresses[kind], int(number))

            outbox = Outbox(
                compose,
                Results(handed_over=kept.handed_over, failed=kept.failed_at),
                deadline_s=0.2,
            )
            outbox.add("email", channel("email", bad), 2)
            outbox.add("webhook", channel("webhook", good), 2)
            for number in range(1, 5):
                outbox.put(f"email-{number}", "email")
                outbox.put(f"webhook-{number}", "webhook")
                # Put twice it is under way once.
                outbox.put(f"webhook-{number}", "webhook")
            outbox.put("webhook-9", "webhook")
            outbox.put("pager-1", "nobody-has-it")
            await kept.until(5)
            assert set(kept.handed) == {f"webhook-{number}" for number in range(1, 5)}
            assert kept.failed == {"pager-1": "no_channel"}
            assert len(good.taken) == 4
            assert outbox.waiting() == {"email": 4}
            # The server comes to itself: what waits is taken, each once more under its number.
            bad.mood = Mood.WELL
            await kept.until(9)
            assert set(kept.handed) >= {f"email-{number}" for number in range(1, 5)}
            assert max(kept.handed.values()) > 1
            await outbox.close()

    played(story)
    said = capfd.readouterr()
    assert "alert.not_taken" in said.err
    assert CANARY not in said.err + said.out


def test_a_refusal_is_final_and_a_broken_channel_is_tried_again() -> None:
    class Broken:
        count = 0

        async def hand_over(self, _message: Message) -> None:
            self.count += 1
            if self.count == 1:
                raise ZeroDivisionError
            raise NotTaken(REFUSED, is_final=True)

        async def close(self) -> None:
            pass

    async def story() -> None:
        kept = Kept()

        async def compose(_alert: str) -> Message | None:
            return message()

        outbox = Outbox(compose, Results(handed_over=kept.handed_over, failed=kept.failed_at))
        outbox.add("broken", Broken(), 1)
        outbox.put("a-1", "broken")
        await kept.until(1)
        assert kept.failed == {"a-1": REFUSED}
        await outbox.close()

    played(story)


def test_our_own_name_is_asked_of_no_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    def never() -> str:
        raise AssertionError

    monkeypatch.setattr(socket, "getfqdn", never)

    async def story() -> None:
        async with serving("email") as server, closing(channel("email", server)) as sending:
            await sending.hand_over(message())

    played(story)
