"""How a contribution names somebody's account: `provider:id`, `provider:@handle`, an address."""

from __future__ import annotations

import re

from msgspec import Struct

PATTERN = r"^[a-z][a-z0-9_-]{0,62}:[^\u0000-\u0020\u007f]{1,255}$(?!\n)"
_SHAPE = re.compile(r"([a-z][a-z0-9_-]{0,62}):(?!@\Z)([^\x00-\x20\x7f]{1,255})\Z")


class Account(Struct, frozen=True):
    """An account at a provider.

    `account` is the provider's stable id as written; or `@` and a handle, or an e-mail address,
    both in lower case, because they are compared without regard to case.
    """

    provider: str
    account: str

    @property
    def subject(self) -> str | None:
        """The provider's stable id, if that is what names it."""
        return None if self.handle is not None else self.account

    @property
    def handle(self) -> str | None:
        """The handle or address, if that is what names it."""
        if self.provider == "email":
            return self.account
        return self.account[1:] if self.account.startswith("@") else None

    @property
    def written(self) -> str:
        """As a contribution writes it."""
        return f"{self.provider}:{self.account}"


def read(text: str) -> Account:
    """The account that `github:5501911`, `github:@octocat` or `email:amara@example.org` names.

    Raises `ValueError` for any other form.
    """
    found = _SHAPE.match(text)
    if found is None:
        raise ValueError("Expected `provider:id`, `provider:@handle` or `email:address`.")
    provider, account = found.groups()
    if provider == "email" or account.startswith("@"):
        account = _lower(account)
    return Account(provider, account)


def names(provider: str, subject: str | None, handle: str | None) -> frozenset[Account]:
    """Everything by which a contribution can name the account with this id and this handle.

    An address is either of the two. An id that no reference can write has no name.
    """
    if provider == "email":
        written = {part for part in (subject, handle) if part is not None}
    else:
        written = {f"@{handle}"} if handle is not None else set[str]()
        if subject is not None and not subject.startswith("@"):
            written.add(subject)
    references = (f"{provider}:{one}" for one in written)
    return frozenset(read(one) for one in references if _SHAPE.match(one))


def _lower(text: str) -> str:
    """Letter by letter, as the database does: a text stays as long as it is."""
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
