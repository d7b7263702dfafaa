# SPDX-License-Identifier: Apache-2.0
"""Where this node is met: by which address browsers know it, and whether the line is private."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection

from bavn.runtime.web.limits import Limits

Connection = ASGIConnection[Any, Any, Any, Any]
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
LOOPBACK_ADDRESSES = ("127.", "::1")
# What somebody in between adds; a request with one of them did not come straight from this machine.
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """How the node is met.

    `origin` is the address that browsers use, such as https://bavn.example.dk; without it they are
    on this machine. `checks_host` refuses requests that were meant for another address: a page from
    elsewhere whose name was made to lead here would else be at home. `demo` lets people choose a
    role instead of signing in.
    """

    origin: str = ""
    checks_host: bool = False
    demo: bool = False
    limits: Limits = Limits()  # noqa: RUF009 - frozen

    @property
    def is_https(self) -> bool:
        """True when browsers meet it over a line that nobody listens to."""
        return self.origin.startswith("https://")

    def knows_host(self, host: str) -> bool:
        """True for the site's own address, and for this machine's own names."""
        if not self.checks_host:
            return True
        return without_port(host) in LOOPBACK_NAMES or (
            bool(self.origin) and host.lower() == urlsplit(self.origin).netloc.lower()
        )

    def own_origin(self, connection: Connection) -> str:
        """The origin that the browser has of our pages."""
        if self.origin and without_port(host_of(connection)) not in LOOPBACK_NAMES:
            return self.origin
        return f"{connection.scope['scheme']}://{host_of(connection)}"

    def is_private(self, connection: Connection) -> bool:
        """True when nobody between can read what is sent: https, or this machine alone."""
        return self.own_origin(connection).startswith("https://") or (
            without_port(host_of(connection)) in LOOPBACK_NAMES
        )


def host_of(connection: Connection) -> str:
    """The address that the browser asked for, with its port."""
    return connection.headers.get("host", "").lower()


def without_port(host: str) -> str:
    """A host without its port.

    >>> without_port("[::1]:8112"), without_port("localhost"), without_port("127.0.0.1:80")
    ('[::1]', 'localhost', '127.0.0.1')
    """
    head, colon, port = host.rpartition(":")
    return (head if colon and port.isdigit() else host).lower()


def address_of(connection: Connection) -> str:
    """The network address of whoever asks; of an IPv6 network the half that one household has."""
    client = connection.scope.get("client")
    address = client[0] if client else "?"
    return ":".join(address.split(":")[:4]) if address.count(":") > 1 else address


def is_from_here(connection: Connection) -> bool:
    """True when it comes straight from this machine, and from nobody that passes on for others."""
    client = connection.scope.get("client")
    address = client[0] if client else ""
    return address.startswith(LOOPBACK_ADDRESSES) and not any(
        name in connection.headers for name in FORWARDED
    )
