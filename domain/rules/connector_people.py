"""People in the settings of connectors: who is named there, and the settings without them."""

from __future__ import annotations

import re
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.rules import references
from domain.rules.connectors import Calendar, Feed, Settings
from domain.rules.contributions import Named
from domain.rules.references import Account

GITHUB = "github"


class Names(Struct, frozen=True):
    """All by which a post can name one person: `handles`, in lower case, are of a program each."""

    people: frozenset[UUID]
    accounts: frozenset[Account]
    handles: frozenset[tuple[UUID, str]]

    def mean(self, program_id: UUID, named: Named | None) -> bool:
        """Whether this is somebody in that program who is called so."""
        if named is None:
            return False
        try:
            return (
                (named.person is not None and UUID(named.person) in self.people)
                or (named.identity is not None and references.read(named.identity) in self.accounts)
                or (program_id, (named.ambassador or "").lower()) in self.handles
            )
        except ValueError:
            return False


def outside_names(settings: Settings, program_id: UUID, names: Names) -> list[str] | None:
    """The names and addresses that lead to somebody; None when the settings do not name them."""
    match settings:
        case Feed(authors=people, author=alone) | Calendar(people=people, participant=alone):
            found = sorted(name for name, one in people.items() if names.mean(program_id, one))
            return found if found or names.mean(program_id, alone) else None
        case _:
            return None


def without(settings: Settings, program_id: UUID, names: Names) -> Settings:
    """The settings as they are when somebody is named in them no more."""

    def others(people: dict[str, Named]) -> dict[str, Named]:
        return {name: one for name, one in people.items() if not names.mean(program_id, one)}

    match settings:
        case Feed(author=author):
            alone = None if names.mean(program_id, author) else author
            return replace(settings, authors=others(settings.authors), author=alone)
        case Calendar(participant=participant):
            alone = None if names.mean(program_id, participant) else participant
            return replace(settings, people=others(settings.people), participant=alone)
        case _:
            return settings


def in_payloads(names: Names) -> list[str]:
    """Regular expressions (without regard to case) for payloads of GitHub that name somebody."""
    return [
        rf'"login"\s*:\s*"{re.escape(one.handle)}"'
        if one.handle is not None
        else rf'"id"\s*:\s*{re.escape(one.account)}([^0-9]|$)'
        for one in names.accounts
        if one.provider == GITHUB
    ]
