"""Compare openapi.yaml with the last released one; what breaks a client stands in the changelog.

A breaking change passes only when CHANGELOG.md names its operation (`GET /v1/programs`) below
"Unreleased".
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

BASE = Path("build/released.yaml")
REPORT = Path("build/breaking.json")
OPERATION = re.compile(r"^#/paths/([^/]+)(?:/([a-z]+))?")
UNRELEASED = re.compile(r"(?ims)^## \[?Unreleased\]?[^\n]*$(.*?)(?=^## |\Z)")


def git(*arguments: str) -> str | None:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def changes_since(released: str) -> list[dict[str, Any]]:
    BASE.parent.mkdir(exist_ok=True)
    BASE.write_text(released, encoding="utf-8")
    REPORT.unlink(missing_ok=True)
    diff = ["node_modules/.bin/redocly", "diff", str(BASE), "openapi.yaml"]
    done = subprocess.run(
        [*diff, "--fail-on=none", "--format=json", f"--output={REPORT}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 or "No diff rules" in done.stderr:
        sys.exit(f"redocly diff did not judge:\n{done.stderr}")
    return json.loads(REPORT.read_text(encoding="utf-8"))["changes"]


def operation(change: dict[str, Any]) -> str:
    """`GET /v1/programs` for a change inside an operation, else the place in the document."""
    found = OPERATION.match(change["path"])
    if found is None:
        return change["path"]
    path = found[1].replace("~1", "/").replace("~0", "~")
    return f"{found[2].upper()} {path}" if found[2] else path


def main() -> int:
    tag = git("describe", "--tags", "--abbrev=0", "--match", "v*")
    if tag is None:
        print("breaking changes: nothing is released yet")
        return 0
    tag = tag.strip()
    released = git("show", f"{tag}:openapi.yaml")
    if released is None:
        print(f"breaking changes: {tag} has no openapi.yaml")
        return 1
    breaking = [change for change in changes_since(released) if change["impact"] == "major"]
    section = UNRELEASED.search(Path("CHANGELOG.md").read_text(encoding="utf-8"))
    named = section[1] if section else ""
    # The backquotes keep `GET /v1/programs` from being found in `GET /v1/programs/{program}`.
    unnamed = [change for change in breaking if f"`{operation(change)}`" not in named]
    for change in unnamed:
        for verdict in change["verdicts"]:
            print(f"`{operation(change)}`: {verdict['message']}")
    print(
        f"breaking changes since {tag}: {len(breaking)}, "
        f"of which {len(unnamed)} are not named in CHANGELOG.md below Unreleased"
    )
    return 1 if unnamed else 0


if __name__ == "__main__":
    sys.exit(main())
