"""Mass assignment (5.2-7): no form takes a field that it does not show."""

from collections.abc import Callable

import pytest

from market.kernel.db import Base
from tests.security import asking, matrix
from tests.security.rehearsal import Change
from tests.security.world import IDENTITIES, World

pytestmark = pytest.mark.sqlite_by_day

SENTINEL = "77777777"
FURTHER = ("id", "owner_id", "role", "roles", "status", "price", "winner_id", "created_at")
FURTHER_STILL = ("is_admin", "tenant_id", "class", "confirmed_at", "user_id", "by", "at")
WRITING = [line for line in matrix.lines() if line.method == "POST" and line.writes]


def every_column() -> set[str]:
    """The names of all columns of all tables, and what people try besides."""
    columns = {column.name for table in Base.metadata.tables.values() for column in table.columns}
    return columns | set(FURTHER) | set(FURTHER_STILL)


def shape(changes: tuple[Change, ...]) -> set[tuple[str, frozenset[str]]]:
    """Which columns of which tables a request touched."""
    return {(change.table, change.columns) for change in changes}


def injected(world: World, line: matrix.Line) -> list[str]:
    """What a request with every column's name in it did beyond what it does without."""
    identity = next(each for each in IDENTITIES if line.expected[each] == "may")
    plain = asking.ask(world, line, identity)
    body = asking.body_of(world, line)
    strange = dict.fromkeys(every_column() - set(body), SENTINEL)
    path = asking.path_of(world, line)
    query = path + ("&" if "?" in path else "?") + "&".join(f"{n}={SENTINEL}" for n in strange)
    found = []
    for where, answer in (
        ("body", asking.send(world, identity, "POST", path, data={**strange, **body})),
        ("query", asking.send(world, identity, "POST", query, data=body)),
    ):
        if not shape(answer.changes) <= shape(plain.changes):
            found.append(f"{line} {where}: {shape(answer.changes) - shape(plain.changes)}")
        if any(SENTINEL in change.now for change in answer.changes):
            found.append(f"{line} {where}: a value was taken")
        if answer.response.status_code >= 500:
            found.append(f"{line} {where}: {answer.response.status}")
    return found


def test_no_form_takes_the_name_of_a_column(
    world: World, figure: Callable[[str, int], None]
) -> None:
    found = [each for line in WRITING for each in injected(world, line)]
    figure("mass assignments tried", 2 * len(WRITING) * len(every_column()))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("kit", ["sqlite"], indirect=True)
def test_a_form_that_takes_a_column_is_noticed(world: World) -> None:
    """Sabotage: the title is a field of the form, so its value is taken and must be seen."""
    line = next(line for line in WRITING if line.route == "/listings/new")
    body = {**asking.body_of(world, line), "title": SENTINEL}
    answer = asking.send(world, "ra", "POST", asking.path_of(world, line), data=body)
    assert any(SENTINEL in change.now for change in answer.changes)
