"""Links of a person: one kind and one address, out of a slug or whatever address was written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from msgspec import Struct

from domain.errors import Fault, Invalid
from domain.rules import members_normalise as written_as
from domain.rules.members_normalise import Faulty


class LinkKind(StrEnum):
    """The sites whose addresses we know how to write, in alphabetical order; else `website`."""

    BLUESKY = "bluesky"
    GITHUB = "github"
    GITLAB = "gitlab"
    INSTAGRAM = "instagram"
    LINKEDIN = "linkedin"
    MASTODON = "mastodon"
    TWITCH = "twitch"
    TWITTER = "twitter"
    WEBSITE = "website"
    YOUTUBE = "youtube"


class Link(Struct, frozen=True):
    """Where else a person is."""

    kind: LinkKind
    url: str


class Written(Struct, frozen=True):
    """A link as somebody wrote it; without a kind the address tells."""

    text: str
    kind: LinkKind | None = None


def normalise(written: Written) -> Link:
    """The one way of writing a link. Raises `Faulty`.

    With a kind, the name at that site or its address will do (`amara`, `@amara`, the profile's
    address); without one an address is needed, and a site that we don't know is a `website`.
    """
    text = written.text.strip()
    if written.kind is not None:
        return Link(written.kind, _sound(READERS[written.kind](text)))
    kind = _site(text)
    try:
        return Link(kind, _sound(READERS[kind](text)))
    except Faulty:
        # A page at the site that is nobody's profile: an article, a company.
        return Link(LinkKind.WEBSITE, _sound(_website(text)))


def normalise_all(written: Sequence[Written]) -> list[Link]:
    """Every link once, in the order given. Raises `Invalid` that points at each faulty one."""
    found: list[Link] = []
    faults: list[Fault] = []
    for index, one in enumerate(written):
        try:
            found.append(normalise(one))
        except Faulty as fault:
            detail = f"The link {fault.detail}."
            faults.append(Fault(fault.code, detail, pointer=f"/links/{index}/url"))
    if faults:
        raise Invalid("A link cannot be read.", *faults)
    return list(dict.fromkeys(found))


_HOST = re.compile(
    r"(?:https?://)?(?:(?:www|m|mobile|[a-z]{2})\.)?([a-z0-9.-]+)(?:[/?#].*)?", re.IGNORECASE
)

_HOSTS = {
    "bsky.app": LinkKind.BLUESKY,
    "github.com": LinkKind.GITHUB,
    "gitlab.com": LinkKind.GITLAB,
    "instagram.com": LinkKind.INSTAGRAM,
    "linkedin.com": LinkKind.LINKEDIN,
    "twitch.tv": LinkKind.TWITCH,
    "twitter.com": LinkKind.TWITTER,
    "x.com": LinkKind.TWITTER,
    "youtube.com": LinkKind.YOUTUBE,
}

_FEDIVERSE = re.compile(r"@?([A-Za-z0-9_.-]{1,64})@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")


def _site(text: str) -> LinkKind:
    if text.startswith("@") and _FEDIVERSE.fullmatch(text):
        return LinkKind.MASTODON
    found = _HOST.fullmatch(text)
    return _HOSTS.get(found[1].lower(), LinkKind.WEBSITE) if found else LinkKind.WEBSITE


def _sound(url: str) -> str:
    if len(url) > 2000 or re.search(r'[\x00-\x20\x7f<>"]', url):
        raise Faulty("url", "is no http or https address")
    return url


def _website(text: str) -> str:
    scheme, colon, rest = text.partition("://")
    return written_as.url(scheme.lower() + colon + rest if colon else text)[0]


def _github(text: str) -> str:
    return "https://github.com/" + written_as.github(text)[0]


def _mastodon(text: str) -> str:
    there = re.fullmatch(r"https://([^/?#@\s]+)/@([A-Za-z0-9_.-]{1,64})/?", text, re.IGNORECASE)
    account = _FEDIVERSE.fullmatch(text)
    if there:
        return f"https://{there[1].lower()}/@{there[2]}"
    if account:
        return f"https://{account[2].lower()}/@{account[1]}"
    raise Faulty("mastodon", "is no Mastodon account: write @name@server or its address")


def _at(kind: LinkKind, host: str, path: str, name: str, shown: str) -> Callable[[str], str]:
    """A reader of `name`, `@name` or the address; `path` is what stands between host and name."""
    address = re.compile(
        rf"(?:https?://)?(?:(?:www|m)\.)?{re.escape(host)}/{path}@?({name})/?(?:[?#].*)?",
        re.IGNORECASE,
    )

    def read(text: str) -> str:
        found = address.fullmatch(text) or re.fullmatch(f"@?({name})", text)
        if found is None:
            raise Faulty(kind.value, f"is no profile at {host}")
        return shown + found[1]

    return read


def _youtube(text: str) -> str:
    channel = re.fullmatch(
        r"(?:https?://)?(?:(?:www|m)\.)?youtube\.com/((?:channel|c|user)/[\w-]{1,100})/?",
        text,
        re.IGNORECASE,
    )
    if channel:
        return "https://www.youtube.com/" + channel[1]
    return _YOUTUBE(text)


_YOUTUBE = _at(
    LinkKind.YOUTUBE, "youtube.com", "(?=@)", r"[\w.-]{3,60}", "https://www.youtube.com/@"
)

READERS: dict[LinkKind, Callable[[str], str]] = {
    LinkKind.BLUESKY: _at(
        LinkKind.BLUESKY,
        "bsky.app",
        "profile/",
        r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
        "https://bsky.app/profile/",
    ),
    LinkKind.GITHUB: _github,
    LinkKind.GITLAB: _at(
        LinkKind.GITLAB,
        "gitlab.com",
        "",
        r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}",
        "https://gitlab.com/",
    ),
    LinkKind.INSTAGRAM: _at(
        LinkKind.INSTAGRAM,
        "instagram.com",
        "",
        r"[A-Za-z0-9_.]{1,30}",
        "https://www.instagram.com/",
    ),
    LinkKind.LINKEDIN: lambda text: written_as.linkedin(text)[0],
    LinkKind.MASTODON: _mastodon,
    LinkKind.TWITCH: _at(
        LinkKind.TWITCH, "twitch.tv", "", r"[A-Za-z0-9_]{3,25}", "https://www.twitch.tv/"
    ),
    LinkKind.TWITTER: lambda text: written_as.twitter(text)[0],
    LinkKind.WEBSITE: _website,
    LinkKind.YOUTUBE: _youtube,
}
"""How each kind is read; the members file's own readers where it has the field."""
