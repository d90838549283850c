"""What the walk over the routes sends: a value for each path parameter, a body for each operation.

A new operation needs an entry here only when it takes a body, or a query that is required.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec import Struct

from tests.world import POLICY

NOBODY = UUID("019a0000-0000-7000-8000-00000000dead")


class Example(Struct, frozen=True):
    """A good request, but for its path and its token."""

    json: Any = None
    query: str = ""
    content: bytes | None = None
    media_type: str = "application/json"


TALK: dict[str, Any] = {
    "type": "talk",
    "title": "A talk",
    "occurred_on": "2026-01-10",
    "url": "https://example.org/talk",
    "participants": [{"ambassador": "amara-okafor"}],
}

PATH: dict[str, str] = {
    "attribute": "student",
    "benefit": "swag_pack",
    "program": "demo",
    "handle": "amara-okafor",
    "format": "csv",
    "version": "1",
}
"""Values of path parameters; any other one is an id that nothing has."""

EXAMPLES: dict[str, Example] = {
    "add_contribution_metrics": Example({"read_on": "2026-01-10", "values": {"attendees": 40}}),
    "assign_role": Example({"account_id": str(NOBODY), "role": "ambassador", "program": "demo"}),
    "cancel_round": Example({"reason": "The statement was sent by mistake."}),
    "change_ambassador_status": Example({"status": "active", "reason": "Back again."}),
    "assign_unmatched_identity": Example({"ambassador": "amara-okafor"}),
    "claim_grant": Example({}),
    "create_account": Example({"kind": "integration", "name": "Event bot"}),
    "create_affiliation": Example({"company": "Invented Ltd"}),
    "create_application": Example({"profile": {"name": "Bo Ling"}}),
    "create_ambassador": Example({"handle": "bo-ling", "person_id": str(NOBODY)}),
    "create_budget": Example(
        {
            "name": "Ambassadors 2026",
            "amount": "5000.00",
            "currency": "USD",
            "first_day": "2026-01-01",
            "last_day": "2026-12-31",
        }
    ),
    "create_comment": Example({"text": "The second talk is the stronger one."}),
    "create_contribution": Example(TALK),
    "create_expense": Example(
        {
            "kind": "logistics",
            "amount": "12.50",
            "currency": "USD",
            "occurred_on": "2026-01-10",
            "description": "Postage.",
        }
    ),
    "create_expense_reversal": Example({"reason": "Entered twice."}),
    "create_identity": Example({"provider": "github", "handle": "invented"}),
    "create_invitation": Example({"name": "For Bo", "role": "ambassador"}),
    "create_leave": Example({"first_day": "2026-05-01", "reason": "Parental leave."}),
    "create_membership": Example({"kind": "group", "code": "tsc"}),
    "create_merge": Example({"kept": str(NOBODY), "merged": str(UUID(int=NOBODY.int + 1))}),
    "create_person": Example({"name": "Bo Ling"}),
    "create_program": Example({"slug": "invented", "policy": POLICY}),
    "create_grant": Example(
        {"ambassador": "amara-okafor", "benefit": "swag_pack", "occasion": "manager"}
    ),
    "load_benefit_codes": Example({"codes": ["PARIS-7Q2F"]}),
    "offer_benefit": Example({"occasion": "manager", "dry_run": True}),
    "create_promotion": Example({"to": "other", "reason": "Graduated."}),
    "create_source": Example({"slug": "meetup-bot", "name": "Meetup bot"}),
    "create_stock_item": Example({"code": "t-shirt", "name": "T-shirt"}),
    "create_stock_movement": Example(
        {"kind": "received", "item": "t-shirt", "quantity": 5, "to_place": "storeroom"}
    ),
    "create_stock_place": Example({"code": "storeroom", "name": "Storeroom", "kind": "storage"}),
    "create_stock_reversal": Example({"reason": "Counted twice."}),
    "create_token": Example({"name": "CI"}),
    "decide_application": Example({"outcome": "accepted"}),
    "decide_tenure": Example({"outcome": "ended", "reason": "They moved on."}),
    "depart_ambassador": Example({"farewell": "Thank you all."}),
    "diff_policy_versions": Example(query="old=1&new=1"),
    "dismiss_unmatched_identity": Example({"reason": "It is a bot."}),
    "dispute_contribution": Example({"text": "It was about us."}),
    "erase_own_data": Example({"confirm": "erase"}),
    "erase_person": Example({"reason": "They asked for it."}),
    "export_stock_distribution": Example(query="since=2026-01-01&until=2026-03-03"),
    "get_stock_distribution": Example(query="since=2026-01-01&until=2026-03-03"),
    "fulfil_grant": Example({"carrier": "DHL"}),
    "give_contribution_verdict": Example({"of": str(NOBODY), "verdict": "distinct"}),
    "post_contributions": Example([TALK | {"source": "meetup-bot", "key": "k1"}]),
    "put_contribution": Example(TALK),
    "receive_webhook": Example({"zen": "Keep it logically awesome."}),
    "upload_sheet": Example(
        content=b"What,When,Who\nA talk,2026-01-10,amara-okafor\n", media_type="text/csv"
    ),
    "redeem_invitation": Example({"name": "Bo Ling"}),
    "replace_consent": Example({"agreed": True}),
    "refuse_grant": Example({"reason": "They asked us to."}),
    "replace_delivery": Example({"email": "amara@example.org"}),
    "replace_eligibility": Example({"expires_on": "2027-07-31"}),
    "replace_stock_variant": Example({"size": "M"}),
    "replace_own_vote": Example({"choice": "for"}),
    "replace_policy": Example({"document": POLICY, "reason": "The same again."}),
    "return_grant": Example({"reason": "Nobody was at home.", "restock": True}),
    "review_contribution": Example({"decision": "accept"}),
    "review_contributions": Example({"items": [{"id": str(NOBODY), "decision": "accept"}]}),
    "revoke_grant": Example({"reason": "It was meant for somebody else."}),
    "run_renewals": Example({}),
    "run_stock_import": Example(
        content=b"item,variant,place,quantity\nt-shirt,m,storeroom,5\n", media_type="text/csv"
    ),
    "run_import": Example(
        query="format=asyncapi&mode=merge&dry_run=true",
        content=b"- {name: Bo Ling, github: bo-ling}\n",
        media_type="application/yaml",
    ),
    "update_account": Example({"name": "Bot"}),
    "update_affiliation": Example({"company": "Invented GmbH"}),
    "update_ambassador": Example({"hidden_fields": []}),
    "update_application": Example({"statement": "Another statement."}),
    "update_budget": Example({"amount": "6000.00"}),
    "update_comment": Example({"text": "Both talks are strong."}),
    "update_contribution": Example({"title": "Another title"}),
    "update_identity": Example({"handle": "invented-too"}),
    "update_leave": Example({"last_day": "2026-05-31"}),
    "update_membership": Example({"valid_until": "2026-12-31"}),
    "update_own_profile": Example({"title": "Community lead"}),
    "update_person": Example({"title": "Community lead"}),
    "update_program": Example({"status": "active"}),
    "update_stock_item": Example({"low_at": 10}),
    "update_stock_place": Example({"name": "The storeroom"}),
    "update_source": Example({"trust": "trusted"}),
    "withdraw_contribution": Example({"reason": "It was somebody else's."}),
}
