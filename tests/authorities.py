"""Certificates of a test's own authority."""

from __future__ import annotations

import ssl
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.world import NOW


class Authority:
    """Signs for names, and is trusted by whoever asks it how."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "The test's authority")])
        self._own = self._signed(self._name, self._key.public_key(), authority=True)

    def trust(self) -> ssl.SSLContext:
        """For clients: nobody but this authority is believed."""
        return ssl.create_default_context(
            cadata=self._own.public_bytes(serialization.Encoding.PEM).decode()
        )

    def serve(self, name: str) -> ssl.SSLContext:
        """For servers: a certificate of this name."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        chain = self._folder / f"{name}.pem"
        chain.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + self._signed(subject, key.public_key(), san=name).public_bytes(
                serialization.Encoding.PEM
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        *,
        authority: bool = False,
        san: str | None = None,
    ) -> x509.Certificate:
        own = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        # By the machine's clock, which TLS goes by.
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=3650))
            .not_valid_after(NOW + timedelta(days=36500))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(own, critical=False)
        )
        if authority:
            made = made.add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    key_cert_sign=True,
                    crl_sign=True,
                    content_commitment=False,
                    key_encipherment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
        if san is not None:
            names = x509.SubjectAlternativeName([x509.DNSName(san)])
            made = made.add_extension(names, critical=False)
        return made.sign(self._key, hashes.SHA256())
