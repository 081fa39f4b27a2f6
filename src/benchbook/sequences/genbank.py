"""Sequences and their features as GenBank flat files. Pure; nothing is said that is not known.

The format: https://www.insdc.org/submitting-standards/feature-table/ and release notes of GenBank,
section 3.4. Lines are 80 characters wide, but for words that are longer: cutting one would put a
blank into it when it is read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from benchbook.sequences.schemas import SequenceFeature

LINE_LETTERS = 60
ORIGIN = "ORIGIN\n"
END = "//\n"

_WIDTH = 80
_INDENT = 12
_FEATURE_INDENT = 21
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# Qualifiers whose values stand without quotation marks.
_PLAIN = {
    *("anticodon", "citation", "codon_start", "compare", "direction", "estimated_length"),
    *("mod_base", "number", "rpt_type", "rpt_unit_range", "tag_peptide", "transl_except"),
    "transl_table",
}
_BLANK = re.compile(r"(?<! ) (?! )")
_PART_OF_LOCATION = re.compile(r"[^,]*,|[^,]+")


def genbank_head(row: Mapping[str, Any]) -> str:
    """What stands above the features: the name (without one, the digest) and the description."""
    title = "_".join((row["name"] or row["digest"]).split()) or row["digest"]
    # Name and length share 28 columns.
    locus = f"{title:<16} {row['length']:>11}"
    if len(title) > 16:
        locus = f"{title} {row['length']:>{max(1, 27 - len(title))}}"
    shape = "circular" if row["circular"] else "linear"
    day = row["created_at"]
    date = f"{day.day:02}-{_MONTHS[day.month - 1]}-{day.year}"
    definition = " ".join(row["description"].split()) or "."
    lines = [
        f"LOCUS       {locus} bp    DNA     {shape:<8} UNK {date}",
        *_folded("DEFINITION  ", _BLANK.split(definition), " ", _INDENT),
        f"ACCESSION   {title}",
        f"VERSION     {title}",
        "KEYWORDS    .",
        "FEATURES             Location/Qualifiers",
    ]
    return "\n".join(lines) + "\n"


def feature_lines(features: Iterable[SequenceFeature]) -> str:
    """The lines of features, in their order."""
    lines: list[str] = []
    for feature in features:
        places = _PART_OF_LOCATION.findall(feature.location)
        lines += _folded(f"     {feature.type:<15} ", places, "", _FEATURE_INDENT)
        for qualifier in feature.qualifiers:
            words = _BLANK.split(_qualifier(qualifier.name, qualifier.value))
            lines += _folded(" " * _FEATURE_INDENT, words, " ", _FEATURE_INDENT)
    return "".join(f"{line}\n" for line in lines)


def genbank_bases(bases: str, start: int) -> str:
    """Bases that begin at a place (from 0, a multiple of 60), in lines of six tens."""
    lower = bases.lower()
    return "".join(
        f"{start + at + 1:>9} {' '.join(_tens(lower[at : at + LINE_LETTERS]))}\n"
        for at in range(0, len(lower), LINE_LETTERS)
    )


def _tens(letters: str) -> Iterator[str]:
    return (letters[at : at + 10] for at in range(0, len(letters), 10))


def _qualifier(name: str, value: str) -> str:
    if not value:
        return f"/{name}"
    if name in _PLAIN and " " not in value and '"' not in value:
        return f"/{name}={value}"
    doubled = value.replace('"', '""')
    return f'/{name}="{doubled}"'


def _folded(head: str, parts: Iterable[str], between: str, indent: int) -> Iterator[str]:
    """Lines of the parts with ``between`` them; the first begins with ``head``."""
    line = ""
    for part in parts:
        longer = f"{line}{between}{part}" if line else part
        if line and indent + len(longer) > _WIDTH:
            yield head + line
            head, line = " " * indent, part
        else:
            line = longer
    yield head + line
