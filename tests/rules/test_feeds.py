"""RSS, Atom and JSON Feed, as they are written and as they are attacked with."""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rules import feeds
from domain.rules.failures import Failure, LookFailed
from domain.rules.feed_documents import entries
from domain.rules.feeds import Author, Document, Entry, Moment
from tests.feeds_made import item, many, rss

URL = "https://blog.example/feeds/all.xml"


def read(text: str | bytes, *, url: str = URL, charset: str | None = None) -> list[Entry]:
    body = text.encode() if isinstance(text, str) else text
    return entries(Document(body, url, charset))


def only(text: str | bytes, **said: Any) -> Entry:
    (found,) = read(text, **said)
    return found


def refusal(text: str | bytes) -> str:
    with pytest.raises(LookFailed) as raised:
        read(text)
    assert raised.value.failure is Failure.UNREADABLE
    return raised.value.detail


def at(day: int, hour: int = 0, minute: int = 0) -> Moment:
    return Moment(at=datetime(2026, 3, day, hour, minute, tzinfo=UTC))


def test_rss_2() -> None:
    assert only(rss(item(categories=["Kafka", "AsyncAPI", "Kafka"]))) == Entry(
        id="tag:blog.example,2026:1",
        link="https://blog.example/forgive",
        title="Consumers that forgive",
        summary="How to read what you did not expect.",
        published=at(2, 9),
        authors=(Author("Amara Okafor"),),
        categories=("Kafka", "AsyncAPI"),
    )


def test_rss_1() -> None:
    found = only(
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
            xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
          <channel rdf:about="https://blog.example/"><title>Notes</title></channel>
          <item rdf:about="https://blog.example/one"><title>One</title>
            <link>https://blog.example/one</link>
            <dc:date>2026-03-02T23:30:00-05:00</dc:date><dc:creator>Jo Mwangi</dc:creator></item>
        </rdf:RDF>"""
    )
    assert (found.title, found.link) == ("One", "https://blog.example/one")
    assert (found.published, found.authors) == (at(3, 4, 30), (Author("Jo Mwangi"),))


def test_atom() -> None:
    found = only(
        """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://blog.example/notes/">
          <title>Notes</title><author><name>The editors</name></author>
          <entry><id>urn:uuid:1</id>
            <title type="html">Schemas &amp;amp; &lt;b&gt;you&lt;/b&gt;</title>
            <link rel="edit" href="https://blog.example/edit/1"/><link href="one.html"/>
            <author><name>Amara Okafor</name><email>amara@example.org</email></author>
            <author><name>Jo Mwangi</name></author>
            <updated>2026-03-05T00:00:00Z</updated><published>2026-03-02T10:00:00Z</published>
            <category term="events" label="Events"/>
            <summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Read <em>on</em>.<p>Or
            not.</p></div></summary></entry></feed>"""
    )
    assert (found.id, found.title) == ("urn:uuid:1", "Schemas & you")
    assert found.link == "https://blog.example/notes/one.html"
    assert found.published == at(2, 10)
    assert found.authors == (Author("Amara Okafor", "amara@example.org"), Author("Jo Mwangi"))
    assert found.categories == ("Events", "events")
    assert found.summary == "Read on.\nOr\nnot."


def test_who_wrote_the_feed_wrote_its_entries() -> None:
    found = only(
        """<feed xmlns="http://www.w3.org/2005/Atom"><title>Notes</title>
          <author><name>Amara Okafor</name></author>
          <entry><id>urn:1</id><title>One</title><updated>2026-03-02T00:00:00Z</updated></entry>
        </feed>"""
    )
    assert (found.authors, found.published) == ((Author("Amara Okafor"),), at(2))


def test_a_channel_of_youtube() -> None:
    found = only(
        """<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015"
            xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom">
          <link rel="self" href="http://www.youtube.com/feeds/videos.xml?channel_id=UC0"/>
          <yt:channelId>UC0</yt:channelId><title>Jo streams</title>
          <entry><id>yt:video:abcdefghijk</id><yt:videoId>abcdefghijk</yt:videoId>
            <title>Live coding a broker</title>
            <link rel="alternate" href="https://www.youtube.com/watch?v=abcdefghijk"/>
            <author><name>Jo Mwangi</name><uri>https://www.youtube.com/channel/UC0</uri></author>
            <published>2026-03-01T18:00:05+00:00</published>
            <updated>2026-03-02T18:00:05+00:00</updated>
            <media:group><media:title>Another title</media:title>
              <media:description>All of it, live.</media:description>
              <media:community><media:statistics views="7"/></media:community></media:group>
          </entry></feed>"""
    )
    assert (found.id, found.title) == ("yt:video:abcdefghijk", "Live coding a broker")
    assert found.link == "https://www.youtube.com/watch?v=abcdefghijk"
    assert (found.summary, found.authors) == ("All of it, live.", (Author("Jo Mwangi"),))


def test_a_podcast() -> None:
    found = only(
        rss(
            item(
                link=None,
                author=None,
                summary=None,
                more="<itunes:author>Amara Okafor</itunes:author>"
                "<itunes:summary>About brokers.</itunes:summary>"
                '<enclosure url="https://cdn.example/1.mp3" type="audio/mpeg" length="9"/>',
            )
        )
    )
    assert (found.link, found.authors) == ("https://cdn.example/1.mp3", (Author("Amara Okafor"),))
    assert found.summary == "About brokers."


@pytest.mark.parametrize(
    "version", ["https://jsonfeed.org/version/1.1", "https://jsonfeed.org/version/1"]
)
def test_json_feed(version: str) -> None:
    author = {"author": {"name": "Amara Okafor"}}
    found = only(
        json.dumps(
            {
                "version": version,
                "title": "Notes",
                "authors": [{"name": "The editors"}],
                "items": [
                    {
                        "id": 7,
                        "url": "/one",
                        "title": "One",
                        "content_html": "<p>Read</p><script>alert(1)</script><p>on &amp; on</p>",
                        "date_published": "2026-03-02T23:30:00-05:00",
                        "tags": ["kafka"],
                        **author,
                        "_other": {"thing": []},
                    }
                ],
            }
        )
    )
    assert found == Entry(
        id="7",
        link="https://blog.example/one",
        title="One",
        summary="Read\n\non & on",
        published=at(3, 4, 30),
        authors=(Author("Amara Okafor"),),
        categories=("kafka",),
    )


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"version": "https://jsonfeed.org/version/1.1", "items": {}}',
        '{"version": "https://jsonfeed.org/version/2", "items": []}',
        '{"version": "https://jsonfeed.org/version/1", "items": [{"title": 3}]}',
        '{"version": "https://jsonfeed.org/version/1", "items": ' + "[" * 100_000,
    ],
)
def test_other_json_is_no_feed(text: str) -> None:
    assert "JSON Feed" in refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Not found",
        "<!DOCTYPE html><html><head><title>Blog</title></head><body><p>Hello</body></html>",
        "<opml version='2.0'><body/></opml>",
        "<rss",
        "\0\0\0\0",
        "[1, 2]",
    ],
)
def test_other_things_are_no_feed(text: str) -> None:
    assert "no feed" in refusal(text)


def test_an_empty_feed_is_a_feed() -> None:
    assert read(rss()) == []


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "declared",
    [
        f'<!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]>',
        f'<!doctype rss [<!ENTITY l0 "ha">{LAUGHS}]>',
        f'<!DOCTYPE rss [<!ENTITY big "{"ha" * 50_000}">]>',
        '<!DOCTYPE rss [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss [<!ENTITY % all SYSTEM "http://127.0.0.1:1/x.dtd"> %all;]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/x.dtd" [<!ENTITY l9 "ha">]>',
        f'<!-- <a> --><!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]>',
        f'<?a <a> ?><!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]>',
        f'<!DOCTYPE x y><!-- <a --><!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_declared_entities_are_never_used(declared: str, encoding: str) -> None:
    text = rss("<item><title>Ha: &l9;&big;</title><guid>x</guid></item>", head=declared)
    began = time.monotonic()
    found: list[Entry] = []
    with suppress(LookFailed):
        found = read(text.encode(encoding))
    assert "haha" not in repr(found)
    assert "root" not in repr(found)
    assert time.monotonic() - began < 2


def test_a_bomb_is_refused_with_words() -> None:
    head = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]>'
    assert "DOCTYPE" in refusal(rss(item("&l9;"), head=head))


def test_files_of_ours_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("open sesame")
    for declared in (
        f'<!DOCTYPE rss SYSTEM "{secret.as_uri()}">',
        f'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "{secret.as_uri()}">',
    ):
        text = rss("<item><title>A title &file;</title><guid>x</guid></item>", head=declared)
        assert "sesame" not in repr(only(text))
    # What names a file is read as what it is, too.
    assert "no feed" in refusal(str(secret))
    assert "no feed" in refusal(secret.as_uri())


def test_the_declaration_of_old_feeds_is_no_attack() -> None:
    head = (
        '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
        '"http://my.netscape.com/publish/formats/rss-0.91.dtd">'
    )
    assert only(rss(item(), head=head)).title == "Consumers that forgive"


@pytest.mark.parametrize(
    ("encoding", "declared", "charset"),
    [
        ("utf-8", None, None),
        ("utf-8", "utf-8", "utf-8"),
        ("utf-8", "iso-8859-1", None),
        ("utf-8", None, "iso-8859-1"),
        ("utf-8", "utf-8", "us-ascii"),
        ("utf-8", "no-such-thing", "idna"),
        ("utf-8-sig", "utf-16", "windows-1251"),
        ("iso-8859-1", "iso-8859-1", None),
        ("iso-8859-1", None, "iso-8859-1"),
        ("iso-8859-1", None, None),
        ("iso-8859-1", "utf-8", "utf-8"),
        ("cp1252", "iso-8859-1", None),
        ("utf-16", "utf-16", None),
        ("utf-16-le", "utf-16", None),
        ("utf-16-be", "utf-16", "utf-8"),
        ("utf-32", None, None),
    ],
)
def test_a_wrong_or_missing_charset(
    encoding: str, declared: str | None, charset: str | None
) -> None:
    head = "<?xml version='1.0'" + (f" encoding='{declared}'" if declared else "") + "?>"
    text = rss(item("Ein Gespräch über Zoë"), head=head)
    assert only(text.encode(encoding), charset=charset).title == "Ein Gespräch über Zoë"


@pytest.mark.parametrize("encoding", ["iso-2022-jp", "shift_jis", "euc-jp"])
@pytest.mark.parametrize("by_header", [True, False])
def test_a_charset_that_only_a_declaration_tells(encoding: str, by_header: bool) -> None:
    head = "<?xml version='1.0'" + ("" if by_header else f" encoding='{encoding}'") + "?>"
    text = rss(item("会議の話"), head=head).encode(encoding)
    assert only(text, charset=encoding if by_header else None).title == "会議の話"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("<![CDATA[Tom &amp; <b>Jerry</b>]]>", "Tom & Jerry"),
        ("Using &lt;T&gt; well", "Using <T> well"),
        ("if a &lt; b", "if a < b"),
        ("&lt;script&gt;a(1)&lt;/script&gt; in pages", "<script>a(1)</script> in pages"),
        (
            "&lt;b&gt;Bold&lt;/b&gt; &lt;script&gt;a(1)&lt;/script&gt;",
            "<b>Bold</b> <script>a(1)</script>",
        ),
        ("  Two \n lines\t", "Two lines"),
        ("Bell\x07 and \x00 nothing", "Bell and nothing"),
        ("Caf&amp;eacute;", "Café"),
        ("&#8220;So&#8221;", "“So”"),
        ("x" * 500, "x" * 199 + "…"),
    ],
)
def test_titles_become_plain_text(written: str, expected: str) -> None:
    assert only(rss(f"<item><title>{written}</title><guid>1</guid></item>")).title == expected


def test_summaries_become_plain_text() -> None:
    html = "<p>One &amp; <b>two</b></p><style>p {}</style><ul><li>a</li><li>b</li></ul>"
    assert only(rss(item(summary=html))).summary == "One & two\n\na\n\nb"
    assert len(only(rss(item(summary="<p>" + "word " * 10_000))).summary) == feeds.LONGEST_SUMMARY


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/one", "https://blog.example/one"),
        ("one", "https://blog.example/feeds/one"),
        ("//other.example/one", "https://other.example/one"),
        ("https://other.example/a b", "https://other.example/a%20b"),
        ("https://exämple.example/", "https://xn--exmple-cua.example/"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("mailto:amara@example.org", None),
        ("https://", None),
        ("https://other.example/" + "x" * 3000, None),
    ],
)
def test_links_are_of_the_web(link: str, expected: str | None) -> None:
    assert only(rss(item(link=link))).link == expected


def test_a_permanent_guid_is_a_link_and_a_number_is_none() -> None:
    told = rss(
        "<item><title>One</title><guid>https://blog.example/1</guid></item>",
        "<item><title>Two</title><guid>12345</guid></item>",
    )
    assert [(one.id, one.link) for one in read(told)] == [
        ("https://blog.example/1", "https://blog.example/1"),
        ("12345", None),
    ]


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 02 Mar 2026 23:59:00 -0500", at(3, 4, 59)),
        ("02 Mar 26 10:00 EST", at(2, 15)),
        ("2026-03-02T10:00:00+01:00", at(2, 9)),
        ("2026-03-02", Moment(on="2026-03-02")),
        ("2026-03", Moment(on="2026-03")),
        ("yesterday", None),
        ("Mon, 99 Mar 2026 10:00:00 GMT", None),
        ("", None),
        (None, None),
    ],
)
def test_dates(date: str | None, expected: Moment | None) -> None:
    assert only(rss(item(date=date))).published == expected


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("amara@example.org (Amara Okafor)", Author("Amara Okafor", "amara@example.org")),
        ("Amara Okafor", Author("Amara Okafor")),
        ("amara@example.org", Author(None, "amara@example.org")),
    ],
)
def test_authors_of_rss(author: str, expected: Author) -> None:
    assert only(rss(item(author=None, more=f"<author>{author}</author>"))).authors == (expected,)


def test_a_feed_that_is_not_well_formed_is_read_all_the_same() -> None:
    broken = rss(item("Salt &amp; pepper"), item("The second")).replace("&amp;", "&")
    assert [one.title for one in read(broken)] == ["Salt & pepper", "The second"]
    cut = rss(item("First"), item("Second"), item("Third"))
    titles = [one.title for one in read(cut[: cut.index("Third")])]
    assert titles[:2] == ["First", "Second"]


def test_no_more_than_so_many_entries() -> None:
    found = read(many(feeds.MOST_ENTRIES + 5))
    assert [one.id for one in found] == [f"entry-{n}" for n in range(feeds.MOST_ENTRIES)]


def test_everything_of_an_entry_is_bounded() -> None:
    names = "".join(f"<dc:creator>{'n' * 300}{n}</dc:creator>" for n in range(50))
    found = only(rss(item(author=None, categories=[f"c{n}" for n in range(500)], more=names)))
    assert len(found.authors) <= feeds.MOST_PEOPLE
    assert len(found.categories) == feeds.MOST_CATEGORIES
    assert all(len(one.name or "") <= feeds.LONGEST_NAME for one in found.authors)


# What sends a parser into its corners.
MARKUP = """<rss version="2.0"> <feed xmlns="http://www.w3.org/2005/Atom"> <channel> </channel>
    <item> </item> <entry> </entry> <title> </title> <title type="html"> <content mode="base64">
    </content> <link href=" "/> <guid> </guid> <pubDate> </pubDate> <![CDATA[ ]]> <!-- --> &#
    1114112; &#x &amp; &lt; <?xml <!DOCTYPE [ ]> <!ENTITY a "b"> <author> </author> <itunes:image/>
    <svg> <georss:point> <georss:polygon> </georss:polygon> <media:content> <media:thumbnail>
    <textInput> <image> <source> </source> <dcterms:valid> <psc:chapter> <cc:license> <tags> </tags>
    <x:y xmlns:x="" = ' " 2026-03-02 99999999999999 amara@ { "version": } 会"""
PIECES = st.sampled_from(re.split(r"\s+", MARKUP))


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=40).map(" ".join)))
def test_whatever_comes_is_a_feed_or_refused(told: bytes | str) -> None:
    for document in (told, b"<rss version='2.0'><channel><item>" + _bytes(told)):
        try:
            found = read(document)
        except LookFailed:
            continue
        assert all(one.link is None or one.link.startswith("http") for one in found)
        assert all("\x00" not in one.title and len(one.title) <= 200 for one in found)


def _bytes(told: bytes | str) -> bytes:
    return told if isinstance(told, bytes) else told.encode()


@given(st.text(max_size=60), st.text(max_size=200))
def test_titles_and_summaries_are_always_clean(title: str, summary: str) -> None:
    found = read(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1",
                "items": [
                    {"title": title, "content_html": summary, "tags": [title], "id": summary}
                ],
            }
        )
    )
    for one in found:
        assert one.title == " ".join(one.title.split())
        assert not any(ord(c) < 32 and c != "\n" for c in one.summary + one.title)
        one.summary.encode()
