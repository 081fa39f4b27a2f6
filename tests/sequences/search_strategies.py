"""Sequences that searches have trouble with, and queries that are nearly in them."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

EDITS = st.sampled_from(["replace", "insert", "delete"])


@st.composite
def bases(draw: DrawFn, shortest: int = 1, longest: int = 300) -> str:
    """Random letters, runs of one letter, repeats in tandem, few letters, or a mixture."""
    length = draw(st.integers(shortest, longest))
    kind = draw(st.sampled_from(["random", "repeat", "few", "mixed"]))
    if kind == "random":
        # Shrinks badly and is made fast: what is random here need not be small.
        return "".join(draw(st.randoms(use_true_random=False)).choices("ACGT", k=length))
    if kind == "repeat":
        unit = draw(st.text("ACGT", min_size=1, max_size=13))
        return (unit * length)[:length]
    if kind == "few":
        letters = draw(st.sampled_from(["A", "AC", "AT"]))
        return "".join(draw(st.randoms(use_true_random=False)).choices(letters, k=length))
    half = max(length // 2, 1)
    return (draw(bases(half, half)) + draw(bases(half, half)) + "A")[:length]


@st.composite
def edited(draw: DrawFn, sequence: str, edits: int) -> str:
    """The sequence with so many edits: anywhere, in one place, at its ends, or at the borders of
    the segments that it is cut into.
    """
    letters = list(sequence)
    where = draw(st.sampled_from(["anywhere", "cluster", "start", "end", "borders"]))
    cluster = draw(st.integers(0, len(letters)))
    stride = draw(st.sampled_from([4, 5, 6, 8, 10, 11, 12]))
    for number in range(edits):
        place = {
            "anywhere": lambda: draw(st.integers(0, len(letters))),
            "cluster": lambda: cluster,
            "start": lambda: 0,
            "end": lambda: len(letters),
            "borders": lambda number=number: stride * (number + 1) + draw(st.integers(-1, 1)),
        }[where]()
        place = min(max(place, 0), len(letters))
        edit = draw(EDITS)
        if edit == "insert" or not letters:
            letters.insert(place, draw(st.sampled_from("ACGT")))
            continue
        place = min(place, len(letters) - 1)
        if edit == "delete" and len(letters) > 1:
            del letters[place]
        else:
            letters[place] = draw(st.sampled_from("ACGT"))
    return "".join(letters)


@st.composite
def families(draw: DrawFn, longest: int = 300) -> list[str]:
    """Sequences of which several are alike: each once, for a collection has them once."""
    found: dict[str, None] = {}
    for _ in range(draw(st.integers(1, 3))):
        ancestor = draw(bases(1, longest))
        found[ancestor] = None
        for _ in range(draw(st.integers(0, 4))):
            found[draw(edited(ancestor, draw(st.integers(1, 9))))[:longest]] = None
    return list(found)


def distances(query: str) -> SearchStrategy[int]:
    """From 0 to the query's length, small ones more often."""
    return st.one_of(
        st.integers(0, min(8, len(query))), st.integers(0, len(query)), st.just(len(query))
    )
