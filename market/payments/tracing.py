"""Which yuan left: of one account, what came in first goes out first. Pure."""

from collections import deque
from collections.abc import Collection, Iterable

Moved = tuple[int, int]
"""A transfer, and what it added to the account, below zero where it took away."""


def left_of(moves: Iterable[Moved], wanted: Collection[int]) -> list[Moved]:
    """Of what the ``wanted`` transfers brought: with which later transfers how much of it left."""
    lying: deque[list[int]] = deque()
    left: list[Moved] = []
    for transfer, gain in moves:
        if gain > 0:
            lying.append([transfer, gain])
            continue
        going, mine = -gain, 0
        while going and lying:
            source, there = lying[0]
            taken = min(going, there)
            going, lying[0][1] = going - taken, there - taken
            mine += taken if source in wanted else 0
            if taken == there:
                lying.popleft()
        if mine:
            left.append((transfer, mine))
    return left
