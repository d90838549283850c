"""Secrets that we hand out: random, with a telling prefix and a checksum, stored as a digest."""

from __future__ import annotations

import hashlib
import zlib

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TOKEN = "chy"
INVITATION = "chi"
APPLICANT = "cha"
NOMINEE = "chn"
ENTROPY = 24
"""Bytes of randomness in a secret (192 bits)."""
BODY = 33
CHECK = 6
CHOSEN = range(32, 101)
"""How long a token may be that an operator chose instead of having one minted."""


def _base62(number: int, length: int) -> str:
    digits: list[str] = []
    for _ in range(length):
        number, rest = divmod(number, 62)
        digits.append(ALPHABET[rest])
    return "".join(reversed(digits))


def _check(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), CHECK)


def mint(prefix: str, random: bytes) -> str:
    """A secret made of `ENTROPY` random bytes: `prefix_` + 33 characters + 6 of checksum.

    The form follows GitHub's token format (prefix, base 62, CRC-32), which secret scanners find.
    """
    if len(random) != ENTROPY:
        raise ValueError(f"A secret needs {ENTROPY} random bytes.")
    body = f"{prefix}_{_base62(int.from_bytes(random), BODY)}"
    return body + _check(body)


def well_formed(secret: str, prefix: str) -> bool:
    """Whether a text can be a secret of ours: a typing error costs no look-up."""
    if len(secret) != len(prefix) + 1 + BODY + CHECK or not secret.startswith(prefix + "_"):
        return False
    body, check = secret[:-CHECK], secret[-CHECK:]
    return body.isascii() and _check(body) == check


def presentable(secret: str) -> bool:
    """Whether a text can be a token: one that was minted here, or one that an operator chose."""
    if secret.startswith(TOKEN + "_"):
        return well_formed(secret, TOKEN)
    return len(secret) in CHOSEN and all("!" <= character <= "~" for character in secret)


def digest(secret: str) -> bytes:
    """What is stored of a secret. Plain SHA-256: 192 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def hint(secret: str) -> str:
    """The first characters, so that a person can tell secrets apart; none of a chosen one."""
    return secret[:8] if secret.startswith((TOKEN + "_", INVITATION + "_")) else "chosen"
