# SPDX-License-Identifier: Apache-2.0
"""Which provider people may sign in with, as DATA/oidc.toml says.

issuer = "https://login.example.dk"     as the provider writes it itself
client_id = "bavn"
secret_file = "/etc/bavn/oidc-secret"   a file that only this program reads
title = "Kommunens login"               what the button says
subject_claim = "sub"                   which claim names the person; sub where it is left out
ca_file = "/etc/bavn/ca.pem"            where the provider's certificate is not publicly signed

No account is made by signing in there: an administrator says which subject is which account.
"""

import ipaddress
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from bavn.runtime.halt import halt

NAME = "oidc.toml"
SECRET_BYTES_LIMIT = 4096


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The provider, and how we are known there."""

    issuer: str
    client_id: str
    secret_file: str
    title: str = "OpenID Connect"
    subject_claim: str = "sub"
    ca_file: str = ""

    def secret(self) -> str:
        """Our own secret at the provider, read anew each time: it may be changed while we run."""
        raw = Path(self.secret_file).read_bytes()[:SECRET_BYTES_LIMIT]
        return raw.decode("utf-8").strip()


def read_settings(folder: Path) -> Settings | None:
    """The settings in a data folder; None without a file, a halt for one that cannot be used."""
    path = folder / NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        settings = msgspec.convert(tomllib.loads(text), Settings)
        settings.secret()
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error
    if not is_private_address(settings.issuer):
        raise _unusable(path, "issuer must begin with https://")
    return settings


def is_private_address(address: str) -> bool:
    """True for an address that nobody between can listen to: https, or this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    try:
        here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
    return parts.scheme == "http" and here


def _unusable(path: Path, fault: str) -> Exception:
    return halt(
        "oidc_unreadable",
        f"{path} cannot be used: {fault}.",
        "Mend the file, or take it away to do without a provider.",
        path=path,
        fault=fault,
    )
