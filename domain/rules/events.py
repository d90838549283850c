"""The catalogue of everything that we announce."""

from __future__ import annotations

from enum import StrEnum


class EventType(StrEnum):
    """noun.verb_past, in alphabetical order; a type is never renamed."""

    AMBASSADOR_HANDLE_CHANGED = "ambassador.handle_changed"
    AMBASSADOR_JOINED = "ambassador.joined"
    AMBASSADOR_STATUS_CHANGED = "ambassador.status_changed"
    AMBASSADOR_UPDATED = "ambassador.updated"
    CONTRIBUTION_ACCEPTED = "contribution.accepted"
    CONTRIBUTION_DECLINED = "contribution.declined"
    CONTRIBUTION_DISPUTED = "contribution.disputed"
    CONTRIBUTION_DISTINGUISHED = "contribution.distinguished"
    CONTRIBUTION_MATCHED = "contribution.matched"
    CONTRIBUTION_MEASURED = "contribution.measured"
    CONTRIBUTION_RECORDED = "contribution.recorded"
    CONTRIBUTION_RETURNED = "contribution.returned"
    CONTRIBUTION_UPDATED = "contribution.updated"
    CONTRIBUTION_WITHDRAWN = "contribution.withdrawn"
    IMPORT_APPLIED = "import.applied"
    INVITATION_REDEEMED = "invitation.redeemed"
    MEMBERSHIP_ADDED = "membership.added"
    MEMBERSHIP_ENDED = "membership.ended"
    MEMBERSHIP_UPDATED = "membership.updated"
    PERSON_CREATED = "person.created"
    PERSON_ERASED = "person.erased"
    PERSON_MERGED = "person.merged"
    PERSON_UNMERGED = "person.unmerged"
    PERSON_UPDATED = "person.updated"
    POLICY_CHANGED = "policy.changed"
    PROGRAM_CREATED = "program.created"
    PROGRAM_UPDATED = "program.updated"
    ROLE_ASSIGNED = "role.assigned"
    ROLE_ENDED = "role.ended"
    SOURCE_CREATED = "source.created"
    SOURCE_DELETED = "source.deleted"
    SOURCE_UPDATED = "source.updated"
