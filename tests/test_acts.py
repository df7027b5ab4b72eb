"""The printed table of authority is the one that the code enforces."""

from pathlib import Path

import pytest
from flask import Flask

from market import acts
from market.guards import UnguardedRoute, act_of, refuse_unguarded

PAGE = Path(__file__).parents[1] / "docs" / "acts.md"


def test_the_printed_table_is_the_code() -> None:
    assert PAGE.read_text() == acts.page(), "run `make acts`"


def test_no_act_stands_twice_in_the_table() -> None:
    names = [act.name for act in acts.ACTS]
    assert len(names) == len(set(names))


def test_a_route_without_an_act_keeps_the_market_from_starting(app: Flask) -> None:
    refuse_unguarded(app)
    app.view_functions["stray"] = lambda: "hello"
    app.url_map.add(app.url_rule_class("/stray", endpoint="stray"))
    with pytest.raises(UnguardedRoute, match="stray"):
        refuse_unguarded(app)


def test_every_act_of_the_table_is_asked_by_a_route_or_a_command_line(app: Flask) -> None:
    asked = {act_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    by_command_line = {"listing.import"}
    idle = {act.name for act in acts.ACTS if act not in asked} - by_command_line
    assert idle == set(), "an act that nothing asks has no place in the table"
