from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sam.runtime.lru_cache import LruCache


@pytest.fixture
def cache() -> LruCache[bytes]:
    return LruCache(10, len)


def test_makes_once_and_keeps(cache):
    made: list[str] = []

    def make() -> bytes:
        made.append("a")
        return b"aaa"

    first = cache.get("a", make)
    assert cache.get("a", make) is first
    assert made == ["a"]
    assert len(cache) == 1
    assert cache.nbytes == 3


def test_least_recently_used_goes_first(cache):
    for key in "abc":
        cache.get(key, lambda: b"123")
    cache.get("a", lambda: b"never made")
    cache.get("d", lambda: b"12345")
    assert [key for key in "abcd" if key in cache] == ["a", "d"]
    assert cache.nbytes == 8


def test_the_newest_stays_even_when_it_is_too_large(cache):
    cache.get("a", lambda: b"1")
    cache.get("b", lambda: b"x" * 100)
    assert "a" not in cache
    assert "b" in cache


def test_resize_and_clear(cache):
    for key in "abc":
        cache.get(key, lambda: b"123")
    cache.resize(6)
    assert [key for key in "abc" if key in cache] == ["b", "c"]
    cache.clear()
    assert len(cache) == cache.nbytes == 0


def test_a_failure_is_not_kept(cache):
    def fail() -> bytes:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        cache.get("a", fail)
    assert cache.get("a", lambda: b"good") == b"good"


def test_all_who_ask_at_once_wait_for_one(cache):
    made: list[int] = []
    started, finish = threading.Event(), threading.Event()

    def make() -> bytes:
        made.append(1)
        started.set()
        assert finish.wait(30)
        return b"value"

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(cache.get, "a", make)
        assert started.wait(30)
        others = [pool.submit(cache.get, "a", make) for _ in range(7)]
        # Another key is not held up by the one that is being made.
        assert cache.get("b", lambda: b"b") == b"b"
        assert not first.done()
        finish.set()
        values = [future.result(30) for future in (first, *others)]
    assert len(made) == 1
    assert all(value is values[0] for value in values)


def test_all_who_wait_learn_of_the_failure(cache):
    started, finish = threading.Event(), threading.Event()

    def fail() -> bytes:
        started.set()
        assert finish.wait(30)
        raise ValueError("broken")

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(cache.get, "a", fail)
        assert started.wait(30)
        waiting = pool.submit(cache.get, "a", fail)
        finish.set()
        for future in (first, waiting):
            with pytest.raises(ValueError, match="broken"):
                future.result(30)
    assert "a" not in cache


def test_many_threads_and_few_bytes(cache):
    def ask(number: int) -> bytes:
        key = number * 7 % 13
        return cache.get(key, lambda: bytes([key]) * 3)

    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(ask, range(2000)))
    assert all(value == bytes([number * 7 % 13]) * 3 for number, value in enumerate(values))
    assert cache.nbytes <= 10


def test_what_is_kept_can_be_listed_and_dropped(cache):
    cache.get("a", lambda: b"123")
    cache.get("b", lambda: b"12")
    cache.get("a", lambda: b"never made")
    assert list(cache.sizes.items()) == [("b", 2), ("a", 3)]
    assert (cache.drop("a"), cache.drop("a"), cache.nbytes, cache.max_bytes) == (3, 0, 2, 10)
