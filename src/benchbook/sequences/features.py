"""Features of GenBank records: what lies where on a sequence, read a line at a time.

The format: https://www.insdc.org/submitting-standards/feature-table/. A location that cannot be
read here (one on another record, say) is kept as it is written, and drawn nowhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Strand = Literal["forward", "reverse", "both"]
Span = tuple[int, int]

MOST_FEATURES = 50_000
MOST_SPANS = 2_000
MOST_QUALIFIERS = 100
LONGEST_TYPE = 50
LONGEST_LABEL = 200
LONGEST_LOCATION = 20_000
LONGEST_VALUE = 2_000
DEEPEST = 8

# What follows from the bases, and is longer than all else.
_LEFT_OUT = {"translation"}
# What a feature is called, by what people look for first.
_LABELS = ("label", "gene", "product", "locus_tag", "standard_name", "organism", "note")
_INDENT = 21
_KEY_INDENT = 5
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_PLACE = re.compile(
    r"^(?:[<>]?(\d+)|\((\d+)\.\d+\))(?:(\.\.|\.|\^)(?:[<>]?(\d+)|\(\d+\.(\d+)\)))?$"
)


@dataclass(frozen=True, slots=True)
class Feature:
    """What lies at some places of a sequence: 0-based, half-open ``spans``, as they are written."""

    type: str
    label: str
    location: str
    strand: Strand
    spans: list[Span]
    qualifiers: list[tuple[str, str]]


class FeatureReader:
    """Reads the lines of a FEATURES table, of one record."""

    def __init__(self) -> None:
        self.count = 0
        self._features: list[tuple[str, list[str], list[list[str]]]] = []
        self._is_quoted = False

    def feed(self, line: str) -> None:
        """The next line below `FEATURES`."""
        key, text = line[_KEY_INDENT:_INDENT].strip(), line[_INDENT:].strip()
        if key and not line[:_KEY_INDENT].strip():
            self.count += 1
            self._is_quoted = False
            if self.count <= MOST_FEATURES:
                self._features.append((key, [text], []))
        elif self._features and text and self.count <= MOST_FEATURES:
            _, location, qualifiers = self._features[-1]
            if not self._is_quoted and text.startswith("/"):
                qualifiers.append([text])
                self._is_quoted = text.count('"') % 2 == 1
            elif qualifiers:
                if sum(map(len, qualifiers[-1])) <= LONGEST_VALUE:
                    qualifiers[-1].append(text)
                if text.count('"') % 2 == 1:
                    self._is_quoted = not self._is_quoted
            else:
                location.append(text)

    def features(self, length: int, *, circular: bool) -> list[Feature]:
        """What was read, for a sequence of so many letters."""
        return [
            _feature(key, "".join(location), qualifiers, length, circular)
            for key, location, qualifiers in self._features
        ]


def _feature(
    key: str, location: str, lines: list[list[str]], length: int, circular: bool
) -> Feature:
    location = _plain(location)[:LONGEST_LOCATION].replace(" ", "")
    qualifiers = [
        (name, value)
        for name, value in (_qualifier(" ".join(parts)) for parts in lines[:MOST_QUALIFIERS])
        if name not in _LEFT_OUT
    ]
    said = dict(reversed(qualifiers))
    label = next((said[name] for name in _LABELS if said.get(name)), "")
    strand, spans = read_location(location, length, circular=circular)
    return Feature(
        _plain(key)[:LONGEST_TYPE], label[:LONGEST_LABEL], location, strand, spans, qualifiers
    )


def _qualifier(text: str) -> tuple[str, str]:
    name, _, value = text[1:].partition("=")
    value = value.strip()
    if value.startswith('"'):
        value = value[1:].removesuffix('"').replace('""', '"')
    value = _plain(value)
    if len(value) > LONGEST_VALUE:
        value = value[: LONGEST_VALUE - 1] + "…"
    return _plain(name)[:LONGEST_TYPE], value


def _plain(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


# Locations --------------------------------------------------------------------------------------


def read_location(text: str, length: int, *, circular: bool) -> tuple[Strand, list[Span]]:
    """The strand and the places of a location; no places where it cannot be read.

    ``n^m`` lies between two letters and is empty. On a circular sequence a span may go over the
    origin: it is two then.
    """
    spans: list[Span] = []
    strands: set[bool] = set()
    try:
        _read(text, False, 0, length, circular, spans, strands)
    except ValueError:
        return "forward", []
    if len(spans) > MOST_SPANS:
        return "forward", []
    if len(strands) > 1:
        return "both", spans
    return ("reverse" if True in strands else "forward"), spans


def _read(
    text: str,
    is_reverse: bool,
    depth: int,
    length: int,
    circular: bool,
    spans: list[Span],
    strands: set[bool],
) -> None:
    if depth > DEEPEST:
        raise ValueError(text)
    for operator in ("complement", "join", "order", "bond", "one-of"):
        if text.startswith(f"{operator}(") and text.endswith(")"):
            inner = text[len(operator) + 1 : -1]
            turned = is_reverse ^ (operator == "complement")
            for part in _parts(inner):
                _read(part, turned, depth + 1, length, circular, spans, strands)
            return
    strands.add(is_reverse)
    spans.extend(_places(text, length, circular))


def _parts(text: str) -> list[str]:
    """The parts between commas that are in no parentheses."""
    parts, depth, begin = [], 0, 0
    for place, letter in enumerate(text):
        if letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
        elif letter == "," and not depth:
            parts.append(text[begin:place])
            begin = place + 1
    return [*parts, text[begin:]]


def _places(text: str, length: int, circular: bool) -> list[Span]:
    found = _PLACE.match(text)
    if not found:
        raise ValueError(text)
    first = int(found[1] or found[2])
    last = int(found[4] or found[5] or first)
    if not (1 <= first <= length and 1 <= last <= length):
        raise ValueError(text)
    if found[3] == "^":
        return [(first, first)]
    if first <= last:
        return [(first - 1, last)]
    if not circular:
        raise ValueError(text)
    return [(first - 1, length), (0, last)]
