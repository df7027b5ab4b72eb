"""The engines under the tests are themselves tested, over one small table."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.kernel.db import Database
from tests.cluster import postgresql_bin, start_cluster
from tests.engines import ENGINES, ROOT, Kit, driven, open_kit


def shelf(url: str) -> None:
    """Prepare a database with one table and one row."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE shelf (id INTEGER PRIMARY KEY, word TEXT UNIQUE)")
        connection.exec_driver_sql("INSERT INTO shelf VALUES (1, '长沙')")
    engine.dispose()


@pytest.fixture(scope="module", params=ENGINES)
def shelf_kit(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kit]:
    with open_kit(request.param, tmp_path_factory.mktemp("shelf"), shelf) as kit:
        yield kit


def words(session: Session) -> list[str]:
    return list(session.scalars(sa.text("SELECT word FROM shelf ORDER BY id")))


def put(session: Session, number: int, word: str) -> None:
    session.execute(sa.text("INSERT INTO shelf VALUES (:i, :w)"), {"i": number, "w": word})


def test_each_copy_starts_as_the_template_and_knows_nothing_of_another(shelf_kit: Kit) -> None:
    one, other = shelf_kit.fresh(), shelf_kit.fresh()
    first, second = Database(one), Database(other)
    with first.transaction() as session:
        put(session, 2, "株洲")
    with first.reading() as session:
        assert words(session) == ["长沙", "株洲"]
    with second.reading() as session:
        assert words(session) == ["长沙"]
    for database, url in ((first, one), (second, other)):
        database.dispose()
        shelf_kit.drop(url)


def test_a_dropped_copy_is_gone_even_while_somebody_holds_it(shelf_kit: Kit) -> None:
    url = shelf_kit.fresh()
    holder = sa.create_engine(url)
    with holder.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        shelf_kit.drop(url)
        connection.invalidate()
    with pytest.raises(sa.exc.DBAPIError), holder.connect() as connection:
        connection.exec_driver_sql("SELECT word FROM shelf")
    holder.dispose()


def test_a_commit_inside_the_outer_transaction_is_still_rolled_back(shelf_kit: Kit) -> None:
    # The same three lines as the fixture `session`.
    url = shelf_kit.fresh()
    database = Database(url)
    with database.engine.execution_options(writes=True).connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            put(session, 2, "湘潭")
            session.commit()
            with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
                put(session, 3, "湘潭")
            assert words(session) == ["长沙", "湘潭"]
        outer.rollback()
    with database.reading() as session:
        assert words(session) == ["长沙"]
    database.dispose()
    shelf_kit.drop(url)


def test_a_durable_cluster_keeps_what_it_acknowledged_through_a_kill() -> None:
    with start_cluster(durable=True) as cluster:
        shelf(cluster.url)
        database = Database(cluster.url)
        database.refuse_unless_durable()
        with database.transaction() as session:
            put(session, 2, "株洲")
        cluster.kill()
        database.dispose()
        cluster.start()
        with database.reading() as session:
            assert words(session) == ["长沙", "株洲"]
        database.dispose()
    assert not cluster.folder.exists()


def test_an_ordinary_cluster_says_that_it_is_forgetful() -> None:
    with start_cluster() as cluster:
        engine = sa.create_engine(cluster.url)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SHOW fsync").scalar_one() == "off"
        engine.dispose()


def install(folder: Path, *programs: str) -> Path:
    folder.mkdir(parents=True)
    for program in programs:
        (folder / program).write_text("#!/bin/sh\n", encoding="utf-8")
        (folder / program).chmod(0o755)
    return folder


def test_the_newest_postgresql_with_a_server_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(install(tmp_path / "wrappers", "initdb")))
    assert postgresql_bin(tmp_path) is None, "a lone initdb is no PostgreSQL"
    install(tmp_path / "9.6" / "bin", "initdb", "postgres")
    newest = install(tmp_path / "15" / "bin", "initdb", "postgres")
    install(tmp_path / "17" / "bin", "psql")
    assert postgresql_bin(tmp_path) == newest


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_server_url_gets_our_driver(scheme: str) -> None:
    assert driven(f"{scheme}://me@host/db") == "postgresql+psycopg://me@host/db"


def test_a_server_url_of_another_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="PostgreSQL"):
        driven("mysql://me@host/db")


# ── nothing is skipped quietly ───────────────────────────────────────────────────────────────────

SMALL_SUITE = """
    import pytest
    from tests import legs

    @pytest.fixture
    def engine():
        legs.miss(legs.POSTGRESQL)

    def test_on_postgresql(engine): ...
    def test_on_real_data(): legs.need_real_data("x.csv")
    def test_that_skips_by_itself(): pytest.skip("because")
    def test_that_runs(): ...
    @pytest.mark.nightly
    def test_of_full_size(): raise AssertionError
"""


def run_small_suite(folder: Path, *options: str, **surroundings: str) -> str:
    (folder / "test_small.py").write_text(textwrap.dedent(SMALL_SUITE), encoding="utf-8")
    (folder / "conftest.py").write_text('pytest_plugins = ["tests.closing"]', encoding="utf-8")
    (folder / "pytest.ini").write_text(
        "[pytest]\nmarkers = nightly\n    browser\n", encoding="utf-8"
    )
    quiet = {"CI", "MARKET_DATA", "MARKET_NIGHTLY", "PYTEST_ADDOPTS"}
    inherited = {name: value for name, value in os.environ.items() if name not in quiet}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(ROOT)} | surroundings,
    )
    return done.stdout + done.stderr


def test_a_missing_leg_is_skipped_aloud(tmp_path: Path) -> None:
    told = run_small_suite(tmp_path)
    assert "1 passed, 3 skipped, 1 deselected" in told
    assert "What was not tested, and what to install" in told
    assert "1 × PostgreSQL — install the Debian package postgresql" in told
    assert "1 × real data — set MARKET_DATA" in told


def test_a_missing_leg_is_skipped_aloud_by_workers_too(tmp_path: Path) -> None:
    told = run_small_suite(tmp_path, "-n", "1")
    assert "1 passed, 3 skipped" in told
    assert "1 × PostgreSQL — install the Debian package postgresql" in told


def test_with_ci_only_real_data_may_be_missing(tmp_path: Path) -> None:
    told = run_small_suite(tmp_path, CI="true")
    assert "1 failed, 1 passed, 1 skipped, 1 deselected, 1 error" in told
    assert "ERROR test_small.py::test_on_postgresql" in told
    assert "FAILED test_small.py::test_that_skips_by_itself" in told


def test_with_real_data_promised_a_missing_file_is_a_failure(tmp_path: Path) -> None:
    told = run_small_suite(tmp_path, MARKET_DATA=str(tmp_path))
    assert "1 failed, 1 passed, 2 skipped, 1 deselected" in told


def test_the_full_sizes_run_at_night(tmp_path: Path) -> None:
    told = run_small_suite(tmp_path, MARKET_NIGHTLY="1")
    assert "1 failed, 1 passed, 3 skipped" in told
