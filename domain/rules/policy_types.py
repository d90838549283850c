"""The texts and codes of which policy documents are made, each bounded."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

# `$` alone also matches before a last newline, in Python though not in ECMAScript.
_END = r"$(?!\n)"
_LINE = r"^[^\u0000-\u0020\u007f]([^\u0000-\u001f\u007f]*[^\u0000-\u0020\u007f])?" + _END

URL_PATTERN = r"^https?://[^\u0000-\u0020\u007f/?#][^\u0000-\u0020\u007f]*" + _END

Code = Annotated[str, Meta(min_length=1, max_length=63, pattern=r"^[a-z][a-z0-9_]{0,62}" + _END)]
Slug = Annotated[str, Meta(min_length=1, max_length=63, pattern=r"^[a-z0-9](-?[a-z0-9])*" + _END)]
Amount = Annotated[
    str,
    # As many digits as a column numeric(19, 4) holds, and never a binary fraction.
    Meta(min_length=1, max_length=18, pattern=r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,4})?" + _END),
]
CurrencyCode = Annotated[str, Meta(min_length=3, max_length=3, pattern=r"^[A-Z]{3}" + _END)]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=_LINE)]
Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=_LINE)]
Paragraph = Annotated[str, Meta(min_length=1, max_length=2000, pattern=_LINE)]
Url = Annotated[str, Meta(min_length=9, max_length=500, pattern=URL_PATTERN)]
TimeZone = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_+\-/]*" + _END)
]
Stretch = Annotated[
    str, Meta(min_length=3, max_length=5, pattern=r"^P[1-9][0-9]{0,2}[DWMY]" + _END)
]
Months = Annotated[str, Meta(min_length=3, max_length=5, pattern=r"^P[1-9][0-9]{0,2}[MY]" + _END)]
DayOfYear = Annotated[
    str,
    Meta(
        min_length=5,
        max_length=5,
        # Not 02-29, which most years don't have.
        pattern=r"^((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
        r"|02-(0[1-9]|1[0-9]|2[0-8]))" + _END,
    ),
]

UNIQUE: dict[str, object] = {"uniqueItems": True}
INT32: dict[str, object] = {"format": "int32"}
INT64: dict[str, object] = {"format": "int64"}

MAX_INTEGER = 9_007_199_254_740_991
"""The largest integer that every JSON reader keeps exact (RFC 8259, section 6)."""
