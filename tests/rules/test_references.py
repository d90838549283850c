"""How contributions name accounts: what is read is what is written, and found again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.references import PATTERN, Account, names, read

PROVIDERS = st.sampled_from(["github", "slack", "email", "mastodon", "a", "x_1-y"])
ACCOUNTS = st.one_of(
    st.text(min_size=1, max_size=255),
    st.text("@aAäÄßİΣς.0", min_size=1, max_size=255),
)


@pytest.mark.parametrize(
    ("written", "account", "subject", "handle"),
    [
        ("github:5501911", "5501911", "5501911", None),
        ("github:@OctoCat", "@octocat", None, "octocat"),
        ("slack:U02ABC", "U02ABC", "U02ABC", None),
        ("email:Amara@Example.ORG", "amara@example.org", None, "amara@example.org"),
        ("mastodon:@Amara@example.social", "@amara@example.social", None, "amara@example.social"),
        ("matrix:@Bo:example.org", "@bo:example.org", None, "bo:example.org"),
    ],
)
def test_an_account_is_named_by_id_handle_or_address(
    written: str, account: str, subject: str | None, handle: str | None
) -> None:
    found = read(written)
    assert (found.account, found.subject, found.handle) == (account, subject, handle)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "github",
        "github:",
        "github:@",
        ":5501911",
        "GitHub:1",
        "1a:1",
        "github:a b",
        "github:a\n",
    ],
)
def test_any_other_form_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="Expected"):
        read(written)


@given(PROVIDERS, ACCOUNTS)
def test_what_is_read_is_read_again_as_it_was_written(provider: str, account: str) -> None:
    written = f"{provider}:{account}"
    try:
        found = read(written)
    except ValueError:
        return
    assert re.search(PATTERN, written)
    assert read(found.written) == found
    assert (found.subject is None) is (found.handle is not None)


@given(st.text(":@ab\n\x7f 1é", max_size=12))
def test_the_published_pattern_takes_what_is_read(written: str) -> None:
    try:
        read(written)
    except ValueError:
        return
    assert re.search(PATTERN, written)


@given(PROVIDERS, st.none() | ACCOUNTS, st.none() | ACCOUNTS)
def test_an_account_is_found_under_each_of_its_names(
    provider: str, subject: str | None, handle: str | None
) -> None:
    for one in names(provider, subject, handle):
        assert read(one.written) == one
        if one.subject is not None:
            assert one.subject == subject
        else:
            same = {part.casefold() for part in (subject, handle) if part is not None}
            assert one.handle is not None
            assert one.handle.casefold() in same


@given(PROVIDERS, ACCOUNTS, st.none() | ACCOUNTS, st.booleans())
def test_whoever_is_named_has_that_name(
    provider: str, account: str, other: str | None, by_handle: bool
) -> None:
    """The two directions agree: an account as read is among the names of the identity it means."""
    mark = "@" if by_handle and provider != "email" else ""
    try:
        found = read(f"{provider}:{mark}{account}")
    except ValueError:
        return
    subject, handle = (other, found.handle) if found.handle is not None else (found.subject, other)
    assert found in names(provider, subject, handle)


def test_an_address_may_be_an_id_or_a_handle() -> None:
    address = Account("email", "amara@example.org")
    assert names("email", "Amara@example.org", None) == {address}
    assert names("email", None, "amara@Example.org") == {address}
    assert names("github", "7", "Octo") == {Account("github", "7"), Account("github", "@octo")}
    assert names("github", "@7", None) == frozenset()
