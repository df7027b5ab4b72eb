"""One world an engine and worker, and the figures that the run prints at its end."""

from collections.abc import Callable, Iterator

import pytest
from jinja2.bccache import BytecodeCache

from market.kernel.clock import set_clock
from tests.engines import Kit
from tests.security.world import AT, World, open_world


@pytest.fixture(scope="session")
def _world(
    kit: Kit, tmp_path_factory: pytest.TempPathFactory, templates: BytecodeCache
) -> Iterator[World]:
    url = kit.fresh()
    with open_world(url, tmp_path_factory.mktemp("world"), templates) as world:
        yield world
    kit.drop(url)


@pytest.fixture
def world(_world: World) -> Iterator[World]:
    """The world as it was made; what a test does to it through ``ask`` is undone."""
    set_clock(lambda: AT)
    yield _world
    set_clock(None)
    found = [*dict.fromkeys(_world.leaks), *sorted(_world.scan.found)]
    _world.leaks.clear()
    _world.scan.found.clear()
    assert not found, "\n".join(found)


@pytest.fixture
def figure(record_property: Callable[[str, object], None], kit: Kit) -> Callable[[str, int], None]:
    """Count towards a figure that is printed at the end of the run, for this engine."""

    def count(name: str, number: int) -> None:
        record_property(f"figure:{name}, {kit.name}", number)

    return count
