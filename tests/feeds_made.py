"""Feeds of invented people."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape


def rss(
    *items: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>', channel: str = ""
) -> str:
    """An RSS 2.0 feed of these items, each as `item` writes it."""
    return f"""{head}
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
     xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
<channel><title>Notes on events</title><link>https://blog.example/</link>{channel}
{"".join(items)}
</channel></rss>"""


def item(
    title: str = "Consumers that forgive",
    *,
    guid: str | None = "tag:blog.example,2026:1",
    link: str | None = "https://blog.example/forgive",
    date: str | None = "Mon, 02 Mar 2026 09:00:00 GMT",
    author: str | None = "Amara Okafor",
    summary: str | None = "How to read what you did not expect.",
    categories: Sequence[str] = (),
    more: str = "",
) -> str:
    """One item of an RSS feed; None leaves something out."""
    told = {
        "title": title,
        "link": link,
        "pubDate": date,
        "dc:creator": author,
        "description": summary,
    }
    parts = [f"<{name}>{escape(text)}</{name}>" for name, text in told.items() if text is not None]
    parts += [f"<category>{escape(one)}</category>" for one in categories]
    if guid is not None:
        parts.append(f'<guid isPermaLink="false">{escape(guid)}</guid>')
    return f"<item>{''.join(parts)}{more}</item>"


def many(count: int) -> str:
    """A feed of so many entries, each with its own guid."""
    return rss(
        *(
            item(f"Entry number {n}", guid=f"entry-{n}", link=f"https://blog.example/{n}")
            for n in range(count)
        )
    )
