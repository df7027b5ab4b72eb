import pytest

from market.kernel.edits import glimpse, moved

SHOWN = {"title": "电池", "price": 5, "answers": frozenset({"b", "a"}), "note": None}


def test_what_was_seen_has_not_moved() -> None:
    assert moved(glimpse(SHOWN), SHOWN) == []
    assert moved(glimpse(SHOWN), {**SHOWN, "answers": frozenset({"a", "b"})}) == []


@pytest.mark.parametrize(("name", "value"), [("title", "电机"), ("price", 6), ("note", "")])
def test_each_field_that_moved_is_named(name: str, value: object) -> None:
    assert moved(glimpse(SHOWN), {**SHOWN, name: value}) == [name]


@pytest.mark.parametrize("seen", ["", "x", "title=0", "title", "= = =", "title=" + "f" * 10_000])
def test_a_glimpse_that_is_none_of_ours_has_seen_nothing(seen: str) -> None:
    assert moved(seen, SHOWN) == list(SHOWN)
