"""P-01: no acknowledged act is lost under kill -9, on either engine."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cluster import start_cluster
from tests.durability import runner, world
from tests.engines import migrate
from tests.legs import nightly

TRIALS = 1_000 if nightly() else 50
SABOTAGED_TRIALS = 10
SEED = 20261121


@pytest.fixture
def stable(tmp_path: Path) -> Iterator[runner.Stable]:
    made = runner.Stable(tmp_path / "server.log")
    yield made
    made.close()


def run(
    stable: runner.Stable,
    url: str,
    folder: Path,
    *,
    trials: int,
    sabotage: str = "none",
    also: Callable[[], None] = lambda: None,
    until_lost: bool = False,
    decided: list[int] | None = None,
) -> list[str]:
    """So many kills; gives what was acknowledged and lost, or carried out twice."""
    chance = random.Random(SEED)
    clients = world.clients(url, folder, passed=60)
    missing: list[str] = []
    for _ in range(trials):
        runner.trial(
            stable,
            clients,
            url=url,
            instance=folder,
            chance=chance,
            sabotage=sabotage,
            also=also,
        )
        if until_lost and (missing := world.lost(url, folder)):
            return missing
    if decided is not None:
        decided.append(sum(client.decided for client in clients))
    return world.lost(url, folder)


def test_no_acknowledged_act_is_lost_when_the_server_is_killed_on_sqlite(
    stable: runner.Stable, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'market.sqlite'}"
    migrate(url)
    decided: list[int] = []
    missing = run(stable, url, tmp_path, trials=TRIALS, decided=decided)
    report(capsys, "sqlite", tmp_path, missing, decided)
    assert missing == []
    assert decided[0] > 0  # P-04: some acts were in doubt, and sent again
    assert world.acknowledged(tmp_path) >= TRIALS


def test_no_acknowledged_act_is_lost_when_server_and_database_are_killed_on_postgresql(
    stable: runner.Stable, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as stack:
        cluster = stack.enter_context(start_cluster(durable=True))
        migrate(cluster.url)
        turns = iter(range(10**9))

        def crash_database() -> None:
            if next(turns) % 5 == 0:  # each fifth trial takes the database down too
                cluster.kill()
                cluster.start()

        decided: list[int] = []
        missing = run(
            stable, cluster.url, tmp_path, trials=TRIALS, also=crash_database, decided=decided
        )
        report(capsys, "postgresql", tmp_path, missing, decided)
        assert missing == []
        assert decided[0] > 0
        assert world.acknowledged(tmp_path) >= TRIALS


def test_a_server_that_answers_before_it_commits_is_caught(
    stable: runner.Stable, tmp_path: Path
) -> None:
    """Sabotage: with the commit after the answer, kills lose what was acknowledged."""
    url = f"sqlite:///{tmp_path / 'market.sqlite'}"
    migrate(url)
    missing = run(
        stable,
        url,
        tmp_path,
        trials=SABOTAGED_TRIALS,
        sabotage="forgetful",
        until_lost=True,
    )
    assert missing, "the harness did not see the loss"


def report(
    capsys: pytest.CaptureFixture[str],
    engine: str,
    folder: Path,
    missing: list[str],
    decided: list[int],
) -> None:
    """Figures for whoever reads the run."""
    with capsys.disabled():
        print(
            f"\n[P-01 {engine}] {TRIALS} kills, seed {SEED}: "
            f"{world.acknowledged(folder)} acts acknowledged, {len(missing)} lost or doubled; "
            f"P-04: {decided[0]} in doubt decided by sending again"
        )
