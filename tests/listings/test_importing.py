"""Files become drafts: recognised by their header, read row by row, nothing invented (I 128)."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from market.kernel.authority import Role
from market.kernel.delimited import FileError, FileFault, RowFault, decoded, said
from market.kernel.journal import Entry, verify
from market.kernel.text import Misread
from market.listings import importing
from market.listings.importing import BadRow, ValueFault, read_file, swapped_day
from market.listings.models import Listing
from market.listings.rules import Gap, Status, gaps
from market.listings.sheet import RightKind
from tests import make
from tests.legs import need_real_data

PATENTS = (
    "publication_numbers,title,ipc_subclasses\n"
    "CN215667380U,一种废水循环利用的自动洗车装置,B60S|C02F\n"
    "CN114129661A,一种中药组方,A61K|A61P\n"
    'CN306000001S,"壳体, 带盖",\n'
)
PAPERS = (
    "split\trow\ttitle\tabstract\tkeywords\tcategory\tdiscipline\n"
    'dev\t0\t平方和优化\t采用"修正"参数，建立模型。\t平方和优化_大角度机动\t工学\t兵器科学与技术\n'
)
NASA_HEAD = "Center;Status;Case Number;Application SN;Title;Patent Expiration Date"


def nasa(*rows: str) -> bytes:
    """A file as the agency's spreadsheet writes it: a mark, semicolons, carriage returns."""
    return "\r\n".join(("\ufeff" + NASA_HEAD, *rows, "")).encode()


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_publication_number_gives_the_kind_and_never_an_application_number() -> None:
    found = read_file(PATENTS.encode())
    assert [draft.line for draft in found.drafts] == [2, 3, 4]
    rights = [right for draft in found.drafts for right in draft.sheet.rights]
    assert [right.kind for right in rights] == [
        RightKind.UTILITY_MODEL, RightKind.APPLICATION, RightKind.DESIGN,
    ]  # fmt: skip
    assert [right.publication_number for right in rights][1] == "CN114129661A"
    assert {right.number for right in rights} == {right.filed_on for right in rights} == {None}
    assert found.drafts[0].sheet.ipc == "B60S; C02F"
    assert found.drafts[2].sheet.title == "壳体, 带盖"
    lacking = gaps(found.drafts[0].sheet)
    assert {Gap.NUMBER, Gap.FILED_ON, Gap.PRICE, Gap.WAY, Gap.OWNERS} <= set(lacking)


def test_a_paper_brings_its_abstract_and_keywords_and_no_right() -> None:
    (draft,) = read_file(PAPERS.encode()).drafts
    assert draft.sheet.abstract == '采用"修正"参数，建立模型。'
    assert draft.sheet.keywords == "平方和优化; 大角度机动"
    assert (draft.sheet.rights, draft.sheet.technology_field) == ((), None)
    assert Gap.RIGHTS in gaps(draft.sheet)


def test_a_foreign_patent_brings_its_number_where_it_is_whole() -> None:
    found = read_file(
        nasa(
            "NASA Ames;Issued;ARC-1;10/874,003;Metrics;06/16/2024",
            "NASA Ames;Application;ARC-2;13/33,085;Repair;",
            "NASA Ames;Issued;ARC-3;12/564085;Thumb;10 March 2015",
            "NASA Ames;GM;ARC-4;12/564085;Robot;",
        )
    )
    numbers = [draft.sheet.rights[0].number for draft in found.drafts]
    assert numbers == ["US 10/874,003", None, "US 12/564,085"]
    assert all(draft.sheet.rights[0].kind is RightKind.FOREIGN_PATENT for draft in found.drafts)
    assert "2024-06-16" in found.drafts[0].notes[0]
    assert "13/33,085" in found.drafts[1].notes[0]
    assert "swapped" in found.drafts[2].notes[0]
    assert found.refused == [BadRow(5, "Status (GM): expected one of Issued, Application")]


@pytest.mark.parametrize(
    ("text", "day"),
    [("06/16/2024", date(2024, 6, 16)), ("12/31/2020", date(2020, 12, 31)),
     ("02/02/2020", date(2020, 2, 2)), ("05 May 2031", date(2031, 5, 5)),
     ("16 June 2024", date(2024, 6, 16))],
)  # fmt: skip
def test_a_day_that_can_mean_one_thing_only_is_read(text: str, day: date) -> None:
    assert swapped_day(1995)(text) == day


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("10 March 2015", ValueFault.AMBIGUOUS_DAY), ("02/04/2017", ValueFault.AMBIGUOUS_DAY),
        ("06/16/1933", ValueFault.YEAR), ("10 March 1931", ValueFault.YEAR),
        ("02/30/2020", ValueFault.NOT_A_DAY), ("16/06/2024", ValueFault.NOT_A_DAY),
        ("2024-06-16", ValueFault.NOT_A_DAY), ("16 Brumaire 2024", ValueFault.NOT_A_DAY),
        ("０6/16/2024", ValueFault.NOT_A_DAY), ("soon", ValueFault.NOT_A_DAY),
    ],
)  # fmt: skip
def test_a_day_that_could_mean_two_things_is_not_guessed(text: str, fault: ValueFault) -> None:
    with pytest.raises(Misread) as refused:
        swapped_day(1995)(text)
    assert refused.value.reason is fault


def test_a_word_outside_its_list_is_said() -> None:
    with pytest.raises(Misread) as refused:
        importing.one_of("a", "b")("c")
    assert refused.value.reason is ValueFault.UNKNOWN_WORD


BAD_ROWS = [
    ("CN215667380U,一种,B60S,more", RowFault.RAGGED),
    ("CN215667380U", RowFault.RAGGED),
    (",一种,B60S", RowFault.MISSING),
    ("CN215667380U,,B60S", RowFault.MISSING),
    ("CN215667380U,\u200b\u3000,B60S", RowFault.MISSING),
    ('"CN215667380U"x,一种,B60S', RowFault.QUOTING),
    ("201710601862.3,一种,B60S", RowFault.VALUE),
    ("CN114129661,一种,B60S", RowFault.VALUE),
    ("CN215667380U," + "长" * 301 + ",", RowFault.VALUE),
    ("CN114129661A,又一种,", RowFault.TWICE),
]


@pytest.mark.parametrize(("row", "fault"), BAD_ROWS)
def test_a_bad_row_is_reported_by_line_and_the_others_go_in(row: str, fault: RowFault) -> None:
    found = read_file(PATENTS.replace('CN306000001S,"壳体, 带盖",', row).encode())
    assert [draft.line for draft in found.drafts] == [2, 3]
    (bad,) = found.refused
    assert bad.line == 4
    assert bad.why.startswith(fault.sentence.split("%")[0])
    assert "%(" not in bad.why


def test_a_value_that_may_lack_is_left_out_and_named() -> None:
    found = read_file(PATENTS.replace("B60S|C02F", "Z99Z").encode())
    assert found.drafts[0].sheet.ipc == ""
    left_out = RowFault.LEFT_OUT.sentence.split("%")[0]
    assert found.drafts[0].notes[0].startswith(f"{left_out}ipc_subclasses (Z99Z)")
    assert RowFault.NO_PLACE.sentence


# ── files ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_the_usual_encodings_are_read(encoding: str) -> None:
    found = read_file(PATENTS.encode(encoding))
    assert found.drafts[1].sheet.title == "一种中药组方"


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_another_delimiter_is_seen(delimiter: str) -> None:
    text = PATENTS.split("\n", 3)
    plain = "\n".join(line.replace(",", delimiter) for line in text[:3])
    assert len(read_file(plain.encode()).drafts) == 2


FILES = [
    (b"", FileFault.EMPTY),
    (b"\xef\xbb\xbf \n", FileFault.EMPTY),
    (PATENTS.encode().replace(b"A61K", b"A\x0061K"), FileFault.NUL),
    (PATENTS.encode("utf-16-le"), FileFault.NUL),
    (PATENTS.encode() + b"\xff\xff", FileFault.UNDECODABLE),
    (PATENTS.encode("utf-16") + b"\x00", FileFault.NUL),
    (b"id,status,title\n1,registered,x\n", FileFault.WRONG_HEADER),
    (PATENTS.replace("title", "title,status").encode(), FileFault.WRONG_HEADER),
    (PATENTS.replace("title", "Title").encode(), FileFault.WRONG_HEADER),
    (PATENTS.encode() + b'CN1146A,"open\n', FileFault.OPEN_QUOTE),
    (PATENTS.replace("title", '""title').encode(), FileFault.OPEN_QUOTE),
    (PATENTS.encode() + b'CN1146A,"' + b"x" * 200_000, FileFault.OPEN_QUOTE),
]


@pytest.mark.parametrize(("raw", "fault"), FILES)
def test_a_fault_of_the_file_takes_nothing(raw: bytes, fault: FileFault) -> None:
    with pytest.raises(FileError) as refused:
        read_file(raw)
    assert refused.value.reason is fault
    assert "%(" not in said(refused.value)


def test_more_rows_than_the_limit_take_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MOST_ROWS", 2)
    with pytest.raises(FileError) as refused:
        read_file(PATENTS.encode())
    assert refused.value.reason is FileFault.TOO_MANY_ROWS
    monkeypatch.setattr(importing, "MOST_BYTES", 20)
    with pytest.raises(FileError) as refused:
        decoded(PATENTS.encode(), most=importing.MOST_BYTES)
    assert refused.value.reason is FileFault.TOO_LARGE


def test_a_named_mapping_must_exist_and_fit() -> None:
    assert read_file(PATENTS.encode(), "cn-patents").mapping.name == "cn-patents"
    with pytest.raises(FileError) as refused:
        read_file(PATENTS.encode(), "zh-papers")
    assert refused.value.reason is FileFault.WRONG_HEADER
    with pytest.raises(FileError) as refused:
        read_file(PATENTS.encode(), "anything")
    assert refused.value.reason is FileFault.UNKNOWN_MAPPING


# ── the command ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def seller(app: Flask, at: datetime) -> int:
    """A party whose signatory is a researcher."""
    with app.extensions["market.database"].transaction() as s:
        party, _ = make.party(s, at=at, name="湘江研究所")
        return party.id


def run(app: Flask, *words: str) -> tuple[int, str]:
    answer = app.test_cli_runner().invoke(args=["listings", "import", *words])
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    return answer.exit_code, answer.output


def kept(app: Flask) -> list[Listing]:
    with app.extensions["market.database"].reading() as s:
        return list(s.scalars(select(Listing).order_by(Listing.id)))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "titles.csv"
    made.write_text(PATENTS, encoding="utf-8")
    return made


def test_rows_become_drafts_with_their_journal_and_twice_changes_nothing(
    app: Flask, seller: int, file: Path
) -> None:
    code, said = run(app, str(file), "--for", "湘江研究所")
    assert (code, said.splitlines()[-1]) == (0, "cn-patents: 3 taken, 0 already there, 0 refused")
    drafts = kept(app)
    assert {draft.status for draft in drafts} == {Status.DRAFT}
    with app.extensions["market.database"].reading() as s:
        told = select(func.count()).select_from(Entry).where(Entry.act == "listing.drafted")
        assert s.scalar(told) == len(drafts) == 3
        assert not verify(s).findings
        before = s.scalar(select(func.count()).select_from(Entry))
    code, said = run(app, str(file), "--for", str(seller))
    assert (code, said.splitlines()[-1]) == (0, "cn-patents: 0 taken, 3 already there, 0 refused")
    with app.extensions["market.database"].reading() as s:
        assert s.scalar(select(func.count()).select_from(Entry)) == before


def test_a_dry_run_reports_and_keeps_nothing(app: Flask, seller: int, file: Path) -> None:
    code, said = run(app, str(file), "--for", str(seller), "--dry-run")
    assert (code, said.splitlines()[-1]) == (
        0, "cn-patents: 3 would be taken, 0 already there, 0 refused",
    )  # fmt: skip
    assert kept(app) == []


def test_a_bad_row_is_named_with_its_line(app: Flask, seller: int, file: Path) -> None:
    file.write_text(PATENTS.replace("CN215667380U", "CN1234"), encoding="utf-8")
    code, said = run(app, str(file), "--for", str(seller))
    assert code == 0
    assert said.startswith("line 2: refused: publication_numbers (CN1234): ")
    assert len(kept(app)) == 2


def test_a_row_that_no_draft_may_say_is_named_and_the_others_go_in(
    app: Flask, seller: int, tmp_path: Path
) -> None:
    head, *rows = PATENTS.splitlines()
    marked = "CN215667381U,机密★传感器,B60S"
    twice = "CN215667382U|CN215667382U,洗车装置,B60S"
    file = tmp_path / "marked.csv"
    file.write_text("\n".join((head, marked, twice, *rows)) + "\n", encoding="utf-8")
    for more in (("--dry-run",), ()):
        code, said = run(app, str(file), "--for", str(seller), *more)
        assert code == 0
        assert "line 2: refused: The text bears a confidentiality mark (机密)." in said
        assert "line 3: refused: This right is in the list already." in said
        assert "2 refused" in said
    assert len(kept(app)) == 3


def test_a_bad_file_an_unknown_party_and_a_stranger_end_with_2(
    app: Flask, seller: int, file: Path, at: datetime
) -> None:
    with app.extensions["market.database"].transaction() as s:
        stranger = make.user(s, Role.RESEARCHER, at=at, email="stranger@x.example").email
        buyer, _ = make.party(s, Role.COMPANY, at=at)
        buyer_id = str(buyer.id)
    for words in (
        ("--for", "nobody"), ("--for", buyer_id), ("--for", str(seller), "--as", stranger),
        ("--for", str(seller), "--as", "nobody@x.example"),
        ("--for", str(seller), "--mapping", "nothing"),
    ):  # fmt: skip
        code, said = run(app, str(file), *words)
        assert (code, said.count("\n")) == (2, 1), said
        assert "Traceback" not in said
    file.write_bytes(PATENTS.encode() + b"\xff\xff")
    assert run(app, str(file), "--for", str(seller))[0] == 2
    assert kept(app) == []


# ── real data ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "taken", "refused"),
    [("cn_patent_titles/titles.csv", 4863, 0), ("csl_zh_science/papers.tsv", 1000, 0),
     ("nasa_patents/patents.csv", 1392, 1)],
)  # fmt: skip
def test_every_row_of_a_real_file_is_taken_or_named(name: str, taken: int, refused: int) -> None:
    found = read_file(need_real_data(*name.split("/")).read_bytes())
    assert (len(found.drafts), len(found.refused)) == (taken, refused)


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
def test_thousands_of_rows_load_in_seconds_and_the_journal_holds(app: Flask, seller: int) -> None:
    path = need_real_data("cn_patent_titles", "titles.csv")
    began = datetime.now(UTC)
    assert run(app, str(path), "--for", str(seller))[0] == 0
    assert (datetime.now(UTC) - began).total_seconds() < 60
    with app.extensions["market.database"].reading() as s:
        assert s.scalar(select(func.count()).select_from(Listing)) == 4863
        verdict = verify(s)
        assert (verdict.findings, verdict.threads >= 4863) == ((), True)
