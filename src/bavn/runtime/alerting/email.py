# SPDX-License-Identifier: Apache-2.0
"""E-mail, by the standard library's SMTP in threads of the channel's own.

A server that sends a byte now and then would hold a thread past every time-out: when an alert's
time is up its socket is closed, and the thread ends.
"""

import asyncio
import smtplib
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, NamedTuple

from bavn.runtime import clock
from bavn.runtime.alerting.message import REFUSED, UNREACHABLE, UNUSABLE, Message, NotTaken

# For each step of the conversation; the outbox has a deadline for the whole.
STEP_S = 5.0
PERMANENT = 500
MAIL_PORT, DIRECT_PORT = 587, 465


class Server(NamedTuple):
    """What is known of the mail server; see `settings`."""

    host: str
    port: int
    tls: str
    ca_file: str
    sender: str
    user: str
    at_once: int


class Email:
    """Hands alerts over to one mail server."""

    def __init__(self, server: Server, secret: str) -> None:
        self._server = server
        self._secret = secret
        self._trust = ssl.create_default_context(cafile=server.ca_file or None)
        self._threads = ThreadPoolExecutor(server.at_once, thread_name_prefix="bavn-mail")

    async def hand_over(self, message: Message) -> None:
        """Return when the server has taken it; cancelled, its connection is closed."""
        holding: list[smtplib.SMTP] = []
        work = asyncio.get_running_loop().run_in_executor(
            self._threads, self._send, self._letter(message), holding
        )
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            for each in holding:
                if each.sock is not None:
                    with suppress(OSError):
                        each.sock.shutdown(socket.SHUT_RDWR)
            # What the thread says afterwards is nobody's any more.
            work.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise

    async def close(self) -> None:
        """Begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _letter(self, message: Message) -> EmailMessage:
        letter = EmailMessage()
        try:
            letter["From"] = self._server.sender
            letter["To"] = message.to
            letter["Subject"] = message.title
            # A repeat has the same number, and most mailboxes show it once.
            letter["Message-ID"] = f"<{message.id}@{self._server.sender.rpartition('@')[2]}>"
            letter["Date"] = format_datetime(clock.now())
            letter["Auto-Submitted"] = "auto-generated"
            letter["X-Priority"] = "1"
            letter.set_content(message.text)
        except (MessageError, ValueError) as error:
            raise NotTaken(UNUSABLE, is_final=True) from error
        return letter

    def _send(self, letter: EmailMessage, holding: list[smtplib.SMTP]) -> None:
        try:
            with self._connected(holding) as smtp:
                if self._server.tls == "starttls":
                    smtp.starttls(context=self._trust)
                if self._server.user:
                    smtp.login(self._server.user, self._secret)
                smtp.send_message(letter)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _not_taken(max(codes, default=0)) from None
        except smtplib.SMTPResponseException as error:
            # Not "from error": it quotes the address.
            raise _not_taken(error.smtp_code) from None
        except (smtplib.SMTPException, OSError, ValueError):
            raise NotTaken(UNREACHABLE, is_final=False) from None

    def _connected(self, holding: list[smtplib.SMTP]) -> smtplib.SMTP:
        server = self._server
        # Our own name is not asked of a resolver: that may take longer than the letter.
        name = server.sender.rpartition("@")[2]

        class Mail(smtplib.SMTP):
            def connect(self, *address: Any, **more: Any) -> tuple[int, bytes]:
                # Held before the first byte: a server may never end its greeting.
                holding.append(self)
                return super().connect(*address, **more)

        class DirectMail(smtplib.SMTP_SSL):
            def connect(self, *address: Any, **more: Any) -> tuple[int, bytes]:
                holding.append(self)
                return super().connect(*address, **more)

        if server.tls == "direct":
            port = server.port or DIRECT_PORT
            return DirectMail(server.host, port, name, timeout=STEP_S, context=self._trust)
        return Mail(server.host, server.port or MAIL_PORT, name, timeout=STEP_S)


def _not_taken(code: int) -> NotTaken:
    is_final = code >= PERMANENT
    return NotTaken(REFUSED if is_final else UNREACHABLE, is_final=is_final)
