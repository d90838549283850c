"""Links are written in one way, whatever was sent."""

from __future__ import annotations

import pytest

from domain.errors import Invalid
from domain.rules.links import Link, LinkKind, Written, normalise_all

K = LinkKind


def one(text: str, kind: LinkKind | None = None) -> tuple[LinkKind, str]:
    (link,) = normalise_all([Written(text, kind)])
    return link.kind, link.url


@pytest.mark.parametrize(
    ("text", "kind", "url"),
    [
        ("amara-okafor", K.GITHUB, "https://github.com/amara-okafor"),
        ("@amara-okafor", K.GITHUB, "https://github.com/amara-okafor"),
        ("http://www.github.com/amara-okafor/", K.GITHUB, "https://github.com/amara-okafor"),
        ("amara_o", K.TWITTER, "https://x.com/amara_o"),
        ("https://mobile.twitter.com/amara_o?s=20", K.TWITTER, "https://x.com/amara_o"),
        ("amara-okafor-1a2b", K.LINKEDIN, "https://www.linkedin.com/in/amara-okafor-1a2b"),
        ("ng.linkedin.com/in/amara/", K.LINKEDIN, "https://www.linkedin.com/in/amara"),
        ("@amara@social.example", K.MASTODON, "https://social.example/@amara"),
        ("https://Social.example/@amara", K.MASTODON, "https://social.example/@amara"),
        ("amara.bsky.social", K.BLUESKY, "https://bsky.app/profile/amara.bsky.social"),
        ("@amaratalks", K.YOUTUBE, "https://www.youtube.com/@amaratalks"),
        ("amaratalks", K.YOUTUBE, "https://www.youtube.com/@amaratalks"),
        ("youtube.com/channel/UC0abc", K.YOUTUBE, "https://www.youtube.com/channel/UC0abc"),
        ("amara", K.TWITCH, "https://www.twitch.tv/amara"),
        ("instagram.com/amara.o/", K.INSTAGRAM, "https://www.instagram.com/amara.o"),
        ("amara.example/talks", K.WEBSITE, "https://amara.example/talks"),
        ("HTTPS://amara.example", K.WEBSITE, "https://amara.example"),
    ],
)
def test_a_name_or_an_address_becomes_one_address(text: str, kind: LinkKind, url: str) -> None:
    assert one(text, kind) == (kind, url)
    assert one(url, kind) == (kind, url)


@pytest.mark.parametrize(
    ("text", "kind", "url"),
    [
        ("https://github.com/amara-okafor", K.GITHUB, "https://github.com/amara-okafor"),
        ("twitter.com/amara_o", K.TWITTER, "https://x.com/amara_o"),
        ("https://de.linkedin.com/in/amara", K.LINKEDIN, "https://www.linkedin.com/in/amara"),
        ("https://youtube.com/@amaratalks", K.YOUTUBE, "https://www.youtube.com/@amaratalks"),
        ("bsky.app/profile/a.example", K.BLUESKY, "https://bsky.app/profile/a.example"),
        ("https://gitlab.com/amara", K.GITLAB, "https://gitlab.com/amara"),
        ("@amara@social.example", K.MASTODON, "https://social.example/@amara"),
        # Pages at those sites that are nobody's profile.
        ("https://www.linkedin.com/company/x", K.WEBSITE, "https://www.linkedin.com/company/x"),
        ("https://github.com/a/b", K.WEBSITE, "https://github.com/a/b"),
        ("https://blog.example/@amara", K.WEBSITE, "https://blog.example/@amara"),
    ],
)
def test_the_address_tells_the_kind(text: str, kind: LinkKind, url: str) -> None:
    assert one(text) == (kind, url)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("amara", None),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("https://a.example/<script>", None),
        ("two words", K.GITHUB),
        ("https://gitlab.com/amara", K.GITHUB),
        ("amara@social", K.MASTODON),
        ("x" * 3000 + ".example", None),
    ],
)
def test_what_is_no_link_is_refused_with_its_place(text: str, kind: LinkKind | None) -> None:
    with pytest.raises(Invalid) as refused:
        normalise_all([Written("https://fine.example"), Written(text, kind)])
    assert [fault.pointer for fault in refused.value.faults] == ["/links/1/url"]


def test_the_same_link_is_kept_once_in_the_order_given() -> None:
    kept = normalise_all(
        [
            Written("https://b.example"),
            Written("amara_o", K.TWITTER),
            Written("https://twitter.com/amara_o"),
        ]
    )
    assert kept == [
        Link(K.WEBSITE, "https://b.example"),
        Link(K.TWITTER, "https://x.com/amara_o"),
    ]
