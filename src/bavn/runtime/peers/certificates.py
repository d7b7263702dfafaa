# SPDX-License-Identifier: Apache-2.0
"""Certificates for the lines of a federation, where nobody has better ones.

An authority of its own for each federation, made once at the top: whoever joins gets its
certificate in the invitation and believes no other on its lines. A certificate says which machine
answers, never who may know what: letters are sealed from node to node beneath it.
"""

import ipaddress
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bavn.runtime.folder import write_whole
from bavn.runtime.halt import halt

AUTHORITY, AUTHORITY_KEY = "line-authority.pem", "line-authority.key"
CERTIFICATE, CERTIFICATE_KEY = "line.pem", "line.key.pem"
# Ten years: the authority is changed by hand, and a line that stops by itself is a lost line.
AUTHORITY_FOR = timedelta(days=3653)
CERTIFICATE_FOR = timedelta(days=1827)
# A peer's clock may be behind ours and must believe us all the same.
BEFORE = timedelta(days=2)


def make_authority(folder: Path, name: str, now: datetime) -> Path:
    """An authority for a federation, in a folder of keys; the path of its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Bavn lines of {name}"[:64])])
    made = (
        _begun(named, named, key, now, AUTHORITY_FOR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_whole(folder / AUTHORITY_KEY, _key_bytes(key))
    write_whole(folder / AUTHORITY, made.public_bytes(serialization.Encoding.PEM))
    return folder / AUTHORITY


def make_certificate(
    authority: Path, folder: Path, name: str, hosts: tuple[str, ...], now: datetime
) -> tuple[Path, Path]:
    """A certificate for the hosts of a node, by the authority in a folder; certificate and key.

    `hosts` are names and addresses, as others write them.
    """
    signer, signing = _read_authority(authority)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    made = (
        _begun(subject, signer.subject, key, now, CERTIFICATE_FOR)
        .add_extension(x509.SubjectAlternativeName([*map(_host, hosts)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(both), critical=False)
        .sign(signing, hashes.SHA256())
    )
    paths = folder / CERTIFICATE, folder / CERTIFICATE_KEY
    write_whole(paths[1], _key_bytes(key))
    write_whole(paths[0], made.public_bytes(serialization.Encoding.PEM))
    return paths


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    lasts: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(now + lasts)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _read_authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    try:
        signer = x509.load_pem_x509_certificate((folder / AUTHORITY).read_bytes())
        raw = (folder / AUTHORITY_KEY).read_bytes()
        signing = serialization.load_pem_private_key(raw, password=None)
    except (OSError, ValueError) as error:
        raise _no_authority(folder) from error
    if not isinstance(signing, ec.EllipticCurvePrivateKey):
        raise _no_authority(folder)
    return signer, signing


def _no_authority(folder: Path) -> Exception:
    return halt(
        "no_line_authority",
        f"{folder} has no authority for certificates.",
        "Do this at the node that made it, or put it back from the backup of the keys.",
        path=folder,
    )
