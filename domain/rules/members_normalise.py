"""One way of writing for each field of the members file.

A normaliser takes a field's text and gives the value with a note: empty when the value stands as it
was written, else the code of what was changed. What cannot be read raises `Faulty`.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TypeVar
from urllib.parse import quote, unquote, urlsplit

T = TypeVar("T")
Noted = tuple[T, str]


class Faulty(Exception):
    """A value that cannot be read; `code` and `detail` are those of the fault."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def text(written: str, limit: int, *, lines: bool = False) -> Noted[str]:
    """Trimmed text of at most `limit` characters, without control characters or surrogates."""
    trimmed = written.strip()
    if found := _CONTROL.search(trimmed.replace("\n", " ") if lines else trimmed):
        raise Faulty("characters", f"holds the character U+{ord(found[0]):04X}")
    if len(trimmed) > limit:
        raise Faulty("too_long", f"is longer than {limit} characters")
    return trimmed, "" if trimmed == written else "trimmed"


_HANDLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}")
_GITHUB_URL = re.compile(r"(?:https?://)?(?:www\.)?github\.com/([^/?#]+)/?", re.IGNORECASE)


def github(written: str) -> Noted[str]:
    """A GitHub handle, out of `@handle` or the profile's address."""
    at_home = _GITHUB_URL.fullmatch(written)
    handle = at_home[1] if at_home else written.removeprefix("@")
    if not _HANDLE.fullmatch(handle):
        raise Faulty("handle", "is no GitHub handle")
    return handle, "" if handle == written else "handle"


def github_id(written: str) -> Noted[str]:
    """GitHub's numeric id as decimal text; more than 53 bits is no id that JSON could carry."""
    if not re.fullmatch(r"[0-9]{1,16}", written) or not 0 < int(written) < 2**53:
        raise Faulty("github_id", "is no GitHub id, which is a positive integer")
    return str(int(written)), "" if written[0] != "0" else "github_id"


def slack(written: str) -> Noted[str]:
    if not re.fullmatch(r"[UW][A-Z0-9]{4,20}", written):
        raise Faulty("slack", "is no Slack member id such as U0ABC1DEF")
    return written, ""


# ISO 3166-1 alpha-2, officially assigned.
COUNTRIES = frozenset(
    re.findall(
        "[A-Z]{2}",
        """
        AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO
        BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ
        DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP
        GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG
        KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML
        MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE
        PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL
        SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM
        US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
        """,
    )
)
_FLAG_A = 0x1F1E6


def country(written: str) -> Noted[str]:
    """ISO 3166-1 alpha-2 out of a flag, a code, or `UK`, which the real file once held."""
    letters = [ord(char) - _FLAG_A for char in written]
    if len(letters) == 2 and all(0 <= letter < 26 for letter in letters):
        code, note = "".join(chr(ord("A") + letter) for letter in letters), ""
    else:
        code, note = written.upper(), "country"
    code = {"UK": "GB"}.get(code, code)
    if code not in COUNTRIES:
        raise Faulty("country", "is no country: write its flag or its ISO 3166-1 alpha-2 code")
    return code, note


def flag(code: str) -> str:
    """The flag emoji of an alpha-2 code: how the file writes a country."""
    return "".join(chr(_FLAG_A + ord(letter) - ord("A")) for letter in code)


_X_URL = re.compile(
    r"(?:https?://)?(?:(?:www|mobile)\.)?(?:twitter|x)\.com/@?([^/?#]+)/?(?:\?.*)?", re.IGNORECASE
)
_X = "https://x.com/"


def twitter(written: str) -> Noted[str]:
    """The profile's address out of `slug`, `@slug` or an address at either name of the site."""
    there = _X_URL.fullmatch(written)
    slug = there[1] if there else written.removeprefix("@")
    if not re.fullmatch(r"[A-Za-z0-9_]{1,20}", slug):
        raise Faulty("twitter", "is no handle of X (Twitter)")
    return _X + slug, "" if slug == written else "link"


_LINKEDIN_URL = re.compile(
    r"(?:https?://)?(?:[a-z]{2,3}\.)?linkedin\.com/in/([^/?#]+)/?(?:[?#].*)?", re.IGNORECASE
)
_LINKEDIN = "https://www.linkedin.com/in/"


def linkedin(written: str) -> Noted[str]:
    """https://www.linkedin.com/in/<slug> out of a slug or an address of a person's page."""
    there = _LINKEDIN_URL.fullmatch(written)
    slug = unquote(there[1] if there else written.removeprefix("in/"))
    if not re.fullmatch(r"[\w.-]{1,100}", slug):
        raise Faulty("linkedin", "is no LinkedIn profile: write the part after linkedin.com/in/")
    return _LINKEDIN + quote(slug), "" if slug == written else "link"


def twitter_slug(url: str) -> str:
    return url.removeprefix(_X)


def linkedin_slug(url: str) -> str:
    return unquote(url.removeprefix(_LINKEDIN)) if url.startswith(_LINKEDIN) else url


def url(written: str) -> Noted[str]:
    """An http(s) address, kept as written; a missing scheme is taken to be https."""
    bare = re.match(r"[\w-]+(?:\.[\w-]+)+(?:[/?#]|$)", written)
    scheme, colon, rest = written.partition(":")
    whole = "https://" + written if bare else scheme.lower() + colon + rest
    try:
        parts = urlsplit(whole)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or re.search(r"[\s<>\"\x00-\x20\x7f]", whole):
        raise Faulty("url", "is no http or https address")
    return whole, "scheme" if whole != written else ""


MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def year(written: str) -> Noted[int]:
    if not re.fullmatch(r"[0-9]{4}", written) or not 1900 <= int(written) <= 2100:
        raise Faulty("year", "is no year between 1900 and 2100")
    return int(written), ""


def month(written: str) -> Noted[str]:
    """The English name, out of any case of it, its abbreviation (`Jan`, `Sept.`) or the number."""
    if re.fullmatch(r"0?[1-9]|1[0-2]", written):
        return MONTHS[int(written) - 1], "month"
    name = written.removesuffix(".").casefold()
    for number, full in enumerate(MONTHS, start=1):
        if name in (full.casefold(), full[:3].casefold()) or (name == "sept" and number == 9):
            return full, "" if written == full else "month"
    raise Faulty("month", "is no month: the date keeps its year only")


def day_of_month(written: str) -> Noted[int]:
    if not re.fullmatch(r"[0-9]{1,2}", written) or not 1 <= int(written) <= 31:
        raise Faulty("day", "is no day of a month")
    return int(written), ""


def day(written: str) -> Noted[date]:
    """A whole day, YYYY-MM-DD."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", written):
        try:
            return date.fromisoformat(written), ""
        except ValueError:
            pass
    raise Faulty("date", "is no day written YYYY-MM-DD")


def partial_date(written: str) -> Noted[str]:
    """`2024`, `2024-03` or `2024-03-05`: a year or month is checked as its first day."""
    if re.fullmatch(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?", written):
        year(written[:4])
        day((written + "-01-01")[:10])
        return written, "date"
    raise Faulty("date", "is no date: write year and month, or YYYY-MM-DD")
