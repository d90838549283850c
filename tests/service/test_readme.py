"""The README says what the code says."""

from __future__ import annotations

from pathlib import Path

from service.settings import markdown_table

README = Path(__file__).parents[2] / "README.md"


def test_its_table_is_made_from_the_settings() -> None:
    text = README.read_text(encoding="utf-8")
    _, _, rest = text.partition("by a test -->\n")
    table, _, _ = rest.partition("\n<!-- /settings")
    assert table == markdown_table().strip(), "put the output of `chancery settings` there"
