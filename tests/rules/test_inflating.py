"""Compressed answers, piece by piece."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.inflating import Inflater, NotInflatable, TooLong


def deflated(data: bytes) -> bytes:
    raw = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return raw.compress(data) + raw.flush()


def inflated(encoding: str | None, data: bytes, *, most: int = 10**6, piece: int = 7) -> bytes:
    inflater = Inflater(encoding, most)
    for place in range(0, len(data), piece):
        inflater.take(data[place : place + piece])
    return inflater.end()


@given(st.binary(max_size=300), st.integers(1, 50))
def test_what_was_compressed_comes_back(data: bytes, piece: int) -> None:
    assert inflated(None, data, piece=piece) == data
    assert inflated("identity", data, piece=piece) == data
    for name in ("gzip", "x-gzip", " GZIP "):
        assert inflated(name, gzip.compress(data), piece=piece) == data
    assert inflated("deflate", zlib.compress(data), piece=piece) == data


@given(st.binary(min_size=1, max_size=300))
def test_deflate_without_a_header_is_understood(data: bytes) -> None:
    assert inflated("deflate", deflated(data), piece=10**6) == data


def test_what_follows_the_end_is_ignored() -> None:
    assert inflated("gzip", gzip.compress(b"feed") + b"\0\0\0", piece=1000) == b"feed"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress"])
def test_other_codings_are_not_understood(encoding: str) -> None:
    with pytest.raises(NotInflatable):
        Inflater(encoding, 100)


@pytest.mark.parametrize("data", [gzip.compress(b"feed", mtime=0)[:-9], b"not compressed at all"])
def test_damage_is_told(data: bytes) -> None:
    with pytest.raises(NotInflatable):
        inflated("gzip", data)


def test_nothing_at_all_is_nothing() -> None:
    assert inflated("gzip", b"") == b""


def test_a_bomb_is_stopped_while_it_unfolds() -> None:
    bomb = gzip.compress(b" " * 100_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(TooLong):
            inflated("gzip", bomb, most=100_000, piece=len(bomb))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


def test_the_limit_itself_is_allowed() -> None:
    assert inflated("gzip", gzip.compress(b"x" * 100), most=100) == b"x" * 100
    with pytest.raises(TooLong):
        inflated("gzip", gzip.compress(b"x" * 101), most=100)
    assert inflated(None, b"x" * 100, most=100) == b"x" * 100
    with pytest.raises(TooLong):
        inflated(None, b"x" * 101, most=100)
