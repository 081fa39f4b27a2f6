"""Files of sequences, read a record at a time: whatever they hold, and however much of it."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbook.sequences.errors import EmptyFile, NotASequenceFile
from benchbook.sequences.import_formats import FileBroken, Format, Reading, recognise
from benchbook.sequences.rules import LONGEST_SEQUENCE
from benchbook.sequences.schemas import ImportRejection
from benchbook.sequences.store import NewRow

Read = tuple[list[NewRow], list[ImportRejection]]


def read(path: Path, content: bytes, *, skip: int = 0) -> Read:
    """Everything that a file of this content holds."""
    path.write_bytes(content)
    kind: Format = recognise(path)
    rows: list[NewRow] = []
    rejections: list[ImportRejection] = []
    with Reading(path, kind) as reading:
        reading.skip(skip)
        while piece := reading.next_piece():
            rows += piece.rows
            rejections += piece.rejections
            assert piece.bytes_read <= path.stat().st_size
    return rows, rejections


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def said(rows: list[NewRow]) -> list[tuple[str, str, str]]:
    return [(row.name, row.description, row.prepared.bases) for row in rows]


def test_fasta_of_several_lines_and_any_line_ends(path: Path):
    content = b"\xef\xbb\xbf\r\n>a the first\tone\r\nACGT\r\nacgt \r\n\r\n;a comment\r\n>b\nTT\n\nTT\n>\nGG"
    rows, rejections = read(path, content)
    assert said(rows) == [("a", "the first one", "ACGTACGT"), ("b", "", "TTTT"), ("", "", "GG")]
    assert rejections == []


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_end_as_on_any_system(end: bytes, packed: bool, path: Path):
    fasta = end.join([b">a one", b"ACGT" * 15, b"GG", b"", b">b", b"ANT", b">c", b"TT"])
    rows, rejections = read(path, gzip.compress(fasta) if packed else fasta)
    assert said(rows) == [("a", "one", "ACGT" * 15 + "GG"), ("c", "", "TT")]
    assert [(refused.line, refused.name) for refused in rejections] == [(5, "b")]
    fastq = end.join([b"@a", b"ACGT", b"+", b"IIII", b"@b", b"GG", b"+", b"II", b""])
    rows, _ = read(path, gzip.compress(fastq) if packed else fastq)
    assert said(rows) == [("a", "", "ACGT"), ("b", "", "GG")]


@pytest.mark.parametrize(
    ("record", "line", "detail"),
    [
        (b">x\nACNT\n", 3, "Letter 3 is “N”"),
        (b">x\nAC\nGU\n", 3, "Letter 4 is “U”"),
        (b">x\nAC GT\n", 3, "Letter 3 is a space"),
        (b">x\n ACGT\n", 3, "Letter 1 is a space"),
        (b">x\nAC-GT\n", 3, "Letter 3 is “-”"),
        (b">x\nAC\xc3\x84\n", 3, "Letter 3 is “Ã”"),
        (b">x\n\n\n", 3, "A sequence has at least one letter"),
        (b">x\n", 3, "A sequence has at least one letter"),
        (b">x\x07y\nAC\n", 3, "without control characters"),
        (b">" + b"x" * 501 + b"\nAC\n", 3, "The name has 501 characters"),
        (b">x " + b"y" * 5001 + b"\nAC\n", 3, "The description has 5,001 characters"),
        (b">" + b"x" * 300_000 + b"\nAC\n", 3, "The first line has 300,001 characters"),
    ],
)
def test_record_that_cannot_be_is_named_and_the_rest_goes_on(
    record: bytes, line: int, detail: str, path: Path
):
    rows, [rejection] = read(path, b">before\nAAAA\n" + record + b">after\nCCCC\n")
    assert [row.name for row in rows] == ["before", "after"]
    assert rejection.line == line
    assert detail in rejection.detail
    assert len(rejection.name) <= 100


def test_remedy_for_rna_is_told(path: Path):
    _, [rejection] = read(path, b">x\nacu\n")
    assert "Write T for U" in rejection.detail


def test_letters_before_the_first_header_are_rejected(path: Path):
    rows, [rejection] = read(path, b";comment\nACGT\n>a\nGG\n")
    assert (said(rows), rejection.line) == ([("a", "", "GG")], 2)


def test_names_in_latin_1_are_read(path: Path):
    rows, _ = read(path, ">Käfer Größe".encode("latin-1") + b"\nAC\n")
    assert said(rows) == [("Käfer", "Größe", "AC")]


def test_fastq(path: Path):
    rows, rejections = read(
        path, b"@r1 1:N:0\nACGT\n+\n@@@@\n@r2\nACNT\n+r2\nIIII\n\n@r3\nAC\n+\nIII\n@r4\ngg\n+\n>I"
    )
    assert said(rows) == [("r1", "1:N:0", "ACGT"), ("r4", "", "GG")]
    assert [(each.line, each.name) for each in rejections] == [(5, "r2"), (10, "r3")]
    assert "2 letters and 3 qualities" in rejections[1].detail


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"@r1\nAC\n+\nII\n@r2\nAC\n+\n", "cut off within the record of line 5"),
        (b"@r1\nAC\n+\nII\n@r2\nAC\n", "cut off within the record of line 5"),
        (b"@r1\nAC\nGT\n+\nIIII\n", "Line 3 should begin with “+”"),
        (b"@r1\nAC\n+\nII\nr2\nAC\n+\nII\n", "Line 5 should begin a record with “@”"),
    ],
)
def test_fastq_that_has_lost_its_step_is_told_by_line(content: bytes, sentence: str, path: Path):
    with pytest.raises(FileBroken, match=sentence.replace("+", r"\+")):
        read(path, content)


GENBANK = b"""\
LOCUS       pLAB1                     24 bp    DNA     circular SYN 02-MAR-2026
DEFINITION  A plasmid of the lab,
            made for cloning.
ACCESSION   pLAB1
VERSION     pLAB1.2
FEATURES             Location/Qualifiers
     CDS             1..9
                     /note="LOCUS in a note, and // too"
ORIGIN
        1 acgtacgtac gtacgtacgt
       21 ttga
//

LOCUS       linear1   4 bp    DNA     linear   SYN 02-MAR-2026
DEFINITION  .
VERSION     .
ORIGIN
        1 acgn
//
LOCUS       contig 4 bp DNA linear CON 02-MAR-2026
CONTIG      join(X:1..4)
//
"""


def test_genbank(path: Path):
    [row], rejections = read(path, GENBANK)
    assert said([row]) == [
        ("pLAB1.2", "A plasmid of the lab, made for cloning", "ACGTACGTACGTACGTACGTTTGA")
    ]
    assert row.circular
    assert [(each.line, each.name) for each in rejections] == [(14, "linear1"), (20, "contig")]


def test_genbank_that_is_cut_off_is_told(path: Path):
    with pytest.raises(FileBroken, match="cut off within the record of line 1"):
        read(path, GENBANK[:400])


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", EmptyFile),
        (b"\n \r\n", EmptyFile),
        (gzip.compress(b"", mtime=0), EmptyFile),
        (b"hello", NotASequenceFile),
        (b"ACGT\n", NotASequenceFile),
        (b"PK\x03\x04rest", NotASequenceFile),
        (b"\xff\xfe>\x00a\x00", NotASequenceFile),
        (b"\x1f\x8bnonsense", NotASequenceFile),
        (gzip.compress(b">a\nACGT\n", mtime=0)[:12], NotASequenceFile),
    ],
)
def test_what_is_no_file_of_sequences_is_refused(
    content: bytes, error: type[Exception], path: Path
):
    path.write_bytes(content)
    with pytest.raises(error):
        recognise(path)


def fasta_of(numbers: range) -> bytes:
    letters = {number: f"{number:b}".replace("0", "A").replace("1", "C") for number in numbers}
    return b"".join(b">s%d\n%s\n" % (number, letters[number].encode()) for number in numbers)


@pytest.mark.parametrize("members", [1, 3])
def test_gzip_of_one_and_of_several_members(members: int, path: Path):
    content = b"".join(
        gzip.compress(fasta_of(range(part * 2000, (part + 1) * 2000))) for part in range(members)
    )
    rows, _ = read(path, content)
    assert [row.name for row in rows] == [f"s{number}" for number in range(2000 * members)]


@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_gzip_that_is_cut_off_or_damaged_is_told(damage: str, path: Path):
    packed = bytearray(gzip.compress(fasta_of(range(200_000))))
    if damage == "cut":
        del packed[len(packed) // 2 :]
    else:
        packed[len(packed) // 2 + 3] ^= 0xFF
        packed[len(packed) - 6] ^= 0xFF
    with pytest.raises(FileBroken, match="cut off" if damage == "cut" else "gzip file is"):
        read(path, bytes(packed))


def test_reading_goes_on_after_what_was_read_before(path: Path):
    content = fasta_of(range(5000)) + b">bad\nN\n" + fasta_of(range(5000, 5010))
    rows, rejections = read(path, content)
    rest, rejected = read(path, content, skip=4998)
    assert said(rest) == said(rows)[4998:]
    assert rejected == rejections


def test_longest_sequence_on_one_line_is_read_and_a_longer_one_rejected(path: Path):
    rows, [rejection] = read(
        path,
        b">long\n" + b"ACGTT" * (LONGEST_SEQUENCE // 5) + b"\n>longer\n"
        + b"A" * (LONGEST_SEQUENCE + 1) + b"\n>after\nAC\n",
    )  # fmt: skip
    assert [(row.name, len(row.prepared.bases)) for row in rows] == [
        ("long", LONGEST_SEQUENCE),
        ("after", 2),
    ]
    assert "this has 10,000,001" in rejection.detail


@pytest.mark.parametrize("beginning", [b">bomb\n", b">", b"@bomb\n", b"@", b"LOCUS x\nORIGIN\n"])
def test_endless_line_in_a_gzip_takes_no_memory(beginning: bytes, path: Path):
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(beginning)
        for _ in range(60):
            file.write(b"A" * 1_000_000)
    kind = recognise(path)
    tracemalloc.start()
    try:
        with Reading(path, kind) as reading:
            while piece := reading.next_piece():
                assert piece.rows == []
                assert len(piece.rejections) == 1
    except FileBroken:
        assert kind != "fasta"
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    # Ten million letters are kept, and put together once.
    assert peak < 35_000_000


@given(
    records=st.lists(
        st.tuples(
            st.text("abcXYZ019|_.", min_size=1, max_size=8),
            st.text("ACGTacgt", min_size=1, max_size=200),
            st.integers(1, 80),
        ),
        max_size=12,
    ),
    line_end=st.sampled_from([b"\n", b"\r\n"]),
    packed=st.booleans(),
)
def test_what_was_written_is_read(
    records: list[tuple[str, str, int]],
    line_end: bytes,
    packed: bool,
    tmp_path_factory: pytest.TempPathFactory,
):
    lines = [b";" + b"x"]
    for name, bases, width in records:
        lines.append(b">" + name.encode())
        lines += [bases[at : at + width].encode() for at in range(0, len(bases), width)]
    content = line_end.join(lines) + line_end
    rows, rejections = read(
        tmp_path_factory.getbasetemp() / "written",
        gzip.compress(content, mtime=0) if packed else content,
    )
    assert said(rows) == [(name, "", bases.upper()) for name, bases, _ in records]
    assert rejections == []
