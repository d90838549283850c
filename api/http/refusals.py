"""Refusals that show the record that they are about, in the form that the wire has of it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

from msgspec import Struct

from domain.errors import DomainError

Record = TypeVar("Record", bound=Struct)


@contextmanager
def telling(kind: type[Record], view: Callable[[Record], Struct]) -> Generator[None]:
    """Let a refusal in the body show its record, if it is of this kind, as `view` makes it."""
    try:
        yield
    except DomainError as refused:
        if isinstance(refused.current, kind):
            refused.about(view(refused.current))
        raise
