"""A pytest plug-in: what was not tested is said at the end; with ``CI=true`` it is a failure."""

from collections import Counter
from collections.abc import Generator
from itertools import chain
from typing import TypeVar

import pytest

from tests import legs

Report = pytest.TestReport | pytest.CollectReport
FIGURE = "figure:"
R = TypeVar("R", pytest.TestReport, pytest.CollectReport)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the full sizes unless `make nightly` asked for them."""
    if legs.nightly():
        return
    left_out = [item for item in items if _by_night(item)]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def _by_night(item: pytest.Item) -> bool:
    if item.get_closest_marker("sqlite_by_day"):
        callspec = getattr(item, "callspec", None)
        if callspec is not None and callspec.params.get("kit") == "postgresql":
            return True
    return item.get_closest_marker("nightly") is not None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test marked ``browser`` stands on a real Chromium."""
    if item.get_closest_marker("browser"):
        legs.need_chromium()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip that is owed in CI into a failure."""
    report = yield
    return _owed(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a module that skips itself in CI into a failure."""
    report = yield
    return _owed(report)


def _owed(report: R) -> R:
    reason = _reason(report)
    excused = any(leg.reason in reason for leg in legs.NOT_OWED) or hasattr(report, "wasxfail")
    if report.skipped and legs.in_ci() and not excused:
        report.outcome = "failed"
        report.longrepr = f"with CI=true nothing is skipped: {reason}"
    return report


def _reason(report: Report) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests counted; list each leg that was missing, and the cure."""
    figures = Counter[str]()
    for report in chain.from_iterable(terminalreporter.stats.values()):
        for name, value in getattr(report, "user_properties", ()):
            if name.startswith(FIGURE) and report.when == "call":
                figures[name.removeprefix(FIGURE)] += value
    if figures:
        terminalreporter.section("Figures")
        for name, value in sorted(figures.items()):
            terminalreporter.write_line(f"{value:8,d}  {name}")
    missing = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    lines = [
        f"{count:5d} × {reason.removeprefix(legs.MISSING)}" for reason, count in missing.items()
    ]
    if not legs.nightly():
        lines.append(f"      {legs.NIGHTLY}")
    if lines:
        terminalreporter.section(legs.CLOSING_TITLE)
        for line in sorted(lines, reverse=True):
            terminalreporter.write_line(line)
