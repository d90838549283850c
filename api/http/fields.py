"""Field types that the wire shares: each bounded, described and free of control characters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

LINE = "^[^\\u0000-\\u001f\\u007f]*$(?!\\n)"
"""One line of text: no control characters. `$(?!\\n)` because Python's `$` lets a newline pass."""

TEXT = "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$"
"""Several lines of text."""

URL_PATTERN = '^https?://[^\\s\\u0000-\\u0020\\u007f<>"]+$(?!\\n)'

Slug = Annotated[
    str,
    Meta(
        pattern="^[a-z0-9](-?[a-z0-9])*$(?!\\n)",
        min_length=1,
        max_length=63,
        description="Lower-case letters, digits and single hyphens.",
        examples=["demo"],
    ),
]
Handle = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_-])?$(?!\\n)",
        min_length=1,
        max_length=63,
        description="The ambassador's handle in the program; compared without regard to case.",
        examples=["amara-okafor"],
    ),
]
Code = Annotated[
    str,
    Meta(
        pattern="^[a-z][a-z0-9_]{0,62}$(?!\\n)",
        max_length=63,
        description="A code from the program's policy.",
        examples=["talk"],
    ),
]
Line = Annotated[str, Meta(pattern=LINE, max_length=200, examples=["A line of text"])]
Name = Annotated[
    str,
    Meta(
        pattern=LINE,
        min_length=1,
        max_length=200,
        description="The full name.",
        examples=["Amara Okafor"],
    ),
]
Text = Annotated[str, Meta(pattern=TEXT, max_length=5000, examples=["Some text."])]
Reason = Annotated[
    str,
    Meta(
        pattern=TEXT,
        min_length=1,
        max_length=1000,
        description="Why; kept in the audit log.",
        examples=["Asked for it by e-mail."],
    ),
]
Url = Annotated[
    str,
    Meta(
        pattern=URL_PATTERN,
        max_length=2000,
        description="An absolute http or https URL.",
        # No `format`: addresses are kept as written, and the pattern is all that we hold them to.
        examples=["https://example.org/"],
    ),
]
Amount = Annotated[
    str,
    Meta(
        # As `domain.rules.policy_types.Amount`, which the policy's amounts are held to.
        pattern="^(0|[1-9][0-9]{0,12})(\\.[0-9]{1,4})?$(?!\\n)",
        min_length=1,
        max_length=18,
        description="An exact decimal as text, with no more decimals than its currency has.",
        examples=["150.00"],
    ),
]
CurrencyCode = Annotated[
    str,
    Meta(
        pattern="^[A-Z]{3}$(?!\\n)",
        min_length=3,
        max_length=3,
        description="A currency of ISO 4217 that is paid with.",
        examples=["USD"],
    ),
]
Quantity = Annotated[
    int,
    Meta(
        ge=1,
        le=2147483647,
        description="How many, never a fraction.",
        examples=[25],
        extra_json_schema={"format": "int32"},
    ),
]
Country = Annotated[
    str,
    Meta(
        pattern="^[A-Z]{2}$(?!\\n)",
        max_length=2,
        description="ISO 3166-1 alpha-2.",
        examples=["NG"],
    ),
]
Language = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$(?!\\n)",
        max_length=35,
        description="A BCP 47 language tag.",
        examples=["en"],
    ),
]
Day = Annotated[
    date,
    Meta(description="A day in the program's time zone.", examples=["2026-03-03"]),
]
Moment = Annotated[
    datetime,
    Meta(tz=True, description="RFC 3339, in UTC.", examples=["2026-03-03T12:00:00Z"]),
]
Id = Annotated[
    UUID,
    Meta(description="A UUID (version 7).", examples=["019a0000-0000-7000-8000-000000000001"]),
]
Version = Annotated[
    int,
    Meta(
        ge=1,
        le=2147483647,
        description="Counts the changes of the record; the first part of its ETag.",
        examples=[1],
        extra_json_schema={"format": "int32"},
    ),
]
Count = Annotated[
    int,
    Meta(
        ge=0,
        le=2147483647,
        description="How many.",
        examples=[12],
        extra_json_schema={"format": "int32"},
    ),
]
Secret = Annotated[
    str,
    Meta(
        max_length=100,
        description="Shown once, never again.",
        examples=["chy_0000000000000000000000000000000000000"],
    ),
]
Cursor = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9_-]+$(?!\\n)",
        min_length=1,
        max_length=1000,
        description="`next` of the page before; good only with the same filters.",
    ),
]
