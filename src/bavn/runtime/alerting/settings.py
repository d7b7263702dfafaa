# SPDX-License-Identifier: Apache-2.0
"""Which channels a node alerts by, as DATA/alerting.toml says.

link = "https://vagt.example.dk"        where the crew finds the incident's page; may be left out

[channel.mail]
sort = "email"
host = "smtp.example.dk"
port = 587
tls = "starttls"                        or "direct", or "none" on this very machine
sender = "alarm@example.dk"
user = "alarm"
secret_file = "/etc/bavn/mail-secret"   a file that only this program reads

[channel.gateway]
sort = "webhook"
url = "https://gateway.example.dk/alert"
secret_file = "/etc/bavn/gateway-secret"

[channel.printer]
sort = "printer"                        a raw socket; the address is host or host:port
[channel.slips]
sort = "spool"
folder = "/var/spool/bavn"              the address is the name of a folder in it
"""

import stat
import tomllib
from pathlib import Path
from typing import Literal

import msgspec

from bavn.runtime.alerting.email import Email, Server
from bavn.runtime.alerting.message import Channel
from bavn.runtime.alerting.printer import SocketPrinter, SpoolFolder
from bavn.runtime.alerting.webhook import Webhook
from bavn.runtime.oidc_settings import SECRET_BYTES_LIMIT, is_private_address

NAME = "alerting.toml"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# A signature with less is guessed.
SECRET_CHARACTERS_LEAST = 16


class ChannelSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One channel. `place` is `rough` where whoever carries it on may not know an address."""

    sort: Literal["email", "webhook", "printer", "spool"]
    host: str = ""
    port: int = 0
    tls: Literal["starttls", "direct", "none"] = "starttls"
    ca_file: str = ""
    sender: str = ""
    user: str = ""
    secret_file: str = ""
    url: str = ""
    folder: str = ""
    encoding: str = "cp865"
    language: Literal["da", "en"] = "da"
    place: Literal["exact", "rough"] = "exact"
    # So many at once; whoever hangs holds no more than these, and nobody else's.
    at_once: int = 4


class AlertingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All channels, by their names."""

    link: str = ""
    channel: dict[str, ChannelSettings] = {}


class Unusable(Exception):
    """The file cannot be used; the alarm path goes on without it, and a person is told."""


def read_settings(folder: Path) -> AlertingSettings:
    """The settings in a data folder, empty without a file; raises Unusable."""
    path = folder / NAME
    try:
        settings = msgspec.convert(tomllib.loads(path.read_text("utf-8")), AlertingSettings)
    except FileNotFoundError:
        return AlertingSettings()
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, OSError, ValueError) as error:
        raise Unusable(str(error)) from error
    for name, each in settings.channel.items():
        fault = _fault(each)
        if fault:
            msg = f"channel.{name}: {fault}"
            raise Unusable(msg)
    return settings


def channel_of(settings: ChannelSettings) -> Channel:
    """The channel that the settings describe; raises Unusable where its secret cannot be read."""
    try:
        match settings.sort:
            case "email":
                secret = secret_in(settings.secret_file) if settings.secret_file else ""
                return Email(_server(settings), secret)
            case "webhook":
                return Webhook(settings.url, secret_in(settings.secret_file), settings.ca_file)
            case "printer":
                return SocketPrinter(settings.encoding)
            case "spool":
                return SpoolFolder(Path(settings.folder))
    except (OSError, ValueError) as error:
        raise Unusable(str(error)) from error


def _server(of: ChannelSettings) -> Server:
    return Server(of.host, of.port, of.tls, of.ca_file, of.sender, of.user, of.at_once)


def secret_in(path: str) -> str:
    """The secret in a file that nobody else may read."""
    file = Path(path)
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        msg = f"{path} may be read by others: chmod 600"
        raise ValueError(msg)
    return file.read_bytes()[:SECRET_BYTES_LIMIT].decode("utf-8").strip()


def _fault(each: ChannelSettings) -> str:
    """What is wrong with a channel; empty when nothing is."""
    try:
        secret = secret_in(each.secret_file) if each.secret_file else ""
    except (OSError, ValueError) as error:
        return str(error)
    is_here = each.host in LOOPBACK
    wrong = {
        "email": (
            (not each.host or not each.sender, "host and sender are needed"),
            (each.tls == "none" and not is_here, "tls may be none on this machine only"),
            (bool(each.user) and not secret, "user needs a secret_file"),
        ),
        "webhook": (
            (not is_private_address(each.url), "url must begin with https://"),
            (
                len(secret) < SECRET_CHARACTERS_LEAST,
                f"secret_file must hold {SECRET_CHARACTERS_LEAST} characters or more",
            ),
        ),
        "printer": ((not _is_encoding(each.encoding), "encoding is none that is known"),),
        "spool": ((not Path(each.folder).is_absolute(), "folder must begin at the root"),),
    }[each.sort]
    more = (each.at_once < 1, "at_once must be 1 or more")
    return next((says for is_wrong, says in (*wrong, more) if is_wrong), "")


def _is_encoding(name: str) -> bool:
    try:
        "æ".encode(name)
    except (LookupError, UnicodeEncodeError):
        return False
    return True
