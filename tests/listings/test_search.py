"""One contract over every text index, and how an index follows the journal and heals."""

import gc
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from market.kernel.db import Database
from market.kernel.journal import Entry, Mark
from market.listings import commands
from market.listings.following import CAP, catch_up, find, keep_up, rebuild, text_doc
from market.listings.models import Listing
from market.listings.queries import published
from market.listings.search import BrokenIndex, TextDoc, TextIndex, WhooshIndex
from market.listings.tokens import read_query, tokens
from tests import make
from tests.engines import ROOT
from tests.listings.twin import PlainIndex

Make = Callable[[], TextIndex]


@pytest.fixture(params=["whoosh", "twin"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> TextIndex:
    return WhooshIndex(tmp_path / "search") if request.param == "whoosh" else PlainIndex()


def doc(key: int, title: str, text: str = "") -> TextDoc:
    return TextDoc(key, {"title": tuple(tokens(title)), "text": tuple(tokens(text))})


SHELF = [
    doc(1, "锂离子电池正极材料", "循环寿命长"),
    doc(2, "钛合金焊接方法", "用于电池壳体"),
    doc(3, "Polyimide wire insulation repair", "电池"),
    doc(4, "一种水稻种植方法"),
]


def ids(index: TextIndex, typed: str, cap: int | None = None) -> list[int]:
    return index.match(read_query(typed), cap).ids


# ── the contract ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("电池", {1, 2, 3}), ("钛", {2}), ("方法", {2, 4}), ("电池 方法", {2}), ("WIRE", {3}),
        ("锂离子电池正极材料", {1}), ("专利", set()), ("*", set()), ("wire NOT", set()),
    ],
)  # fmt: skip
def test_all_terms_must_be_met(index: TextIndex, typed: str, keys: set[int]) -> None:
    index.rebuild(SHELF, Mark())
    assert set(ids(index, typed)) == keys


def test_a_word_in_the_title_comes_before_one_in_the_abstract(index: TextIndex) -> None:
    index.rebuild(SHELF, Mark())
    assert ids(index, "电池")[0] == 1


def test_a_document_put_again_stands_once_and_as_it_is_now(index: TextIndex) -> None:
    index.rebuild(SHELF, Mark())
    index.put([doc(1, "太阳能板"), doc(5, "电池")])
    assert set(ids(index, "电池")) == {2, 3, 5}
    assert ids(index, "太阳能") == [1]


def test_a_dropped_document_is_gone_and_dropping_twice_is_no_fault(index: TextIndex) -> None:
    index.rebuild(SHELF, Mark())
    index.drop([1, 99])
    index.drop([1])
    assert set(ids(index, "电池")) == {2, 3}


def test_a_cap_keeps_the_best_and_says_so(index: TextIndex) -> None:
    index.rebuild(SHELF, Mark())
    best = index.match(read_query("电池"), 1)
    assert (best.ids, best.truncated) == ([1], True)
    assert not index.match(read_query("电池"), 3).truncated


def test_a_rebuild_forgets_what_was(index: TextIndex) -> None:
    index.rebuild(SHELF, Mark())
    index.rebuild(SHELF[3:], Mark(7, frozenset({6, 7})))
    assert ids(index, "电池") == []
    assert ids(index, "水稻") == [4]
    assert index.mark() == Mark(7, frozenset({6, 7}))


def test_an_index_that_was_never_built_says_that_it_is_broken(index: TextIndex) -> None:
    with pytest.raises(BrokenIndex):
        index.mark()


# ── following the journal ────────────────────────────────────────────────────────────────────────


def test_what_is_published_is_found_and_what_left_is_not(
    session: Session, index: TextIndex, at: datetime
) -> None:
    _, seller = make.party(session, at=at)
    listing = make.listing(session, seller, at=at)
    asked = read_query("锂硫电池")
    assert find(session, index, asked).ids == [listing.id]
    commands.withdraw(session, listing.id, by=seller, at=at)
    assert find(session, index, asked).ids == []


def test_a_listing_is_found_by_number_keyword_owner_and_abstract(
    session: Session, index: TextIndex, at: datetime
) -> None:
    party, seller = make.party(session, at=at)
    listing = make.listing(session, seller, at=at, keywords="固态电解质; sulfur host")
    number = listing.rights[0].right.number
    assert number is not None
    for typed in (f"ZL {number[:4]} {number[4:]}", "电解质", "Sulfur", "容量保持率", party.name):
        assert find(session, index, read_query(typed)).ids == [listing.id], typed


def test_reading_the_same_entries_again_changes_nothing(
    session: Session, index: TextIndex, at: datetime
) -> None:
    _, seller = make.party(session, at=at)
    make.listing(session, seller, at=at)
    rebuild(session, index)
    assert catch_up(session, index, late=True) == 0
    other = make.listing(session, seller, at=at, rights=(make.right(),))
    assert catch_up(session, index) > 0
    assert catch_up(session, index) == 0
    index.move(Mark())  # as if nothing had been read
    catch_up(session, index)
    assert len(find(session, index, read_query("锂硫电池")).ids) == 2
    assert other.id in find(session, index, read_query("锂硫电池")).ids


def test_an_entry_that_commits_late_is_still_read(
    session: Session, index: TextIndex, at: datetime
) -> None:
    _, seller = make.party(session, at=at)
    first = make.listing(session, seller, at=at)
    rebuild(session, index)
    kept = index.mark()
    newest = session.query(Entry.id).order_by(Entry.id.desc()).first()
    assert newest is not None
    index.drop([first.id])  # the index never saw the entry that published it …
    index.move(Mark(kept.upto, kept.seen - {newest[0]}))  # … though it saw a later one
    assert find(session, index, read_query("锂硫电池")).ids == []
    keep_up(session, index)
    assert find(session, index, read_query("锂硫电池")).ids == [first.id]


def test_visibility_and_count_are_the_databases_word(
    session: Session, index: TextIndex, at: datetime
) -> None:
    """E 82: an index that knows a draft's words shows and counts nothing of it."""
    party, seller = make.party(session, at=at)
    hidden = commands.draft(session, party.id, make.sheet(title="隐秘配方"), by=seller, at=at)
    rebuild(session, index)
    index.put([text_doc(hidden)])
    asked = find(session, index, read_query("隐秘配方"))
    page = published(session, 1, asked.ids)
    assert asked.ids == [hidden.id], "without the database's word it would show"
    assert (list(page.rows), page.total) == ([], 0)


# ── Whoosh's folder: lost, cut, swapped, shared ──────────────────────────────────────────────────


def shelf(session: Session, at: datetime) -> Listing:
    _, seller = make.party(session, at=at)
    return make.listing(session, seller, at=at)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Whoosh leaves a cut file to the collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("fault", ["folder", "segment", "mark", "pointer", "toc"])
def test_a_lost_or_cut_index_rebuilds_itself(
    session: Session, tmp_path: Path, at: datetime, fault: str
) -> None:
    listing = shelf(session, at)
    folder = tmp_path / "search"
    rebuild(session, WhooshIndex(folder))
    harm(folder, fault)
    for index in (WhooshIndex(folder), WhooshIndex(folder)):
        assert find(session, index, read_query("锂硫电池")).ids == [listing.id]
    gc.collect()


@pytest.mark.parametrize("fault", ["folder", "mark", "pointer"])
def test_an_index_lost_under_an_open_reader_rebuilds_itself(
    session: Session, tmp_path: Path, at: datetime, fault: str
) -> None:
    listing = shelf(session, at)
    index = WhooshIndex(tmp_path / "search")
    assert find(session, index, read_query("锂硫电池")).ids == [listing.id]
    harm(tmp_path / "search", fault)
    assert find(session, index, read_query("锂硫电池")).ids == [listing.id]


def harm(folder: Path, fault: str) -> None:
    (generation,) = folder.glob("g-*")
    if fault == "folder":
        for each in sorted(folder.rglob("*"), reverse=True):
            each.rmdir() if each.is_dir() else each.unlink()
    elif fault == "pointer":
        (folder / "CURRENT").write_text("g-nowhere")
    elif fault == "mark":
        (generation / "mark.json").write_text("{")
    else:
        for each in generation.glob("*.toc" if fault == "toc" else "*.seg"):
            each.write_bytes(each.read_bytes()[: each.stat().st_size // 3])


def test_a_rebuild_leaves_one_generation(tmp_path: Path) -> None:
    index = WhooshIndex(tmp_path / "search")
    for _ in range(3):
        index.rebuild(SHELF, Mark())
    assert len(list((tmp_path / "search").glob("g-*"))) == 1


def test_threads_may_search_while_others_write_and_rebuild(tmp_path: Path) -> None:
    index = WhooshIndex(tmp_path / "search")
    index.rebuild(SHELF, Mark())
    faults: list[BaseException] = []

    def search() -> None:
        try:
            for _ in range(60):
                assert 2 in ids(index, "电池")
        except BaseException as error:
            faults.append(error)

    def write() -> None:
        for n in range(10, 20):
            index.put([doc(n, "电池")])
        index.rebuild(SHELF, Mark())

    threads = [threading.Thread(target=target) for target in (search, search, search, write)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults
    assert set(ids(index, "电池")) == {1, 2, 3}


def test_two_nodes_follow_the_same_journal_each_in_its_own_folder(
    database: Database, tmp_path: Path, at: datetime
) -> None:
    nodes = [WhooshIndex(tmp_path / name) for name in ("one", "two")]
    with database.transaction() as s:
        listing_id = shelf(s, at).id
    for node in nodes:
        with database.reading() as s:
            assert find(s, node, read_query("锂硫电池")).ids == [listing_id]


def test_a_long_list_is_capped_and_said(session: Session, index: TextIndex) -> None:
    index.rebuild([doc(n, "电池") for n in range(1, CAP + 2)], Mark())
    assert index.match(read_query("电池"), CAP).truncated


WRITER = """
import sys
from itertools import count
from pathlib import Path
from market.kernel.journal import Mark
from market.listings.search import TextDoc, WhooshIndex
from market.listings.tokens import tokens

index = WhooshIndex(Path(sys.argv[1]))
shelf = [TextDoc(n, {"title": tuple(tokens("一种电池"))}) for n in range(1, 200)]
for n in count(1):
    index.rebuild(shelf, Mark(n))
    print(n, flush=True)
    for more in range(5):
        index.put([TextDoc(1000 + more, {"title": ("x",)})])
        index.move(Mark(n + more))
"""


def test_whatever_a_kill_leaves_behind_is_found_or_rebuilt(tmp_path: Path) -> None:
    seed = 20260310
    chance = random.Random(seed)
    print(f"seed {seed}")
    for _ in range(5):
        command = [sys.executable, "-c", WRITER, str(tmp_path / "search")]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()  # one generation stands
            time.sleep(chance.uniform(0, 0.4))
            writer.kill()
        index = WhooshIndex(tmp_path / "search")
        try:
            index.mark()
            found = index.match(read_query("电池"), None)
        except BrokenIndex:
            index.rebuild(SHELF, Mark())
            found = index.match(read_query("电池"), None)
        assert len(found.hits) in (199, 3)
        index.put([doc(9999, "太阳能")])
        assert ids(index, "太阳能") == [9999]
