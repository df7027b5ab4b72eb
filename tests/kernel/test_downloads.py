"""A file's name reaches the reader whole, and no name reaches the header as it is."""

import pytest
from werkzeug.http import parse_options_header

from market.kernel.downloads import kept, opened


def test_a_chinese_name_is_spelt_whole_and_plain() -> None:
    answer = opened(b"%PDF", "技术转让合同_TC-2026-1.pdf", "application/pdf")
    said = answer.headers["Content-Disposition"]
    assert said == (
        'inline; filename="TC-2026-1.pdf"; '
        "filename*=UTF-8''%E6%8A%80%E6%9C%AF%E8%BD%AC%E8%AE%A9%E5%90%88%E5%90%8C_TC-2026-1.pdf"
    )
    assert answer.content_type == "application/pdf"
    assert parse_options_header(said)[1]["filename"] == "技术转让合同_TC-2026-1.pdf"


def test_a_file_to_keep_is_attached_and_may_be_written_while_it_is_read() -> None:
    answer = kept((part for part in ("一", "二")), "我的资金.csv", "text/csv; charset=utf-8")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="file.csv"; ')
    assert answer.get_data(as_text=True) == "一二"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ('a"; filename=evil.exe; x=".csv', 'a"; filename=evil.exe; x=".csv'),
        ("a\r\nSet-Cookie: x=1.csv", "aSet-Cookie: x=1.csv"),
        ("../../etc/passwd.csv", "../../etc/passwd.csv"),
        ("a;b%.csv", "a;b%.csv"),
        ("invoice\u202evsc.exe.csv", "invoicevsc.exe.csv"),
        ("账" * 300 + ".csv", "账" * 120 + ".csv"),
    ],
)
def test_no_name_breaks_out_of_the_header(name: str, told: str) -> None:
    said = kept(b"", name, "text/csv").headers["Content-Disposition"]
    plain = said.partition("; ")[2].partition(";")[0].removeprefix('filename="').removesuffix('"')
    assert plain.replace(".", "").replace("-", "").isalnum()
    assert plain.endswith(".csv")
    assert parse_options_header(said)[1]["filename"] == told
