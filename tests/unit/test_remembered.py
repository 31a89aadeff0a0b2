"""What is remembered, against the same thing written without a thought of its cost."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_graphql.remembered import Remembered, once_per_text

KEYS = st.sampled_from("abcdef")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("get"), KEYS),
        st.tuples(st.just("forget"), KEYS),
        st.tuples(
            st.just("put"),
            KEYS,
            st.integers(min_value=0, max_value=9),
            st.none() | st.integers(min_value=0, max_value=40),
        ),
        st.tuples(st.just("wait"), st.integers(min_value=0, max_value=9)),
    ),
    max_size=60,
)
BOUNDS = st.tuples(
    st.none() | st.integers(min_value=0, max_value=5),
    st.none() | st.integers(min_value=0, max_value=20),
).filter(lambda bounds: bounds != (None, None))


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@dataclass
class Naive:
    """A list, the least recently used first; a value is its own size."""

    max_entries: int | None
    max_bytes: int | None
    clock: Clock
    entries: list = field(default_factory=list)

    def get(self, key):
        for entry in self.entries:
            if entry[0] == key:
                self.entries.remove(entry)
                if entry[2] is None or entry[2] > self.clock():
                    self.entries.append(entry)
                    return entry[1]
                return None
        return None

    def forget(self, key):
        self.entries = [entry for entry in self.entries if entry[0] != key]

    def put(self, key, value, until):
        self.forget(key)
        if self.max_bytes is None or value <= self.max_bytes:
            self.entries.append((key, value, until))
        while self.is_over():
            del self.entries[0]

    def is_over(self):
        return (
            self.max_entries is not None and len(self.entries) > self.max_entries
        ) or (self.max_bytes is not None and self.bytes > self.max_bytes)

    @property
    def bytes(self):
        return sum(value for _, value, _ in self.entries)


@given(bounds=BOUNDS, steps=STEPS)
def test_it_remembers_what_a_naive_one_does(bounds, steps):
    clock = Clock()
    entries, most = bounds
    it = Remembered(entries, max_bytes=most, size=lambda _, value: value, clock=clock)
    naive = Naive(entries, most, clock)

    for verb, *given_ in steps:
        if verb == "wait":
            clock.now += given_[0]
        else:
            assert getattr(naive, verb)(*given_) == getattr(it, verb)(*given_)
        assert (len(naive.entries), naive.bytes) == (len(it), it.bytes)


def test_the_least_recently_used_goes_first():
    it = Remembered(2)
    it.put("a", 1)
    it.put("b", 2)
    it.get("a")
    it.put("c", 3)

    assert [1, None, 3] == [it.get(key) for key in "abc"]


def test_false_is_remembered_as_well_as_true():
    it = Remembered(2)
    it.put("a", value=False)

    assert it.get("a") is False


def test_what_is_too_large_takes_no_others_place():
    it = Remembered(max_bytes=3, size=lambda _, text: len(text))
    it.put("a", "xxx")
    it.put("b", "xxxx")

    assert ["xxx", None] == [it.get("a"), it.get("b")]


def test_what_is_too_large_is_not_answered_with_the_one_before():
    it = Remembered(max_bytes=3, size=lambda _, text: len(text))
    it.put("a", "xxx")
    it.put("a", "xxxx")

    assert it.get("a") is None
    assert "<Remembered 0 entries, 0 bytes>" == repr(it)


def test_what_has_ended_is_forgotten_at_that_moment():
    clock = Clock()
    it = Remembered(2, clock=clock)
    it.put("a", 1, until=5)
    clock.now = 5

    assert it.get("a") is None
    assert "<Remembered 0 entries>" == repr(it)


@pytest.mark.parametrize("bounds", [{}, {"max_bytes": 5}])
def test_something_must_bound_it(bounds):
    with pytest.raises(ValueError, match="nothing bounds"):
        Remembered(**bounds)


def test_a_text_is_read_once_and_a_long_one_each_time():
    read = []

    @once_per_text(max_entries=2, max_length=3)
    def length(text):
        read.append(text)
        return len(text)

    assert [3, 3, 4, 4] == [length(text) for text in ("abc", "abc", "abcd", "abcd")]
    assert ["abc", "abcd", "abcd"] == read
    assert [1, 2, 3] == [length(text) for text in ("a", "ab", "abc")]
    assert ["a", "ab", "abc"] == read[3:]
