"""Certificates in the store of a host: real X.509, kept as data that win_certificate_info shows."""

from __future__ import annotations

import base64
import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

STORE_NAME = "My"
STORE_LOCATION = "LocalMachine"

Certificate = dict[str, Any]


def make(subject: str, *, days: int = 365, has_private_key: bool = True) -> Certificate:
    """A self-signed certificate of ``CN=subject`` that ends in ``days`` (negative: it has ended).

    Members: those of win_certificate_info, and ``store_name`` and ``store_location``; times are Unix seconds.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    end = now + datetime.timedelta(days=days)
    begin = min(now, end) - datetime.timedelta(days=30)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return {
        "store_name": STORE_NAME,
        "store_location": STORE_LOCATION,
        # SHA-1 because that is what Windows calls a thumbprint
        "thumbprint": certificate.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303  an identifier, no proof
        "subject": f"CN={subject}",
        "issuer": f"CN={subject}",
        "issued_to": subject,
        "issued_by": subject,
        "friendly_name": "",
        "dns_names": [subject, subject],
        "valid_from": begin.timestamp(),
        "valid_from_iso8601": _iso(begin),
        "valid_to": end.timestamp(),
        "valid_to_iso8601": _iso(end),
        "serial_number": f"{certificate.serial_number:040X}",
        "archived": False,
        "version": 3,
        "has_private_key": has_private_key,
        "signature_algorithm": "sha256ECDSA",
        "raw": base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode(),
        "public_key": base64.b64encode(public).decode(),
        "extensions": [
            {"critical": False, "field": "Subject Alternative Name", "value": f"DNS Name={subject}"},
        ],
    }


def usable(certificates: list[Certificate], subject: str, now: float) -> bool:
    """Is there a certificate for ``subject`` in LocalMachine\\My that is valid at ``now`` and has its private key?"""
    return any(
        certificate["store_name"] == STORE_NAME
        and certificate["store_location"] == STORE_LOCATION
        and certificate["issued_to"].lower() == subject.lower()
        and certificate["has_private_key"]
        and certificate["valid_from"] <= now < certificate["valid_to"]
        for certificate in certificates
    )


def _iso(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
