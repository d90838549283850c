"""What a fuzzer must leave alone, or it locks itself out: its own account, token and roles.

OWN=$(python -m tests.contract.own BASE_URL TOKEN)
"""

from __future__ import annotations

import sys

import httpx


def ids(base_url: str, token: str) -> set[str]:
    """The ids of the caller's own account, token and role assignments."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=base_url, headers=headers) as client:
        me = client.get("/v1/me").raise_for_status().json()
        found = {me["account"]["id"], me["token"]["id"]}
        roles = client.get("/v1/roles", params={"account": me["account"]["id"]})
        return found | {role["id"] for role in roles.json().get("items", [])}


def is_good(base_url: str, token: str) -> bool:
    """Whether the token still opens the door, so that the run was not against a closed one."""
    answer = httpx.get(f"{base_url}/v1/me", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code == 200 and bool(answer.json()["roles"])


if __name__ == "__main__":
    print(",".join(sorted(ids(sys.argv[1], sys.argv[2]))))
