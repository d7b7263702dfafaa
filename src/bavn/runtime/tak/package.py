# SPDX-License-Identifier: Apache-2.0
"""What a phone is given so that it can come: its certificate, ours, and where we are.

A zip that ATAK, WinTAK and iTAK take in as a connection. Its passwords are made for it alone, and
stand in it: whoever has the file has the device's key, so it travels as a key does.
"""

import io
import ssl
import zipfile
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from bavn.kernel.refusal import BrokenPromise
from bavn.runtime import clock
from bavn.runtime.folder import write_whole
from bavn.runtime.peers.certificates import (
    AUTHORITY,
    CERTIFICATE,
    CERTIFICATE_KEY,
    make_authority,
    make_certificate,
)

_WORD_BYTES = 16
# In a zip, the time of a file; a fixed one tells nothing.
_AT = (2026, 1, 1, 0, 0, 0)
_FOLDER, _SERVER = "bavn", "server"


class Made(msgspec.Struct, frozen=True):
    """A device's certificate, as it will show it, and the package for it."""

    certificate: bytes
    package: bytes


def field_authority(folder: Path, name: str, now: datetime) -> Path:
    """The folder of the authority for devices; made when it is first asked for."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if not (folder / AUTHORITY).exists():
        make_authority(folder, name, now)
    return folder


def server_certificate(authority: Path, host: str, now: datetime) -> tuple[Path, Path]:
    """Our own certificate and key, for the host that devices come to; made anew for another."""
    folder = authority / _SERVER
    folder.mkdir(mode=0o700, exist_ok=True)
    named = folder / "host"
    if not named.exists() or named.read_text(encoding="utf-8") != host:
        make_certificate(authority, folder, "bavn", (host,), now)
        write_whole(named, host.encode())
    return folder / CERTIFICATE, folder / CERTIFICATE_KEY


def field_tls(authority: Path) -> ssl.SSLContext | None:
    """How devices are met: each shows a certificate of our authority. None before there is one."""
    certificate = authority / _SERVER / CERTIFICATE
    if not certificate.exists():
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority / AUTHORITY))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(certificate, authority / _SERVER / CERTIFICATE_KEY)
    return context


def make_device(authority: Path, work: Path, name: str, address: str, now: datetime) -> Made:
    """A certificate for a device by our authority, packed with how it comes to us.

    `address` is a host with its port; `work` is an empty folder that the caller throws away.
    """
    certificate, key = make_certificate(authority, work, name, (), now)
    held = x509.load_pem_x509_certificate(certificate.read_bytes())
    ours = x509.load_pem_x509_certificate((authority / AUTHORITY).read_bytes())
    secret = serialization.load_pem_private_key(key.read_bytes(), password=None)
    if not isinstance(secret, ec.EllipticCurvePrivateKey):
        raise BrokenPromise("a certificate was made with another sort of key")
    words = clock.entropy(_WORD_BYTES).hex(), clock.entropy(_WORD_BYTES).hex()
    raw = pkcs12.serialize_key_and_certificates(
        name.encode(), secret, held, [ours], _locked(words[0])
    )
    trusted = pkcs12.serialize_java_truststore(
        [pkcs12.PKCS12Certificate(ours, b"bavn")], _locked(words[1])
    )
    files = {
        f"{_FOLDER}/device.p12": raw,
        f"{_FOLDER}/authority.p12": trusted,
        f"{_FOLDER}/connection.pref": _preferences(name, address, *words).encode(),
    }
    files["MANIFEST/manifest.xml"] = _manifest(name, sorted(files)).encode()
    der = held.public_bytes(serialization.Encoding.DER)
    return Made(certificate=der, package=_zipped(files))


def _locked(word: str) -> serialization.KeySerializationEncryption:
    """As phones of ten years ago can open it: what guards the file is who is handed it."""
    return (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())  # noqa: S303 - the form that they can open
        .build(word.encode())
    )


def _preferences(name: str, address: str, device_word: str, authority_word: str) -> str:
    host, _, port = address.rpartition(":")
    entries = {
        "cot_streams": {
            "count": ("Integer", "1"),
            "description0": ("String", f"Bavn {name}"),
            "enabled0": ("Boolean", "true"),
            "connectString0": ("String", f"{host}:{port}:ssl"),
        },
        "com.atakmap.app_preferences": {
            "caLocation": ("String", "cert/authority.p12"),
            "caPassword": ("String", authority_word),
            "certificateLocation": ("String", "cert/device.p12"),
            "clientPassword": ("String", device_word),
        },
    }
    parts = [
        f'<preference version="1" name={quoteattr(group)}>'
        + "".join(
            f'<entry key="{key}" class="class java.lang.{sort}">{escape(value)}</entry>'
            for key, (sort, value) in values.items()
        )
        + "</preference>"
        for group, values in entries.items()
    ]
    head = '<?xml version="1.0" encoding="ASCII" standalone="yes"?>'
    return f"{head}<preferences>{''.join(parts)}</preferences>"


def _manifest(name: str, files: list[str]) -> str:
    contents = "".join(f'<Content ignore="false" zipEntry={quoteattr(each)}/>' for each in files)
    return (
        '<MissionPackageManifest version="2"><Configuration>'
        f'<Parameter name="uid" value={quoteattr(f"bavn-{name}")}/>'
        f'<Parameter name="name" value={quoteattr(f"bavn-{name}.zip")}/>'
        '<Parameter name="onReceiveDelete" value="true"/>'
        f"</Configuration><Contents>{contents}</Contents></MissionPackageManifest>"
    )


def _zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _AT), raw)
    return made.getvalue()
