"""What came in first goes out first, and no fen of it is lost or counted twice."""

from hypothesis import given
from hypothesis import strategies as st

from market.payments.tracing import left_of

GAINS = st.lists(st.integers(-50, 50).filter(bool), max_size=30)


def lawful(gains: list[int]) -> list[tuple[int, int]]:
    """Moves that never take more than is there, numbered as transfers are."""
    there, moves = 0, []
    for number, gain in enumerate(gains):
        taken = max(gain, -there)
        there += taken
        if taken:
            moves.append((number, taken))
    return moves


def test_the_oldest_money_leaves_first() -> None:
    moves = [(1, 100), (2, 50), (3, -120), (4, 30), (5, -40)]
    assert left_of(moves, {1}) == [(3, 100)]
    assert left_of(moves, {2}) == [(3, 20), (5, 30)]
    assert left_of(moves, {4}) == [(5, 10)]
    assert left_of(moves, {1, 2, 4}) == [(3, 120), (5, 40)]
    assert left_of(moves, set()) == []


@given(GAINS)
def test_all_that_came_is_still_there_or_left_with_exactly_one(gains: list[int]) -> None:
    moves = lawful(gains)
    came = {number: gain for number, gain in moves if gain > 0}
    went = {number: -gain for number, gain in moves if gain < 0}
    told: dict[int, int] = {}
    for number, gain in came.items():
        left = left_of(moves, {number})
        assert sum(part for _, part in left) <= gain
        for out, part in left:
            assert part > 0
            told[out] = told.get(out, 0) + part
    assert told == went
