"""Documents: the same facts, the same bytes; values are text and never markup."""

import hashlib
import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from pypdf import PdfReader

from market.kernel.documents import UnfinishedDocument, document, qr_matrix, visible

DATED = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
TEMPLATE = """
#let doc = json(bytes(sys.inputs.values))
#set document(title: "Sample", date: auto)
#set text(font: "Noto Sans SC", lang: "zh", region: "cn")
#for line in doc.lines [#line \\ ]
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    made = tmp_path / "sample.typ"
    made.write_text(TEMPLATE, encoding="utf-8")
    return made


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_the_same_values_are_the_same_bytes_in_another_process_too(template: Path) -> None:
    here = document(template, {"lines": ["技术合同"]}, dated=DATED)
    assert here == document(template, {"lines": ["技术合同"]}, dated=DATED)
    there = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, hashlib; from pathlib import Path; from datetime import datetime, UTC;"
            "from market.kernel.documents import document;"
            "made = document(Path(sys.argv[1]), {'lines': ['技术合同']},"
            " dated=datetime(2026, 3, 10, 2, 0, tzinfo=UTC));"
            "print(hashlib.sha256(made).hexdigest())",
            str(template),
        ],
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    )
    assert there.stdout.strip() == hashlib.sha256(here).hexdigest()


def test_another_value_or_another_day_is_another_document(template: Path) -> None:
    first = document(template, {"lines": ["甲"]}, dated=DATED)
    assert first != document(template, {"lines": ["乙"]}, dated=DATED)
    assert first != document(template, {"lines": ["甲"]}, dated=DATED.replace(year=2027))


HOSTILE = [
    '#import "x.typ": *',
    '#read("/etc/passwd")',
    "*bold* _slanted_ $x^2$",
    "<label> @reference",
    "{{7*7}} ${7*7} {% raw %} %s%n",
    "<script>alert(1)</script>",
    'a "quote" and a \\ backslash',
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_value_prints_as_it_was_written(template: Path, hostile: str) -> None:
    pdf = document(template, {"lines": [hostile]}, dated=DATED)
    assert hostile.replace(" ", "") in text_of(pdf).replace(" ", "").replace("\n", "")
    assert b"root:" not in pdf


def test_the_document_is_an_archival_tagged_pdf(template: Path) -> None:
    pdf = document(template, {"lines": ["技术合同"]}, dated=DATED)
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in pdf
    assert "技术合同" in text_of(pdf)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("\U00020000", "〔U+20000〕"),  # Han of Extension B
        ("\U0001f600", "〔U+1F600〕"),
        ("1\u202e000", "1〔U+202E〕000"),  # an amount must not read in another order
        ("a\u200bb", "a〔U+200B〕b"),
        ("两行\r\n之间", "两行\n之间"),
    ],
)
def test_nothing_vanishes_silently(template: Path, typed: str, printed: str) -> None:
    assert visible(typed) == printed
    shown = text_of(document(template, {"lines": [typed]}, dated=DATED))
    assert printed.replace("\n", "") in shown.replace("\n", "").replace(" ", "")


def test_a_template_sees_its_own_folder_only(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    inner = tmp_path / "inner"
    inner.mkdir()
    for line in ('#read("../secret.txt")', '#import "@preview/cetz:0.3.4"', "#nonsense()"):
        template = inner / f"{abs(hash(line))}.typ"
        template.write_text(line)
        with pytest.raises(UnfinishedDocument):
            document(template, {}, dated=DATED)


def test_a_naive_instant_and_what_is_not_json_are_refused(template: Path) -> None:
    with pytest.raises(ValueError, match="aware"):
        document(template, {"lines": []}, dated=DATED.replace(tzinfo=None))
    with pytest.raises(TypeError):
        document(template, {"lines": [object()]}, dated=DATED)


def test_eight_threads_print_their_own_documents(template: Path) -> None:
    made: dict[int, bytes] = {}

    def run(n: int) -> None:
        made[n] = document(template, {"lines": [f"第{n}份"]}, dated=DATED)

    threads = [Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(f"第{n}份" in text_of(pdf).replace(" ", "") for n, pdf in made.items())
    assert len(made) == 8


def test_a_qr_code_is_square_and_knows_its_text() -> None:
    matrix = qr_matrix("https://market.example/verify/" + "a" * 32)
    assert {len(row) for row in matrix} == {len(matrix)}
    assert matrix[0][:7] == [True] * 7  # the finder's edge
    assert matrix != qr_matrix("https://market.example/verify/" + "b" * 32)
