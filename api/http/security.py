"""How the document says who may call: the kinds of credentials, and which an operation takes."""

from __future__ import annotations

from typing import Any

from api.http.access import SIGNATURE
from api.http.endpoint import Endpoint

Json = dict[str, Any]

SCHEMES: Json = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of an account (`chy_…`).",
    },
    "capability": {
        "type": "http",
        "scheme": "bearer",
        "description": "A one-time secret, such as an invitation's (`chi_…`).",
    },
    "applicant": {
        "type": "http",
        "scheme": "bearer",
        "description": (
            "The secret of one application: its applicant's (`cha_…`) or its nominee's (`chn_…`)."
        ),
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": SIGNATURE,
        "description": (
            "`sha256=` and the HMAC of the body, in hexadecimal digits, with the secret"
            " of the source."
        ),
    },
}


def needed(endpoint: Endpoint) -> list[Json]:
    """With which of these an operation is called; any one is enough."""
    if endpoint.access.capability:
        return [{"capability": []}]
    if endpoint.access.applicant:
        return [{"token": []}, {"applicant": []}]
    if endpoint.access.signed:
        return [{"signature": []}]
    if endpoint.access.permission is None:
        return [{}, {"token": []}]
    return [{"token": []}]
